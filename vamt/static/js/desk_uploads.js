// @ts-check
/**
 * What the clerk hands over: a queue of its own for each visit, so that no file ever goes to
 * another person, and what failed after a visit has ended is still told. No DOM.
 */

import { t } from "./i18n.js";
import { Uploads, sender } from "./uploads.js";

/** @typedef {import("./uploads.js").Send} Send */

export class DeskUploads extends EventTarget {
  /** @type {Map<string, Uploads>} by appointment */ #queues = new Map();
  #now = "";
  #fail;
  #send;

  /**
   * @param {(words: string) => void} fail tells the clerk what did not work
   * @param {(appointment: string) => Send} [send]
   */
  constructor(fail, send = (appointment) => sender(() => `/amt/dokumente/${encodeURIComponent(appointment)}`)) {
    super();
    this.#fail = fail;
    this.#send = send;
  }

  /** The visit at this desk now. @param {string} appointment "" when there is none */
  turn(appointment) {
    if (appointment === this.#now) return;
    const left = this.#now;
    this.#now = appointment;
    this.#tell(left);
  }

  /** Of the visit at this desk now. */
  get list() {
    return this.#queues.get(this.#now)?.list ?? [];
  }

  /** @param {Iterable<File>} files */
  add(files) {
    if (!this.#now) return;
    this.#of(this.#now).add(files);
  }

  /** @param {string} id */
  dismiss(id) {
    this.#queues.get(this.#now)?.dismiss(id);
  }

  /** @param {string} appointment */
  #of(appointment) {
    const known = this.#queues.get(appointment);
    if (known) return known;
    const made = new Uploads(this.#send(appointment));
    made.addEventListener("change", () => {
      this.#tell(appointment);
      this.dispatchEvent(new Event("change"));
    });
    this.#queues.set(appointment, made);
    return made;
  }

  /** Say what failed in a visit that is not shown any more. @param {string} appointment */
  #tell(appointment) {
    const queue = this.#queues.get(appointment);
    if (!queue || appointment === this.#now) return;
    const failed = queue.list.find(({ state }) => state === "failed");
    if (!failed) {
      if (!queue.list.length) this.#queues.delete(appointment);
      return;
    }
    queue.dismiss(failed.id); // which brings us here again, for the next one
    this.#fail(t("%(title)s was not handed over. %(why)s", { title: failed.title, why: failed.why }));
  }
}
