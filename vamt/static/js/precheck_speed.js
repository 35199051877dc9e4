// @ts-check
/** How fast the line to the town's server is, by a few bytes down and up (vamt/web/line_pages.py). */

import { within } from "./patience.js";

/**
 * @typedef {import("./types").Clock} Clock
 * @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch
 */

const READING = 1500; // ms to read what comes down; more would not tell more
const DOWN = 2500; // ms for all of it
const UP = 2500; // ms for one of the two uploads
const SMALL = 24 * 1024; // bytes; not done in its time, they are below what speech needs (78 kbit/s)
const LARGE = 160 * 1024;
const FAST = 100_000; // kbit/s; whatever is faster is measured wrong, and fast enough

/**
 * @param {number} bytes
 * @param {number} ms
 */
const speed = (bytes, ms) => Math.min(FAST, Math.round((bytes * 8) / Math.max(ms, 1)));

/**
 * @param {string} url
 * @param {Fetch} fetch
 * @param {Clock} clock
 * @param {AbortSignal} signal
 * @returns {Promise<number | null>} kbit/s of the slower direction, null where nothing was measured
 */
export async function measureSpeed(url, fetch, clock, signal) {
  const down = await within(clock, signal, DOWN, (inner) => readDown(url, fetch, clock, inner), null);
  const up = await sendUp(url, fetch, clock, signal);
  const known = [down, up].filter((one) => one !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/**
 * @param {string} url
 * @param {Fetch} fetch
 * @param {Clock} clock
 * @param {AbortSignal} signal
 */
async function readDown(url, fetch, clock, signal) {
  const response = await fetch(url, { cache: "no-store", signal });
  const reader = response.ok ? response.body?.getReader() : null;
  if (!reader) return null;
  const begun = clock.now();
  let bytes = 0;
  while (clock.now() - begun < READING) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
  }
  return speed(bytes, clock.now() - begun);
}

/**
 * Two uploads of different size: their difference leaves out the way there and back.
 *
 * @param {string} url
 * @param {Fetch} fetch
 * @param {Clock} clock
 * @param {AbortSignal} signal
 */
async function sendUp(url, fetch, clock, signal) {
  /** @param {number} bytes @returns {Promise<number | "late" | null>} ms */
  const post = (bytes) => within(clock, signal, UP, async (inner) => {
    const begun = clock.now();
    try {
      const { ok } = await fetch(url, { method: "POST", body: new Uint8Array(bytes), signal: inner });
      return ok ? clock.now() - begun : null;
    } catch {
      return null;
    }
  }, /** @type {number | "late" | null} */ ("late"));

  const small = await post(SMALL);
  if (signal.aborted || small === null) return null;
  if (small === "late") return speed(SMALL, UP);
  if (small * (LARGE / SMALL) > 2 * UP) return speed(SMALL, small); // the large one would be late
  const large = await post(LARGE);
  if (typeof large !== "number") return speed(SMALL, small);
  return large > small ? speed(LARGE - SMALL, large - small) : speed(LARGE, large);
}
