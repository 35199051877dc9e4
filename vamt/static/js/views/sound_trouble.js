// @ts-check
/** What to say when sound or picture have been interrupted in the middle of a visit. Pure. */

import { t } from "../i18n.js";

/**
 * @typedef {object} SoundTrouble
 * @property {string} title
 * @property {string} text
 * @property {string} button   the last help, when it does not come back by itself
 */

/**
 * @param {object} facts
 * @param {import("../types").CallState} facts.call
 * @param {import("../types").DevicesState} facts.devices
 * @param {boolean} facts.stopped   the other's sound no longer plays, and the page could not resume it
 * @param {string} facts.name       the other person's
 * @returns {SoundTrouble | null}
 */
export function soundTrouble({ call, devices: { lost, muted, microphone }, stopped, name }) {
  if (call !== "connected" && call !== "unstable") return null;
  const button = t("Restore the sound");
  if (!muted && (lost === "audio" || lost === "both")) {
    return {
      title: t("%(name)s cannot hear you at the moment", { name }),
      text: t("A telephone call, another app or a headset has taken your microphone."),
      button,
    };
  }
  if (!muted && microphone === "busy") {
    return {
      title: t("%(name)s cannot hear you", { name }),
      text: t("Another program or window uses your microphone. Please close it there."),
      button,
    };
  }
  if (stopped) {
    return {
      title: t("You hear nothing at the moment"),
      text: t("A telephone call or another app has stopped the sound."),
      button,
    };
  }
  if (lost === "video") {
    return {
      title: t("Your camera was interrupted"),
      text: t("Another app has taken it, or it was unplugged."),
      button: t("Restore the picture"),
    };
  }
  return null;
}

/**
 * What stands in one's own small picture; short, on a phone it is as wide as a thumb.
 *
 * @param {import("../types").DevicesState} devices
 * @returns {string}
 */
export function ownPictureWords({ camera, cameraOff, lost }) {
  if (cameraOff && camera !== "busy") return t("Your camera is off");
  if (lost === "video" || lost === "both") return t("Camera interrupted");
  switch (camera) {
    case "ok": return t("You");
    case "busy": return t("Camera in use");
    case "denied": return t("Camera not allowed");
    case "missing": return t("No camera");
    default: return t("Your camera is off");
  }
}
