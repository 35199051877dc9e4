// @ts-check
/**
 * What the citizen is asked to pay: a dialog in the visit, a card after it. There is one list, which
 * moves between the two. DOM only.
 */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").ChargeView} ChargeView
 *
 * @typedef {object} FeeCallbacks
 * @property {(id: string) => void} promise
 */

/**
 * @param {ParentNode} page
 * @param {string} base the address below which the codes are
 * @param {FeeCallbacks} callbacks
 */
export function createFees(page, base, callbacks) {
  const root = part(page, "fees", HTMLElement);
  const dialog = part(page, "fees-dialog", HTMLDialogElement);
  const slot = part(dialog, "fees-dialog-slot", HTMLElement);
  const card = part(page, "fees-card", HTMLElement);
  const opener = part(page, "fees-open", HTMLButtonElement);
  const list = part(root, "fees-list", HTMLElement);
  const row = part(root, "fees-row", HTMLTemplateElement);
  const said = part(root, "fees-said", HTMLElement);
  /** @type {Map<string, HTMLElement>} by charge */
  const rows = new Map();
  /** @type {Set<string>} charges for which the dialog has opened by itself */
  const shown = new Set();

  opener.addEventListener("click", open);

  function open() {
    if (!dialog.open) dialog.showModal();
  }

  /** @param {ChargeView} charge */
  function rowOf(charge) {
    const known = rows.get(charge.id);
    if (known) return known;
    const made = /** @type {HTMLElement} */ (/** @type {Element} */ (row.content.firstElementChild).cloneNode(true));
    part(made, "fee-pay", HTMLButtonElement).addEventListener("click", () => unfold(made, charge.id));
    part(made, "fee-promise", HTMLButtonElement).addEventListener("click", () => {
      mark(made, "data-paying", false);
      callbacks.promise(charge.id);
    });
    for (const button of made.querySelectorAll("button[data-copy]")) {
      button.addEventListener("click", () => void copy(made, /** @type {HTMLElement} */ (button)));
    }
    // after the visit the code asks for hers, so elsewhere than in the visit's browser there is no picture
    const code = part(made, "fee-qr", HTMLImageElement);
    code.addEventListener("error", () => show(code, false));
    code.addEventListener("load", () => show(code, true));
    rows.set(charge.id, made);
    list.append(made);
    return made;
  }

  /** @param {HTMLElement} made @param {string} id */
  function unfold(made, id) {
    mark(made, "data-paying", true);
    drawCode(made, id); // now: the next drawing may be a second away
    show(part(made, "fee-transfer", HTMLElement), true);
    show(part(made, "fee-pay-row", HTMLElement), false);
    made.querySelector("button")?.focus();
  }

  /** @param {HTMLElement} made @param {string} id */
  function drawCode(made, id) {
    mark(part(made, "fee-qr", HTMLImageElement), "src", `${base}/${encodeURIComponent(id)}.svg`);
  }

  /** @param {HTMLElement} made @param {HTMLElement} button */
  async function copy(made, button) {
    const value = part(made, `fee-${button.dataset.copy}`, HTMLElement);
    try {
      await navigator.clipboard.writeText(value.dataset.plain ?? value.textContent ?? "");
      write(said, "");
      write(said, t("Copied."));
      for (const other of made.querySelectorAll("[data-copied]")) other.removeAttribute("data-copied");
      mark(button, "data-copied", true);
    } catch {
      getSelection()?.selectAllChildren(value); // apps often refuse pages the clipboard
      write(said, t("Please copy it by hand: it is marked."));
    }
  }

  /** @param {HTMLElement} made @param {ChargeView} charge @param {boolean} finished */
  function draw(made, charge, finished) {
    const { state, transfer, surplus, id } = charge;
    const paying = transfer !== null && made.dataset.paying === "true";
    mark(made, "data-state", state);
    write(part(made, "fee-errand", HTMLElement), charge.name);
    write(part(made, "fee-way", HTMLElement), charge.way);
    write(part(made, "fee-total", HTMLElement), charge.amount);
    write(part(made, "fee-state", HTMLElement), feeWords(charge, finished));
    write(part(made, "fee-surplus", HTMLElement), surplusWords(surplus));
    show(part(made, "fee-surplus", HTMLElement), surplus !== "");
    show(part(made, "fee-pay-row", HTMLElement), transfer !== null && !paying);
    write(part(made, "fee-pay-label", HTMLElement), state === "asked" ? t("Pay") : t("Show the data again"));
    show(part(made, "fee-transfer", HTMLElement), paying);
    show(part(made, "fee-promise", HTMLButtonElement), state === "asked");
    if (!transfer) return;
    fill(made, "name", transfer.name);
    fill(made, "iban", transfer.iban, transfer.iban.replaceAll(" ", ""));
    fill(made, "amount", charge.amount, plainAmount(charge.cents));
    fill(made, "reference", charge.reference);
    const address = `${base}/${encodeURIComponent(id)}`;
    show(part(made, "fee-online-row", HTMLElement), charge.online);
    mark(part(made, "fee-online", HTMLAnchorElement), "href", `${address}/bezahlen`);
    mark(part(made, "fee-save", HTMLAnchorElement), "href", `${address}.png`);
    if (paying) drawCode(made, id);
  }

  return {
    /**
     * @param {object} state
     * @param {readonly ChargeView[]} state.fees
     * @param {boolean} state.visit
     * @param {boolean} state.finished
     * @param {boolean} state.free   nothing else wants her eyes now
     */
    render({ fees, visit, finished, free }) {
      for (const [id, made] of rows) {
        if (fees.some((charge) => charge.id === id)) continue;
        made.remove();
        rows.delete(id);
      }
      for (const charge of fees) draw(rowOf(charge), charge, finished);
      const place = finished ? card : slot;
      if (root.parentElement !== place) place.append(root);
      show(card, finished && fees.length > 0);
      show(opener, fees.some(({ transfer }) => transfer !== null));
      if (dialog.open && !fees.length) dialog.close();
      const fresh = fees.filter(({ id, state, later }) => state === "asked" && !later && !shown.has(id));
      if (!visit || !fresh.length || !free) return; // later, when she has done what she is asked for
      for (const { id } of fresh) shown.add(id);
      open();
    },
  };
}

/** @param {HTMLElement} made @param {string} name @param {string} value @param {string} [plain] as it is copied */
function fill(made, name, value, plain = value) {
  const element = part(made, `fee-${name}`, HTMLElement);
  write(element, value);
  mark(element, "data-plain", plain);
}

/**
 * An amount as the forms of German banks take it.
 *
 * @param {number} cents
 */
export function plainAmount(cents) {
  return `${Math.trunc(cents / 100)},${String(cents % 100).padStart(2, "0")}`;
}

/**
 * @param {Pick<ChargeView, "state" | "reason" | "later" | "returned">} charge
 * @param {boolean} finished the visit is over
 */
export function feeWords({ state, reason, later, returned }, finished) {
  if (state === "asked" && returned) return t("The bank has taken your payment back. Please pay again.");
  if (state === "asked" && later && !finished) {
    return t("You can pay after the visit. The data is here then, and comes by mail.");
  }
  switch (state) {
    case "asked": return t("Please pay this fee by bank transfer.");
    case "promised": return t("Thank you. The town hall checks when the money arrives.");
    case "paid": return t("Paid. Thank you!");
    case "waived": return t("Free of charge for you: %(reason)s", { reason });
    default: return "";
  }
}

/** @param {string} surplus an amount in words, "" for none */
export function surplusWords(surplus) {
  return surplus && t("%(amount)s too much has arrived. The town gives it back.", { amount: surplus });
}
