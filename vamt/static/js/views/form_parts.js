// @ts-check
/** What both pages show around the fields of a form. DOM only. */

import { t } from "../i18n.js";
import { asked } from "../form_rules.js";
import { mark, part, show, write } from "./parts.js";

/** @typedef {import("../form_filling.js").FormFilling} FormFilling */

/**
 * The fields that are asked and empty, for which a value is known; the document knows better.
 *
 * @param {FormFilling} filling
 * @returns {Map<string, string>}
 */
export function offered(filling) {
  const { form, offers, state } = filling;
  if (!form?.form || state !== "open") return new Map();
  const seen = new Set(asked(form.form.fields, form.values).map(({ key }) => key));
  const open = offers.filter(({ field }) => seen.has(field) && !form.value(field));
  return new Map(open.map(({ field, value }) => [field, value]));
}

/**
 * The button that takes over all that is known.
 *
 * @param {HTMLElement} root
 * @param {FormFilling} filling
 */
export function drawAll(root, filling) {
  part(root, "form-all", HTMLButtonElement).addEventListener("click", () => {
    for (const [field, value] of offered(filling)) filling.form?.type(field, value);
  });
}

/**
 * Whether all is saved, and what can be taken over at once.
 *
 * @param {HTMLElement} root
 * @param {FormFilling} filling
 */
export function drawFate(root, filling) {
  const fate = part(root, "form-fate", HTMLElement);
  const closed = filling.form?.closed && filling.form.unsaved;
  const words = filling.waits
    ? t("Not saved yet: no connection. We save it as soon as it is back.")
    : closed ? t("Your latest words came after the form was closed. They are kept here.") : "";
  write(fate, words);
  mark(fate, "data-fate", words ? "waiting" : "still");
  const all = part(root, "form-all", HTMLButtonElement);
  show(all, offered(filling).size > 1);
  write(part(all, "form-all-label", HTMLElement), filling.form?.form?.words.take_all ?? "");
}
