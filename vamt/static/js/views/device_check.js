// @ts-check
/**
 * The test of camera, microphone and loudspeaker: own picture, level of the sound, a test sound,
 * the choice of devices; and what to do when they fail. It never stands in the way of going in.
 */

import { t } from "../i18n.js";
import { createCopyLink } from "./copy_link.js";
import { createDeviceChoice } from "./device_choice.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {object} DeviceCheckState
 * @property {boolean} visible
 * @property {boolean} opening     the browser asks, or the camera starts
 * @property {boolean} started     it was tried
 * @property {"video" | "sound" | "text"} mode   what she wants to take part with
 * @property {import("../types").DevicesState} devices
 * @property {import("../types").DeviceList} list
 * @property {import("./device_words.js").Trouble | null} trouble
 *
 * @typedef {object} DeviceCheckCallbacks
 * @property {() => void} start
 * @property {() => void} stop
 * @property {() => void} soundOnly
 * @property {() => void} textOnly
 * @property {() => Promise<void>} tone
 * @property {(wanted: {camera?: string, microphone?: string, speaker?: string}) => void} choose
 * @property {() => number} level   0..1
 */

const METER_PACE = 80; // ms between two readings of the level
const HEARD = 0.4; // -36 dBFS: a voice reaches it, a quiet room does not
const SILENCE = 8000; // ms without a voice until we doubt the microphone

/**
 * @param {HTMLElement} root the step's element
 * @param {DeviceCheckCallbacks} callbacks
 */
export function createDeviceCheck(root, callbacks) {
  const bar = part(root, "check-level-bar", HTMLElement);
  const meter = part(root, "check-level", HTMLElement);
  const tone = part(root, "check-tone", HTMLButtonElement);
  const toneNote = part(root, "check-tone-note", HTMLElement);
  const choice = createDeviceChoice(root, callbacks.choose);
  const showCopyLink = createCopyLink(root);
  let listening = 0; // the meter's timer, 0 when it rests
  let listeningSince = 0;
  let heard = false;

  const on = (/** @type {string} */ name, /** @type {() => void} */ act) =>
    part(root, name, HTMLButtonElement).addEventListener("click", act);
  on("check-start", callbacks.start);
  on("check-stop", callbacks.stop);
  on("check-sound-only", callbacks.soundOnly);
  on("check-text-only", callbacks.textOnly);
  tone.addEventListener("click", async () => {
    write(toneNote, t("You should hear three tones now."));
    try {
      await callbacks.tone();
      write(toneNote, t("Nothing heard? Turn up the volume or choose another loudspeaker."));
    } catch {
      write(toneNote, t("The browser could not play it. Please tap once more."));
    }
  });

  function read() {
    const level = Math.round(callbacks.level() * 100);
    bar.style.inlineSize = `${level}%`;
    meter.setAttribute("aria-valuenow", String(level));
    if (level >= HEARD * 100) heard = true;
    const silent = performance.now() - listeningSince > SILENCE;
    write(
      part(root, "check-heard", HTMLElement),
      heard ? t("We can hear you.") : silent ? t("We hear nothing yet. Is it the right microphone?") : "",
    );
  }

  /** @param {boolean} wanted */
  function listen(wanted) {
    if (wanted === (listening !== 0)) return;
    if (wanted) {
      listeningSince = performance.now();
      heard = false;
      listening = window.setInterval(read, METER_PACE);
    } else {
      window.clearInterval(listening);
      listening = 0;
    }
  }

  return {
    /** @param {DeviceCheckState} state */
    render({ visible, opening, started, mode, devices, list, trouble }) {
      const seen = devices.camera === "ok" && !devices.cameraOff;
      const heardNow = devices.microphone === "ok";
      const open = seen || heardNow;

      show(part(root, "check-intro", HTMLElement), !open && !trouble && !(started && mode !== "video"));
      show(part(root, "check-view", HTMLElement), open);
      show(part(root, "check-level-row", HTMLElement), heardNow);
      mark(part(root, "check-slot", HTMLElement), "data-picture", seen);
      write(part(root, "check-no-picture", HTMLElement), seen ? "" : t("No picture: you take part with sound only."));
      listen(visible && heardNow);

      const wanted = trouble && (mode === "video" || (mode === "sound" && trouble.lacks !== "camera"));
      show(part(root, "check-trouble", HTMLElement), Boolean(wanted));
      showCopyLink(Boolean(wanted) && trouble?.inApp === true);
      if (wanted) {
        write(part(root, "check-trouble-title", HTMLElement), trouble.title);
        write(part(root, "check-trouble-text", HTMLElement), trouble.text);
        const help = part(root, "check-help", HTMLElement);
        show(help, trouble.steps.length > 0);
        const shown = Array.from(help.children, (item) => item.textContent);
        if (shown.join("\n") !== trouble.steps.join("\n")) {
          help.replaceChildren(...trouble.steps.map((step) => {
            const item = document.createElement("li");
            item.textContent = step;
            return item;
          }));
        }
      }

      const start = part(root, "check-start", HTMLButtonElement);
      const complete = seen && heardNow;
      show(start, !complete);
      mark(start, "aria-disabled", opening);
      const words = startWords({ opening, wanted: Boolean(wanted), mode, started });
      write(part(root, "check-start-label", HTMLElement), words);
      show(part(root, "check-sound-only", HTMLElement), Boolean(wanted) && trouble?.lacks === "camera");
      show(part(root, "check-text-only", HTMLElement), Boolean(wanted) && trouble?.lacks !== "camera");
      show(part(root, "check-actions", HTMLElement), !complete);

      show(part(root, "check-devices", HTMLElement), open);
      choice.render({
        devices: list,
        cameraId: devices.cameraId,
        microphoneId: devices.microphoneId,
        speakerId: devices.speakerId,
      });

      const done = doneWords({ seen, heard: heardNow, mode, started });
      show(part(root, "check-done", HTMLElement), done !== "");
      write(part(root, "check-done-text", HTMLElement), done);
      mark(root, "data-done", done !== "");
    },
  };
}

/**
 * @param {{opening: boolean, wanted: boolean, mode: string, started: boolean}} state
 *        wanted: there is trouble to mend
 */
function startWords({ opening, wanted, mode, started }) {
  if (opening) return t("Your browser is asking …");
  if (wanted) return t("Try again");
  if (started && mode !== "video") return t("Use camera and microphone after all");
  return t("Test camera and sound");
}

/** @param {{seen: boolean, heard: boolean, mode: string, started: boolean}} state */
function doneWords({ seen, heard, mode, started }) {
  if (seen && heard) return t("Ready");
  if (!started) return "";
  if (mode === "sound" && heard) return t("With sound only");
  if (mode === "text") return t("With text only");
  return "";
}
