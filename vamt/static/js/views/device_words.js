// @ts-check
/** What to tell when camera or microphone do not work, and what to do about it. Pure functions. */

import { t } from "../i18n.js";

/**
 * @typedef {"ios" | "ios_other" | "android" | "safari" | "firefox" | "chromium"} Browser
 *   ios: Safari there; ios_other: another browser there, which asks iOS for its permissions
 *
 * @typedef {object} Trouble
 * @property {string} title
 * @property {string} text
 * @property {string[]} steps   one after the other; may be empty
 * @property {"camera" | "microphone" | "both"} lacks
 * @property {boolean} [inApp]  it helps to take the link to a real browser
 */

/**
 * @param {string} userAgent
 * @param {number} [touchPoints] navigator.maxTouchPoints: an iPad says it is a Mac
 * @returns {Browser}
 */
export function browserOf(userAgent, touchPoints = 0) {
  if (/(CriOS|FxiOS|EdgiOS)\//.test(userAgent)) return "ios_other";
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return "ios";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Android/.test(userAgent)) return "android";
  if (/Safari\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent)) return "safari";
  return "chromium";
}

/** @param {Browser} browser @returns {string[]} */
function permitSteps(browser) {
  const again = t("Then tap “Try again”.");
  switch (browser) {
    case "ios":
      return [
        t("Tap the sign on the left of the address (“aA” or two lines)."),
        t("Tap “Website settings”, then allow camera and microphone."),
        again,
      ];
    case "ios_other":
      return [
        t("Open the settings of your device and choose this browser there."),
        t("Allow camera and microphone."),
        again,
      ];
    case "safari":
      return [
        t("Open the Safari menu at the top and choose “Settings for this website”."),
        t("Set camera and microphone to “Allow”."),
        again,
      ];
    case "firefox":
      return [
        t("Click the crossed-out camera on the left of the address."),
        t("Remove the block by the small cross beside it."),
        again,
      ];
    case "android":
      return [
        t("Tap the sign on the left of the address."),
        t("Tap “Permissions” and allow camera and microphone."),
        again,
      ];
    default:
      return [
        t("Click the sign on the left of the address."),
        t("Switch camera and microphone on there."),
        again,
      ];
  }
}

/**
 * The one thing to mend next, or null when both work or are not wanted.
 *
 * @param {{camera: import("../types").Ability, microphone: import("../types").Ability}} devices
 * @param {{browser: Browser, inApp: boolean}} where
 * @returns {Trouble | null}
 */
export function troubleOf({ camera, microphone }, { browser, inApp }) {
  const broken = (/** @type {import("../types").Ability} */ ability) => /^(denied|missing|busy)$/.test(ability);
  if (!broken(camera) && !broken(microphone)) return null;
  const lacks = broken(camera) ? (broken(microphone) ? "both" : "camera") : "microphone";
  if (inApp) {
    return {
      lacks,
      inApp,
      title: t("This page is open inside an app"),
      text: t("Many apps do not let pages use camera and microphone. Open it in your browser instead:"),
      steps: [
        t("Open the menu of the app (three dots, or the share sign)."),
        /^ios/.test(browser) ? t("Choose “Open in Safari”.") : t("Choose “Open in Chrome” or “Open in browser”."),
        t("If that is missing: copy the link and paste it into your browser."),
      ],
    };
  }
  // A permission refused is the likeliest to be mended, so it comes first.
  const reasons = [microphone, camera];
  const why = reasons.includes("denied") ? "denied" : reasons.includes("busy") ? "busy" : "missing";
  if (why === "denied") {
    const title = {
      both: t("Your browser blocks camera and microphone"),
      camera: t("Your browser blocks the camera"),
      microphone: t("Your browser blocks the microphone"),
    }[lacks];
    return { lacks, title, text: t("You can allow it again:"), steps: permitSteps(browser) };
  }
  if (why === "busy") {
    const title = {
      both: t("Camera and microphone are in use"),
      camera: t("The camera is in use"),
      microphone: t("The microphone is in use"),
    }[lacks];
    const text = t("Another program or window uses it. Please close other video calls, then tap “Try again”.");
    return { lacks, title, text, steps: [] };
  }
  const title = {
    both: t("We find neither camera nor microphone"),
    camera: t("We find no camera"),
    microphone: t("We find no microphone"),
  }[lacks];
  const text = {
    both: t("Connect them, or continue on your phone. You can also talk to us by text only."),
    camera: t("Connect one, or continue on your phone. You can also talk to us with sound only."),
    microphone: t("Connect one, or continue on your phone. You can also talk to us by text."),
  }[lacks];
  return { lacks, title, text, steps: [] };
}
