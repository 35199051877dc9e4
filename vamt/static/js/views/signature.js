// @ts-check
/**
 * The sheet on which the citizen signs, beside the call: the document, the field, and what it
 * means. What stands on the pad is told to `draw`; all else comes with `render`. DOM only.
 */

import { t } from "../i18n.js";
import { createPad } from "./pad.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {object} SignatureCallbacks
 * @property {(strokes: readonly import("../ink.js").Stroke[]) => void} draw
 * @property {(way: "draw" | "type") => void} choose
 * @property {(typed: {name: string, confirmed: boolean}) => void} sign
 * @property {() => void} refuse
 * @property {() => void} dismiss
 */

/**
 * @param {ParentNode} page
 * @param {SignatureCallbacks} callbacks
 */
export function createSignature(page, callbacks) {
  const root = part(page, "sign", HTMLElement);
  const sheet = part(root, "sign-sheet", HTMLElement);
  const outcomeRoot = part(root, "sign-outcome", HTMLElement);
  const typed = part(root, "sign-typed", HTMLInputElement);
  const confirm = part(root, "sign-confirm", HTMLInputElement);
  const done = part(root, "sign-done", HTMLButtonElement);
  const undo = part(root, "sign-undo", HTMLButtonElement);
  const again = part(root, "sign-again", HTMLButtonElement);
  const pad = createPad(part(root, "sign-canvas", HTMLCanvasElement), (strokes) => callbacks.draw(strokes));
  let shown = ""; // the request whose sheet is seen
  let spoken = "";
  /** @type {HTMLElement | null} */ let after = null; // gets the focus with the next drawing

  /** @param {string} name @param {() => void} act */
  const on = (name, act) => part(root, name, HTMLButtonElement).addEventListener("click", act);
  on("sign-undo", pad.undo);
  on("sign-again", pad.clear);
  on("sign-type", () => {
    after = typed;
    callbacks.choose("type");
  });
  on("sign-draw", () => {
    after = part(root, "sign-type", HTMLButtonElement);
    callbacks.choose("draw");
  });
  on("sign-done", () => callbacks.sign({ name: typed.value, confirmed: confirm.checked }));
  on("sign-refuse", callbacks.refuse);
  on("sign-close", callbacks.dismiss);
  typed.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) done.click();
  });

  /** @param {string} id of the request; "": none */
  function begin(id) {
    shown = id;
    if (!id) return;
    typed.value = "";
    confirm.checked = false;
    root.scrollTop = 0;
    pad.clear();
  }

  return {
    /**
     * @param {import("../signing.js").SigningState & {clerk: string, visible: boolean, paper: string}} state
     *        paper: the address of what she has signed, once it is there
     * @returns {boolean} whether the sheet takes its place beside the call
     */
    render({ wanted, outcome, way, strokes, busy, trouble, clerk, visible, paper }) {
      const open = visible && (wanted !== null || outcome !== "");
      show(root, open);
      show(sheet, wanted !== null);
      show(outcomeRoot, wanted === null && outcome !== "");
      if (wanted) {
        write(part(root, "sign-lead", HTMLElement), t("%(name)s asks for your signature under this text.", { name: clerk }));
        write(part(root, "sign-document", HTMLElement), wanted.title);
        write(part(root, "sign-text", HTMLElement), wanted.text);
        write(part(root, "sign-hash", HTMLElement), wanted.hash);
        write(part(root, "sign-consent", HTMLElement), wanted.consent);
        write(part(root, "sign-hint", HTMLElement), hintWords(clerk));
      }
      show(part(root, "sign-drawing", HTMLElement), way === "draw");
      show(part(root, "sign-typing", HTMLElement), way === "type");
      show(part(root, "sign-here", HTMLElement), strokes === 0);
      undo.disabled = strokes === 0;
      again.disabled = strokes === 0;
      mark(done, "aria-disabled", busy);
      show(part(root, "sign-error", HTMLElement), trouble !== "");
      write(part(root, "sign-error-text", HTMLElement), trouble);
      mark(typed, "aria-invalid", trouble !== "" && way === "type");
      write(part(root, "sign-outcome-title", HTMLElement), outcomeTitle(outcome));
      write(part(root, "sign-outcome-text", HTMLElement), outcomeWords(outcome, clerk));

      const link = part(root, "sign-paper", HTMLAnchorElement);
      show(link, outcome === "signed" && paper !== "");
      mark(link, "href", paper);

      const id = open ? wanted?.id ?? "" : "";
      if (id && id !== shown) begin(id);
      if (!wanted) begin("");
      const focus = !open ? "" : wanted ? `sign-title ${wanted.id}` : `sign-outcome-title ${outcome}`;
      if (focus && focus !== spoken) part(root, focus.split(" ")[0], HTMLElement).focus();
      if (focus || !wanted) spoken = focus;
      after?.focus();
      after = null;
      mark(root, "data-outcome", wanted ? "" : outcome);
      return open && wanted !== null;
    },
  };
}

/** @param {string} clerk */
export function hintWords(clerk) {
  return t(
    "A simple electronic signature: your strokes, the text with its checksum and the time are kept together."
    + " %(name)s sees the strokes while you draw. You may refuse; the visit goes on all the same.",
    { name: clerk },
  );
}

/** @param {import("../signing.js").SigningState["outcome"]} outcome */
export function outcomeTitle(outcome) {
  switch (outcome) {
    case "signed": return t("Thank you, that is signed");
    case "refused": return t("You have not signed");
    case "withdrawn": return t("Your signature is not needed any more");
    default: return "";
  }
}

/**
 * @param {import("../signing.js").SigningState["outcome"]} outcome
 * @param {string} clerk
 */
export function outcomeWords(outcome, clerk) {
  switch (outcome) {
    case "signed": return t("Your signature has arrived. %(name)s sees it.", { name: clerk });
    case "refused": return t("Nothing of your drawing was kept. %(name)s knows that you have refused.", { name: clerk });
    case "withdrawn": return t("%(name)s has taken the request back. Nothing of your drawing was kept.", { name: clerk });
    default: return "";
  }
}
