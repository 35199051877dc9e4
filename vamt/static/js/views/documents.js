// @ts-check
/**
 * The citizen's documents: a card before the visit, a dialog during it. There is one list, which
 * moves between the two. DOM only.
 */

import { createDocumentList, createPagesDialog } from "./document_list.js";
import { part, show, write } from "./parts.js";
import { t } from "../i18n.js";

/** @typedef {import("../types").DocumentView} DocumentView */

/**
 * @param {ParentNode} page
 * @param {string} base the address below which they are
 * @param {{add: (files: FileList) => void, takeBack: (id: string) => void, dismiss: (id: string) => void}} callbacks
 */
export function createDocuments(page, base, callbacks) {
  const root = part(page, "documents", HTMLElement);
  const card = part(page, "documents-card", HTMLElement);
  const home = part(card, "documents-home", HTMLElement);
  const dialog = part(page, "documents-dialog", HTMLDialogElement);
  const slot = part(dialog, "documents-dialog-slot", HTMLElement);
  const input = part(root, "documents-file", HTMLInputElement);
  const opener = part(page, "documents-open", HTMLButtonElement);
  const address = (/** @type {DocumentView} */ { id }) => `${base}/${encodeURIComponent(id)}`;
  const pages = createPagesDialog(page, address);
  const list = createDocumentList(root, {
    me: "citizen",
    address,
    mayTakeBack: ({ source, state }) => source === "citizen" && state !== "accepted",
    look: (document) => pages.open(document),
    takeBack: ({ id }) => callbacks.takeBack(id),
    dismiss: ({ id }) => callbacks.dismiss(id),
  });
  /** @type {Set<string> | null} what she has seen, as far as it needs her eyes */
  let seen = null;

  show(input, false);
  part(root, "documents-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    input.click();
  });
  input.addEventListener("change", () => {
    if (input.files?.length) callbacks.add(input.files);
    input.value = "";
  });
  opener.addEventListener("click", open);

  function open() {
    if (!dialog.open) dialog.showModal();
  }

  return {
    /**
     * @param {object} state
     * @param {readonly DocumentView[]} state.documents
     * @param {readonly import("../uploads.js").Upload[]} state.uploads
     * @param {boolean} state.brings she may send something
     * @param {boolean} state.inside before the visit
     * @param {boolean} state.visit
     * @param {boolean} state.free   nothing else wants her eyes now
     */
    render({ documents, uploads, brings, inside, visit, free }) {
      show(card, inside && brings);
      const place = visit ? slot : home;
      if (root.parentElement !== place) place.append(root);
      show(part(root, "documents-form", HTMLFormElement), brings);
      list.render(documents, uploads);
      const news = documents.filter(({ source, state }) => source === "desk" || state === "again");
      const fresh = news.filter(({ id, reason }) => !seen?.has(id + reason));
      write(part(page, "documents-open-count", HTMLElement), documents.length ? String(documents.length) : "");
      if (fresh.length && seen && visit) {
        if (!free) return; // later, when she has done what she is asked for
        open();
      }
      if (fresh.length && seen) write(part(root, "documents-said", HTMLElement), saidOf(fresh[0]));
      seen = new Set(news.map(({ id, reason }) => id + reason));
    },
  };
}

/** @param {DocumentView} document */
function saidOf({ source, title }) {
  return source === "desk"
    ? t("You have been given: %(title)s", { title })
    : t("Please send it again: %(title)s", { title });
}
