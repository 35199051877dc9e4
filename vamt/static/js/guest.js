// @ts-check
/**
 * The guest's page, put together: the line to the office, her devices, the call and the views.
 * All that is known is in `page`; whatever changes it calls `render`, which draws everything.
 */

import { io } from "../vendor/socket.io.esm.min.js";
import { Call } from "./call.js";
import { Chat } from "./chat.js";
import { CitizenMedia } from "./citizen_media.js";
import { company } from "./company.js";
import { Devices, isInAppBrowser } from "./devices.js";
import { drawn } from "./drawing.js";
import { t } from "./i18n.js";
import { readMemory } from "./memory.js";
import { watchPage } from "./page_watch.js";
import { Link, Refused } from "./protocol.js";
import { testTone, unlock } from "./sounds.js";
import { WakeLock } from "./views/attention.js";
import { createCompany } from "./views/company.js";
import { createDeviceCheck } from "./views/device_check.js";
import { browserOf, troubleOf } from "./views/device_words.js";
import { createGuestPage, screenOf } from "./views/guest_page.js";
import { part } from "./views/parts.js";
import { relayOf } from "./views/path_trouble.js";
import { createSelfPicture } from "./views/self_picture.js";
import { createStage } from "./views/stage.js";

/** @typedef {import("./types").GuestState} GuestState */

const LINE_PATIENCE = 2500; // ms without a line before she is told

const boot = /** @type {{seat: string, state: GuestState}} */ (
  JSON.parse(document.getElementById("boot")?.textContent ?? "{}")
);
const memory = readMemory();
const where = {
  browser: browserOf(navigator.userAgent, navigator.maxTouchPoints),
  inApp: isInAppBrowser(navigator.userAgent),
};

const page = {
  state: boot.state,
  /** @type {"" | "replaced" | "refused"} this page takes no part any more */ ended: "",
  refused: "",
  trouble: "",
  wrongName: "",
  up: false,
  downSince: Date.now(),
  shown: false, // a screen has been drawn
  connected: false, // a state has come over the line
  coming: false,
  chatOpen: false,
};

const link = new Link({ namespace: "/guest", seat: boot.seat, io });
const devices = new Devices();
const media = new CitizenMedia({ devices, memory, report: () => Promise.resolve() });
const call = new Call({ signal: (message) => link.signal(message), iceServers: boot.state.ice });
const chat = new Chat({ link, letters: memory.letters });

// --- views -------------------------------------------------------------------------------------

const stageRoot = part(document.body, "stage", HTMLElement);
const view = createGuestPage(document.body, {
  come: (name) => void come(name),
  back: () => void come(page.state.name),
  reload: () => location.reload(),
  dismiss: () => change({ trouble: "" }),
});
const check = createDeviceCheck(part(document.body, "check", HTMLElement), {
  start() {
    unlock();
    media.remember({ mode: "video", cameraOff: false, muted: false });
    void media.open();
  },
  stop() {
    media.remember({ mode: "text" });
    void media.open();
  },
  soundOnly: () => media.remember({ mode: "sound" }),
  textOnly: () => media.remember({ mode: "text" }),
  tone: () => testTone(devices.state.speakerId),
  choose: (wanted) => void devices.choose(wanted),
  level: () => devices.level(),
});
const checkSlot = part(document.body, "check-slot", HTMLElement);
const selfPicture = createSelfPicture(part(document.body, "local", HTMLVideoElement));
const stage = createStage(stageRoot, {
  mute: async (muted) => void ((await media.mute(muted)) || stage.openDevices()),
  camera: async (off) => void ((await media.setCameraOff(off)) || stage.openDevices()),
  flip: () => void devices.flip(),
  choose: (wanted) => void devices.choose(wanted),
  retry: () => void media.open(),
  restore: () => void devices.restore(),
  chat: (chatOpen) => change({ chatOpen }),
  send: (text) => chat.send(text),
  type: (text) => chat.type(text),
  letters(shown) {
    chat.showLetters(shown);
    media.remember({ letters: shown });
  },
  devices: () => void media.look(),
}, selfPicture);
const companions = createCompany(stageRoot);
const wakeLock = new WakeLock();

part(stageRoot, "leave", HTMLButtonElement).addEventListener("click", leave);

// --- what she does -----------------------------------------------------------------------------

/** @param {string} name */
async function come(name) {
  unlock(); // before anything is awaited: only now is this a click
  if (page.coming) return;
  void media.openOnce();
  change({ coming: true, trouble: "", wrongName: name ? "" : t("Please enter your name.") });
  try {
    if (name) await link.request("come", { name });
  } catch (error) {
    const refused = error instanceof Refused ? error : Refused.from(null);
    change(refused.extra.field === "name" ? { wrongName: refused.message } : { trouble: refused.message });
  } finally {
    change({ coming: false });
  }
}

/** Her picture is gone at once, whatever the line does; the office learns of it when it can. */
async function leave() {
  call.setPeers([], page.state.id, page.state.epoch);
  try {
    await link.request("leave");
  } catch (error) {
    change({ trouble: error instanceof Refused ? error.message : "" });
  }
}

// --- the call ----------------------------------------------------------------------------------

/** Who is in the visit is only told once she has come: before, nothing leaves this page. */
function syncCall() {
  const { id, epoch, ice, peers } = page.state;
  const tracks = devices.tracks;
  call.setIceServers(ice);
  void call.setTracks(tracks);
  call.setStatus({
    audio: tracks.audio !== null && !devices.state.muted && !devices.silent,
    video: tracks.video ? "camera" : "off",
  });
  const partners = peers.filter((peer) => peer.id !== id).map((peer) => ({ ...peer, talking: true }));
  call.setPeers(partners, id, epoch);
}

// --- drawing -----------------------------------------------------------------------------------

const render = drawn(draw);

/** @param {Partial<typeof page>} facts */
function change(facts) {
  Object.assign(page, facts);
  render();
}

function draw() {
  const { state } = page;
  const screen = page.ended || screenOf(state.state);
  const line = page.up || Date.now() - page.downSince < LINE_PATIENCE;
  const trouble = media.started && !media.opening ? troubleOf(devices.state, where) : null;
  const moved = view.render({
    screen, state, line, trouble: page.trouble, wrongName: page.wrongName, coming: page.coming,
    refused: page.refused,
  });
  check.render({
    visible: screen === "door",
    opening: media.opening,
    started: media.started,
    mode: media.mode,
    devices: devices.state,
    list: media.list,
    trouble,
  });
  if (screen === "visit") renderStage(trouble, line);
  else selfPicture.render({ stream: devices.stream, mirrored: !devices.rear, slot: checkSlot });
  void wakeLock.keep(screen === "visit");
  if (moved) onScreen(screen);
}

/**
 * @param {import("./views/device_words.js").Trouble | null} trouble
 * @param {boolean} line
 */
function renderStage(trouble, line) {
  const { state } = page;
  const foreign = state.chat.filter(({ seat }) => seat !== state.id);
  const last = foreign.at(-1)?.id ?? "";
  if (page.chatOpen && last !== memory.read) media.remember({ read: last });
  const unread = foreign.length - 1 - foreign.findIndex(({ id }) => id === memory.read);
  stage.render({
    name: state.clerk,
    me: state.id,
    socket: line,
    otherOnline: state.peers.some(({ seat, online }) => seat === "clerk" && online),
    call: call.main?.state ?? "connecting",
    callFor: call.main?.stateFor ?? 0,
    relay: relayOf(state.ice, call.main?.relayReached),
    remote: call.main?.remote ?? null,
    peerStatus: call.main?.peerStatus ?? null,
    devices: devices.state,
    local: devices.stream,
    mirrored: !devices.rear,
    list: media.list,
    trouble: trouble ? [`${trouble.title}.`, trouble.text, ...trouble.steps].join(" ") : "",
    inApp: trouble?.inApp === true,
    quality: call.main?.quality ?? null,
    chatless: !state.chat_shared,
    chatOpen: page.chatOpen && state.chat_shared,
    unread,
    chat: state.chat,
    ...chat.state,
  });
  companions.render({ ...company(state, call, state.id), invited: "" }, devices.state.speakerId);
}

/**
 * Another screen has come up.
 *
 * @param {import("./views/guest_page.js").Screen} screen
 */
function onScreen(screen) {
  if (screen !== "visit") {
    stage.close();
    companions.close();
    chat.clear();
    page.chatOpen = false;
  }
  if (page.shown) view.focus(screen); // a page just loaded is read from its beginning
  page.shown = true;
  if (screen === "left" || screen === "over") media.release();
}

// --- what happens ------------------------------------------------------------------------------

link.addEventListener("state", (event) => {
  page.state = /** @type {CustomEvent<GuestState>} */ (event).detail;
  page.connected = true;
  const { id, chat: lines, chat_shared: shared, peers } = page.state;
  chat.follow({ id, chat: lines, visit: shared ? { id: "this one", peers } : null });
  syncCall();
  render();
  const screen = page.ended || screenOf(page.state.state);
  if (screen === "visit") void media.reopen(true);
  else if (screen === "door" && memory.opened) void media.reopen(false); // before a reload
});
link.addEventListener("signal", (event) => {
  void call.handleSignal(/** @type {CustomEvent<import("./types").Relayed>} */ (event).detail);
});
link.addEventListener("up", () => {
  change({ up: true });
  call.resume();
});
link.addEventListener("down", () => change({ up: false, downSince: Date.now() }));
link.addEventListener("replaced", () => end("replaced", ""));
link.addEventListener("refused", (event) => {
  const refused = /** @type {CustomEvent<Refused>} */ (event).detail;
  if (refused.key === "replaced") end("replaced", "");
  else end("refused", refused.message);
});

/**
 * @param {"replaced" | "refused"} ended
 * @param {string} refused
 */
function end(ended, refused) {
  call.close();
  devices.close();
  change({ ended, refused });
}

devices.addEventListener("change", () => {
  if (page.connected) syncCall();
});
for (const event of ["change", "remote", "peerstatus", "quality"]) call.addEventListener(event, render);
call.addEventListener("quiet", () => link.wake());
call.addEventListener("fault", (event) => console.warn("call:", /** @type {CustomEvent} */ (event).detail.error));
media.addEventListener("change", render);
chat.addEventListener("change", render);

watchPage({
  moved() {
    link.wake({ moved: true });
    call.networkChanged();
  },
  back() {
    link.wake();
    render();
  },
});
window.addEventListener("load", render);
setInterval(render, 1000); // how long the line has been gone
draw();
