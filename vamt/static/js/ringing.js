// @ts-check
/**
 * Who calls her, and whether she has accepted. The page of the clerk rings hers directly, over the
 * connection that is ready for the call; the office says the same when it has written it down. At a
 * round trip of 200 ms and 1 Mbit/s that is 150 ms later, since its word is a whole state. It alone
 * counts: what it does not confirm soon was no call, and what she accepts it hears when it has. No DOM.
 */

import { browserClock } from "./clock.js";

/** @typedef {import("./types").CitizenState} CitizenState */

export const RING = "ring"; // kind of the message between the pages; true, or false: called nobody
const PATIENCE = 5000; // ms for the office to say the same

/** Event `change`: the clerk's page has begun to ring, or no longer does. */
export class Ringing extends EventTarget {
  /** @type {CitizenState} */ #state;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {unknown} */ #timer = null;
  #ahead = ""; // id of the clerk whose page rings, while the office has not said so
  #accepted = false;

  /**
   * @param {object} options
   * @param {EventTarget} options.call see `call.js`
   * @param {CitizenState} options.state the first
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ call, state, clock = browserClock }) {
    super();
    this.#state = state;
    this.#clock = clock;
    call.addEventListener("message", (event) => {
      const { leg, kind, value } = /** @type {CustomEvent} */ (event).detail;
      if (kind === RING) this.#hear(leg.id, value === true);
    });
  }

  /** The clerk who calls her, null while nobody does. */
  get clerk() {
    const { state, visit, ready } = this.#state;
    if (state === "called") return visit?.peers.find(({ seat }) => seat === "clerk") ?? null;
    return ready.find(({ id }) => id === this.#ahead) ?? null;
  }

  /** Whether she has accepted this call. */
  get accepted() {
    return this.#accepted;
  }

  /** @param {CitizenState} state the office's word; a call of somebody else is another call */
  follow(state) {
    const before = this.clerk?.id;
    this.#state = state;
    if (state.state !== "checked_in" || !this.clerk) this.#forget();
    if (this.clerk?.id !== before) this.#accepted = false;
  }

  /** She takes the call. */
  accept() {
    this.#accepted = this.clerk !== null;
  }

  /** The office has not let her. */
  undo() {
    this.#accepted = false;
  }

  /** @param {string} id @param {boolean} rings */
  #hear(id, rings) {
    const { state, ready } = this.#state;
    if (state !== "checked_in" || !ready.some((peer) => peer.id === id && peer.seat === "clerk")) return;
    if (rings ? this.#ahead : this.#ahead !== id) return; // one at a time
    if (!rings) return this.#end();
    this.#ahead = id;
    this.#timer = this.#clock.setTimeout(() => this.#end(), PATIENCE);
    this.#tell();
  }

  #end() {
    this.#forget();
    this.#accepted = false;
    this.#tell();
  }

  #forget() {
    this.#clock.clearTimeout(this.#timer);
    this.#ahead = "";
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
