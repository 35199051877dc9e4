// @ts-check
/** Does the microphone give any sound, the camera a picture that moves? No DOM: samples come in. */

import { pause } from "./patience.js";

/**
 * @typedef {import("./types").Clock} Clock
 * @typedef {import("./types").Checked} Checked
 */

const LISTEN_EVERY = 100; // ms
const LOOK_EVERY = 250; // ms
const DARK = 24; // of 255; a covered lens gives about 16, a dark room at night has brighter spots

/**
 * Listen until something was heard. Even a quiet room makes a level above the meter's floor now
 * and then; a microphone that is switched off at its cable or by the system makes none.
 *
 * @param {() => number | null} level 0..1, null where no microphone is open
 * @param {Clock} clock
 * @param {AbortSignal} signal
 * @returns {Promise<Checked["microphone"]>} never "silent" by itself: that is what no answer means
 */
export async function listen(level, clock, signal) {
  let heard = 0;
  while (!signal.aborted) {
    const now = level();
    if (now === null) return "none";
    if (now > 0) heard += 1;
    if (heard > 1) return "ok"; // one reading may be the click of switching on
    await pause(clock, LISTEN_EVERY, signal);
  }
  return "silent";
}

/**
 * Look until the picture is lit and has moved: a real camera never gives the same picture twice.
 *
 * @param {() => Uint8ClampedArray | null} picture RGBA of a tiny copy, null where no camera is open
 * @param {Clock} clock
 * @param {number} time ms to look before saying what is wrong
 * @param {AbortSignal} signal
 * @returns {Promise<Checked["camera"]>}
 */
export async function look(picture, clock, time, signal) {
  const end = clock.now() + time;
  /** @type {Uint8ClampedArray | null} */
  let before = null;
  let lit = false;
  do {
    const now = picture();
    if (now) {
      lit ||= isLit(now);
      const last = before;
      if (lit && last && now.some((value, index) => value !== last[index])) return "ok";
      before = now;
    }
    await pause(clock, LOOK_EVERY, signal);
  } while (!signal.aborted && clock.now() < end);
  if (!before) return "none";
  return lit ? "frozen" : "black";
}

/** @param {Uint8ClampedArray} picture */
function isLit(picture) {
  return picture.some((value, index) => index % 4 !== 3 && value > DARK); // every fourth is opacity
}
