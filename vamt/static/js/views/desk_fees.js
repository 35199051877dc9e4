// @ts-check
/** The fees of a visit at the desk: asked for, waived, confirmed. DOM only. */

import { t } from "../i18n.js";
import { surplusWords } from "./fees.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").FeeView} FeeView
 * @typedef {import("../types").ChargeView} ChargeView
 *
 * @typedef {object} DeskFeeCallbacks
 * @property {(wanted: {service: string, channel: string, cents: number | null}) => void} ask
 * @property {(service: string, reason: string) => void} waive
 * @property {(id: string) => void} confirm
 * @property {(id: string) => void} cancel
 */

let number = 0; // of elements whose ids others refer to

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {DeskFeeCallbacks} callbacks
 */
export function createDeskFees(page, callbacks) {
  const root = part(page, "fees", HTMLElement);
  const list = part(root, "fees-list", HTMLElement);
  const row = part(root, "fees-row", HTMLTemplateElement);
  /** @type {Map<string, ReturnType<typeof createRow>>} by errand */
  const rows = new Map();
  let visit = "";

  return {
    /**
     * @param {object} state
     * @param {import("../types").VisitView | null} state.visit
     * @param {readonly FeeView[]} state.fees
     * @param {boolean} state.pending a request is on its way
     */
    render({ visit: next, fees, pending }) {
      const open = next?.state === "open";
      for (const [service, { element }] of rows) {
        if (next?.id === visit && fees.some((fee) => fee.service === service)) continue;
        element.remove();
        rows.delete(service);
      }
      visit = next?.id ?? "";
      show(root, open && fees.length > 0);
      for (const fee of open ? fees : []) {
        const known = rows.get(fee.service) ?? createRow(row, fee, callbacks);
        if (!rows.has(fee.service)) list.append(known.element);
        rows.set(fee.service, known);
        known.render(fee, fees.length > 1, pending, next?.citizen ?? "");
      }
    },
  };
}

/**
 * One errand.
 *
 * @param {HTMLTemplateElement} template
 * @param {FeeView} first
 * @param {DeskFeeCallbacks} callbacks
 */
function createRow(template, first, callbacks) {
  const { service, choices } = first;
  const element = /** @type {HTMLElement} */ (
    /** @type {Element} */ (template.content.firstElementChild).cloneNode(true)
  );
  const form = part(element, "fee-ask", HTMLFormElement);
  const ways = part(element, "fee-ways", HTMLElement);
  const cents = part(element, "fee-cents", HTMLInputElement);
  const waive = part(element, "fee-waive", HTMLFormElement);
  const reason = part(waive, "fee-reason", HTMLInputElement);
  let charge = first.charge;
  label(part(element, "fee-cents-label", HTMLLabelElement), cents);
  label(part(element, "fee-reason-label", HTMLLabelElement), reason);

  const name = `fee-way-${(number += 1)}`;
  choices.forEach((choice, at) => {
    const text = choice.cents === null ? choice.name : `${choice.name}: ${choice.amount}`;
    const { box, input } = radio(name, choice.channel, text, at === 0);
    input.addEventListener("change", drawAsk);
    ways.append(box);
  });
  for (const words of first.waivers) part(waive, "fee-reasons", HTMLElement).append(suggestion(words, reason));

  function chosen() {
    const checked = ways.querySelector("input:checked");
    return choices.find(({ channel }) => checked instanceof HTMLInputElement && channel === checked.value);
  }

  function drawAsk() {
    const choice = chosen();
    show(part(element, "fee-cents-row", HTMLElement), choice?.cents === null);
    show(part(element, "fee-send", HTMLButtonElement), choice?.cents !== 0);
    refuse("");
  }

  /** @param {string} words */
  function refuse(words) {
    write(part(element, "fee-error-text", HTMLElement), words);
    show(part(element, "fee-error", HTMLElement), words !== "");
    mark(cents, "aria-invalid", words !== "");
    if (words) cents.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = chosen();
    if (!choice) return;
    const amount = choice.cents === null ? readAmount(cents.value) : null;
    if (choice.cents === null && !amount) return refuse(t("Please enter an amount, as 12.50."));
    refuse("");
    callbacks.ask({ service, channel: choice.channel, cents: amount });
  });
  waive.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!reason.value.trim()) return reason.focus();
    callbacks.waive(service, reason.value);
  });
  part(element, "fee-confirm", HTMLButtonElement).addEventListener("click", () => charge && callbacks.confirm(charge.id));
  part(element, "fee-cancel", HTMLButtonElement).addEventListener("click", () => charge && callbacks.cancel(charge.id));
  drawAsk();

  return {
    element,
    /** @param {FeeView} fee @param {boolean} several @param {boolean} pending @param {string} citizen */
    render(fee, several, pending, citizen) {
      ({ charge } = fee);
      const open = charge?.state === "asked" || charge?.state === "promised";
      mark(element, "data-state", charge?.state ?? "");
      write(part(element, "fee-errand", HTMLElement), fee.name);
      show(part(element, "fee-errand", HTMLElement), several);
      show(form, charge === null);
      show(part(element, "fee-later", HTMLElement), charge === null && fee.policy === "afterwards");
      show(part(element, "fee-first", HTMLElement), charge === null && fee.policy === "required");
      show(part(element, "fee-charge", HTMLElement), charge !== null);
      show(part(element, "fee-confirm-row", HTMLElement), open);
      show(part(element, "fee-waive-row", HTMLElement), open || charge === null);
      show(part(element, "fee-cancel", HTMLButtonElement), open);
      for (const button of element.querySelectorAll("button")) button.disabled = pending;
      if (!charge) return;
      write(part(element, "fee-total", HTMLElement), charge.amount);
      write(part(element, "fee-way", HTMLElement), charge.way);
      write(part(element, "fee-reference", HTMLElement), charge.reference);
      write(part(element, "fee-state", HTMLElement), deskFeeWords(charge, citizen));
      write(part(element, "fee-surplus", HTMLElement), surplusWords(charge.surplus));
      show(part(element, "fee-surplus", HTMLElement), charge.surplus !== "");
    },
  };
}

/** @param {HTMLLabelElement} element @param {HTMLInputElement} input */
function label(element, input) {
  input.id = `fee-input-${(number += 1)}`;
  element.htmlFor = input.id;
}

/** @param {string} name @param {string} value @param {string} text @param {boolean} checked */
function radio(name, value, text, checked) {
  const box = document.createElement("label");
  const input = document.createElement("input");
  const words = document.createElement("span");
  box.className = "desk-check";
  input.type = "radio";
  Object.assign(input, { name, value, checked });
  write(words, text);
  box.append(input, words);
  return { box, input };
}

/** A reason that the town knows. @param {string} words @param {HTMLInputElement} into */
function suggestion(words, into) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "desk-fee__reason";
  write(button, words);
  button.addEventListener("click", () => {
    into.value = words.slice(0, into.maxLength);
    into.focus();
  });
  return button;
}

/**
 * An amount as people write it, in cents; 0 for none.
 *
 * @param {string} text "12,50", "12.50", "12", "1.234,50"
 */
export function readAmount(text) {
  const plain = text.replace(/[\s€]/g, "").replace(/\.(?=\d{3}(\D|$))/g, "").replace(",", ".");
  return /^\d{1,6}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
}

/** @param {Pick<ChargeView, "state" | "reason" | "later" | "returned">} charge @param {string} citizen */
export function deskFeeWords({ state, reason, later, returned }, citizen) {
  if (state === "asked" && returned) return t("The bank has taken the payment back: it is open again.");
  if (state === "asked" && later) return t("%(name)s pays after the visit, and gets the data by mail.", { name: citizen });
  switch (state) {
    case "asked": return t("%(name)s sees the fee.", { name: citizen });
    case "promised": return t("%(name)s says that it is transferred.", { name: citizen });
    case "paid": return t("Paid.");
    case "waived": return t("Free of charge: %(reason)s", { reason });
    default: return "";
  }
}
