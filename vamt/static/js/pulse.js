// @ts-check
/**
 * The pulse of a connection: whether packets still arrive, and how long a silence may last before
 * the path counts as lost. Pure; counts and times are handed in. Milliseconds.
 *
 * The limit follows what flowed before. Sound and picture bring dozens of packets a second: 0.6 s
 * of nothing are a lost path (a longer wait is a longer hole, a shorter one mistakes a burst of
 * loss for it). Where speech pauses and no picture is sent, DTX brings one packet in 400 ms.
 */

const STALL = 600; // ms without a packet that are a lost path, while pictures or speech flow ...
const STALL_SPARSE = 2500; // ... and where little is sent
const DENSE = 15; // packets a second from which on it counts as flowing
const RATE_OVER = 2000; // ms over which the rate is a mean

/**
 * After how much silence a path counts as lost.
 *
 * @param {number} rate packets a second that arrived before
 * @returns {number} milliseconds
 */
export function stallAfter(rate) {
  return rate >= DENSE ? STALL : STALL_SPARSE;
}

export class Pulse {
  #packets = 0;
  #arrivedAt = 0;
  #rate = 0; // packets a second, a slow mean
  /** Whether the other side says that it hardly sends pauses of speech, and no picture. */
  sparse = false;

  /** @param {number} now from here on silence is counted, and nothing is known of the rate */
  begin(now) {
    this.#arrivedAt = now;
    this.#rate = 0;
    this.#packets = 0;
  }

  /** @param {number} now another connection goes on with what this one was */
  move(now) {
    this.#arrivedAt = now;
    this.#packets = 0;
  }

  /**
   * @param {number} packets all that have arrived so far
   * @param {number} now
   * @returns {boolean} whether some have since the last count
   */
  count(packets, now) {
    const news = packets - this.#packets;
    if (news <= 0) return false;
    if (this.#packets) {
      const passed = Math.max(1, now - this.#arrivedAt); // since some came: silence is no rate
      this.#rate += ((news * 1000) / passed - this.#rate) * Math.min(1, passed / RATE_OVER);
    }
    this.#packets = packets;
    this.#arrivedAt = now;
    return true;
  }

  /** @param {number} now @returns {number} milliseconds since the last packet */
  silence(now) {
    return now - this.#arrivedAt;
  }

  /** Whether enough flows for a short silence to mean something. */
  get dense() {
    return this.#rate >= DENSE && !this.sparse;
  }

  /** Milliseconds a silence may last. */
  get limit() {
    return this.sparse ? STALL_SPARSE : stallAfter(this.#rate);
  }
}
