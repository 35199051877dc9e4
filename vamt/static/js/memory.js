// @ts-check
/**
 * What a tab remembers over a reload: with what she wants to take part, so that a camera she has
 * switched off stays off. Nothing personal, nothing secret; gone with the tab.
 */

/**
 * @typedef {object} Memory
 * @property {"video" | "sound" | "text"} mode
 * @property {boolean} cameraOff
 * @property {boolean} muted
 * @property {boolean} opened     camera or microphone were open before
 * @property {string} read        id of the last chat message seen
 * @property {boolean} letters    others see what is typed before it is sent
 * @property {number} reloaded    ms; when the page last reloaded by itself, 0: never
 */

const KEY = "vamt";

/** @returns {Memory} */
export function readMemory() {
  /** @type {Memory} */
  const fresh = {
    mode: "video", cameraOff: false, muted: false, opened: false, read: "", letters: true, reloaded: 0,
  };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    return fresh; // storage is blocked, or somebody else's value is there
  }
}

/** @param {Memory} memory */
export function writeMemory(memory) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // storage is blocked: a reload starts afresh
  }
}
