// @ts-check
/**
 * The signature at the desk: what is to be signed, the strokes as they appear, what came of it, and
 * the dialog that asks for one. DOM only.
 */

import { t } from "../i18n.js";
import { pathOf } from "../ink.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").SignatureView} SignatureView
 * @typedef {import("../types").SignatureText} SignatureText
 *
 * @typedef {object} SignatureCallbacks
 * @property {() => Promise<SignatureText[]>} texts   those prepared for this errand
 * @property {(wanted: {id: string, title: string, text: string}) => Promise<unknown>} ask
 *           the same id twice asks once
 * @property {(id: string) => void} withdraw
 */

const SVG = "http://www.w3.org/2000/svg";
const UNIT = 1000; // of the drawing; the pad's width
const PEN = 7;

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {SignatureCallbacks} callbacks
 */
export function createDeskSignature(page, callbacks) {
  const root = part(page, "sign", HTMLElement);
  const live = part(root, "sign-live", SVGSVGElement);
  const picture = part(root, "sign-picture", HTMLImageElement);
  const dialog = createDialog(page, callbacks);
  /** @type {import("../types").VisitView | null} */
  let visit = null;

  part(root, "sign-open", HTMLButtonElement).addEventListener("click", ask);
  part(root, "sign-withdraw", HTMLButtonElement).addEventListener("click", () => {
    if (visit?.signature) callbacks.withdraw(visit.signature.id);
  });

  function ask() {
    if (visit?.state === "open" && !isOpen(visit.signature)) void dialog.ask(visit.citizen);
  }

  /** @param {SignatureView} signature @param {string} citizen */
  function drawRequest(signature, citizen) {
    const { id, state, title, hash } = signature;
    mark(root, "data-state", state);
    write(part(root, "sign-title", HTMLElement), title);
    write(part(root, "sign-hash", HTMLElement), hash);
    write(part(root, "sign-state", HTMLElement), stateWords(signature, citizen));
    write(part(root, "sign-seen", HTMLElement), seenWords(signature));
    mark(part(root, "sign-seen", HTMLElement), "data-trouble", signature.seen === "differs");
    show(live, state === "signing");
    show(picture, state === "signed");
    const source = state === "signed" ? `/amt/unterschrift/${id}.svg` : "";
    if (source && picture.getAttribute("src") !== source) picture.src = source;
    show(part(root, "sign-paper", HTMLElement), state === "signed");
    mark(part(root, "sign-paper-link", HTMLElement), "href", `/amt/unterschrift/${id}.pdf`);
  }

  return {
    ask,
    /**
     * @param {import("../types").VisitView | null} next
     * @param {boolean} pending a request is on its way
     */
    render(next, pending) {
      if (next?.id !== visit?.id) dialog.close();
      visit = next;
      const signature = visit?.signature ?? null;
      show(root, visit?.state === "open");
      show(part(root, "sign-request", HTMLElement), signature !== null);
      show(part(root, "sign-open", HTMLButtonElement), !isOpen(signature));
      show(part(root, "sign-withdraw", HTMLButtonElement), isOpen(signature));
      part(root, "sign-withdraw", HTMLButtonElement).disabled = pending;
      if (signature && visit) drawRequest(signature, visit.citizen);
      else picture.removeAttribute("src");
    },
    /** @param {readonly import("../ink.js").Stroke[]} strokes of the signature that is being drawn */
    draw(strokes) {
      const drawn = strokes.filter(({ length }) => length > 0);
      while (live.childElementCount > drawn.length) live.lastElementChild?.remove();
      drawn.forEach((stroke, number) => {
        const path = live.children[number] ?? live.appendChild(document.createElementNS(SVG, "path"));
        mark(path, "d", pathOf(stroke, UNIT));
        const pressed = stroke.reduce((sum, [, , , pressure]) => sum + pressure, 0) / stroke.length;
        mark(path, "stroke-width", (PEN * (0.5 + pressed)).toFixed(1));
      });
    },
  };
}

/** @param {SignatureView | null} signature */
export function isOpen(signature) {
  return signature?.state === "asked" || signature?.state === "signing";
}

/**
 * @param {Pick<SignatureView, "state">} signature
 * @param {string} citizen
 */
export function stateWords({ state }, citizen) {
  switch (state) {
    case "asked": return t("%(name)s sees the text.", { name: citizen });
    case "signing": return t("%(name)s is signing …", { name: citizen });
    case "signed": return t("%(name)s has signed.", { name: citizen });
    case "refused": return t("%(name)s does not want to sign this.", { name: citizen });
    default: return t("You have taken the request back.");
  }
}

/** @param {Pick<SignatureView, "state" | "seen" | "typed">} signature */
export function seenWords({ state, seen, typed }) {
  if (state !== "signed") return "";
  if (typed) return t("Typed name, confirmed as the signature.");
  switch (seen) {
    case "all": return t("Exactly the strokes that you have seen.");
    case "differs": return t("Not all strokes could be seen while they were drawn. Please look at the picture.");
    default: return t("The strokes could not be seen while they were drawn. Please look at the picture.");
  }
}

/**
 * The dialog: a prepared text or one of the clerk's own.
 *
 * @param {HTMLElement} page
 * @param {SignatureCallbacks} callbacks
 */
function createDialog(page, { texts, ask }) {
  const dialog = part(page, "sign-dialog", HTMLDialogElement);
  const form = part(dialog, "sign-form", HTMLFormElement);
  const choice = part(dialog, "sign-choice", HTMLSelectElement);
  const title = part(dialog, "sign-ask-title", HTMLInputElement);
  const text = part(dialog, "sign-ask-text", HTMLTextAreaElement);
  const submit = part(dialog, "sign-send", HTMLButtonElement);
  /** @type {SignatureText[]} */
  let prepared = [];
  let id = "";
  let asking = false;

  const close = () => dialog.open && dialog.close();
  part(dialog, "sign-cancel", HTMLButtonElement).addEventListener("click", close);
  choice.addEventListener("change", () => {
    fill();
    if (!prepared[choice.selectedIndex]) title.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });

  function fill() {
    const chosen = prepared[choice.selectedIndex];
    title.value = chosen?.title ?? "";
    text.value = chosen?.text ?? "";
    text.lang = chosen?.language ?? "";
    refuse("");
  }

  /** @param {string} words @param {string} [field] */
  function refuse(words, field = "") {
    write(part(dialog, "sign-ask-error-text", HTMLElement), words);
    show(part(dialog, "sign-ask-error", HTMLElement), words !== "");
    mark(title, "aria-invalid", field === "title");
    mark(text, "aria-invalid", field === "text");
    if (field) (field === "title" ? title : text).focus();
  }

  async function send() {
    if (asking) return;
    if (!title.value.trim()) return refuse(t("Please give the document a title."), "title");
    if (!text.value.trim()) return refuse(t("Please write what is to be signed."), "text");
    asking = true;
    mark(submit, "aria-disabled", true);
    try {
      await ask({ id, title: title.value, text: text.value });
      close();
    } catch (error) {
      refuse(error instanceof Error ? error.message : t("That did not work. Please try again."));
    } finally {
      asking = false;
      mark(submit, "aria-disabled", false);
    }
  }

  /** @param {SignatureText[]} found */
  function offer(found) {
    prepared = found;
    const several = new Set(found.map(({ language }) => language)).size > 1;
    choice.replaceChildren(
      ...found.map((one) => new Option(several ? `${one.title} (${one.language_name})` : one.title)),
      new Option(t("A text of your own")),
    );
    choice.selectedIndex = 0;
    fill();
  }

  return {
    close,
    /** @param {string} citizen */
    async ask(citizen) {
      if (dialog.open) return;
      id = crypto.randomUUID().replaceAll("-", "");
      write(
        part(dialog, "sign-ask-hint", HTMLElement),
        t("%(name)s reads the text on her or his page, signs it there or refuses. You see the strokes appear.", { name: citizen }),
      );
      offer([]);
      dialog.showModal();
      const found = await texts().catch(() => []); // without a line there is still a text of one's own
      if (!title.value && !text.value) offer(found);
    },
  };
}
