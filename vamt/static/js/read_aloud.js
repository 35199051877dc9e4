// @ts-check
/**
 * What a screen reader is told of a text that grows letter by letter: whole sentences as they are
 * finished, whole words when the writer pauses, never letters, and nothing twice. Knows no DOM.
 */

import { browserClock } from "./clock.js";

const PAUSE = 1000; // ms without a letter: what stands in whole words may be said
const LONG_PAUSE = 3000; // ms: the last word is whole, too

const SENTENCE = /^[\s\S]*(?:[.!?…:](?=\s)|\n)/u; // up to the last end of one
const WORDS = /^[\s\S]*[\s\p{P}]/u; // up to the last end of a word

/** @typedef {{name: string, text: string, said: string, timer: unknown}} Draft */

export class ReadAloud {
  /** @type {Map<string, Draft>} by the id of the message */ #drafts = new Map();
  /** @type {(words: string, name: string) => void} */ #say;
  /** @type {import("./types").Clock} */ #clock;

  /**
   * @param {object} options
   * @param {(words: string, name: string) => void} options.say `name` is "" in the middle of a message
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ say, clock = browserClock }) {
    this.#say = say;
    this.#clock = clock;
  }

  /**
   * Somebody is typing.
   *
   * @param {{id: string, name: string, text: string}} draft as far as it goes
   */
  grow({ id, name, text }) {
    const draft = this.#drafts.get(id) ?? { name, text: "", said: "", timer: null };
    if (draft.text === text) return;
    this.#drafts.set(id, draft);
    draft.text = text;
    draft.said = common(draft.said, text);
    this.#utter(draft, SENTENCE);
    this.#clock.clearTimeout(draft.timer);
    draft.timer = this.#clock.setTimeout(() => {
      this.#utter(draft, WORDS);
      draft.timer = this.#clock.setTimeout(() => this.#utter(draft), LONG_PAUSE - PAUSE);
    }, PAUSE);
  }

  /**
   * The message is finished; what has not been said of it is said now.
   *
   * @param {{id: string, name: string, text: string}} message
   */
  finish({ id, name, text }) {
    const draft = this.#drafts.get(id) ?? { name, text, said: "", timer: null };
    this.drop(id);
    // A message is sent without the space around it.
    this.#utter({ ...draft, text, said: common(draft.said.trim(), text) });
  }

  /** @param {string} id of a message nobody types any more */
  drop(id) {
    this.#clock.clearTimeout(this.#drafts.get(id)?.timer);
    this.#drafts.delete(id);
  }

  /** @param {(id: string) => boolean} wanted which of the drafts still grow */
  keep(wanted) {
    for (const id of [...this.#drafts.keys()]) if (!wanted(id)) this.drop(id);
  }

  /**
   * @param {Draft} draft
   * @param {RegExp} [part] how much of it; all without
   */
  #utter(draft, part) {
    const [whole = ""] = part ? (part.exec(draft.text) ?? []) : [draft.text];
    const fresh = whole.slice(draft.said.length).trim();
    if (!fresh) return;
    this.#say(fresh, draft.said ? "" : draft.name);
    draft.said = whole;
  }
}

/**
 * How much of what was said still stands; a word that was changed is said anew, whole.
 *
 * @param {string} said
 * @param {string} text
 */
function common(said, text) {
  if (text.startsWith(said)) return said;
  let length = 0;
  while (length < said.length && said[length] === text[length]) length += 1;
  return WORDS.exec(said.slice(0, length))?.[0] ?? "";
}
