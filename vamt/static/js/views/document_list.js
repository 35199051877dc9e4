// @ts-check
/** The list of documents and the dialog with their pages, for both sides. DOM only. */

import { t } from "../i18n.js";
import { mark, maybe, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").DocumentView} DocumentView
 * @typedef {import("../uploads.js").Upload} Upload
 */

/**
 * What a row says.
 *
 * @param {DocumentView} document
 * @param {"citizen" | "clerk"} me who reads it
 */
export function stateWords({ source, state }, me) {
  if (source === "desk") return me === "citizen" ? t("Given to you by the town hall") : t("Handed over");
  switch (state) {
    case "accepted": return t("Accepted");
    case "again": return me === "citizen" ? t("Please send it again") : t("Asked for again");
    default: return me === "citizen" ? t("Arrived") : t("New: please look at it");
  }
}

/** @param {Upload} upload */
export function uploadWords({ state }) {
  switch (state) {
    case "waiting": return t("Waiting to be sent …");
    case "sending": return t("Being sent …");
    case "checking": return t("Being checked …");
    default: return t("Not taken");
  }
}

/**
 * @param {ParentNode} root with `documents-list` and `documents-row`
 * @param {object} wanted
 * @param {"citizen" | "clerk"} wanted.me
 * @param {(document: DocumentView) => string} wanted.address of the file; its pages lie below
 * @param {(document: DocumentView) => boolean} wanted.mayTakeBack
 * @param {(document: DocumentView) => void} wanted.look
 * @param {(document: DocumentView) => void} wanted.takeBack
 * @param {(upload: Upload) => void} wanted.dismiss
 */
export function createDocumentList(root, { me, address, mayTakeBack, look, takeBack, dismiss }) {
  const list = part(root, "documents-list", HTMLUListElement);
  const template = part(root, "documents-row", HTMLTemplateElement);
  /** @type {Map<string, {row: HTMLElement, act: {look: () => void, back: () => void}}>} */
  const rows = new Map();

  /** @param {string} id */
  function rowOf(id) {
    const known = rows.get(id);
    if (known) return known;
    const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const made = { row, act: { look: () => {}, back: () => {} } };
    part(row, "document-look", HTMLButtonElement).addEventListener("click", () => made.act.look());
    part(row, "document-back", HTMLButtonElement).addEventListener("click", () => made.act.back());
    rows.set(id, made);
    return made;
  }

  /** @param {DocumentView} document */
  function drawDocument(document) {
    const { row, act } = rowOf(document.id);
    act.look = () => look(document);
    act.back = () => takeBack(document);
    mark(row, "data-state", document.state);
    write(part(row, "document-title", HTMLElement), document.title);
    write(part(row, "document-state", HTMLElement), stateWords(document, me));
    show(part(row, "document-reason", HTMLElement), document.reason !== "");
    write(part(row, "document-reason", HTMLElement), document.reason);
    const button = part(row, "document-look", HTMLButtonElement);
    mark(button, "aria-label", t("Look at %(title)s", { title: document.title }));
    const thumb = part(row, "document-thumb", HTMLImageElement);
    mark(thumb, "src", `${address(document)}/1.jpg`);
    show(part(row, "document-progress", HTMLElement), false);
    const save = part(row, "document-save", HTMLAnchorElement);
    mark(save, "href", address(document));
    show(save, document.source === "desk" || me === "clerk");
    show(part(row, "document-back", HTMLElement), mayTakeBack(document));
    return row;
  }

  /** @param {Upload} upload */
  function drawUpload(upload) {
    const { row, act } = rowOf(upload.id);
    const failed = upload.state === "failed";
    act.back = () => dismiss(upload);
    mark(row, "data-state", upload.state);
    write(part(row, "document-title", HTMLElement), upload.title);
    write(part(row, "document-state", HTMLElement), uploadWords(upload));
    show(part(row, "document-reason", HTMLElement), failed);
    write(part(row, "document-reason", HTMLElement), upload.why);
    part(row, "document-look", HTMLButtonElement).disabled = true;
    const bar = part(row, "document-progress", HTMLProgressElement);
    show(bar, !failed);
    if (upload.state === "checking") bar.removeAttribute("value");
    else bar.value = upload.progress;
    mark(bar, "aria-label", upload.title);
    const back = part(row, "document-back", HTMLElement);
    write(back, t("Close this message"));
    show(back, failed);
    return row;
  }

  return {
    /** @param {readonly DocumentView[]} documents @param {readonly Upload[]} uploads */
    render(documents, uploads) {
      const drawn = [...documents.map(drawDocument), ...uploads.map(drawUpload)];
      const ids = new Set([...documents, ...uploads].map(({ id }) => id));
      for (const [id, { row }] of rows) {
        if (ids.has(id)) continue;
        row.remove();
        rows.delete(id);
      }
      drawn.forEach((row, number) => {
        if (list.children[number] !== row) list.insertBefore(row, list.children[number] ?? null);
      });
    },
  };
}

/**
 * The dialog with the pages.
 *
 * @param {ParentNode} page
 * @param {(document: DocumentView) => string} address
 */
export function createPagesDialog(page, address) {
  const dialog = part(page, "pages-dialog", HTMLDialogElement);
  const pages = part(dialog, "pages", HTMLElement);
  /** @type {DocumentView | null} */
  let shown = null;
  dialog.addEventListener("close", () => {
    shown = null;
    pages.replaceChildren();
  });

  return {
    dialog,
    get shown() {
      return shown;
    },
    close: () => dialog.open && dialog.close(),
    /** @param {DocumentView} document */
    open(document) {
      shown = document;
      write(part(dialog, "pages-title", HTMLElement), document.title);
      pages.replaceChildren(...Array.from({ length: document.previews }, (_, number) => {
        const image = new Image();
        image.className = "pages-dialog__page";
        image.alt = t("Page %(n)s of %(all)s", { n: number + 1, all: document.pages });
        image.src = `${address(document)}/${number + 1}.jpg`;
        return image;
      }));
      const more = maybe(dialog, "pages-more", HTMLElement);
      if (more) {
        show(more, document.pages > document.previews);
        write(more, t("This is the beginning; there are %(n)s pages. Save the file to see all of them.", { n: document.pages }));
      }
      if (!dialog.open) dialog.showModal();
      pages.scrollTop = 0;
    },
  };
}
