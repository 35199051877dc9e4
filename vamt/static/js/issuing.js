// @ts-check
/** Papers that the desk has made by the server: one at a time, told when it is done. */

import { t } from "./i18n.js";

/** the town's certificate, or its own PDF form filled in
 * @typedef {"bescheinigung" | "formular"} Kind */

/**
 * The name of a paper: the end of the address that makes it.
 * @param {Kind} kind
 * @param {string} service
 */
export const paperOf = (kind, service) => `${kind}/${encodeURIComponent(service)}`;

export class Issuing extends EventTarget {
  /** the paper that is being made, see `paperOf`; "" for none */
  busy = "";
  #post;

  /** @param {typeof fetch} post */
  constructor(post) {
    super();
    this.#post = post;
  }

  /**
   * @param {string} paper see `paperOf`
   * @returns {Promise<string>} what went wrong in words, "" when nothing did
   */
  async issue(paper) {
    if (this.busy) return "";
    this.#become(paper);
    try {
      const answer = await this.#post(`/amt/${paper}`, {
        method: "POST",
        headers: { Accept: "application/json" },
      });
      if (answer.ok) return "";
      const { message } = await answer.json();
      return typeof message === "string" ? message : t("That did not work. Please try again.");
    } catch {
      return t("That did not work. Please try again.");
    } finally {
      this.#become("");
    }
  }

  /** @param {string} paper */
  #become(paper) {
    this.busy = paper;
    this.dispatchEvent(new Event("change"));
  }
}
