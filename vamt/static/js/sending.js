// @ts-check
/**
 * How a browser's senders are told what a row of `adaptation.js` asks for. No DOM.
 *
 * Asking a sender for its parameters stops the page until the browser's media threads have answered:
 * 10 to 30 ms each time while a call begins. So what they have been told is remembered here.
 */

/** @typedef {import("./adaptation.js").Row} Row */

/** @type {WeakMap<RTCRtpSender, string>} what each was told last, and took */
const told = new WeakMap();

/**
 * Sound comes before picture where both wait for the same line.
 *
 * @param {RTCRtpTransceiver | null} line
 */
export async function sendSound(line) {
  await set(line, { priority: "high" });
}

/**
 * @param {RTCRtpTransceiver | null} line
 * @param {MediaStreamTrack | null} track
 * @param {Row} row
 * @param {boolean} screen  its print has to stay legible
 */
export async function sendPicture(line, track, row, screen) {
  const encoding = {
    active: row.active,
    maxBitrate: row.kilobits * 1000,
    maxFramerate: row.fps,
    scaleResolutionDownBy: scaleOf(track, row.lines),
  };
  const parameters = { degradationPreference: screen ? "maintain-resolution" : "maintain-framerate" };
  const layered = await set(line, { ...encoding, scalabilityMode: row.layers }, parameters);
  if (!layered) await set(line, encoding, parameters); // Safari with H.264 has no layers
}

/**
 * By how much a picture has to shrink for its shorter side to have that many lines.
 *
 * @param {MediaStreamTrack | null} track
 * @param {number} lines
 * @returns {number} 1 or more
 */
export function scaleOf(track, lines) {
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  return Math.max(1, Math.min(width, height) / lines);
}

/**
 * @param {RTCRtpTransceiver | null} line
 * @param {Record<string, unknown>} wanted of the encoding
 * @param {Record<string, unknown>} [around] of the parameters as a whole
 * @returns {Promise<boolean>} false where the browser refuses
 */
async function set(line, wanted, around = {}) {
  const words = JSON.stringify([wanted, around]);
  if (!line || told.get(line.sender) === words) return true;
  try {
    const parameters = /** @type {any} */ (line.sender.getParameters());
    const encoding = parameters.encodings?.[0];
    if (!encoding) return true;
    if (!agrees(encoding, wanted) || !agrees(parameters, around)) {
      Object.assign(encoding, wanted);
      Object.assign(parameters, around);
      await line.sender.setParameters(parameters);
    }
    told.set(line.sender, words);
    return true;
  } catch {
    // A wish only: Firefox has no encodings before the first negotiation (bug 1396918), Safari
    // refuses priorities, and a closed connection refuses all; the call is as good without.
    return false;
  }
}

/** @param {Record<string, unknown>} facts @param {Record<string, unknown>} wanted */
function agrees(facts, wanted) {
  return Object.entries(wanted).every(([key, value]) => facts[key] === value);
}
