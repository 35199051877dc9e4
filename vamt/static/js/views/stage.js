// @ts-check
/**
 * The stage of a visit: the other's picture, one's own in a corner, the controls, the chat.
 * For the macro `stage(role)` of _stage.html; the citizen's page and the desk both use it:
 *
 *   const stage = createStage(document.querySelector("[data-stage]"), callbacks);
 *   stage.render({...});   // as often as anything changes
 *
 * DOM only. It keeps nothing but what the browser alone knows (which corner, is the row of
 * further controls open) and whether the two have met; all else comes with `render`.
 */

import { drawn } from "../drawing.js";
import { t, tn } from "../i18n.js";
import { createChat } from "./chat.js";
import { createCopyLink } from "./copy_link.js";
import { createDeviceChoice } from "./device_choice.js";
import { createListenDialog } from "./listen_dialog.js";
import { initials, mark, maybe, part, show, write } from "./parts.js";
import { pathTrouble, pathWords } from "./path_trouble.js";
import { createPlayback } from "./playback.js";
import { createSelfPicture } from "./self_picture.js";
import { ownPictureWords, soundTrouble } from "./sound_trouble.js";
import { createStageHelp } from "./stage_help.js";
import { notices } from "./stage_words.js";

/**
 * @typedef {object} StageState
 * @property {string} name              the other person's, "" while unknown
 * @property {import("../types").ChatLine["seat"]} me
 * @property {boolean} socket           one's own line to the server is up
 * @property {boolean} otherOnline      so is the other's (Peer.online)
 * @property {import("../types").CallState} call
 * @property {number} [callFor]         seconds the call has been in this state
 * @property {import("./path_trouble.js").Relay} [relay]   whether the town's relay was reached
 * @property {string} [phone]           the citizen's telephone number, for the desk
 * @property {MediaStream | null} remote   Call.remote
 * @property {import("../types").MediaStatus | null} peerStatus   Call.peerStatus; null while unknown
 * @property {import("../types").DevicesState} devices
 * @property {MediaStream | null} local    Devices.stream, or null for no picture of oneself
 * @property {boolean} mirrored            the open camera looks at the person
 * @property {import("../types").DeviceList} list
 * @property {string} [trouble]            why camera or microphone do not work, in words, or ""
 * @property {boolean} [inApp]             it would help to open the page in a real browser
 * @property {boolean} [sharing]           the desk shares its screen
 * @property {import("../types").CallQuality | null} [quality]   of the conversation; null while unknown
 * @property {boolean} [chatless]        the chat is not open to this person
 * @property {boolean} chatOpen
 * @property {number} unread
 * @property {readonly import("../types").ChatLine[]} chat
 * @property {readonly import("../outbox.js").Pending[]} pending
 * @property {readonly import("./chat.js").Draft[]} drafts   what the others are typing
 * @property {boolean} letters             they see what is typed here
 * @property {import("../who_listens.js").Listening} [listening]   not for guests
 *
 * @typedef {object} StageCallbacks
 * @property {(muted: boolean) => void} mute        wanted state; ask for the microphone where there is none
 * @property {(off: boolean) => void} camera        wanted state; ask for the camera where there is none
 * @property {() => void} flip
 * @property {(wanted: {camera?: string, microphone?: string, speaker?: string}) => void} choose
 * @property {() => void} retry                     open camera and microphone once more
 * @property {() => void} restore                   open again what was interrupted or in use
 * @property {(open: boolean) => void} chat
 * @property {(text: string) => boolean} send
 * @property {(text: string) => void} type
 * @property {(shown: boolean) => void} letters
 * @property {(on: boolean) => void} [share]
 * @property {() => void} [listen]                  the dialog was opened: the way may be another now
 * @property {() => void} [devices]                 the dialog was opened: a fresh list is welcome
 */

const handheld = window.matchMedia("(pointer: coarse)");

const CORNERS = ["top-end", "bottom-end", "bottom-start", "top-start"];

/**
 * @param {HTMLElement} root the element with data-stage
 * @param {StageCallbacks} callbacks
 * @param {ReturnType<typeof createSelfPicture>} [self] the page's own picture, where it shows it
 *        elsewhere too
 */
export function createStage(root, callbacks, self = createSelfPicture(part(root, "local", HTMLVideoElement))) {
  const scene = part(root, "scene", HTMLElement);
  const remote = part(root, "remote", HTMLVideoElement);
  const own = part(root, "own", HTMLElement);
  const slot = own.querySelector("[data-self-slot]");
  const dialog = part(root, "device-dialog", HTMLDialogElement);
  const more = part(root, "more", HTMLButtonElement);
  const window_ = part(root, "window", HTMLButtonElement);
  const fullscreen = part(root, "fullscreen", HTMLButtonElement);
  const share = maybe(root, "share", HTMLButtonElement);
  const chatToggle = part(root, "chat-toggle", HTMLButtonElement);
  const choice = createDeviceChoice(dialog, callbacks.choose);
  const chat = createChat(root, {
    send: callbacks.send,
    type: callbacks.type,
    letters: callbacks.letters,
    close: () => toggleChat(false),
  });
  const showCopyLink = createCopyLink(dialog);
  const redraw = drawn(draw);
  const playback = createPlayback(remote, redraw);
  const help = createStageHelp(root, {
    restore() {
      playback.restart();
      callbacks.restore();
    },
    chat: () => toggleChat(true),
  });

  const listen = maybe(root, "listen", HTMLButtonElement); // not for guests
  const listening = listen && createListenDialog(root);

  /** @type {StageState | null} */
  let state = null;
  let met = false; // they have seen each other in this visit
  /** @type {number | null} since when both lines to the office are up */ let bothSince = null;
  let moreOpen = false;
  let focusAfterToggle = false;

  // --- what the browser alone knows ----------------------------------------------------------

  for (const event of ["loadeddata", "resize", "emptied"]) remote.addEventListener(event, redraw);
  remote.addEventListener("enterpictureinpicture", redraw);
  remote.addEventListener("leavepictureinpicture", redraw);
  document.addEventListener("fullscreenchange", redraw);

  // --- controls ------------------------------------------------------------------------------

  /** @param {string} name @param {() => void} act */
  function on(name, act) {
    part(root, name, HTMLButtonElement).addEventListener("click", act);
  }
  on("unblock-button", playback.restart);
  on("microphone", () => state && callbacks.mute(!(state.devices.muted || state.devices.microphone !== "ok")));
  on("camera", () => state && callbacks.camera(!(state.devices.cameraOff || state.devices.camera !== "ok")));
  on("flip", callbacks.flip);
  on("device-retry", () => {
    playback.restart();
    callbacks.retry();
  });
  on("chat-toggle", () => state && toggleChat(!state.chatOpen));
  on("devices", openDevices);
  listen?.addEventListener("click", () => {
    listening?.open();
    callbacks.listen?.();
  });
  on("more", () => {
    moreOpen = !moreOpen;
    draw();
  });
  share?.addEventListener("click", () => state && callbacks.share?.(!state.sharing));
  fullscreen.addEventListener("click", () => {
    const done = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    done.catch(() => {});
  });
  window_.addEventListener("click", () => {
    const open = document.pictureInPictureElement === remote;
    const done = open ? document.exitPictureInPicture() : remote.requestPictureInPicture();
    Promise.resolve(done).catch(() => {});
  });

  function openDevices() {
    callbacks.devices?.();
    if (!dialog.open) dialog.showModal();
  }

  window.addEventListener("load", () => {
    if (state) playback.show(state.remote);
    draw();
  });

  /** @param {boolean} open */
  function toggleChat(open) {
    focusAfterToggle = true; // once it is drawn, which may be later
    callbacks.chat(open);
  }

  movable(own, scene, part(root, "move", HTMLButtonElement));
  fitAboveKeyboard(root);

  // --- drawing -------------------------------------------------------------------------------

  function draw() {
    if (!state) return;
    const { devices, name, peerStatus, list } = state;

    const trouble = troubleOf(state);
    const [first, second] = notices({ ...state, met, stuck: trouble !== "" });
    write(part(root, "name", HTMLElement), name);
    const status = part(root, "status", HTMLElement);
    write(part(status, "status-text", HTMLElement), first.text);
    mark(status, "data-tone", first.tone);
    mark(status, "data-bars", String(first.bars ?? 0));
    const notice = part(root, "notice", HTMLElement);
    write(notice, second?.text ?? "");
    show(notice, second !== undefined);

    const sent = state.remote?.getVideoTracks().some((track) => track.readyState === "live") ?? false;
    const wanted = sent && peerStatus?.video !== "off" && state.call !== "closed";
    const pictured = wanted && remote.videoWidth > 0;
    const connecting = state.call === "connecting" || state.call === "idle";
    mark(scene, "data-picture", wanted); // before it comes: the first one is seen at once
    if (pictured) remote.style.setProperty("--ratio", String(remote.videoWidth / remote.videoHeight));
    mark(scene, "data-screen", peerStatus?.video === "screen");
    show(part(root, "placeholder", HTMLElement), !pictured);
    write(part(root, "initials", HTMLElement), initials(name));
    const placeholder = pictured || connecting ? "" : t("No picture of %(name)s", { name });
    write(part(root, "placeholder-text", HTMLElement), placeholder);
    show(part(root, "unblock", HTMLElement), playback.blocked && state.call === "connected");

    const lost = devices.lost === "video" || devices.lost === "both";
    const seen = state.local !== null && devices.camera === "ok" && !devices.cameraOff && !lost;
    mark(own, "data-picture", seen || state.sharing === true);
    const note = state.sharing ? t("You share your screen") : ownPictureWords(devices);
    write(part(root, "own-note", HTMLElement), note);
    self.render({ stream: state.local, mirrored: state.mirrored && !state.sharing, slot });

    drawSwitch("microphone", devices.microphone === "ok" && !devices.muted, devices.microphone);
    drawSwitch("camera", devices.camera === "ok" && !devices.cameraOff, devices.camera);
    show(part(root, "flip", HTMLElement), list.cameras.length > 1 && devices.camera === "ok" && !devices.cameraOff);
    if (share) {
      show(share, "getDisplayMedia" in (navigator.mediaDevices ?? {}));
      drawSwitch("share", state.sharing === true, "ok");
    }

    help.render({
      path: pathWords(trouble, { ...state, handheld: handheld.matches }),
      sound: soundTrouble({ ...state, stopped: playback.stopped }),
      phone: state.phone ?? "",
      chatOpen: state.chatOpen || state.chatless === true,
    });

    show(chatToggle, !state.chatless);
    mark(chatToggle, "aria-expanded", state.chatOpen);
    const unread = part(root, "unread", HTMLElement);
    const written = state.unread > 9 ? "9+" : String(state.unread || "");
    const badge = state.chatOpen ? "" : state.drafts.length ? "…" : written;
    show(unread, badge !== "");
    write(unread, badge);
    const words = state.unread && !state.chatOpen
      ? tn("%(n)s new message", "%(n)s new messages", state.unread, { n: state.unread })
      : "";
    write(part(root, "unread-words", HTMLElement), words);

    mark(more, "aria-expanded", moreOpen);
    mark(root, "data-more", moreOpen);
    mark(root, "data-chat", state.chatOpen);
    show(fullscreen, document.fullscreenEnabled === true);
    write(
      part(root, "fullscreen-label", HTMLElement),
      document.fullscreenElement ? t("Leave full screen") : t("Full screen"),
    );
    show(window_, document.pictureInPictureEnabled === true && pictured);
    write(
      part(root, "window-label", HTMLElement),
      document.pictureInPictureElement === remote ? t("Back to the page") : t("Small window"),
    );

    const { drafts, letters } = state;
    chat.render({
      open: state.chatOpen, me: state.me, lines: state.chat, pending: state.pending, drafts, letters,
    });
    if (listen) show(listen, state.call === "connected" || state.call === "unstable");
    if (state.listening) listening?.render({ ...state.listening, name });
    if (focusAfterToggle) {
      focusAfterToggle = false;
      if (state.chatOpen) chat.focus();
      else chatToggle.focus();
    }
    choice.render({
      devices: list,
      cameraId: devices.cameraId,
      microphoneId: devices.microphoneId,
      speakerId: devices.speakerId,
    });
    const deviceTrouble = part(root, "device-trouble", HTMLElement);
    write(deviceTrouble, state.trouble ?? "");
    show(deviceTrouble, Boolean(state.trouble));
    showCopyLink(state.inApp === true);
    show(part(root, "device-none", HTMLElement), !state.trouble && !list.cameras.length && !list.microphones.length);
  }

  /** @param {StageState} facts */
  function troubleOf({ call, callFor = 0, socket, otherOnline, relay = "unknown" }) {
    // A search could not begin before both were there.
    const both = bothSince === null ? Infinity : (performance.now() - bothSince) / 1000;
    return pathTrouble({
      call, seconds: Math.min(callFor, both), met, socket, otherOnline, relay, able: "RTCPeerConnection" in window,
    });
  }

  /**
   * @param {string} name
   * @param {boolean} active
   * @param {import("../types").Ability} ability
   */
  function drawSwitch(name, active, ability) {
    const button = part(root, name, HTMLButtonElement);
    mark(button, "aria-pressed", active);
    mark(button, "data-ability", ability);
    write(part(button, `${name}-state`, HTMLElement), active ? t("on") : t("off"));
  }

  return {
    /** @param {StageState} next */
    render(next) {
      state = next;
      met ||= next.call === "connected";
      bothSince = next.socket && next.otherOnline ? bothSince ?? performance.now() : null;
      playback.show(next.remote);
      playback.setSpeaker(next.devices.speakerId);
      draw();
    },
    /** Have the other's picture at hand before the stage is seen. */
    prepare: playback.prepare,
    /** In a click: its sound may begin, which a browser might refuse later. */
    hear: playback.show,
    /** Show the choice of devices, with `trouble` if there is any: a switch did not work. */
    openDevices,
    /** Let go of the pictures, leave full screen and the small window: the visit is over or put aside. */
    close() {
      if (dialog.open) dialog.close();
      listening?.close();
      if (root.ownerDocument.fullscreenElement === root) document.exitFullscreen().catch(() => {});
      if (document.pictureInPictureElement === remote) document.exitPictureInPicture().catch(() => {});
      playback.stop();
      met = false;
      bothSince = null;
      moreOpen = false;
      chat.clear();
    },
  };
}

/**
 * Let one's own picture go to another corner: by its button, by the arrow keys, by dragging.
 *
 * @param {HTMLElement} tile
 * @param {HTMLElement} scene
 * @param {HTMLButtonElement} button
 */
function movable(tile, scene, button) {
  /** @param {string} corner */
  const move = (corner) => mark(tile, "data-corner", corner);
  const corner = () => tile.dataset.corner ?? CORNERS[0];
  const endIsRight = () => getComputedStyle(scene).direction !== "rtl";

  button.addEventListener("click", () => move(CORNERS[(CORNERS.indexOf(corner()) + 1) % CORNERS.length]));
  button.addEventListener("keydown", (event) => {
    let [row, side] = corner().split("-");
    if (event.key === "ArrowUp") row = "top";
    else if (event.key === "ArrowDown") row = "bottom";
    else if (event.key === "ArrowRight") side = endIsRight() ? "end" : "start";
    else if (event.key === "ArrowLeft") side = endIsRight() ? "start" : "end";
    else return;
    event.preventDefault();
    move(`${row}-${side}`);
  });

  /** @type {{x: number, y: number} | null} */
  let from = null;
  tile.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button"))) return;
    from = { x: event.clientX, y: event.clientY };
    tile.setPointerCapture(event.pointerId);
  });
  tile.addEventListener("pointermove", (event) => {
    if (from) tile.style.translate = `${event.clientX - from.x}px ${event.clientY - from.y}px`;
  });
  const drop = (/** @type {PointerEvent} */ event) => {
    if (!from) return;
    from = null;
    const box = scene.getBoundingClientRect();
    const self = tile.getBoundingClientRect();
    tile.style.translate = "";
    if (event.type === "pointercancel") return;
    const right = self.x + self.width / 2 > box.x + box.width / 2;
    const row = self.y + self.height / 2 > box.y + box.height / 2 ? "bottom" : "top";
    move(`${row}-${right === endIsRight() ? "end" : "start"}`);
  };
  tile.addEventListener("pointerup", drop);
  tile.addEventListener("pointercancel", drop);
}

/**
 * Keep the controls and the chat's field above a phone's keyboard: 100dvh does not count it
 * (Safari never, Chrome since 108 not by default).
 *
 * @param {HTMLElement} root
 */
function fitAboveKeyboard(root) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = () => {
    const zoomed = viewport.scale > 1.01;
    const covered = window.innerHeight - viewport.height > 80;
    root.style.setProperty("--stage-height", !zoomed && covered ? `${viewport.height}px` : "");
    root.style.setProperty("--stage-offset", !zoomed && covered ? `${viewport.offsetTop}px` : "");
  };
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
}
