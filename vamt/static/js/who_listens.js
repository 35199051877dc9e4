// @ts-check
/**
 * "Who listens?" for the page: keeps the comparison (`fingerprint_words.js`) with the page of the
 * person the visit is about, and knows which way picture and sound take. No DOM.
 */

import { FingerprintWords } from "./fingerprint_words.js";

/** @typedef {import("./types").Path} Path */
/** @typedef {import("./leg.js").Leg} Leg */

/**
 * @typedef {object} Listening
 * @property {import("./fingerprint_words.js").Progress} progress
 * @property {readonly number[]} numbers
 * @property {Path} path
 */

const KIND = "words"; // of the messages between the pages

/** Event `change`: `state` is another. */
export class WhoListens extends EventTarget {
  /** @type {import("./call.js").Call} */ #call;
  /** @type {"clerk" | "citizen"} */ #role;
  /** @type {FingerprintWords | null} */ #words = null;
  /** @type {Leg | null} */ #leg = null;
  #seen = ""; // fingerprints of the present comparison
  /** @type {Path} */ #path = "unknown";

  /**
   * @param {object} options
   * @param {import("./call.js").Call} options.call
   * @param {"clerk" | "citizen"} options.role of this page
   */
  constructor({ call, role }) {
    super();
    this.#call = call;
    this.#role = role;
    call.addEventListener("change", () => this.follow());
    call.addEventListener("message", (event) => {
      const { leg, kind, value } = /** @type {CustomEvent<{leg: Leg, kind: string, value: unknown}>} */ (event).detail;
      if (kind !== KIND) return;
      this.follow();
      if (leg === this.#leg) void this.#words?.receive(value);
    });
  }

  /** @returns {Listening} */
  get state() {
    return {
      progress: this.#words?.progress ?? "working",
      numbers: this.#words?.numbers ?? [],
      path: this.#path,
    };
  }

  /** The call may be with somebody else now, or over another connection. */
  follow() {
    const leg = this.#call.main;
    const fingerprints = leg?.fingerprints ?? null;
    const seen = fingerprints ? `${fingerprints.mine} ${fingerprints.theirs}` : "";
    // Between two connections there are none for a moment, and then the same again.
    if (leg === this.#leg && (seen === this.#seen || !seen)) return;
    this.#words?.close();
    this.#words = null;
    this.#leg = leg;
    this.#seen = seen;
    this.#path = "unknown";
    if (leg && fingerprints) {
      this.#words = new FingerprintWords({
        role: this.#role, fingerprints, send: (value) => leg.send(KIND, value),
      });
      this.#words.addEventListener("change", () => this.#tell());
      void this.look();
    }
    this.#tell();
  }

  /** Find out which way picture and sound take now. */
  async look() {
    const leg = this.#leg;
    const path = (await leg?.path()) ?? "unknown";
    if (leg !== this.#leg || path === this.#path) return;
    this.#path = path;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
