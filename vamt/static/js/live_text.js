// @ts-check
/**
 * Real-time text (EN 301 549, 6.2): the others see a message while it is being typed, and it is
 * seen here what they type. A draft is always sent whole, so one that was lost or came twice does
 * no harm; it has the id of the message it becomes, which takes its place. Knows no DOM.
 */

import { browserClock } from "./clock.js";

/** @typedef {import("./types").Peer} Peer */
/** @typedef {import("./types").Draft} Draft */
/** @typedef {import("./types").Drafted} Drafted */

const PACE = 150; // ms between two drafts; a letter is to arrive within 500
const KEPT = 3; // drafts of one person: her last messages may not have been stored yet

/** Event `change`: somebody else types something else. */
export class LiveText extends EventTarget {
  /** @type {(draft: Draft) => boolean} */ #post;
  /** @type {() => string} */ #newId;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {readonly Drafted[]} as they arrived */ #arrived = [];
  /** @type {readonly Peer[]} the others in the visit */ #peers = [];
  /** @type {Set<string>} ids of the messages that stand in the chat */ #said = new Set();
  #shown;
  #text = "";
  /** @type {string | null} what the others see; null: who knows */ #posted = "";
  #postedAt = -Infinity;
  /** @type {unknown} */ #timer = null;

  /**
   * @param {object} options
   * @param {(draft: Draft) => boolean} options.post false: there is no line
   * @param {boolean} [options.shown] whether the others see what is typed here
   * @param {() => string} [options.newId]
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ post, shown = true, newId = () => crypto.randomUUID(), clock = browserClock }) {
    super();
    this.#post = post;
    this.#shown = shown;
    this.#newId = newId;
    this.#clock = clock;
    /** Of the message being typed. */
    this.id = newId();
  }

  get shown() {
    return this.#shown;
  }

  set shown(on) {
    this.#shown = on;
    this.#postSoon();
  }

  /** What the others are typing, with their names. */
  get others() {
    return this.#arrived.flatMap(({ from, id, text }) => {
      const peer = this.#peers.find((one) => one.id === from);
      return peer ? [{ id, text, name: peer.name }] : [];
    });
  }

  /** @param {string} text all that stands in the field now */
  type(text) {
    this.#text = text.trim() ? text : "";
    this.#postSoon();
  }

  /** The message has been sent: the next one begins. */
  sent() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#text = "";
    this.#posted = "";
    this.id = this.#newId();
  }

  /** Another visit, or none: nothing of this one is told to the next person. */
  clear() {
    this.sent();
    this.follow([], []);
  }

  /**
   * A message was refused for good; nobody shall wait for it.
   *
   * @param {string} id
   */
  withdraw(id) {
    this.#post({ id, text: "" });
  }

  /** The line is back, or somebody has come: the draft, or that there is none now, is told again. */
  resume() {
    if (this.#posted) this.#posted = null;
    this.#postSoon();
  }

  /**
   * Who is in the visit and what has been said, as in the latest state.
   *
   * @param {readonly Peer[]} peers without this page's own person
   * @param {readonly {id: string}[]} lines
   */
  follow(peers, lines) {
    const came = peers.some(({ id, epoch, online }) => online
      && !this.#peers.some((known) => known.id === id && known.epoch === epoch && known.online));
    this.#peers = peers;
    this.#said = new Set(lines.map(({ id }) => id));
    this.#keep(this.#arrived.filter(({ from, epoch, id }) => !this.#said.has(id)
      && peers.some((peer) => peer.id === from && peer.online && peer.epoch <= epoch)));
    if (came) this.resume();
  }

  /** @param {Drafted} drafted of somebody else */
  receive(drafted) {
    const { from, id, text, epoch } = drafted;
    if (this.#said.has(id)) return;
    const hers = this.#arrived.filter((one) => one.from === from && one.epoch >= epoch);
    const known = hers.some((one) => one.id === id);
    const now = known ? hers.map((one) => (one.id === id ? drafted : one)) : [...hers, drafted];
    const others = this.#arrived.filter((one) => one.from !== from);
    this.#keep([...others, ...now.filter((one) => one.id !== id || text).slice(-KEPT)]);
  }

  /** @param {readonly Drafted[]} arrived */
  #keep(arrived) {
    const same = arrived.length === this.#arrived.length && arrived.every((one, n) => one === this.#arrived[n]);
    this.#arrived = arrived;
    if (!same) this.dispatchEvent(new Event("change"));
  }

  /** At once, or when the pace allows: the first letter does not wait, the last is not lost. */
  #postSoon() {
    if (this.#timer !== null) return;
    const text = this.#shown ? this.#text : "";
    if (text === this.#posted) return;
    const wait = this.#postedAt + PACE - this.#clock.now();
    if (wait > 0) {
      this.#timer = this.#clock.setTimeout(() => {
        this.#timer = null;
        this.#postSoon();
      }, wait);
      return;
    }
    if (!this.#post({ id: this.id, text })) return;
    this.#posted = text;
    this.#postedAt = this.#clock.now();
  }
}
