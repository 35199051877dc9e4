// @ts-check
/**
 * Keeps an eye on the open camera and microphone. A phone call, the lock screen, Siri or a headset
 * mute or end them without a word to the person; here it is noticed, waited for a little, and
 * asked for anew when there is hope. No DOM: page and clock are handed in.
 *
 * What ended is renewed at once. What is only muted may come back by itself, or the person has
 * paused it with a button of the browser: it is renewed when something has changed (the page is
 * seen again, a device was plugged in, the browser says it is unmuted), never behind her back.
 * A microphone that was muted is renewed even then: after a phone call iOS tells that it is live
 * and unmuted while it gives silence (WebKit bug 208516).
 */

import { browserClock } from "./clock.js";

/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {import("./types").Ability} Ability */

const MUTE_PATIENCE = 1500; // ms a track may be muted: changing the headset takes about one
const SIGHT_PATIENCE = 700; // ms a page seen again gives the browser to mend it by itself
const PAUSES = [0, 1000, 2000, 4000, 8000]; // ms before each attempt; afterwards only a new cause

/**
 * How long to wait before trying again.
 *
 * @param {number} attempt 0 for the first
 * @returns {number | null} milliseconds; null: no more until something has changed
 */
export function pauseBefore(attempt) {
  return PAUSES[attempt] ?? null;
}

export class TrackWatch {
  /** @type {(kinds: Kind[]) => Promise<Partial<Record<Kind, Ability>>>} */ #renew;
  /** @type {() => void} */ #tell;
  /** @type {Document | undefined} */ #page;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {Record<Kind, MediaStreamTrack | null>} */ #tracks = { audio: null, video: null };
  /** @type {Set<Kind>} to be renewed as soon as there is hope */ #broken = new Set();
  /** @type {Set<Kind>} known to be missing: the views tell */ #lost = new Set();
  /** @type {unknown} */ #timer = null;
  #attempt = 0;
  #onSight = () => {
    if (this.#visible) this.#begin(SIGHT_PATIENCE);
  };

  /**
   * @param {object} options
   * @param {(kinds: Kind[]) => Promise<Partial<Record<Kind, Ability>>>} options.renew opens these
   *     again and has the new tracks followed; tells what came of each
   * @param {() => void} options.tell `lost` may be another now
   * @param {Document} [options.page]
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ renew, tell, page = globalThis.document, clock = browserClock }) {
    this.#renew = renew;
    this.#tell = tell;
    this.#page = page;
    this.#clock = clock;
    page?.addEventListener("visibilitychange", this.#onSight);
    page?.defaultView?.addEventListener("pageshow", this.#onSight);
  }

  /** What was open, is wanted, and gives nothing any more. @returns {import("./types").Lost} */
  get lost() {
    const [one = "", other = ""] = this.#lost;
    return other ? "both" : one;
  }

  /** @returns {Kind[]} */
  get lostKinds() {
    return [...this.#lost];
  }

  /**
   * Watch this one from now on, instead of the last of its kind.
   *
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  follow(kind, track) {
    this.#tracks[kind] = track;
    if (!track.muted) {
      this.#broken.delete(kind);
      this.#lost.delete(kind);
    }
    const present = () => this.#tracks[kind] === track;
    track.addEventListener("mute", () => present() && this.#onMute(kind, track));
    track.addEventListener("unmute", () => present() && this.#onUnmute(kind));
    track.addEventListener("ended", () => present() && this.#onEnded(kind), { once: true });
    if (track.muted) this.#onMute(kind, track);
  }

  /**
   * It was let go on purpose.
   *
   * @param {Kind} kind
   */
  drop(kind) {
    this.#tracks[kind] = null;
    this.#broken.delete(kind);
    this.#lost.delete(kind);
  }

  /** Something was plugged in or out. */
  again() {
    this.#begin(0);
  }

  close() {
    this.drop("audio");
    this.drop("video");
    this.#clock.clearTimeout(this.#timer);
    this.#page?.removeEventListener("visibilitychange", this.#onSight);
    this.#page?.defaultView?.removeEventListener("pageshow", this.#onSight);
  }

  get #visible() {
    return this.#page?.visibilityState !== "hidden";
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  #onMute(kind, track) {
    this.#clock.setTimeout(() => {
      if (this.#tracks[kind] !== track || !track.muted) return;
      this.#broken.add(kind);
      this.#lost.add(kind);
      this.#tell();
    }, MUTE_PATIENCE);
  }

  /** @param {Kind} kind */
  #onUnmute(kind) {
    if (!this.#broken.has(kind)) return;
    if (kind === "audio") {
      this.#begin(0);
      return;
    }
    this.#broken.delete(kind);
    this.#lost.delete(kind);
    this.#tell();
  }

  /** @param {Kind} kind */
  #onEnded(kind) {
    this.#tracks[kind] = null;
    this.#broken.add(kind);
    this.#begin(0);
  }

  /** @param {number} delay milliseconds until the first attempt */
  #begin(delay) {
    if (!this.#broken.size) return;
    this.#attempt = 0;
    if (delay) this.#schedule(delay);
    else void this.#try();
  }

  /** @param {number} delay */
  #schedule(delay) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => void this.#try(), delay);
  }

  async #try() {
    const wanted = [...this.#broken];
    if (!wanted.length) return;
    this.#clock.clearTimeout(this.#timer);
    this.#attempt += 1;
    const got = await this.#renew(wanted);
    for (const kind of wanted) {
      if (!this.#broken.has(kind)) continue;
      this.#lost.add(kind);
      // She has taken the permission back, or would be asked again: that is for her to begin.
      // A page out of sight is refused by some browsers whatever she has allowed.
      if (got[kind] === "denied" && this.#visible) this.#broken.delete(kind);
    }
    this.#tell();
    const pause = pauseBefore(this.#attempt);
    if (this.#broken.size && this.#visible && pause !== null) this.#schedule(pause);
  }
}
