// @ts-check
/**
 * The citizen's page, put together: the line to the office, her devices, the call and the views.
 * All that is known is in `page`; whatever changes it calls `render`, which draws everything.
 */

import { Call } from "./call.js";
import { CardCamera } from "./card_camera.js";
import { CardCheck } from "./card_check.js";
import { CardPeer } from "./card_peer.js";
import { Chat } from "./chat.js";
import { CitizenMedia } from "./citizen_media.js";
import { company } from "./company.js";
import { Devices, isInAppBrowser } from "./devices.js";
import { drawn } from "./drawing.js";
import { FormFilling } from "./form_filling.js";
import { t } from "./i18n.js";
import { link } from "./line.js";
import { readMemory } from "./memory.js";
import { watchPage } from "./page_watch.js";
import { Refused } from "./protocol.js";
import { Precheck } from "./precheck.js";
import { InkPeer } from "./ink_peer.js";
import { Ringing } from "./ringing.js";
import { Signing } from "./signing.js";
import { createSlideshow } from "./slideshow.js";
import { ring, testTone, unlock } from "./sounds.js";
import { createAppointment } from "./views/appointment.js";
import { Attention, WakeLock, askToNotify, notifiable } from "./views/attention.js";
import { createCalled } from "./views/called.js";
import { createCard } from "./views/card.js";
import { createCompany } from "./views/company.js";
import { createCitizenPage, screenOf } from "./views/citizen_page.js";
import { createDataForm } from "./views/data_form.js";
import { createDeviceCheck } from "./views/device_check.js";
import { browserOf, troubleOf } from "./views/device_words.js";
import { createDocuments } from "./views/documents.js";
import { createFees } from "./views/fees.js";
import { codeKeeper } from "./papers_code.js";
import { createPapers } from "./views/papers.js";
import { createFormSheet } from "./views/form_sheet.js";
import { part } from "./views/parts.js";
import { relayOf } from "./views/path_trouble.js";
import { createPhoneDialog } from "./views/phone_dialog.js";
import { createPrecheck } from "./views/precheck.js";
import { createQuestion } from "./views/question.js";
import { createSelfPicture } from "./views/self_picture.js";
import { createSignature } from "./views/signature.js";
import { createStage } from "./views/stage.js";
import { createTinyPicture } from "./views/tiny_picture.js";
import { createWaiting } from "./views/waiting.js";
import { Uploads, sender } from "./uploads.js";
import { WhoListens } from "./who_listens.js";

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
 * @property {string} papers_url below which the papers are that come out of the visit
 * @property {string} documents_url where documents are sent, and had
 * @property {string} fees_url below which the GiroCodes are
 * @property {string} line_url where bytes are to be had and sent, to see how fast the line is
 * @property {boolean} just_booked
 */

const LINE_PATIENCE = 2500; // ms without a line before she is told
const ANSWER_PATIENCE = 9000; // ms for the town's server to answer an offer
const RELOAD_GAP = 60_000; // ms between two reloads that nobody asked for

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
  chatOpen: false,
  formOpen: false,
};

const devices = new Devices();
const media = new CitizenMedia({ devices, memory, report: (report) => link.request("devices", report) });
const call = new Call({ signal: (message) => link.signal(message), iceServers: boot.state.ice });
const ringing = new Ringing({ call, state: boot.state });
const chat = new Chat({ link, letters: memory.letters });
const whoListens = new WhoListens({ call, role: "citizen" });
const filling = new FormFilling({ link, request: (event, data, options) => link.request(event, data, options) });
const signing = new Signing({
  request: (event, data) => link.request(event, data),
  ink: (piece) => link.ink(piece),
  connect: (id) => new InkPeer({
    offer: async (sdp) => String((await link.request("capture_offer", { id, sdp })).sdp),
    iceServers: page.state.ice,
  }),
});
const cardCamera = new CardCamera(devices);
const card = new CardCheck({
  camera: cardCamera,
  request: (event) => link.request(event),
  createPeer: (id) => new CardPeer({
    offer: (sdp) => offerCapture(id, sdp),
    still: () => cardView.still(),
    iceServers: page.state.ice,
  }),
});

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
    media.remember({ mode: "video", cameraOff: false, muted: false });
    void media.open().then(checkLine);
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
const tinyPicture = createTinyPicture(part(body, "local", HTMLVideoElement));
const precheck = new Precheck({
  level: () => (devices.state.microphone === "ok" && !devices.state.muted ? devices.level() : null),
  picture: () => (devices.state.camera === "ok" ? tinyPicture() : null),
  probe: () => link.probe(),
  url: boot.line_url,
});
const precheckView = createPrecheck(root, { run: () => void checkLine() });
const waiting = createWaiting(root, { leave, notify: () => void askToNotify().then(render) });
const called = createCalled(root, { answer, park: () => ask("park") });
const slides = createSlideshow(part(root, "slides", HTMLElement), boot.pictures ?? []);
const question = createQuestion(body);
const openPhone = createPhoneDialog(body, boot.qr_url);
const checkSlot = part(root, "check-slot", HTMLElement);
const selfPicture = createSelfPicture(part(body, "local", HTMLVideoElement));
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
  listen: () => void whoListens.look(),
  devices: () => void media.look(),
}, selfPicture);
const companions = createCompany(stageRoot);
const signature = createSignature(body, {
  draw: (strokes) => signing.draw(strokes),
  choose: (way) => signing.choose(way),
  sign: (typed) => void signing.sign(typed),
  refuse: () => void signing.refuse(),
  dismiss: () => signing.dismiss(),
});
const cardView = createCard(body, {
  allow: () => void card.allow(),
  refuse: () => void card.refuse(),
  again: () => void card.again(),
});
const formSheet = createFormSheet(body, filling, (formOpen) => change({ formOpen, chatOpen: false }));
const papers = createPapers(body, boot.papers_url);
const keepCode = codeKeeper(`${boot.papers_url}/papiere`);
const uploads = new Uploads(sender(() => boot.documents_url));
const documents = createDocuments(body, boot.documents_url, {
  add: (files) => uploads.add(files),
  takeBack: (id) => void takeBack(id),
  dismiss: (id) => uploads.dismiss(id),
});
const fees = createFees(body, boot.fees_url, { promise: (id) => void promise(id) });
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
  const done = link.request(event); // before drawing, which takes a slow phone a tenth of a second
  change({ asked: event, trouble: "" });
  try {
    await done;
    return null;
  } catch (error) {
    const refused = error instanceof Refused ? error : Refused.from(null);
    page.trouble = refused.message;
    return refused;
  } finally {
    change(page.asked === event ? { asked: "" } : {});
  }
}

/** @param {string} id of the document */
async function takeBack(id) {
  try {
    await link.request("document_take_back", { id });
  } catch (error) {
    change({ trouble: (error instanceof Refused ? error : Refused.from(null)).message });
  }
}

/** @param {string} id of the charge she pays */
async function promise(id) {
  try {
    await link.request("fee_promise", { id });
  } catch (error) {
    change({ trouble: (error instanceof Refused ? error : Refused.from(null)).message });
  }
}

/** Look at devices and network, and tell the office; it is advice, so nothing waits for it. */
async function checkLine() {
  if (!/^(appointment|waiting)$/.test(screenOf(page.state.state))) return; // she has been called meanwhile
  const found = await precheck.run(page.state.ice);
  if (found) link.request("checked", found).catch(() => {}); // the office knows less then, no more
}

async function enter() {
  unlock(); // before anything is awaited: only now is this a click
  if (dataForm && !(await dataForm.finish())) return;
  void media.openOnce();
  const refused = await ask("enter");
  if (refused?.key === "incomplete") await dataForm?.finish();
}

async function answer() {
  unlock();
  void media.openOnce();
  ringing.accept();
  syncCall(); // before anything else: her click counts, not the office's answer to it
  stage.hear(clerksPicture());
  render();
  await tellAnswer();
}

/** Tell the office that she has accepted, as soon as it knows that she is called. */
async function tellAnswer() {
  if (page.state.state !== "called" || !ringing.accepted) return;
  if (await ask("answer")) {
    ringing.undo();
    syncCall();
  }
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

/**
 * @param {string} id of the check
 * @param {string} sdp
 * @returns {Promise<string>} the town's server's answer
 */
async function offerCapture(id, sdp) {
  const reply = await link.request("capture_offer", { id, sdp }, { timeout: ANSWER_PATIENCE, retry: false });
  return String(reply.sdp);
}

// --- the call ----------------------------------------------------------------------------------

/** She has accepted, whether or not the office knows it yet. */
const answered = () => page.state.state === "in_visit" || ringing.accepted;

/** Nothing leaves before she has accepted; the path for it is made while she waits. */
function syncCall() {
  const { visit, ready, id, epoch, ice } = page.state;
  const talking = (/** @type {string} */ other) => answered() && (visit !== null || other === ringing.clerk?.id);
  const others = visit ? visit.peers.filter((peer) => peer.id !== id) : ready;
  const tracks = devices.tracks;
  call.setIceServers(ice);
  void call.setTracks(tracks);
  call.setStatus({
    audio: tracks.audio !== null && !devices.state.muted && !devices.silent,
    video: tracks.video ? "camera" : "off",
  });
  call.setPeers(others.map((peer) => ({ ...peer, talking: talking(peer.id) })), id, epoch);
  whoListens.follow();
}

const theClerk = () => page.state.visit?.peers.find(({ seat }) => seat === "clerk") ?? ringing.clerk;

/** What comes from the clerk; her picture is there while it rings, and shown to nobody yet. */
const clerksPicture = () => call.legs.get(theClerk()?.id ?? "")?.remote ?? null;

const needsDevices = () => !page.ended && /^(checked_in|called|in_visit)$/.test(page.state.state);

/** @param {import("./types").VisitView | null} visit as in the latest state */
function followSignature(visit) {
  const before = signing.state.wanted?.id;
  signing.follow(visit);
  const { wanted } = signing.state;
  if (wanted && wanted.id !== before) page.chatOpen = false; // she is asked for something: show it
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
  const screen = page.ended || (answered() ? "visit" : ringing.clerk ? "called" : screenOf(state.state));
  const now = Date.now() / 1000 + page.clockOffset;
  const may = /** @type {readonly string[]} */ (state.may);
  const open = screen === "appointment" && (now >= state.opens || may.includes("enter"));
  const line = page.up || Date.now() - page.downSince < LINE_PATIENCE;
  const own = devices.state;
  const seen = own.camera === "ok";
  const heard = own.microphone === "ok" && !own.muted;
  const trouble = media.started && !media.opening ? troubleOf(own, where) : null;
  const clerk = theClerk()?.name ?? "";

  if (screen !== "called") attention.stop(); // it has lent itself the title of the tab
  const moved = view.render({
    screen, open, line, trouble: page.trouble, mayEnter: may.includes("enter"), refused: page.refused,
  });
  appointment.render({ state, now, open, justBooked: boot.just_booked, entering: page.asked === "enter" });
  dataForm?.render({ fields: state.fields, up: page.up });
  // Whether she may be notified the browser has to ask another process: 15 to 40 ms of every drawing.
  if (screen === "waiting") waiting.render({ queue: state.queue, notifiable: notifiable() });
  slides.render({ visible: screen === "waiting" });
  called.render({ clerk, answering: page.asked === "answer", mayPark: may.includes("park"), seen, heard });
  check.render({
    visible: screen === "appointment" || screen === "waiting",
    opening: media.opening,
    started: media.started,
    mode: media.mode,
    devices: own,
    list: media.list,
    trouble,
  });
  precheckView.render(precheck);
  if (screen === "visit") renderStage(trouble);
  else selfPicture.render({ stream: devices.stream, mirrored: !devices.rear, slot: checkSlot });
  renderSignature(screen === "visit");
  documents.render({
    documents: state.documents,
    uploads: uploads.list,
    brings: state.brings,
    inside: screen === "appointment" || screen === "waiting",
    visit: screen === "visit",
    free: !signing.state.wanted && !document.querySelector("dialog[open]"),
  });

  fees.render({
    fees: state.fees,
    visit: screen === "visit",
    finished: screen === "finished",
    free: !signing.state.wanted && !document.querySelector("dialog[open]"),
  });

  if (screen === "called") attention.start(clerk);
  void wakeLock.keep(screen === "waiting" || screen === "called" || screen === "visit");
  if (moved) onScreen(screen);
  if (screen === "called") stage.prepare(clerksPicture());
}

/** @param {import("./views/device_words.js").Trouble | null} trouble */
function renderStage(trouble) {
  const { state } = page;
  const other = theClerk();
  const others = state.chat.filter(({ seat }) => seat !== "citizen");
  const last = others.at(-1)?.id ?? "";
  if (page.chatOpen && last !== memory.read) media.remember({ read: last });
  const unread = others.length - 1 - others.findIndex(({ id }) => id === memory.read);
  stage.render({
    name: other?.name ?? "",
    me: "citizen",
    socket: page.up || Date.now() - page.downSince < LINE_PATIENCE,
    otherOnline: other?.online ?? false,
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
    chatOpen: page.chatOpen,
    unread,
    chat: state.chat,
    ...chat.state,
    listening: whoListens.state,
  });
  cardView.render(card.state, {
    name: state.visit?.clerk ?? "", mirrored: !cardCamera.rear, remote: call.main?.remote ?? null,
  });
  if (state.visit) companions.render(company(state.visit, call, state.id), devices.state.speakerId);
}

/** @param {boolean} visit the stage is seen */
function renderSignature(visit) {
  const clerk = page.state.visit?.clerk ?? "";
  // the chat covers a phone's page; her drawing waits below it
  const signed = page.state.outcome.filter(({ kind }) => kind === "signed").at(-1);
  const paper = signed ? boot.papers_url + signed.path : "";
  const looking = /^(asked|allowed)$/.test(page.state.visit?.check?.state ?? ""); // one thing at a time
  const visible = visit && !page.chatOpen && !looking;
  const beside = signature.render({ ...signing.state, clerk, paper, visible });
  papers.render(page.state.outcome, page.state.code);
  void keepCode(page.state.code);
  const free = visible && !signing.state.wanted && !signing.state.outcome; // nothing lies over it
  const filled = formSheet.render({ clerk, open: page.formOpen, free });
  body.classList.toggle("citizen-page--signing", beside || filled);
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
  if (screen !== "appointment" && screen !== "waiting") precheck.abort();
  if (screen !== "visit") {
    stage.close();
    companions.close();
    card.close();
    page.chatOpen = false;
    page.formOpen = false;
  }
  if (screen === "called") called.focus();
  else if (page.shown) view.focus(screen); // a page just loaded is read from its beginning
  page.shown = true;
  if (/^(parked|finished|missed|cancelled)$/.test(screen)) media.release();
  if (!/^(finished|missed|cancelled)$/.test(screen)) return;
  chat.clear();
  filling.forget();
}

// --- what happens ------------------------------------------------------------------------------

link.addEventListener("state", (event) => {
  const state = /** @type {CustomEvent<CitizenState>} */ (event).detail;
  page.clockOffset = state.now - Date.now() / 1000;
  page.connected = true;
  page.state = state;
  ringing.follow(state);
  chat.follow(state);
  followSignature(state.visit);
  filling.follow(state.id, state.visit);
  card.follow(state.visit?.state === "open" ? state.visit.check : null);
  syncCall();
  draw(); // at once: she may be called
  void tellAnswer();
  if (needsDevices()) void media.reopen(state.state === "in_visit");
});
link.addEventListener("signal", (event) => {
  void call.handleSignal(/** @type {CustomEvent<import("./types").Relayed>} */ (event).detail);
});
link.addEventListener("up", () => {
  change({ up: true });
  call.resume();
  signing.resume();
  media.report();
});
link.addEventListener("down", () => change({ up: false, downSince: Date.now() }));
link.addEventListener("replaced", () => end("replaced", ""));
link.addEventListener("refused", (event) => {
  const refused = /** @type {CustomEvent<Refused>} */ (event).detail;
  if (refused.key === "replaced") return end("replaced", "");
  if (refused.reload && Date.now() - memory.reloaded > RELOAD_GAP) {
    media.remember({ reloaded: Date.now() });
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
  card.close();
  devices.close();
  change({ ended, refused });
}

devices.addEventListener("change", () => {
  if (page.connected) syncCall();
});
media.addEventListener("change", render);
precheck.addEventListener("change", render);
call.addEventListener("change", render);
call.addEventListener("remote", render);
call.addEventListener("peerstatus", render);
call.addEventListener("quality", render);
call.addEventListener("quiet", () => link.wake());
call.addEventListener("fault", (event) => console.warn("call:", /** @type {CustomEvent} */ (event).detail.error));
ringing.addEventListener("change", () => {
  syncCall();
  draw(); // at once: she is called
});
chat.addEventListener("change", render);
card.addEventListener("change", render);
whoListens.addEventListener("change", render);
signing.addEventListener("change", render);
filling.addEventListener("change", render);
filling.addEventListener("called", () => change({ formOpen: true })); // the clerk has turned to it
uploads.addEventListener("change", render);

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
setInterval(render, 1000); // the countdown, and how long the line has been gone
draw();
link.listen();
