// @ts-check
/**
 * The browser's time and chance, in the shape the inner modules take them in.
 *
 * Wrapped, because the browser's timers refuse to be called as methods of another object.
 *
 * @type {import("./types").Clock}
 */
export const browserClock = {
  now: () => performance.now(),
  setTimeout: (act, delay) => setTimeout(act, delay),
  clearTimeout: (timer) => clearTimeout(/** @type {number} */ (timer)),
  random: () => Math.random(),
};
