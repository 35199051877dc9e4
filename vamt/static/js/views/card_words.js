// @ts-check
/** What both pages say while a document is looked at: advice, progress, and why it ended. */

import { t } from "../i18n.js";

/**
 * One instruction, short enough to be read at arm's length.
 *
 * @param {string} advice vamt.capture.guidance.Advice, or "reading"
 * @param {import("../types").Side} side that is wanted
 */
export function adviceWords(advice, side) {
  switch (advice) {
    case "no_card":
      return side === "front" ? t("Hold the front into the frame") : t("Hold the back into the frame");
    case "closer": return t("Closer");
    case "farther": return t("Farther away");
    case "straighten": return t("Hold it straight");
    case "hold_still": return t("Hold it still");
    case "blurred": return t("Not sharp: a little farther away, and still");
    case "glare": return t("Reflection: tilt it a little");
    case "dark": return t("Too dark: more light, please");
    case "other_side": return side === "front" ? t("Show the front") : t("Show the back");
    case "screen": return t("The document itself, please, not a picture of it");
    case "reading": return t("Keep it there, it is being read");
    default: return t("Very good, keep it there");
  }
}

/**
 * Why the server does not look on, and what to do; "" where that goes without saying.
 *
 * @param {string} why a key of WHY in vamt/capture/wire.py, "restart", "camera" or ""
 */
export function whyWords(why) {
  switch (why) {
    case "path":
      return t("The picture does not reach the town's server, probably because of a firewall. Please hold the document into the camera of the call instead.");
    case "camera": return t("The camera could not be opened. Perhaps another program uses it.");
    case "timeout": return t("That took too long. Please try again.");
    case "restart": return t("The office was restarted. Please show the document once more.");
    case "": case "done": case "ended": return "";
    default: return t("That did not work. Please try again, or hold the document into the camera of the call.");
  }
}
