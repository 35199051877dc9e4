// @ts-check
/** The documents in the panel of a visit at the desk: looked at, judged, handed over. DOM only. */

import { t } from "../i18n.js";
import { paperOf } from "../issuing.js";
import { createDocumentList, createPagesDialog } from "./document_list.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").DocumentView} DocumentView
 *
 * @typedef {object} DocumentCallbacks
 * @property {(files: FileList) => void} hand
 * @property {(paper: string) => void} issue
 * @property {(id: string) => void} accept
 * @property {(id: string, reason: string) => void} again
 * @property {(id: string) => void} takeBack
 * @property {(id: string) => void} dismiss
 */

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {DocumentCallbacks} callbacks
 */
export function createDeskDocuments(page, callbacks) {
  const root = part(page, "documents", HTMLElement);
  const panel = part(page, "visit-panel", HTMLElement);
  const input = part(root, "documents-file", HTMLInputElement);
  let appointment = "";
  const address = (/** @type {DocumentView} */ { id }) => `/amt/dokumente/${appointment}/${encodeURIComponent(id)}`;
  const pages = createPagesDialog(page, address);
  const judge = part(pages.dialog, "pages-judge", HTMLFormElement);
  const reason = part(judge, "pages-reason", HTMLInputElement);
  const list = createDocumentList(root, {
    me: "clerk",
    address,
    mayTakeBack: ({ source }) => source === "desk",
    look,
    takeBack: ({ id }) => callbacks.takeBack(id),
    dismiss: ({ id }) => callbacks.dismiss(id),
  });

  part(root, "documents-choose", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files?.length) callbacks.hand(input.files);
    input.value = "";
  });
  panel.addEventListener("dragover", (event) => {
    if (root.hidden || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    mark(root, "data-drop", true);
  });
  for (const name of ["dragleave", "drop"]) panel.addEventListener(name, () => mark(root, "data-drop", false));
  panel.addEventListener("drop", (event) => {
    if (root.hidden || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    callbacks.hand(event.dataTransfer.files);
  });
  part(judge, "pages-accept", HTMLButtonElement).addEventListener("click", () => {
    if (pages.shown) callbacks.accept(pages.shown.id);
    pages.close();
  });
  judge.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!reason.value.trim()) return refuse(t("Please say why, so that she can mend it."));
    if (pages.shown) callbacks.again(pages.shown.id, reason.value);
    pages.close();
  });

  /** @param {string} words */
  function refuse(words) {
    write(part(judge, "pages-error-text", HTMLElement), words);
    show(part(judge, "pages-error", HTMLElement), words !== "");
    mark(reason, "aria-invalid", words !== "");
    if (words) reason.focus();
  }

  /** @param {DocumentView} document */
  function look(document) {
    const hers = document.source === "citizen";
    reason.value = document.reason;
    refuse("");
    show(part(judge, "pages-accept", HTMLButtonElement), hers && document.state !== "accepted");
    const again = /** @type {HTMLElement} */ (reason.parentElement);
    show(again, hers);
    mark(part(judge, "pages-save", HTMLAnchorElement), "href", address(document));
    pages.open(document);
  }

  const issuing = part(root, "documents-issue", HTMLElement);
  const template = part(root, "documents-issue-row", HTMLTemplateElement);

  /**
   * @param {readonly [string, string][]} certificates
   * @param {readonly [string, string][]} forms
   * @param {string} busy the paper that is being made
   */
  function drawIssuing(certificates, forms, busy) {
    const papers = [
      ...certificates.map(([service, title]) => [paperOf("bescheinigung", service), title, t("Issue: %(title)s", { title })]),
      ...forms.map(([service, title]) => [paperOf("formular", service), title, t("Fill in the PDF form: %(title)s", { title })]),
    ];
    while (issuing.children.length > papers.length) issuing.lastElementChild?.remove();
    while (issuing.children.length < papers.length) {
      issuing.append(template.content.cloneNode(true));
      const made = /** @type {HTMLButtonElement} */ (issuing.lastElementChild);
      made.addEventListener("click", () => callbacks.issue(made.dataset.paper ?? ""));
    }
    papers.forEach(([paper, title, words], index) => {
      const made = /** @type {HTMLButtonElement} */ (issuing.children[index]);
      made.dataset.paper = paper;
      made.disabled = busy !== "";
      write(part(made, "documents-issue-label", HTMLElement), busy === paper ? t("%(title)s is being made …", { title }) : words);
    });
  }

  return {
    /**
     * @param {object} state
     * @param {string} state.appointment "" outside a visit
     * @param {boolean} state.open  the visit is answered
     * @param {readonly DocumentView[]} state.documents
     * @param {readonly import("../uploads.js").Upload[]} state.uploads
     * @param {readonly [string, string][]} state.certificates
     * @param {readonly [string, string][]} state.forms  PDF forms of the town
     * @param {string} state.issuing the paper that is being made
     */
    render({ appointment: now, open, documents, uploads, certificates, forms, issuing: busy }) {
      if (now !== appointment) pages.close();
      appointment = now;
      show(root, now !== "" && (open || documents.length > 0));
      show(part(root, "documents-choose", HTMLButtonElement), open);
      show(part(root, "documents-none", HTMLElement), documents.length + uploads.length === 0);
      drawIssuing(certificates, forms, busy);
      list.render(now ? documents : [], uploads);
      if (pages.shown && !documents.some(({ id }) => id === pages.shown?.id)) pages.close();
    },
  };
}
