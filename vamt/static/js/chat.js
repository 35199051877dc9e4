// @ts-check
/**
 * The written half of a visit, as a page sees it: messages on their way (`outbox`) and what is
 * being typed on either side (`live_text`), over the page's line to the office. Knows no DOM.
 */

import { LiveText } from "./live_text.js";
import { Outbox } from "./outbox.js";

/** Event `change`: something in `state` is another. */
export class Chat extends EventTarget {
  /** @type {Outbox} */ #outbox;
  /** @type {LiveText} */ #liveText;
  #visit = "";

  /**
   * @param {object} options
   * @param {import("./protocol.js").Link} options.link
   * @param {boolean} options.letters whether the others see what is typed here
   */
  constructor({ link, letters }) {
    super();
    this.#outbox = new Outbox({ post: (message) => link.request("say", message) });
    this.#liveText = new LiveText({ post: (draft) => link.draft(draft), shown: letters });
    for (const part of [this.#outbox, this.#liveText]) {
      part.addEventListener("change", () => this.dispatchEvent(new Event("change")));
    }
    this.#outbox.addEventListener("refused", (event) => {
      this.#liveText.withdraw(/** @type {CustomEvent<string>} */ (event).detail);
    });
    link.addEventListener("draft", (event) => {
      this.#liveText.receive(/** @type {CustomEvent<import("./types").Drafted>} */ (event).detail);
    });
    link.addEventListener("up", () => {
      this.#outbox.flush();
      this.#liveText.resume();
    });
  }

  /** What the stage shows of it, beside the lines that the server has. */
  get state() {
    return {
      pending: this.#outbox.pending,
      drafts: this.#liveText.others,
      letters: this.#liveText.shown,
    };
  }

  /**
   * @param {string} text
   * @returns {boolean} whether there was something to send
   */
  send(text) {
    if (!this.#outbox.add(text, this.#liveText.id)) return false;
    this.#liveText.sent();
    return true;
  }

  /** @param {string} text all that stands in the field now */
  type(text) {
    this.#liveText.type(text);
  }

  /** @param {boolean} shown whether the others see what is typed here */
  showLetters(shown) {
    this.#liveText.shown = shown;
  }

  /**
   * Follow the latest state.
   *
   * @param {object} state
   * @param {string} state.id of this page's person
   * @param {{id: string, peers: readonly import("./types").Peer[]} | null} state.visit null: there is
   *        none, or it does not share its chat with her
   * @param {readonly {id: string}[]} state.chat
   */
  follow({ id: mine, visit, chat }) {
    if (this.#visit !== (visit?.id ?? "")) this.#liveText.clear();
    this.#visit = visit?.id ?? "";
    this.#outbox.settle(chat);
    this.#liveText.follow(visit?.peers.filter(({ id }) => id !== mine) ?? [], chat);
  }

  /** Forget what has not arrived: the visit is over. */
  clear() {
    this.#outbox.clear();
  }
}
