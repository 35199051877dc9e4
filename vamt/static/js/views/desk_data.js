// @ts-check
/** The data a citizen gave, as pairs with a button to copy each (macro `data_list` of desk.html). */

import { t } from "../i18n.js";
import { part, show, write } from "./parts.js";

const COPIED_FOR = 1500; // ms the tick stays

/**
 * @param {HTMLElement} root an element holding the macro's output
 * @param {{tell: (words: string) => void, fail: (words: string) => void}} callbacks
 *        what to announce, and what went wrong
 */
export function createDataList(root, { tell, fail }) {
  const list = part(root, "data", HTMLDListElement);
  const empty = part(root, "data-empty", HTMLElement);
  const all = part(root, "data-all", HTMLButtonElement);
  const template = part(root, "data-row", HTMLTemplateElement);
  let shown = "";
  /** @type {readonly [string, string][]} */
  let pairs = [];

  all.addEventListener("click", () => {
    copy(all, pairs.map(([label, value]) => `${label}: ${value}`).join("\n"));
  });

  /** @param {HTMLElement} button @param {string} text */
  async function copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      fail(t("The browser does not let this page copy. Please select the text and copy it yourself."));
      return;
    }
    button.dataset.copied = "true";
    setTimeout(() => delete button.dataset.copied, COPIED_FOR);
    tell(t("Copied"));
  }

  /** @param {[string, string]} pair */
  function row([label, value]) {
    const made = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    write(part(made, "label", HTMLElement), label);
    write(part(made, "value", HTMLElement), value || t("not given"));
    made.classList.toggle("desk-data__row--missing", !value);
    const button = part(made, "copy", HTMLButtonElement);
    show(button, value !== "");
    button.setAttribute("aria-label", t("Copy: %(label)s", { label }));
    button.addEventListener("click", () => copy(button, value));
    return made;
  }

  return {
    /**
     * @param {readonly [string, string][]} data pairs [label, value]
     * @param {boolean} complete everything required has been given
     */
    render(data, complete) {
      const incomplete = part(root, "data-incomplete", HTMLElement);
      show(incomplete, !complete);
      write(part(incomplete, "data-incomplete-text", HTMLElement), complete ? "" : t("Data incomplete"));
      const wanted = JSON.stringify(data);
      if (wanted === shown) return; // a selection in the text survives
      shown = wanted;
      pairs = data.filter(([, value]) => value);
      list.replaceChildren(...data.map(row));
      show(list, data.length > 0);
      show(empty, data.length === 0);
      show(all, pairs.length > 1);
    },
  };
}
