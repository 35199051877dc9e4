// @ts-check
/** Waiting with an end: things that take their time, until they are done, late or no longer wanted. */

/** @typedef {import("./types").Clock} Clock */

/**
 * Do `act`, for `limit` ms at most. The signal it is given is aborted when its time is over, when
 * `outer` is, and when it is done: there it lets go of whatever it holds.
 *
 * @template T
 * @param {Clock} clock
 * @param {AbortSignal} outer
 * @param {number} limit
 * @param {(signal: AbortSignal) => Promise<T>} act
 * @param {T} otherwise where it took too long, was aborted or failed
 * @returns {Promise<T>}
 */
export async function within(clock, outer, limit, act, otherwise) {
  if (outer.aborted) return otherwise;
  const own = new AbortController();
  const stop = () => own.abort();
  outer.addEventListener("abort", stop);
  const timer = clock.setTimeout(stop, limit);
  /** @type {Promise<T>} */
  const over = new Promise((resolve) => own.signal.addEventListener("abort", () => resolve(otherwise)));
  try {
    return await Promise.race([act(own.signal), over]);
  } catch {
    return otherwise;
  } finally {
    clock.clearTimeout(timer);
    outer.removeEventListener("abort", stop);
    own.abort();
  }
}

/**
 * @param {Clock} clock
 * @param {number} ms
 * @param {AbortSignal} signal ends the pause early
 * @returns {Promise<void>}
 */
export function pause(clock, ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
