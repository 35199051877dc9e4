// @ts-check
/**
 * Chat messages on their way: kept until the server has them, sent again after every reconnect.
 * Each carries an id made here, so that sending one twice stores it once. Knows no DOM.
 */

/**
 * @typedef {object} Pending
 * @property {string} id
 * @property {string} text
 * @property {number} at        Unix seconds
 * @property {string} refused   the server's words when it does not want the message, else ""
 */

export const CHAT_LENGTH = 2000; // characters, as vamt/protocol.py

/**
 * Events:
 *
 * - `change`: the list in `pending` is another one
 * - `refused`: detail is the id of a message the server does not want
 */
export class Outbox extends EventTarget {
  /**
   * @param {object} options
   * @param {(message: {id: string, text: string}) => Promise<unknown>} options.post
   *        rejects with the server's `status`, 0 where it could not be reached
   * @param {() => string} [options.newId]
   * @param {() => number} [options.clock] Unix seconds
   */
  constructor({ post, newId = () => crypto.randomUUID(), clock = () => Date.now() / 1000 }) {
    super();
    this.post = post;
    this.newId = newId;
    this.clock = clock;
    /** @type {readonly Pending[]} */
    this.pending = [];
    /** @type {Set<string>} */
    this.flying = new Set();
  }

  /**
   * Take a message and send it. Blank ones are ignored.
   *
   * @param {string} text
   * @param {string} [id] the one under which it has been seen being typed
   * @returns {boolean} whether there was something to send
   */
  add(text, id = this.newId()) {
    const message = text.trim().slice(0, CHAT_LENGTH);
    if (!message) return false;
    this.change([...this.pending, { id, text: message, at: this.clock(), refused: "" }]);
    this.flush();
    return true;
  }

  /** Send what has not arrived, in order. Call it when the socket is up again. */
  flush() {
    for (const { id, text, refused } of this.pending) {
      if (refused || this.flying.has(id)) continue;
      this.flying.add(id);
      this.post({ id, text })
        .catch((/** @type {{status?: number, message?: string}} */ error) => {
          // 429: too quick, the next flush brings it. Other answers will not change.
          const { status = 0 } = error;
          const final = status >= 400 && status < 500 && status !== 429;
          if (final) this.refuse(id, error.message ?? "");
        })
        .finally(() => this.flying.delete(id));
    }
  }

  /**
   * Drop what the server has.
   *
   * @param {readonly {id: string}[]} lines the chat of the latest state
   */
  settle(lines) {
    const known = new Set(lines.map((line) => line.id));
    const left = this.pending.filter((message) => !known.has(message.id));
    if (left.length !== this.pending.length) this.change(left);
  }

  /** Forget everything: the visit is over. */
  clear() {
    if (this.pending.length) this.change([]);
  }

  /** @param {string} id @param {string} why */
  refuse(id, why) {
    this.change(this.pending.map((message) => (message.id === id ? { ...message, refused: why || "?" } : message)));
    this.dispatchEvent(new CustomEvent("refused", { detail: id }));
  }

  /** @param {readonly Pending[]} pending */
  change(pending) {
    this.pending = pending;
    this.dispatchEvent(new Event("change"));
  }
}
