// @ts-check
/** The desk's main area while there is no visit: a welcome, and how people see the clerk. DOM only. */

import { t, tn } from "../i18n.js";
import { createDeviceChoice } from "./device_choice.js";
import { cameraWords, microphoneWords } from "./desk_words.js";
import { mark, part, show, write } from "./parts.js";
import { createSelfPicture } from "./self_picture.js";

/**
 * @typedef {object} HallState
 * @property {import("../types").DeskState} desk
 * @property {boolean} alone          no person's details are shown here
 * @property {boolean} asked          camera and microphone have been asked for
 * @property {import("../types").DevicesState} devices
 * @property {import("../types").DeviceList} list
 * @property {MediaStream | null} local
 * @property {boolean} mirrored
 *
 * @typedef {object} HallCallbacks
 * @property {(wanted: {camera?: string, microphone?: string, speaker?: string}) => void} choose
 * @property {() => number} level     0..1, how loud it is now
 */

const LEVEL_STEP = 100; // ms between two readings of the microphone's level

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {HallCallbacks} callbacks
 */
export function createHall(page, { choose, level }) {
  const root = part(page, "hall", HTMLElement);
  const media = part(root, "media", HTMLElement);
  const slot = part(media, "self-slot", HTMLElement);
  const meter = part(media, "level", HTMLMeterElement);
  const self = createSelfPicture(part(page, "local", HTMLVideoElement));
  const choice = createDeviceChoice(media, choose);
  let listening = false;

  setInterval(() => {
    if (listening && !document.hidden) meter.value = level();
  }, LEVEL_STEP);

  return {
    /** @param {HallState} state */
    render({ desk, alone, asked, devices, list, local, mirrored }) {
      const here = desk.visit === null;
      show(root, here);
      const sounding = devices.microphone === "ok" && !devices.muted;
      listening = here && sounding;
      if (!here) return;

      show(part(root, "welcome", HTMLElement), alone);
      const waiting = desk.waiting.length;
      write(
        part(root, "welcome-title", HTMLElement),
        desk.me.state === "away"
          ? t("You are on a break")
          : waiting
            ? tn("%(n)s person is waiting", "%(n)s people are waiting", waiting, { n: waiting })
            : t("Nobody is waiting"),
      );
      write(
        part(root, "welcome-text", HTMLElement),
        desk.me.state === "away"
          ? t("Nobody can be called to you until you open the desk again.")
          : waiting
            ? t("Choose somebody from the list to see the details.")
            : t("As soon as somebody enters the waiting room, you will hear it and see it here."),
      );

      const seen = local !== null && devices.camera === "ok" && !devices.cameraOff;
      show(media, asked);
      mark(slot, "data-picture", seen);
      self.render({ stream: local, mirrored, slot });
      write(
        part(media, "media-state", HTMLElement),
        `${cameraWords(devices.cameraOff && devices.camera === "ok" ? "off" : devices.camera)} · ${
          microphoneWords(devices.muted && devices.microphone === "ok" ? "off" : devices.microphone)}`,
      );
      show(part(media, "level-row", HTMLElement), sounding);
      const any = list.cameras.length + list.microphones.length + list.speakers.length > 0;
      show(part(media, "media-choice", HTMLElement), any);
      choice.render({
        devices: list,
        cameraId: devices.cameraId,
        microphoneId: devices.microphoneId,
        speakerId: devices.speakerId,
      });
    },
  };
}
