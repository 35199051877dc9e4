// @ts-check
/**
 * Keeps what is sent to one other page in step with the network: looks once a second, decides
 * (`adaptation.js`), has it done, and judges how good the conversation is (`quality.js`). No DOM.
 */

import { begin, decide } from "./adaptation.js";
import { hopeful, judge } from "./quality.js";
import { compare } from "./readings.js";

const EVERY = 1000; // ms; the other side reports as often while a picture is sent

export class Pace {
  /** @type {import("./types").Clock} */ #clock;
  /** @type {() => void} */ #change;
  /** @type {() => import("./quality.js").Facts["access"]} */ #access;
  /** @type {import("./connection.js").Connection | null} */ #connection = null;
  /** @type {import("./adaptation.js").State} */ #state;
  /** @type {import("./quality.js").Judgement} */ #judgement = hopeful();
  /** @type {import("./readings.js").Counters | null} */ #before = null;
  /** @type {unknown} */ #timer = null;
  #turn = 0; // of following; what is read in an older one counts no more

  /**
   * @param {object} options
   * @param {import("./types").Clock} options.clock
   * @param {() => void} options.change  the quality is another one
   * @param {() => import("./quality.js").Facts["access"]} [options.access]
   */
  constructor({ clock, change, access = networkKind }) {
    this.#clock = clock;
    this.#change = change;
    this.#access = access;
    this.#state = begin(clock.now());
  }

  /** @returns {import("./types").CallQuality} */
  get quality() {
    return { level: this.#judgement.level, action: this.#judgement.action };
  }

  /**
   * Keep this connection in step from now on, with what has been learned of the network before.
   *
   * @param {import("./connection.js").Connection | null} connection null: nothing is sent
   */
  follow(connection) {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#turn += 1;
    this.#before = null;
    this.#state = begin(this.#clock.now(), this.#state);
    this.#clock.clearTimeout(this.#timer);
    if (connection) {
      connection.adapt(this.#state);
      void this.#look(connection, this.#turn);
    } else {
      this.#judge(hopeful());
    }
  }

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {number} turn
   */
  async #look(connection, turn) {
    const counters = await connection.counters(this.#before).catch(() => null);
    if (turn !== this.#turn) return;
    if (counters) this.#learn(connection, counters);
    this.#timer = this.#clock.setTimeout(() => void this.#look(connection, turn), EVERY);
  }

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {import("./readings.js").Counters} counters
   */
  #learn(connection, counters) {
    const now = this.#clock.now();
    const reading = compare(this.#before, counters);
    this.#before = counters;
    this.#state = decide(reading, this.#state, now);
    connection.adapt(this.#state);
    const { level, loss } = this.#state;
    const facts = { reading, loss, level, camera: connection.pictured, access: this.#access() };
    this.#judge(judge(facts, this.#judgement, now));
  }

  /** @param {import("./quality.js").Judgement} judgement */
  #judge(judgement) {
    const { level, action } = this.#judgement;
    this.#judgement = judgement;
    if (judgement.level !== level || judgement.action !== action) this.#change();
  }
}

/**
 * What this device hangs on, where the browser tells (Chromium on Android; elsewhere unknown).
 *
 * @returns {import("./quality.js").Facts["access"]}
 */
function networkKind() {
  const kind = Reflect.get(globalThis.navigator ?? {}, "connection")?.type;
  return kind === "wifi" || kind === "cellular" || kind === "ethernet" ? kind : "unknown";
}
