// @ts-check
/** Certificates that the desk has made by the server: one at a time, told when it is done. */

import { t } from "./i18n.js";

export class Issuing extends EventTarget {
  /** the service whose certificate is being made, "" for none */
  busy = "";
  #post;

  /** @param {typeof fetch} post */
  constructor(post) {
    super();
    this.#post = post;
  }

  /**
   * @param {string} service
   * @returns {Promise<string>} what went wrong in words, "" when nothing did
   */
  async issue(service) {
    if (this.busy) return "";
    this.#become(service);
    try {
      const answer = await this.#post(`/amt/bescheinigung/${encodeURIComponent(service)}`, {
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

  /** @param {string} service */
  #become(service) {
    this.busy = service;
    this.dispatchEvent(new Event("change"));
  }
}
