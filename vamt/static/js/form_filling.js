// @ts-check
/**
 * The form of a visit on one page, from the office's first word of it to its last: what is written
 * (`coform.js`), where the other side is, where the clerk points, what was found wrong. No DOM.
 */

import { CoForm } from "./coform.js";

/**
 * @typedef {import("./types").VisitView} VisitView
 * @typedef {import("./types").FormOffer} FormOffer
 */

const KEPT = "vamt-form-"; // and the visit: what this tab keeps of a form over a reload

/**
 * Events:
 *
 * - `change`: something that is shown is another one
 * - `called`: the other side has turned to the form, or points at a field of it
 */
export class FormFilling extends EventTarget {
  /** @type {(event: string, data: object, options?: object) => Promise<Record<string, unknown>>} */ #request;
  /** @type {Storage} */ #storage;
  #visit = "";
  #up = true;
  /** @type {CoForm | null} */
  form = null;
  /** @type {"" | "open" | "finished" | "closed" | null} null: there is none */
  state = null;
  /** @type {readonly FormOffer[]} */
  offers = [];
  /** Where the other side is; "" in no field. */
  focus = "";
  /** Where the clerk points; `count` tells one time from the next. */
  pointed = { field: "", count: 0 };
  /** The fields that were looked through by the clerk and found wrong. @type {ReadonlySet<string>} */
  wrong = new Set();

  /**
   * @param {object} options
   * @param {EventTarget} options.link with the events of the form
   * @param {(event: string, data: object, options?: object) => Promise<Record<string, unknown>>} options.request
   * @param {Storage} [options.storage] of this tab
   */
  constructor({ link, request, storage = sessionStorage }) {
    super();
    this.#request = request;
    this.#storage = storage;
    /** @param {string} event @param {(told: any) => void} act */
    const on = (event, act) => link.addEventListener(event, (told) => act(/** @type {CustomEvent} */ (told).detail));
    on("form_edited", ({ field, cell }) => this.form?.receive(field, cell.entries));
    on("form_saved", ({ page, number }) => this.form?.saved(page, number));
    on("form_focused", ({ field }) => {
      this.focus = field;
      if (field) this.dispatchEvent(new Event("called"));
      this.#tell();
    });
    on("form_pointed", ({ field }) => {
      this.pointed = { field, count: this.pointed.count + 1 };
      this.dispatchEvent(new Event("called"));
      this.#tell();
    });
    on("form_faults", ({ faults }) => {
      this.wrong = new Set(Object.keys(faults));
      this.#tell();
    });
    on("up", () => {
      this.#up = true;
      void this.form?.resume();
    });
    on("down", () => {
      this.#up = false;
      this.form?.pause();
      this.#tell();
    });
  }

  /** Something written here waits for the line. */
  get waits() {
    return !this.#up && this.form !== null && this.form.unsaved;
  }

  /**
   * The latest state of the visit.
   *
   * @param {string} seat the reader's key, as a peer
   * @param {VisitView | null} visit
   */
  follow(seat, visit) {
    const state = visit?.form?.state ?? null;
    const before = this.state;
    this.state = state;
    this.offers = visit?.form?.offers ?? [];
    const shown = visit !== null && (state === "open" || state === "finished");
    if (!shown || visit.id !== this.#visit) this.#leave();
    if (!shown) return;
    if (!this.form) this.#begin(seat, visit.id);
    else if (state === "open" && before !== "open" && this.#up) void this.form.resume();
    if (state === "finished") this.wrong = new Set();
  }

  /** The visit is over for good: nothing of it stays in this tab. */
  forget() {
    this.form?.forget();
    this.#clear("");
    this.#leave();
  }

  /** Where the reader is; "" in no field. @param {string} field */
  enter(field) {
    if (this.state === "open" && this.#up) this.#request("form_focus", { field }, { retry: false }).catch(() => {});
  }

  /** @param {string} seat @param {string} visit */
  #begin(seat, visit) {
    this.#visit = visit;
    this.#clear(visit);
    const form = new CoForm({
      seat,
      memory: this.#memory(KEPT + visit),
      join: async (page) => {
        const { form: snapshot } = await this.#request("form_join", { page });
        const joined = /** @type {import("./types").FormSnapshot} */ (snapshot);
        this.focus = joined.focus;
        return joined;
      },
      send: async (edit) => {
        const { cell } = await this.#request("form_edit", edit, { retry: false });
        return /** @type {{entries: import("./types").FormEntry[]}} */ (cell);
      },
    });
    this.form = form;
    form.addEventListener("change", () => form === this.form && this.#tell());
    if (this.#up) void form.resume();
  }

  #leave() {
    this.form?.pause();
    this.form = null;
    this.#visit = "";
    this.focus = "";
    this.wrong = new Set();
  }

  /** @param {string} key */
  #memory(key) {
    return {
      read: () => {
        try {
          return JSON.parse(this.#storage.getItem(key) ?? "null");
        } catch {
          return null; // storage is blocked, or somebody else's value is there
        }
      },
      /** @param {object | null} value */
      write: (value) => {
        try {
          if (value) this.#storage.setItem(key, JSON.stringify(value));
          else this.#storage.removeItem(key);
        } catch {
          // storage is blocked: what is not saved does not outlive a reload
        }
      },
    };
  }

  /** Forget what was kept of all visits but this one. @param {string} visit */
  #clear(visit) {
    try {
      for (const key of Object.keys(this.#storage)) {
        if (key.startsWith(KEPT) && key !== KEPT + visit) this.#storage.removeItem(key);
      }
    } catch {
      // storage is blocked: nothing was kept
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
