// @ts-check
/**
 * Filling in one form together with the other side: what is typed here goes out at once and stays
 * until the office has it on disk, over a lost line and a reload; what is typed there is shown. Who
 * has overwritten what without having seen it is told by `base`, see vamt/coform.py. Knows no DOM.
 */

import { browserClock } from "./clock.js";

/**
 * @typedef {import("./types").FormEntry} Entry
 * @typedef {import("./types").FormSnapshot} Snapshot
 *
 * @typedef {object} Edit the whole value of a field
 * @property {number} number   of this page's edits, from 1, without a gap
 * @property {string} field
 * @property {string} value
 * @property {number} base     the version the writer had before her eyes
 *
 * @typedef {Edit & {stage: "waiting" | "sent" | "applied"}} Pending applied: in the office's memory
 *
 * @typedef {{page: string, pending: Edit[]}} Remembered
 */

const PACE = 50; // ms between two edits: a page may send 30 events in a second, at length
const AGAIN = 300; // ms until the form is asked for once more where that failed
const AGAIN_LAST = 5000;

/**
 * Events:
 *
 * - `change`: detail is the key of the field that is another one, or "" for all
 */
export class CoForm extends EventTarget {
  /** @type {(page: string) => Promise<Snapshot>} */ #join;
  /** @type {(edit: Edit & {page: string}) => Promise<{entries: Entry[]}>} */ #send;
  /** @type {{read(): unknown, write(value: Remembered | null): void}} */ #memory;
  /** @type {import("./types").Clock} */ #clock;
  #page = "";
  #me = "";
  /** @type {readonly Pending[]} */ #pending = [];
  /** @type {Map<string, readonly Entry[]>} */ #cells = new Map();
  /** @type {Map<string, number>} field -> the version of others that is accepted here */ #bases = new Map();
  /** @type {Snapshot | null} the latest */ #form = null;
  #joined = false;
  #open = true; // the office takes edits
  #last = 0; // the number of the latest edit
  #round = 0; // of joining: an answer to an older one is worth nothing
  #failed = 0; // how often in a row
  #sentAt = -Infinity;
  /** @type {unknown} */ #timer = null;

  /**
   * @param {object} options
   * @param {string} options.seat the seat's key, as a peer
   * @param {(page: string) => Promise<Snapshot>} options.join asks the office for the form
   * @param {(edit: Edit & {page: string}) => Promise<{entries: Entry[]}>} options.send tells it of an
   *        edit; both reject with `status` and `key`
   * @param {{read(): unknown, write(value: Remembered | null): void}} options.memory outlives a reload
   * @param {() => string} [options.newId] 16 to 32 characters
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({
    seat, join, send, memory, newId = () => crypto.randomUUID().replaceAll("-", ""), clock = browserClock,
  }) {
    super();
    this.#join = join;
    this.#send = send;
    this.#memory = memory;
    this.#clock = clock;
    const { page, pending } = remembered(memory.read());
    this.#page = page || newId();
    this.#me = `${seat}/${this.#page}`;
    this.#pending = pending.map((edit) => ({ ...edit, stage: "waiting" }));
    this.#last = pending.at(-1)?.number ?? 0;
    this.#remember();
  }

  /** The form as it was when this page joined; null: not yet. */
  get form() {
    return this.#form;
  }

  /** Whether the office has the form open for this page and all that was written here. */
  get settled() {
    return this.#joined && this.#pending.every(({ stage }) => stage === "applied");
  }

  /** Whether something written here is not on disk yet. */
  get unsaved() {
    return this.#pending.length > 0;
  }

  /** Whether the office refuses what is written, for the moment. */
  get closed() {
    return !this.#open;
  }

  /**
   * What stands in a field for whoever sits here: in a conflict, what she has written.
   *
   * @param {string} field
   */
  value(field) {
    const typed = this.#typed(field);
    if (typed) return typed.value;
    const entries = this.#cells.get(field) ?? [];
    const mine = entries.find(({ author }) => author === this.#me);
    return (mine ?? entries.at(-1))?.value ?? "";
  }

  /**
   * The values that stand against each other in a field, the reader's own first; [] where all agree.
   *
   * @param {string} field
   * @returns {{value: string, mine: boolean}[]}
   */
  conflict(field) {
    const entries = this.#cells.get(field) ?? [];
    if (entries.length < 2) return [];
    return entries
      .map(({ value, author }) => ({ value: author === this.#me ? this.value(field) : value, mine: author === this.#me }))
      .sort((one, other) => Number(other.mine) - Number(one.mine));
  }

  /** @returns {Record<string, string>} what stands in the fields */
  get values() {
    const keys = new Set([...this.#cells.keys(), ...this.#pending.map(({ field }) => field)]);
    return Object.fromEntries([...keys].map((key) => [key, this.value(key)]));
  }

  /**
   * Something was typed.
   *
   * @param {string} field
   * @param {string} value all that stands in it now
   */
  type(field, value) {
    if (value !== this.value(field)) this.#write(field, value, this.#bases.get(field) ?? 0);
  }

  /**
   * One of several values is the right one: what both have written has been seen.
   *
   * @param {string} field
   * @param {string} value
   */
  choose(field, value) {
    const base = newest(this.#cells.get(field));
    this.#bases.set(field, base);
    this.#write(field, value, base);
  }

  /** The form is there, or the line is back: ask how it stands, and send what the office lacks. */
  async resume() {
    const round = ++this.#round;
    this.#joined = false;
    this.#pause(null);
    /** @type {Snapshot} */
    let form;
    try {
      form = await this.#join(this.#page);
    } catch (error) {
      if (round === this.#round) this.#stumble(error);
      return;
    }
    if (round === this.#round) this.#take(form);
  }

  /** The line is lost; `resume` when it is back. */
  pause() {
    this.#round += 1;
    this.#joined = false;
    this.#pause(null);
  }

  /** The visit is over: nothing of it stays in this browser. */
  forget() {
    this.pause();
    this.#pending = [];
    this.#memory.write(null);
  }

  /**
   * The other side has written.
   *
   * @param {string} field
   * @param {readonly Entry[]} entries
   */
  receive(field, entries) {
    if (!this.#form || newest(entries) <= newest(this.#cells.get(field))) return;
    this.#cells.set(field, entries);
    this.#accept(field);
    this.#tell(field);
  }

  /**
   * The office has it on disk.
   *
   * @param {string} page
   * @param {number} number all edits of the page up to this one
   */
  saved(page, number) {
    if (page !== this.#page) return;
    this.#keep(this.#pending.filter((edit) => edit.number > number));
    for (const field of this.#cells.keys()) this.#accept(field);
    this.#tell("");
  }

  // --- parts

  /** What was written into a field here and is not in the office's order yet. @param {string} field */
  #typed(field) {
    return this.#pending.filter((edit) => edit.field === field && edit.stage !== "applied").at(-1);
  }

  /** @param {string} field @param {string} value @param {number} base */
  #write(field, value, base) {
    const waiting = this.#pending.find((edit) => edit.field === field && edit.stage === "waiting");
    const number = waiting?.number ?? ++this.#last;
    /** @type {Pending} */
    const edit = { number, field, value, base, stage: "waiting" };
    this.#keep(waiting ? this.#pending.map((one) => (one === waiting ? edit : one)) : [...this.#pending, edit]);
    this.#tell(field);
    this.#flush();
  }

  /** Send what waits, in order; quick typing leaves at most every PACE. */
  #flush() {
    if (!this.#joined || this.#timer !== null) return;
    const next = this.#pending.find(({ stage }) => stage === "waiting");
    if (!next) return;
    const wait = this.#sentAt + PACE - this.#clock.now();
    if (wait > 0) {
      this.#pause(() => this.#flush(), wait);
      return;
    }
    this.#sentAt = this.#clock.now();
    void this.#post(next);
    this.#flush();
  }

  /** @param {Pending} edit */
  async #post(edit) {
    const round = this.#round;
    const { number, field, value, base } = edit;
    edit.stage = "sent";
    try {
      const { entries } = await this.#send({ page: this.#page, number, field, value, base });
      if (round !== this.#round) return;
      edit.stage = "applied";
      this.receive(field, entries);
      this.#accept(field);
    } catch (error) {
      if (round !== this.#round) return;
      // what the office will never take would only be refused again
      if (/** @type {{status?: number}} */ (error).status === 422) {
        this.#keep(this.#pending.filter((one) => one !== edit));
      }
      this.#stumble(error);
    }
    this.#tell(field);
  }

  /** @param {unknown} error of the office or the line */
  #stumble(error) {
    const { status = 0, key = "" } = /** @type {{status?: number, key?: string}} */ (error ?? {});
    this.#round += 1;
    this.#joined = false;
    // whoever is told that there is no form now is told when there is one again
    this.#open = status !== 409 || key === "form_gap";
    if (this.#open) {
      const wait = Math.min(AGAIN_LAST, AGAIN * 2 ** this.#failed++);
      this.#pause(() => void this.resume(), wait);
    }
    this.#tell("");
  }

  /** @param {Snapshot} form */
  #take(form) {
    this.#form = form;
    this.#joined = true;
    this.#open = true;
    this.#failed = 0;
    this.#cells = new Map(Object.entries(form.cells).map(([field, { entries }]) => [field, entries]));
    for (const [field, base] of this.#bases) this.#bases.set(field, Math.min(base, form.version));
    /** @type {Map<string, Pending>} of each field the last one that the office has not */
    const lacking = new Map();
    for (const edit of this.#pending) {
      if (edit.number > form.seen) lacking.set(edit.field, edit);
    }
    /** @type {Pending[]} */
    const applied = this.#pending
      .filter(({ number }) => number > form.saved && number <= form.seen)
      .map((edit) => ({ ...edit, stage: "applied" }));
    const waiting = [...lacking.values()].map((edit, n) => ({
      ...edit,
      number: form.seen + n + 1, // nothing of the older numbers is on its way any more
      base: Math.min(edit.base, form.version),
      stage: /** @type {const} */ ("waiting"),
    }));
    this.#last = form.seen + waiting.length;
    this.#keep([...applied, ...waiting]);
    for (const field of this.#cells.keys()) this.#accept(field);
    this.#tell("");
    this.#flush();
  }

  /**
   * What stands in a field is before her eyes now, unless she is typing something else or has to
   * choose first.
   *
   * @param {string} field
   */
  #accept(field) {
    const entries = this.#cells.get(field) ?? [];
    if (entries.length === 1 && !this.#typed(field)) this.#bases.set(field, newest(entries));
  }

  /** @param {readonly Pending[]} pending */
  #keep(pending) {
    this.#pending = pending;
    this.#remember();
  }

  #remember() {
    const pending = this.#pending.map(({ number, field, value, base }) => ({ number, field, value, base }));
    this.#memory.write({ page: this.#page, pending });
  }

  /** @param {(() => void) | null} act null: nothing any more @param {number} [wait] */
  #pause(act, wait = 0) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = act && this.#clock.setTimeout(() => {
      this.#timer = null;
      act();
    }, wait);
  }

  /** @param {string} field */
  #tell(field) {
    this.dispatchEvent(new CustomEvent("change", { detail: field }));
  }
}

/** The version of what was written last. @param {readonly Entry[] | undefined} entries */
function newest(entries) {
  return entries?.at(-1)?.version ?? 0;
}

/** @param {unknown} value as it was written before a reload @returns {Remembered} */
function remembered(value) {
  const { page, pending } = /** @type {Partial<Remembered>} */ (value ?? {});
  const known = typeof page === "string" && Array.isArray(pending);
  return known ? { page, pending } : { page: "", pending: [] };
}
