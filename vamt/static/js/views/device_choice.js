// @ts-check
/** The selects for camera, microphone and loudspeaker (macro `device_choice` of _stage.html). */

import { t } from "../i18n.js";
import { part, show } from "./parts.js";

/**
 * @typedef {import("../types").Device} Device
 * @typedef {import("../types").DeviceList} DeviceList
 *
 * @typedef {object} DeviceChoiceState
 * @property {DeviceList} devices
 * @property {string} cameraId      of the open camera; "" when none is
 * @property {string} microphoneId
 * @property {string} speakerId     "" is the browser's own choice
 */

/**
 * What to call a device: the browser's name for it, which it hides until permission is given.
 *
 * @param {Device} device
 * @param {"camera" | "microphone" | "speaker"} kind
 */
export function deviceName(device, kind) {
  const n = device.number;
  if (kind === "camera") {
    const side = device.rear ? t("rear") : "";
    const name = device.label || t("Camera %(n)s", { n });
    return side && !device.label ? `${name} (${side})` : name;
  }
  if (device.label) return device.label;
  return kind === "microphone" ? t("Microphone %(n)s", { n }) : t("Loudspeaker %(n)s", { n });
}

/**
 * @param {HTMLElement} root an element holding the macro's output
 * @param {(wanted: {camera?: string, microphone?: string, speaker?: string}) => void} choose
 */
export function createDeviceChoice(root, choose) {
  const kinds = /** @type {const} */ (["camera", "microphone", "speaker"]);
  const rows = kinds.map((kind) => {
    const select = part(root, `${kind}-select`, HTMLSelectElement);
    select.addEventListener("change", () => choose({ [kind]: select.value }));
    return { kind, select, row: part(root, `${kind}-row`, HTMLElement) };
  });

  return {
    /** @param {DeviceChoiceState} state */
    render(state) {
      for (const { kind, select, row } of rows) {
        const found = {
          camera: state.devices.cameras,
          microphone: state.devices.microphones,
          speaker: state.devices.speakers,
        }[kind];
        const chosen = {
          camera: state.cameraId,
          microphone: state.microphoneId,
          speaker: state.speakerId,
        }[kind];
        show(row, found.length > 0);
        fill(select, found.map((device) => [device.id, deviceName(device, kind)]));
        if (found.some((device) => device.id === chosen) && select.value !== chosen) {
          select.value = chosen;
        }
      }
    },
  };
}

/**
 * Replace the options only when they differ: an open list would close under the finger.
 *
 * @param {HTMLSelectElement} select
 * @param {string[][]} wanted pairs [value, label]
 */
function fill(select, wanted) {
  const present = Array.from(select.options, (option) => [option.value, option.text]);
  if (JSON.stringify(present) === JSON.stringify(wanted)) return;
  select.replaceChildren(...wanted.map(([value, label]) => new Option(label, value)));
}
