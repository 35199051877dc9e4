// @ts-check
/**
 * The clerk's page: wires the line to the server, the devices and the call to the views.
 *
 * What the server says is in `desk`, what only this page knows in `ui`; every change of either
 * ends in `render`, and nothing is shown or hidden anywhere else.
 */

import { io } from "../vendor/socket.io.esm.min.js";
import { Chat } from "./chat.js";
import { company } from "./company.js";
import { Conversation, visitAhead } from "./desk_conversation.js";
import { DeskMedia } from "./desk_media.js";
import { Devices } from "./devices.js";
import { drawn } from "./drawing.js";
import { FormFilling } from "./form_filling.js";
import { t } from "./i18n.js";
import { InkWatch } from "./ink.js";
import { Issuing } from "./issuing.js";
import { readMemory, writeMemory } from "./memory.js";
import { watchPage } from "./page_watch.js";
import { Link, Refused } from "./protocol.js";
import { arrival, unlock } from "./sounds.js";
import { DeskUploads } from "./desk_uploads.js";
import { createCompany } from "./views/company.js";
import { createCheck } from "./views/desk_check.js";
import { createBoard } from "./views/desk_board.js";
import { createDeskDocuments } from "./views/desk_documents.js";
import { createDeskForm } from "./views/desk_form.js";
import { createDeskFees } from "./views/desk_fees.js";
import { createGuests } from "./views/desk_guests.js";
import { createHall } from "./views/desk_hall.js";
import { createKeys } from "./views/desk_keys.js";
import { createPage } from "./views/desk_page.js";
import { createPerson } from "./views/desk_person.js";
import { createDeskSignature, stateWords } from "./views/desk_signature.js";
import { createVisit } from "./views/desk_visit.js";
import { mediaTrouble, nextPerson, whyNotNext } from "./views/desk_words.js";
import { part } from "./views/parts.js";
import { relayOf } from "./views/path_trouble.js";
import { createStage } from "./views/stage.js";
import { WhoListens } from "./who_listens.js";

/**
 * @typedef {import("./types").DeskState} DeskState
 * @typedef {import("./types").DeskRequests} DeskRequests
 * @typedef {import("./views/desk_board.js").Tab} Tab
 */

const SIGN_IN = "/amt/anmelden?next=/amt";
const RELOAD_AFTER = 60_000; // ms a page must have lived to load itself again

const root = /** @type {HTMLElement} */ (document.querySelector("[data-desk]"));
/** @type {{seat: string, state: DeskState}} */
const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}");
const wide = window.matchMedia("(min-width: 1024px)"); // as in desk.css: list and details side by side

let desk = boot.state;
let offset = desk.now - Date.now() / 1000; // seconds the server's clock is ahead of ours

const ui = {
  up: true, // assumed until the first attempt fails: no alarm while the page is loading
  tab: /** @type {Tab} */ ("waiting"),
  selected: "",
  face: /** @type {"board" | "main"} */ (desk.visit ? "main" : "board"),
  panelOpen: false,
  pending: 0,
  error: "",
  refused: "",
  replaced: false,
  sound: true,
  touched: false, // the page has been clicked: sound may be played and measured
  focus: /** @type {"" | "visit" | "next"} */ (""), // where it goes with the next drawing
  chatOpen: false,
  read: fromCitizen(desk), // chat lines of hers that have been seen; before a reload: all
};

const link = new Link({ namespace: "/desk", seat: boot.seat, io });
const devices = new Devices();
const media = new DeskMedia(devices);
const conversation = new Conversation({ devices, signal: (message) => link.signal(message) });
const chat = new Chat({ link, letters: readMemory().letters });
const whoListens = new WhoListens({ call: conversation.call, role: "clerk" });
const ink = new InkWatch();
const filling = new FormFilling({ link, request: (event, data, options) => link.request(event, data, options) });

// --- asking the server -----------------------------------------------------------------------

/**
 * Ask, show what went wrong, and keep the buttons from being pressed twice meanwhile.
 *
 * @template {keyof DeskRequests} E
 * @param {E} event
 * @param {DeskRequests[E]} data
 * @returns {Promise<boolean>} whether it was done
 */
async function ask(event, data) {
  if (ui.pending) return false;
  ui.pending += 1;
  ui.error = "";
  render();
  try {
    await link.request(event, data);
    return true;
  } catch (error) {
    // Sent again because the first acknowledgement was lost: it had been done.
    if (event === "call" && desk.visit && error instanceof Refused && error.key === "desk_busy") return true;
    fail(error instanceof Refused ? error.message : t("That did not work. Please try again."));
    return false;
  } finally {
    ui.pending -= 1;
    render();
  }
}

/** @param {string} words */
function fail(words) {
  ui.error = words;
  render();
}

/** @param {string | null} appointment the next person, or this one */
async function call(appointment) {
  if (ui.pending) return;
  unlock();
  if (!media.asked) void media.open(); // the click is the browser's leave to ask
  const done = ask("call", { appointment });
  conversation.expect(appointment, now());
  if (await done) return;
  conversation.expectNobody();
  if (!desk.visit) stage.close();
  render();
}

function callNext() {
  if (!ui.pending && !whyNotNext(desk, { now: now(), up: ui.up })) void call(null);
}

function togglePause() {
  if (!desk.visit) void ask("pause", { away: desk.me.state !== "away" });
}

// --- camera and microphone -------------------------------------------------------------------

function openMedia() {
  if (desk.me.state !== "away") void media.openIfGranted(desk.visit?.state === "open");
}

/** Once more, because the clerk asked for it: she is told when it is in vain. */
async function retryDevices() {
  await media.open();
  sayTrouble();
}

/** What was interrupted or in use, once more. */
async function restoreDevices() {
  await devices.restore();
  sayTrouble();
}

function sayTrouble() {
  const trouble = mediaTrouble(true, devices.state);
  if (trouble) fail(trouble);
}

// --- what the server says --------------------------------------------------------------------

/** @param {DeskState} next */
function receive(next) {
  const before = desk;
  desk = next;
  conversation.follow(desk); // first of all: a picture may wait for it
  offset = desk.now - Date.now() / 1000;
  tellArrivals(before);
  tellVisit(before);
  followBreak(before);
  chat.follow(desk);
  whoListens.follow();
  filling.follow(desk.id, desk.visit);
  const known = [...desk.waiting, ...desk.parked].some(({ id }) => id === ui.selected);
  if (!known) ui.selected = "";
  render();
}

/** @param {DeskState} before */
function followBreak(before) {
  const was = before.me.state === "away";
  const is = desk.me.state === "away";
  if (was && !is) openMedia();
  // The camera's lamp goes out during a break: nobody is watched at lunch.
  if (is && !was) media.release();
}

/** @param {DeskState} before */
function tellArrivals(before) {
  const known = new Set(before.waiting.map(({ id }) => id));
  const came = desk.waiting.filter(({ id }) => !known.has(id));
  if (!came.length) return;
  const [first] = came;
  page.announce(t("New in the waiting room: %(name)s, %(service)s", { name: first.name, service: first.service }));
  if (ui.sound && desk.me.state !== "away" && !desk.visit) arrival();
}

/** @param {DeskState} before */
function tellVisit(before) {
  const was = before.visit;
  const is = desk.visit;
  if (was && is?.id !== was.id) {
    chat.clear();
    stage.close();
    companions.close();
  }
  if (is && is.id !== was?.id) {
    ui.face = "main";
    ui.panelOpen = false;
    ui.read = 0;
    ui.chatOpen = false;
    ui.focus = "visit";
    page.announce(t("%(name)s is being called …", { name: is.citizen }));
  } else if (!is && was) {
    ui.face = "board";
    ui.focus = "next";
    if (ui.tab === "parked") ui.tab = "waiting";
    page.announce(
      desk.parked.some(({ name }) => name === was.citizen)
        ? t("%(name)s has been put aside.", { name: was.citizen })
        : t("The visit with %(name)s is over.", { name: was.citizen }),
    );
  }
  tellSignature(was?.signature ?? null, is);
  if (is?.state === "open" && (was?.state !== "open" || was.id !== is.id)) {
    if (!media.asked) void media.open();
    page.announce(t("%(name)s is here.", { name: is.citizen }));
  }
}

/**
 * @param {import("./types").SignatureView | null} was
 * @param {import("./types").VisitView | null} visit
 */
function tellSignature(was, visit) {
  const is = visit?.signature;
  if (!visit || !is || (was?.id === is.id && was.state === is.state)) return;
  page.announce(stateWords(is, visit.citizen));
}

link.addEventListener("state", (event) => receive(/** @type {CustomEvent<DeskState>} */ (event).detail));
link.addEventListener("signal", (event) => {
  conversation.handleSignal(/** @type {CustomEvent<import("./types").Relayed>} */ (event).detail);
});
link.addEventListener("advice", (event) => {
  check.advise(/** @type {CustomEvent<import("./types").Advice>} */ (event).detail);
});
link.addEventListener("ink", (event) => {
  ink.receive(/** @type {CustomEvent<import("./types").Inked>} */ (event).detail);
  signature.draw(ink.of(desk.visit?.signature?.id ?? "")); // often: without drawing all else
});
link.addEventListener("up", () => {
  ui.up = true;
  conversation.resume();
  render();
});
link.addEventListener("down", () => {
  ui.up = false;
  render();
});
link.addEventListener("replaced", (event) => {
  const { reason } = /** @type {CustomEvent<import("./types").Replaced>} */ (event).detail;
  conversation.close();
  devices.close();
  if (reason === "signed_out") {
    location.assign(SIGN_IN);
    return;
  }
  ui.replaced = true;
  render();
});
link.addEventListener("refused", (event) => {
  const refused = /** @type {CustomEvent<Refused>} */ (event).detail;
  // Too old a page and nobody to disturb: a fresh one asks for the password if it must.
  if (refused.reload && !desk.visit && performance.now() > RELOAD_AFTER) {
    location.reload();
    return;
  }
  ui.up = false;
  ui.refused = refused.message;
  render();
});

// --- views -----------------------------------------------------------------------------------

const tell = (/** @type {string} */ words) => page.announce(words);

const page = createPage(root, {
  dismiss: () => fail(""),
  reload: () => location.reload(),
});

const keys = createKeys(root, {
  n: callNext,
  r: () => desk.visit?.state === "ringing" && void ask("ring", {}),
  p: () => desk.visit && desk.appointment && void ask("park", { appointment: desk.appointment.id }),
  u: () => visit.askHandOver(),
  e: () => visit.askEnd(),
  d: () => guests.ask(),
  t: () => signature.ask(),
  i: () => check.ask(),
  a: () => check.take(),
  f: () => form.focus(),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), () => check.toggle(n)])),
  s: togglePause,
  m: () => desk.visit && setMuted(devices.state.microphone === "ok" && !devices.state.muted),
  k: () => desk.visit && void setCameraOff(devices.state.camera === "ok"),
  c: () => {
    if (!desk.visit) return;
    openChat(!ui.chatOpen);
    if (ui.chatOpen) part(stageRoot, "chat-text", HTMLTextAreaElement).focus();
  },
});

const board = createBoard(part(root, "board", HTMLElement), {
  next: callNext,
  pause: togglePause,
  call,
  missed: (id) => void ask("missed", { appointment: id }),
  select: (id) => {
    ui.selected = ui.selected === id ? "" : id;
    render();
  },
  tab: (tab) => {
    ui.tab = tab;
    render();
  },
  sound: () => {
    ui.sound = !ui.sound;
    if (ui.sound) {
      unlock();
      arrival();
    }
    render();
  },
  keys: keys.show,
  openMedia: () => {
    unlock();
    void media.open();
  },
});

const person = createPerson(root, {
  call,
  park: (id) => void ask("park", { appointment: id }),
  missed: (id) => void ask("missed", { appointment: id }),
  tell,
  fail,
});

const hall = createHall(root, {
  choose: (wanted) => void devices.choose(wanted),
  level: () => (ui.touched ? devices.level() : 0),
});

const visit = createVisit(root, {
  ring: () => void ask("ring", {}),
  park: (id) => void ask("park", { appointment: id }),
  missed: (id) => void ask("missed", { appointment: id }),
  end: () => void ask("end", {}),
  handOver: (clerk, note) => void ask("hand_over", { clerk, note }),
  board: () => {
    ui.face = ui.face === "main" ? "board" : "main";
    render();
  },
  panel: (open) => {
    ui.panelOpen = open;
    render();
  },
  tell,
  fail,
});

const guests = createGuests(root, {
  invite: async (wanted) => {
    const answer = await link.request("invite", wanted);
    return String(answer.link);
  },
  remove: (guest) => void ask("remove", { guest }),
  shareChat: (on) => ask("share_chat", { on }),
  tell,
  fail,
});

const check = createCheck(root, {
  ask: (document) => void ask("check_ask", { id: crypto.randomUUID().replaceAll("-", ""), document }),
  take: () => void ask("check_take", {}),
  side: (side) => void ask("check_side", { side }),
  again: () => void ask("check_again", {}),
  tick: (item, value) => void ask("check_tick", { item, value }),
  read: (lines) => void ask("check_read", { lines }),
  code: (way) => void ask("check_code", { id: crypto.randomUUID().replaceAll("-", ""), way }),
  async said(code) {
    try {
      return (await link.request("check_said", { code })).right === true;
    } catch (error) {
      fail(error instanceof Refused ? error.message : t("That did not work. Please try again."));
      return false;
    }
  },
  judge: (result, reason, keep) => void ask("check_judge", { result, reason, keep }),
  destroy: (id) => void ask("check_destroy", { id }),
  abort: () => void ask("check_abort", {}),
});

const signature = createDeskSignature(root, {
  texts: async () => {
    const { texts } = await link.request("sign_texts");
    return /** @type {import("./types").SignatureText[]} */ (texts);
  },
  ask: (wanted) => link.request("sign_ask", wanted),
  withdraw: (id) => void ask("sign_withdraw", { id }),
});

const form = createDeskForm(root, filling, {
  start: () => void ask("form_start", {}),
  point: (field) => void link.request("form_point", { field }, { retry: false }).catch(() => {}),
  finish: () => void ask("form_finish", {}),
  close: () => void ask("form_close", {}),
});

const uploads = new DeskUploads(fail);
uploads.addEventListener("change", () => render());
const issuing = new Issuing(fetch.bind(window));
issuing.addEventListener("change", () => render());

const documents = createDeskDocuments(root, {
  hand: (files) => uploads.add(files),
  issue: (paper) => void issuing.issue(paper).then((words) => words && fail(words)),
  accept: (id) => void ask("document_accept", { id }),
  again: (id, reason) => void ask("document_again", { id, reason }),
  takeBack: (id) => void ask("document_take_back", { id }),
  dismiss: (id) => uploads.dismiss(id),
});

const fees = createDeskFees(root, {
  ask: (wanted) => void ask("fee_ask", wanted),
  waive: (service, reason) => void ask("fee_waive", { service, reason }),
  confirm: (id) => void ask("fee_confirm", { id }),
  cancel: (id) => void ask("fee_cancel", { id }),
});

const stageRoot = /** @type {HTMLElement} */ (root.querySelector("[data-stage]"));
const stage = createStage(stageRoot, {
  mute: setMuted,
  camera: (off) => void setCameraOff(off),
  flip: () => void devices.flip(),
  choose: (wanted) => void devices.choose(wanted),
  retry: () => void retryDevices(),
  restore: () => void restoreDevices(),
  chat: openChat,
  send: (text) => chat.send(text),
  type: (text) => chat.type(text),
  letters(shown) {
    chat.showLetters(shown);
    writeMemory({ ...readMemory(), letters: shown });
  },
  share: (on) => {
    if (!on) conversation.stopSharing();
    else conversation.share().catch(() => fail(t("The screen could not be shared.")));
  },
  listen: () => void whoListens.look(),
  devices: () => void media.look(),
});

const companions = createCompany(stageRoot);

/** @param {boolean} muted */
function setMuted(muted) {
  if (muted || devices.state.microphone === "ok") devices.setMuted(muted);
  else void retryDevices();
}

/** @param {boolean} off */
async function setCameraOff(off) {
  if (!off && !media.asked) return retryDevices();
  const { camera } = await devices.setCameraOff(off);
  if (!off && camera !== "ok") sayTrouble();
}

/** @param {boolean} open */
function openChat(open) {
  ui.chatOpen = open;
  render();
}

// --- drawing ---------------------------------------------------------------------------------

const render = drawn(draw);

/** @param {DeskState} state how many lines of the chat are the citizen's */
function fromCitizen(state) {
  return state.chat.filter(({ seat }) => seat === "citizen").length;
}

/** The server's clock, Unix seconds. */
function now() {
  return Date.now() / 1000 + offset;
}

function draw() {
  const time = now();
  const pending = ui.pending > 0;
  const ahead = visitAhead(desk, conversation.called);
  const { visit: present, appointment } = ahead ?? desk;
  const mode = ui.replaced ? "closed" : present ? "visit" : "hall";
  const mirrored = !devices.rear;
  const trouble = media.asked || media.askable ? mediaTrouble(media.asked, devices.state) : "";
  const beside = wide.matches && mode === "hall";
  const next = nextPerson(desk, time);
  // Beside the list there is room: without a choice, whoever is next is shown already.
  const id = ui.selected || (beside && desk.me.state === "free" ? next?.id : "") || "";
  const shown = [...desk.waiting, ...desk.parked].find((someone) => someone.id === id) ?? null;
  page.render({
    mode,
    face: ahead ? "main" : ui.face,
    up: ui.up,
    talking: conversation.talking,
    error: ui.error,
    refused: ui.refused,
    count: desk.waiting.length,
  });
  board.render({
    desk, now: time, up: ui.up, pending, tab: ui.tab, open: id, sound: ui.sound, mediaAsk: trouble,
  });
  const home = beside ? part(root, "person-home", HTMLElement) : board.slot(id);
  person.render({
    desk,
    person: home ? shown : null,
    home: home ?? root,
    next: shown !== null && shown.id === next?.id,
    parked: desk.parked.some((someone) => someone.id === id),
    pending,
    now: time,
  });
  const pictures = { devices: devices.state, list: media.list, local: conversation.local, mirrored };
  hall.render({ desk, alone: shown === null, asked: media.asked, ...pictures });
  visit.render({
    desk: { ...desk, visit: present, appointment }, now: time, pending: pending || ahead !== null, panelOpen: ui.panelOpen,
  });
  guests.render(desk.visit, pending);
  check.render(desk.visit, pending);
  signature.render(desk.visit, pending);
  form.render(desk.visit?.citizen ?? "", pending);
  uploads.turn(desk.appointment?.id ?? "");
  documents.render({
    appointment: desk.appointment?.id ?? "",
    open: desk.visit?.state === "open",
    documents: desk.documents,
    uploads: uploads.list,
    certificates: desk.certificates,
    forms: desk.pdf_forms,
    issuing: issuing.busy,
  });
  fees.render({ visit: desk.visit, fees: desk.fees, pending });
  signature.draw(ink.of(desk.visit?.signature?.id ?? ""));
  if (present && !ui.replaced) drawStage(present, { trouble, ...pictures });
  moveFocus();
}

/** After a visit has begun or ended, the focus goes where the work goes on. */
function moveFocus() {
  if (ui.focus === "visit") visit.focus();
  if (ui.focus === "next") board.focusNext();
  ui.focus = "";
}

/**
 * @param {import("./types").VisitView} present
 * @param {Pick<import("./views/stage.js").StageState, "devices" | "list" | "local" | "mirrored" | "trouble">} pictures
 */
function drawStage(present, pictures) {
  const theirs = fromCitizen(desk);
  if (ui.chatOpen) ui.read = theirs;
  // connected ahead, but she is not there yet
  const ringing = present.state === "ringing" && !conversation.answered;
  stage.render({
    name: present.citizen,
    me: "clerk",
    socket: ui.up,
    otherOnline: !ringing && present.peers.some(({ seat, online }) => seat === "citizen" && online),
    call: ringing ? "connecting" : conversation.state,
    callFor: ringing ? 0 : conversation.call.main?.stateFor ?? 0,
    relay: relayOf(desk.ice, conversation.call.main?.relayReached),
    phone: desk.appointment?.phone ?? "",
    remote: conversation.remote,
    peerStatus: ringing ? null : conversation.peerStatus,
    ...pictures,
    sharing: conversation.sharing,
    quality: conversation.quality,
    chatOpen: ui.chatOpen,
    unread: theirs - ui.read,
    chat: desk.chat,
    ...chat.state,
    listening: whoListens.state,
  });
  // whom the clerk has asked in stands in the list beside the stage
  companions.render({ ...company(present, conversation.call, desk.id), invited: "" }, devices.state.speakerId);
}

media.addEventListener("change", render);
conversation.addEventListener("change", render);
conversation.addEventListener("quiet", () => link.wake());
chat.addEventListener("change", render);
whoListens.addEventListener("change", render);
filling.addEventListener("change", render);
wide.addEventListener("change", render);
watchPage({
  moved() {
    link.wake({ moved: true });
    conversation.networkChanged();
  },
  back() {
    link.wake();
    render();
  },
});
for (const event of ["pointerdown", "keydown"]) {
  document.addEventListener(event, () => {
    unlock();
    ui.touched = true;
  }, { once: true });
}
setInterval(render, 1000); // the times tick

draw();
openMedia();
