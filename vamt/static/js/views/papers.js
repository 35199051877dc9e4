// @ts-check
/** The papers that came out of the visit, each with a link to its PDF. DOM only. */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/** @typedef {import("../types").PaperView} PaperView */

/** @param {string} base the address below which they are @param {string} id */
export const addressOf = (base, id) => `${base}/${encodeURIComponent(id)}.pdf`;

/**
 * @param {ParentNode} page
 * @param {string} base the address below which they are
 */
export function createPapers(page, base) {
  const root = part(page, "papers", HTMLElement);
  const list = part(root, "papers-list", HTMLUListElement);

  return {
    /** @param {readonly PaperView[]} papers */
    render(papers) {
      show(root, papers.length > 0);
      while (list.childElementCount > papers.length) list.lastElementChild?.remove();
      papers.forEach(({ id, title }, number) => {
        const item = list.children[number] ?? list.appendChild(line());
        const link = /** @type {HTMLAnchorElement} */ (item.firstElementChild);
        mark(link, "href", addressOf(base, id));
        write(link, t("%(title)s (PDF)", { title }));
      });
    },
  };
}

function line() {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "kern-link outcome-papers__link";
  item.append(link);
  return item;
}
