// @ts-check
/** The quality of a call and the one thing that helps, in plain words: a pure function. */

import { t } from "../i18n.js";

/**
 * @param {import("../types").CallQuality} quality
 * @param {string} name of the other person
 * @returns {{label: string, advice: string, bars: 1 | 2 | 3}}
 */
export function qualityWords({ level, action }, name) {
  const advice = adviceOf(action, name);
  switch (level) {
    case "bad":
      return { label: t("Bad connection"), advice, bars: 1 };
    case "weak":
      return { label: t("Weak connection"), advice, bars: 2 };
    default:
      return { label: t("Good connection"), advice: "", bars: 3 };
  }
}

/**
 * @param {import("../quality.js").Action} action
 * @param {string} name
 * @returns {string}
 */
function adviceOf(action, name) {
  switch (action) {
    case "theirs":
      return name
        ? t("The network of %(name)s is weak. You need not do anything.", { name })
        : t("The network on the other side is weak. You need not do anything.");
    case "camera":
      return t("What helps: switch your camera off. Then the sound stays clear.");
    case "router":
      return t("What helps: go closer to your Wi-Fi router.");
    case "mobile":
      return t("What helps: switch Wi-Fi off and use mobile data.");
    case "place":
      return t("What helps: go to a window, or to a place with better reception.");
    case "cable":
      return t("What helps: connect the computer by cable, or take your phone.");
    case "network":
      return t("What helps: use another network, for example mobile data.");
    case "programs":
      return t("What helps: close other programs. Your device is busy.");
    default:
      return "";
  }
}
