// @ts-check
/**
 * "Who listens?": four words that are the same on both pages only if both have encrypted for each
 * other. They come from the fingerprints of both certificates; somebody in between has certificates
 * of his own, and the two pages get different words. No DOM.
 *
 * Four words are few enough to be read aloud, and few enough to be searched: whoever sits in
 * between could try certificates or numbers until both sides show the same. Therefore the clerk's
 * page first binds itself to a number it does not show yet (a hash commitment, as in ZRTP, RFC 6189,
 * 4.4.1.1), the citizen's page then tells its own, and only then the first one is shown. Nobody can
 * choose a number knowing the other; what is left is one guess in 64^4 = 16.7 million.
 *
 *     clerk                              citizen
 *                                      <-  ask, while she has no commitment
 *       commit  H(nonce of the clerk)  ->
 *                                      <-  nonce of the citizen
 *       reveal  nonce of the clerk     ->  compares with the commitment
 *
 * What gets no answer is said again. Where one page had to begin anew (its connection was replaced),
 * the other does so, too, with new numbers; a few times only, since each is one more guess.
 */

import { browserClock } from "./clock.js";

/** @typedef {{mine: string, theirs: string}} Fingerprints */
/** @typedef {"working" | "words" | "wrong"} Progress */

export const KINDS = 64; // different words; a power of two, so that none is more likely
export const COUNT = 4;

const NONCE = /^[0-9a-f]{32}$/;
const HASH = /^[0-9a-f]{64}$/;
const LABEL = "vamt who listens 1";
const AGAIN = 1000; // ms until what may have been lost is said again
const RUNS = 8; // beginnings of one comparison

/** @returns {string} 128 random bits */
function randomNonce() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string[]} parts none of them holds a line break */
async function hash(...parts) {
  const text = new TextEncoder().encode([LABEL, ...parts].join("\n"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text));
}

/**
 * What the clerk's page is bound to.
 *
 * @param {string} nonce
 */
export async function commitment(nonce) {
  return hex(await hash("commitment", nonce));
}

/**
 * @param {object} of
 * @param {string} of.clerk fingerprint of the clerk's certificate
 * @param {string} of.citizen fingerprint of the citizen's
 * @param {string} of.clerkNonce
 * @param {string} of.citizenNonce
 * @returns {Promise<number[]>} four numbers below 64
 */
export async function fourNumbers({ clerk, citizen, clerkNonce, citizenNonce }) {
  const bytes = await hash("words", clerk, citizen, clerkNonce, citizenNonce);
  return Array.from(bytes.subarray(0, COUNT), (byte) => byte % KINDS);
}

/**
 * The comparison of one page with another. Event `change`: `progress` or `numbers` are others.
 */
export class FingerprintWords extends EventTarget {
  /** @type {Progress} */ progress = "working";
  /** @type {readonly number[]} */ numbers = [];
  /** @type {"clerk" | "citizen"} */ #role;
  /** @type {Fingerprints} */ #fingerprints;
  /** @type {(value: Record<string, string>) => void} */ #send;
  /** @type {() => string} */ #newNonce;
  /** @type {import("./types").Clock} */ #clock;
  #nonce = "";
  #commitment = ""; // the clerk's
  #theirs = ""; // the other's nonce
  #runs = 0;
  #closed = false;
  /** @type {unknown} */ #timer = null;
  /** @type {Promise<void>} one message is taken in after the other */ #turn = Promise.resolve();

  /**
   * @param {object} options
   * @param {"clerk" | "citizen"} options.role of this page
   * @param {Fingerprints} options.fingerprints
   * @param {(value: Record<string, string>) => void} options.send to the other page; may be lost
   * @param {() => string} [options.newNonce]
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ role, fingerprints, send, newNonce = randomNonce, clock = browserClock }) {
    super();
    this.#role = role;
    this.#fingerprints = fingerprints;
    this.#send = send;
    this.#newNonce = newNonce;
    this.#clock = clock;
    this.#turn = this.#begin("");
  }

  /**
   * @param {unknown} value what the other page sent
   * @returns {Promise<void>} when it is taken in
   */
  receive(value) {
    const said = /** @type {Record<string, unknown>} */ (value && typeof value === "object" ? value : {});
    this.#turn = this.#turn.then(() => {
      if (this.#closed || this.progress === "wrong") return undefined;
      return this.#role === "clerk" ? this.#asClerk(said) : this.#asCitizen(said);
    });
    return this.#turn;
  }

  /** For good; leaves no timer. */
  close() {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
  }

  /** @param {string} bound the clerk's commitment, where it is known already */
  async #begin(bound) {
    this.#runs += 1;
    if (this.#runs > RUNS) return this.#show("wrong");
    this.#nonce = this.#newNonce();
    this.#theirs = "";
    this.#commitment = this.#role === "clerk" ? await commitment(this.#nonce) : bound;
    this.#show("working");
    this.#speak();
  }

  /** Say what the other page has to answer, until it does. */
  #speak() {
    this.#clock.clearTimeout(this.#timer);
    if (this.#closed || this.#theirs) return;
    if (this.#role === "clerk") this.#send({ commit: this.#commitment });
    else this.#send(this.#commitment ? { nonce: this.#nonce } : { ask: "words" });
    this.#timer = this.#clock.setTimeout(() => this.#speak(), AGAIN);
  }

  /** @param {Record<string, unknown>} said */
  async #asClerk({ ask, nonce }) {
    if (ask === "words") {
      if (this.#theirs) await this.#begin("");
      else this.#speak();
    } else if (isText(nonce, NONCE)) {
      if (this.#theirs && nonce !== this.#theirs) return; // the first one counts
      this.#send({ reveal: this.#nonce }); // again, if the first was lost
      if (!this.#theirs) await this.#finish(nonce, this.#nonce, nonce);
    }
  }

  /** @param {Record<string, unknown>} said */
  async #asCitizen({ commit, reveal }) {
    if (isText(commit, HASH)) {
      if (!this.#commitment) {
        this.#commitment = commit;
        this.#speak();
      } else if (commit !== this.#commitment) {
        await this.#begin(commit);
      }
    } else if (isText(reveal, NONCE) && this.#commitment && !this.#theirs) {
      if (await commitment(reveal) === this.#commitment) await this.#finish(reveal, reveal, this.#nonce);
      else this.#show("wrong"); // bound to one number, showed another: nobody honest does
    }
  }

  /**
   * @param {string} theirs
   * @param {string} clerkNonce
   * @param {string} citizenNonce
   */
  async #finish(theirs, clerkNonce, citizenNonce) {
    this.#theirs = theirs;
    this.#clock.clearTimeout(this.#timer);
    const { mine, theirs: other } = this.#fingerprints;
    const [clerk, citizen] = this.#role === "clerk" ? [mine, other] : [other, mine];
    this.#show("words", await fourNumbers({ clerk, citizen, clerkNonce, citizenNonce }));
  }

  /**
   * @param {Progress} progress
   * @param {readonly number[]} [numbers]
   */
  #show(progress, numbers = []) {
    if (progress === "wrong") this.#clock.clearTimeout(this.#timer);
    if (progress === this.progress && !numbers.length) return;
    this.progress = progress;
    this.numbers = numbers;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * @param {unknown} value
 * @param {RegExp} form
 * @returns {value is string}
 */
function isText(value, form) {
  return typeof value === "string" && form.test(value);
}
