// @ts-check
/** The papers that came out of the visit, each with a link to its file. DOM only. */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/** @typedef {import("../types").PaperView} PaperView */

/**
 * @param {ParentNode} page
 * @param {string} base the address of her page, below which they are
 */
export function createPapers(page, base) {
  const root = part(page, "papers", HTMLElement);
  const list = part(root, "papers-list", HTMLUListElement);

  let known = ""; // told in the visit, shown after it

  return {
    /** @param {readonly PaperView[]} papers @param {string} code "" when it is not told now */
    render(papers, code) {
      known = code || known;
      show(part(root, "papers-later", HTMLElement), known !== "");
      write(part(root, "papers-code", HTMLElement), known);
      show(part(root, "papers-else", HTMLElement), known === "");
      show(root, papers.length > 0);
      while (list.childElementCount > papers.length) list.lastElementChild?.remove();
      papers.forEach(({ path, title, media }, number) => {
        const item = list.children[number] ?? list.appendChild(line());
        const link = /** @type {HTMLAnchorElement} */ (item.firstElementChild);
        mark(link, "href", base + path);
        write(link, media === "application/pdf" ? t("%(title)s (PDF)", { title }) : t("%(title)s (picture)", { title }));
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
