// @ts-check
/** What the stage says about the call, in plain words: a pure function of its state. */

import { t } from "../i18n.js";
import { qualityWords } from "./quality_words.js";

/**
 * @typedef {object} Notice
 * @property {string} text
 * @property {"calm" | "good" | "warning"} tone
 * @property {1 | 2 | 3} [bars] of a small picture beside the words
 */

/** @typedef {import("./stage.js").StageState & {met?: boolean, stuck?: boolean}} State
 *     met: they have seen each other; stuck: a card tells why they do not */

/**
 * The state of the connection, always; then the most important thing about the other person, if
 * there is one.
 *
 * @param {State} state
 * @returns {[Notice, ...Notice[]]}
 */
export function notices(state) {
  const aside = remark(state);
  return aside ? [connection(state), aside] : [connection(state)];
}

/**
 * @param {State} state
 * @returns {Notice}
 */
function connection({ call, name, quality, otherOnline, met, stuck }) {
  switch (call) {
    case "connected":
      return quality ? measured(quality, name) : { text: t("Connected"), tone: "good" };
    case "unstable":
      return { text: t("The network is weak. Reconnecting …"), tone: "warning" };
    case "failed":
      if (!met) return { text: t("No connection yet. We keep trying."), tone: "warning" };
      return { text: t("The connection was lost. We keep trying; you need not do anything."), tone: "warning" };
    case "closed":
      return { text: t("The call has ended."), tone: "calm" };
    default:
      if (stuck && otherOnline) return { text: t("No connection yet. We keep trying."), tone: "warning" };
      return otherOnline || !name
        ? { text: t("Connecting …"), tone: "calm" }
        : { text: t("Waiting for %(name)s …", { name }), tone: "calm" };
  }
}

/**
 * @param {import("../types").CallQuality} quality
 * @param {string} name
 * @returns {Notice}
 */
function measured(quality, name) {
  const { label, advice, bars } = qualityWords(quality, name);
  return { text: advice ? `${label}. ${advice}` : label, tone: bars === 3 ? "good" : "warning", bars };
}

/**
 * @param {State} state
 * @returns {Notice | null}
 */
function remark({ call, name, socket, otherOnline, peerStatus, chatOpen, drafts, unread }) {
  const live = call === "connected" || call === "unstable";
  if (!socket) {
    return live
      ? { text: t("The line to the town hall is interrupted. The call goes on."), tone: "warning" }
      : { text: t("No line to the town hall. We try again and again; you need not do anything."), tone: "warning" };
  }
  if (live && !otherOnline) {
    return call === "connected"
      ? { text: t("%(name)s has lost the line to the town hall. The call goes on.", { name }), tone: "calm" }
      : { text: t("%(name)s is away for the moment. Please wait a little.", { name }), tone: "calm" };
  }
  const [writer] = chatOpen ? [] : drafts;
  if (writer) return { text: t("%(name)s is writing to you in the chat.", { name: writer.name }), tone: "calm" };
  if (!chatOpen && unread) return { text: t("There is a new message in the chat."), tone: "calm" };
  if (!live || !peerStatus) return null;
  if (peerStatus.held) {
    return {
      text: t("The network is weak, so the picture of %(name)s is paused. The sound goes on.", { name }),
      tone: "calm",
    };
  }
  if (peerStatus.video === "screen") {
    return peerStatus.audio
      ? { text: t("%(name)s shows you the screen.", { name }), tone: "calm" }
      : { text: t("%(name)s shows you the screen; the microphone is off.", { name }), tone: "calm" };
  }
  if (!peerStatus.audio && peerStatus.video === "off") {
    return { text: t("Camera and microphone of %(name)s are off.", { name }), tone: "calm" };
  }
  if (!peerStatus.audio) return { text: t("The microphone of %(name)s is off.", { name }), tone: "calm" };
  if (peerStatus.video === "off") return { text: t("The camera of %(name)s is off.", { name }), tone: "calm" };
  return null;
}
