// @ts-check
/**
 * The citizen's page, put together: the line to the office, her devices, the call and the views.
 * All that is known is in `page`; whatever changes it calls `render`, which draws everything.
 */

import { io } from "../vendor/socket.io.esm.min.js";
import { Call } from "./call.js";
import { Devices, isInAppBrowser } from "./devices.js";
import { t } from "./i18n.js";
import { readMemory, writeMemory } from "./memory.js";
import { Outbox } from "./outbox.js";
import { Link, Refused } from "./protocol.js";
import { createSlideshow } from "./slideshow.js";
import { ring, testTone, unlock } from "./sounds.js";
import { createAppointment } from "./views/appointment.js";
import { Attention, WakeLock, askToNotify, notifiable } from "./views/attention.js";
import { createCalled } from "./views/called.js";
import { createCitizenPage, screenOf } from "./views/citizen_page.js";
import { createDataForm } from "./views/data_form.js";
import { createDeviceCheck } from "./views/device_check.js";
import { browserOf, troubleOf } from "./views/device_words.js";
import { part } from "./views/parts.js";
import { createPhoneDialog } from "./views/phone_dialog.js";
import { createQuestion } from "./views/question.js";
import { createSelfPicture } from "./views/self_picture.js";
import { createStage } from "./views/stage.js";
import { createWaiting } from "./views/waiting.js";

/**
 * @typedef {import("./types").CitizenState} CitizenState
 *
 * @typedef {object} Boot
 * @property {string} seat
 * @property {CitizenState} state
 * @property {import("./slideshow.js").Picture[]} pictures
 * @property {string} link
 * @property {string} qr_url
 * @property {string} move_url
 * @property {string} cancel_url
 * @property {string} ics_url
 * @property {boolean} just_booked
 */

const LINE_PATIENCE = 2500; // ms without a line before she is told
const RELOAD_GAP = 60_000; // ms between two reloads that nobody asked for
const LOOK_EVERY = 2000; // ms between two looks at the quality of the call
const WEAK_LOSS = 0.08; // share of sound packets
const WEAK_DELAY = 1.2; // s there and back

const boot = /** @type {Boot} */ (JSON.parse(document.getElementById("boot")?.textContent ?? "{}"));
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
  clockOffset: boot.state.now - Date.now() / 1000,
  up: false,
  downSince: Date.now(),
  shown: false, // a screen has been drawn
  connected: false, // a state has come over the line
  asked: "", // the request under way
  /** @type {import("./types").DeviceList} */
  list: { cameras: [], microphones: [], speakers: [] },
  devicesStarted: false,
  devicesOpening: false,
  chatOpen: false,
  weak: false,
};

const link = new Link({ namespace: "/citizen", seat: boot.seat, io });
const devices = new Devices();
const call = new Call({ seat: "citizen", signal: (message) => link.signal(message), iceServers: boot.state.ice });
const outbox = new Outbox({ post: (message) => link.request("say", message) });

// --- views -------------------------------------------------------------------------------------

const body = document.body;
const root = part(body, "citizen", HTMLElement);
const stageRoot = part(body, "stage", HTMLElement);
const view = createCitizenPage(body, {
  comeBack: () => ask("return"),
  enter,
  reload: () => location.reload(),
  dismiss: () => change({ trouble: "" }),
});
const appointment = createAppointment(root, boot, { enter });
const dataRoot = root.querySelector('[data-part="data"]');
const dataForm = dataRoot instanceof HTMLElement
  ? createDataForm(dataRoot, (values) => link.request("give", { values }))
  : null;
const check = createDeviceCheck(part(root, "check", HTMLElement), {
  start() {
    unlock();
    remember({ mode: "video", cameraOff: false, muted: false });
    void openDevices();
  },
  stop() {
    remember({ mode: "text" });
    void openDevices();
  },
  soundOnly: () => change({}, { mode: "sound" }),
  textOnly: () => change({}, { mode: "text" }),
  tone: () => testTone(devices.state.speakerId),
  choose: (wanted) => void devices.choose(wanted),
  level: () => devices.level(),
});
const waiting = createWaiting(root, { leave, notify: () => void askToNotify().then(render) });
const called = createCalled(root, { answer, park: () => ask("park") });
const slides = createSlideshow(part(root, "slides", HTMLElement), boot.pictures ?? []);
const question = createQuestion(body);
const openPhone = createPhoneDialog(body, boot.qr_url);
const selfPicture = createSelfPicture(part(body, "local", HTMLVideoElement));
const stage = createStage(stageRoot, {
  mute,
  camera,
  flip: () => void devices.flip(),
  choose: (wanted) => void devices.choose(wanted),
  retry: () => void openDevices(),
  chat: (chatOpen) => change({ chatOpen }),
  send: (text) => outbox.add(text),
  devices: () => void listDevices(),
}, selfPicture);
const attention = new Attention(ring);
const wakeLock = new WakeLock();

part(root, "phone-open", HTMLButtonElement).addEventListener("click", openPhone);
part(stageRoot, "phone", HTMLButtonElement).addEventListener("click", openPhone);
part(stageRoot, "leave-visit", HTMLButtonElement).addEventListener("click", leaveVisit);

// --- what she does -----------------------------------------------------------------------------

/**
 * Ask the office for a step; its answer comes as a new state.
 *
 * @param {keyof import("./types").CitizenRequests} event
 * @returns {Promise<Refused | null>} null when it was done
 */
async function ask(event) {
  if (page.asked === event) return null;
  change({ asked: event, trouble: "" });
  try {
    await link.request(event);
    return null;
  } catch (error) {
    const refused = error instanceof Refused ? error : Refused.from(null);
    page.trouble = refused.message;
    return refused;
  } finally {
    change(page.asked === event ? { asked: "" } : {});
  }
}

async function enter() {
  unlock(); // before anything is awaited: only now is this a click
  if (dataForm && !(await dataForm.finish())) return;
  if (!page.devicesStarted && memory.mode !== "text") void openDevices();
  const refused = await ask("enter");
  if (refused?.key === "incomplete") await dataForm?.finish();
}

async function answer() {
  unlock();
  if (!page.devicesStarted && memory.mode !== "text") void openDevices();
  await ask("answer");
}

async function leave() {
  const sure = await question({
    title: t("Leave the waiting room?"),
    text: t("You give up your place in the queue. Your appointment stays, and you can come in again."),
    yes: t("Leave"),
    no: t("Stay here"),
  });
  if (sure) await ask("leave");
}

async function leaveVisit() {
  const sure = await question({
    title: t("Leave the visit?"),
    text: t("The call ends for the moment. You can come back, your place is kept."),
    yes: t("Leave the visit"),
    no: t("Stay here"),
  });
  if (sure) await ask("park");
}

// --- devices -----------------------------------------------------------------------------------

/** Open what she wants to take part with; the browser may ask her for permission. */
async function openDevices() {
  const { mode, cameraOff, muted } = memory;
  change({ devicesStarted: true, devicesOpening: true });
  devices.setMuted(muted);
  await devices.open({ audio: mode !== "text", video: mode === "video" && !cameraOff });
  change({ devicesOpening: false });
  await listDevices();
}

async function listDevices() {
  change({ list: await devices.list() });
}

/** Let go of camera and microphone: their lamps go out. */
function releaseDevices() {
  if (!page.devicesStarted) return;
  page.devicesStarted = false;
  void devices.open({ audio: false, video: false });
}

/** After a reload or a pause: open them again where nobody needs to be asked. */
async function reopenDevices() {
  if (page.devicesStarted || memory.mode === "text") return;
  const permitted = page.state.state === "in_visit" || memory.opened || (await bothPermitted());
  if (permitted && !page.devicesStarted && needsDevices()) await openDevices();
}

async function bothPermitted() {
  try {
    const names = ["camera", "microphone"];
    const found = await Promise.all(names.map((name) =>
      navigator.permissions.query({ name: /** @type {PermissionName} */ (name) })));
    return found.every(({ state }) => state === "granted");
  } catch {
    return false; // Firefox before 131 knows neither name
  }
}

const needsDevices = () => !page.ended && /^(checked_in|called|in_visit)$/.test(page.state.state);

/** @param {boolean} muted */
async function mute(muted) {
  remember({ muted });
  if (muted || hasMicrophone()) {
    devices.setMuted(muted);
    return;
  }
  remember({ mode: memory.mode === "text" ? "sound" : memory.mode });
  await openDevices();
  if (!hasMicrophone()) stage.openDevices();
}

const hasMicrophone = () => devices.state.microphone === "ok";

/** @param {boolean} off */
async function camera(off) {
  remember({ cameraOff: off, ...(!off && { mode: "video" }) });
  page.devicesStarted = true;
  await devices.setCameraOff(off);
  if (!off && devices.state.camera !== "ok") stage.openDevices();
}

let reported = "";

function reportDevices() {
  const { camera, microphone } = devices.state;
  const report = JSON.stringify({ camera, microphone });
  if (!page.up || !page.devicesStarted || page.devicesOpening || report === reported) return;
  reported = report;
  link.request("devices", { camera, microphone }).catch(() => {
    reported = "";
  });
}

// --- the call ----------------------------------------------------------------------------------

/** @type {import("./types").OwnTracks} */
let sent = { audio: null, video: null };

/** Nothing leaves before she has accepted; the path for it is made while it rings. */
function syncCall() {
  const { state, visit, epoch, ice } = page.state;
  call.setIceServers(ice);
  call.setPeer(visit?.peers.find(({ seat }) => seat === "clerk") ?? null, epoch);
  const talking = state === "in_visit";
  const tracks = talking ? devices.tracks : { audio: null, video: null };
  if (tracks.audio !== sent.audio || tracks.video !== sent.video) {
    sent = tracks;
    void call.setTracks(tracks);
  }
  call.setStatus({
    audio: tracks.audio !== null && !devices.state.muted,
    video: tracks.video ? "camera" : "off",
  });
}

async function lookAtQuality() {
  if (page.state.state !== "in_visit" || call.state !== "connected") return;
  const stats = await call.stats();
  const weak = (stats?.lost ?? 0) > WEAK_LOSS || (stats?.roundTrip ?? 0) > WEAK_DELAY;
  if (weak !== page.weak) change({ weak });
}

// --- drawing -----------------------------------------------------------------------------------

/**
 * @param {Partial<typeof page>} facts
 * @param {Partial<typeof memory>} [kept]
 */
function change(facts, kept) {
  Object.assign(page, facts);
  if (kept) remember(kept);
  render();
}

/** @param {Partial<typeof memory>} kept */
function remember(kept) {
  Object.assign(memory, kept);
  writeMemory(memory);
}

function render() {
  const { state } = page;
  const screen = page.ended || screenOf(state.state);
  const now = Date.now() / 1000 + page.clockOffset;
  const may = /** @type {readonly string[]} */ (state.may);
  const open = screen === "appointment" && (now >= state.opens || may.includes("enter"));
  const line = page.up || Date.now() - page.downSince < LINE_PATIENCE;
  const own = devices.state;
  const seen = own.camera === "ok";
  const heard = own.microphone === "ok" && !own.muted;
  const trouble = page.devicesStarted && !page.devicesOpening ? troubleOf(own, where) : null;
  const clerk = state.visit?.clerk ?? "";

  if (screen !== "called") attention.stop(); // it has lent itself the title of the tab
  const moved = view.render({
    screen, open, line, trouble: page.trouble, mayEnter: may.includes("enter"), refused: page.refused,
  });
  appointment.render({ state, now, open, justBooked: boot.just_booked, entering: page.asked === "enter" });
  dataForm?.render({ fields: state.fields, up: page.up });
  waiting.render({ queue: state.queue, notifiable: notifiable() });
  slides.render({ visible: screen === "waiting" });
  called.render({ clerk, answering: page.asked === "answer", mayPark: may.includes("park"), seen, heard });
  check.render({
    visible: screen === "appointment" || screen === "waiting",
    opening: page.devicesOpening,
    started: page.devicesStarted,
    mode: memory.mode,
    devices: own,
    list: page.list,
    trouble,
  });
  if (screen === "visit") renderStage(trouble);
  else selfPicture.render({ stream: devices.stream, mirrored: !devices.rear, slot: part(root, "check-slot", HTMLElement) });

  if (screen === "called") attention.start(clerk);
  void wakeLock.keep(screen === "waiting" || screen === "called" || screen === "visit");
  if (moved) onScreen(screen);
}

/** @param {import("./views/device_words.js").Trouble | null} trouble */
function renderStage(trouble) {
  const { state } = page;
  const other = state.visit?.peers.find(({ seat }) => seat === "clerk");
  const others = state.chat.filter(({ seat }) => seat !== "citizen");
  const last = others.at(-1)?.id ?? "";
  if (page.chatOpen && last !== memory.read) remember({ read: last });
  const unread = others.length - 1 - others.findIndex(({ id }) => id === memory.read);
  stage.render({
    name: state.visit?.clerk ?? "",
    me: "citizen",
    socket: page.up || Date.now() - page.downSince < LINE_PATIENCE,
    otherOnline: other?.online ?? false,
    call: call.state,
    remote: call.remote,
    peerStatus: call.peerStatus,
    devices: devices.state,
    local: devices.stream,
    mirrored: !devices.rear,
    list: page.list,
    trouble: trouble ? [`${trouble.title}.`, trouble.text, ...trouble.steps].join(" ") : "",
    weak: page.weak,
    chatOpen: page.chatOpen,
    unread,
    chat: state.chat,
    pending: outbox.pending,
  });
}

/**
 * Another screen has come up.
 *
 * @param {import("./views/citizen_page.js").Screen} screen
 */
function onScreen(screen) {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (dialog instanceof HTMLDialogElement) dialog.close();
  }
  if (screen !== "visit") {
    stage.close();
    page.chatOpen = false;
    page.weak = false;
  }
  if (screen === "called") called.focus();
  else if (page.shown) view.focus(screen); // a page just loaded is read from its beginning
  page.shown = true;
  if (/^(parked|finished|missed|cancelled)$/.test(screen)) releaseDevices();
  if (/^(finished|missed|cancelled)$/.test(screen)) outbox.clear();
}

// --- what happens ------------------------------------------------------------------------------

link.addEventListener("state", (event) => {
  const state = /** @type {CustomEvent<CitizenState>} */ (event).detail;
  page.clockOffset = state.now - Date.now() / 1000;
  page.connected = true;
  page.state = state;
  outbox.settle(state.chat);
  syncCall();
  render();
  if (needsDevices()) void reopenDevices();
});
link.addEventListener("signal", (event) => {
  void call.handleSignal(/** @type {CustomEvent<import("./types").Relayed>} */ (event).detail);
});
link.addEventListener("up", () => {
  change({ up: true });
  outbox.flush();
  reported = "";
  reportDevices();
});
link.addEventListener("down", () => change({ up: false, downSince: Date.now() }));
link.addEventListener("replaced", () => end("replaced", ""));
link.addEventListener("refused", (event) => {
  const refused = /** @type {CustomEvent<Refused>} */ (event).detail;
  if (refused.key === "replaced") return end("replaced", "");
  if (refused.reload && Date.now() - memory.reloaded > RELOAD_GAP) {
    remember({ reloaded: Date.now() });
    location.reload();
  }
  end("refused", refused.message);
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
  if (!memory.opened && (hasMicrophone() || devices.state.camera === "ok")) remember({ opened: true });
  if (page.connected) syncCall();
  reportDevices();
  void listDevices();
});
call.addEventListener("change", render);
call.addEventListener("remote", render);
call.addEventListener("peerstatus", render);
call.addEventListener("fault", (event) => console.warn("call:", /** @type {CustomEvent} */ (event).detail));
outbox.addEventListener("change", render);

function onNetwork() {
  link.wake();
  call.networkChanged();
}
window.addEventListener("online", onNetwork);
/** @type {EventTarget | undefined} */ (Reflect.get(navigator, "connection"))?.addEventListener("change", onNetwork);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  link.wake();
  render();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) link.wake();
});

window.addEventListener("load", render);
setInterval(render, 1000); // the countdown, and how long the line has been gone
setInterval(lookAtQuality, LOOK_EVERY);
render();
