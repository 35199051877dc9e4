// @ts-check
/** What the check before the waiting room says: to her step by step, to the clerk in a few words. Pure. */

import { t } from "../i18n.js";
import { lineVerdict, verdictOf } from "../precheck_limits.js";

/**
 * @typedef {import("../types").Checked} Checked
 * @typedef {import("../precheck_limits.js").Step} Step
 * @typedef {import("../precheck_limits.js").Verdict} Verdict
 * @typedef {{text: string, help: string}} Words   help: the one thing that helps, or ""
 */

/** @param {Step} step */
export function stepName(step) {
  switch (step) {
    case "microphone": return t("Microphone");
    case "camera": return t("Camera");
    case "office": return t("Line to the office");
    case "path": return t("Your network");
    default: return t("Speed");
  }
}

/**
 * @param {Step} step
 * @param {Checked} found
 * @returns {Words}
 */
export function stepWords(step, found) {
  if (step === "microphone") return microphoneWords(found);
  if (step === "camera") return cameraWords(found);
  return { text: lineText(step, verdictOf(step, found)), help: lineHelp(verdictOf(step, found)) };
}

/** @param {Checked} found @returns {Words} */
function microphoneWords({ microphone }) {
  switch (microphone) {
    case "ok": return { text: t("We can hear you."), help: "" };
    case "silent": return {
      text: t("No sound comes from it."),
      help: t("Is it muted at its cable or by a key? Say something and check again."),
    };
    default: return { text: t("Not switched on."), help: "" };
  }
}

/** @param {Checked} found @returns {Words} */
function cameraWords({ camera }) {
  switch (camera) {
    case "ok": return { text: t("We get a picture."), help: "" };
    case "black": return {
      text: t("The picture is black."),
      help: t("Is the camera covered? Many computers have a small slider in front of it."),
    };
    case "frozen": return {
      text: t("The picture stands still."),
      help: t("Close other programs that use the camera, or choose another camera."),
    };
    default: return { text: t("Not switched on."), help: "" };
  }
}

/** @param {Step} step @param {Verdict} verdict */
function lineText(step, { grade, why }) {
  if (grade === "unknown") return t("Could not be checked.");
  switch (why) {
    case "office": return t("We do not reach the office.");
    case "blocked": return t("Your network does not let video calls through.");
    case "detour": return t("Your network may not let video calls through.");
    case "slow": return grade === "bad" ? t("Too slow for a picture.") : t("Enough for sound, the picture may falter.");
    case "lossy": return grade === "bad" ? t("Too much gets lost on the way.") : t("Sound is fine, the picture may falter.");
    case "late": return t("Sound and picture arrive a little late.");
    default: break;
  }
  if (step === "office") return t("The office answers.");
  return step === "path" ? t("Lets video calls through.") : t("Enough for sound and picture.");
}

/** @param {Verdict} verdict */
function lineHelp({ grade, why }) {
  switch (why) {
    case "office": return t("Are you online? Try another Wi-Fi, or mobile data.");
    case "blocked": return t("Please use mobile data, or another Wi-Fi.");
    case "detour": return t("If the call does not work, use mobile data or another Wi-Fi.");
    case "late": return t("Let each other finish speaking, then it works well.");
    case "slow":
    case "lossy":
      return grade === "bad"
        ? t("Go closer to the Wi-Fi or use another network. You can also take part with sound only.")
        : t("Go closer to the Wi-Fi, and end downloads and films.");
    default: return "";
  }
}

/**
 * All of it in one sentence, for the line that is read out.
 *
 * @param {Checked} found
 */
export function summary(found) {
  switch (lineVerdict(found).grade) {
    case "good":
      return found.microphone === "silent" || verdictOf("camera", found).grade === "weak"
        ? t("Your connection is good. Please look at camera and microphone.")
        : t("Your connection is good.");
    case "weak": return t("Your connection is weak, but you can come in.");
    case "bad": return t("Your connection is bad. You can come in, but it may not work.");
    default: return t("We could not check your connection. You can come in anyway.");
  }
}

/**
 * For the clerk, in a few words.
 *
 * @param {Checked | null} found
 */
export function checkWords(found) {
  if (!found) return t("not checked");
  return [lineWords(lineVerdict(found)), deviceWords(found)].filter(Boolean).join(" · ");
}

/** @param {Verdict} verdict */
function lineWords({ grade, why }) {
  switch (why) {
    case "office": return t("Office hardly reached");
    case "blocked": return t("Network lets no video call through");
    case "detour": return t("No way through her network found yet");
    case "late": return t("Connection slow to answer");
    case "slow":
    case "lossy":
      return grade === "bad" ? t("Connection bad: perhaps not even sound") : t("Connection weak: sound yes, picture may falter");
    default: return grade === "good" ? t("Connection good") : "";
  }
}

/** @param {Checked} found */
function deviceWords({ microphone, camera }) {
  const words = [];
  if (microphone === "silent") words.push(t("Microphone silent"));
  if (camera === "black") words.push(t("Picture black"));
  if (camera === "frozen") words.push(t("Picture stands still"));
  return words.join(" · ");
}

/**
 * What the clerk should expect, for the list; "" when nothing is wrong.
 *
 * @param {Checked | null} found
 */
export function checkTrouble(found) {
  if (!found) return "";
  const { grade, why } = lineVerdict(found);
  const line = grade === "good" ? "" : lineWords({ grade, why });
  return [line, deviceWords(found)].filter(Boolean).join(" · ");
}
