// @ts-check
/**
 * The fields of a form that two fill in, each in the reader's language with the other side's beneath.
 * For both pages. DOM only.
 */

import { asked, check, faultOf } from "../form_rules.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").FormField} FormField
 * @typedef {import("../types").FormSnapshot} FormSnapshot
 * @typedef {import("../form_filling.js").FormFilling} FormFilling
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 *
 * @typedef {object} Row
 * @property {HTMLElement} element
 * @property {Control} control
 * @property {string} offered   what its offers were drawn from
 * @property {string} disputed  what its conflict was drawn from
 */

/** @type {Readonly<Record<string, Partial<HTMLInputElement>>>} what the keyboard of a phone shows */
const TYPES = {
  date: { type: "date" },
  email: { type: "email", inputMode: "email" },
  phone: { type: "tel" },
  number: { type: "text", inputMode: "decimal" },
  postcode: { type: "text", inputMode: "numeric" },
  iban: { type: "text", autocapitalize: "characters", spellcheck: false },
};

/**
 * @param {HTMLElement} root with `form-fields` and the template `form-field`
 * @param {FormFilling} filling
 * @param {object} options
 * @param {string} options.prefix of the ids
 * @param {((field: string) => void) | null} options.point the clerk shows where to look
 */
export function createFormFields(root, filling, { prefix, point }) {
  const list = part(root, "form-fields", HTMLElement);
  const template = part(root, "form-field", HTMLTemplateElement);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** @type {Set<string>} fields that were left once */
  const left = new Set();
  let drawn = ""; // what the rows were made from
  let pointed = 0;

  /** @param {FormField} field @param {FormSnapshot} form @returns {Row} */
  function rowOf(field, form) {
    const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const id = `${prefix}-${field.key}`;
    element.dataset.field = field.key;
    const label = part(element, "field-label", HTMLLabelElement);
    label.htmlFor = id;
    const own = part(element, "field-own", HTMLElement);
    write(own, field.label);
    const beside = part(element, "field-beside", HTMLElement);
    write(beside, field.beside);
    beside.lang = form.beside;
    beside.dir = form.beside_direction;
    show(beside, field.beside !== "");
    const optional = part(element, "field-optional", HTMLElement);
    write(optional, form.words.optional);
    show(optional, !field.required);
    const hint = part(element, "field-hint", HTMLElement);
    hint.id = `${id}-hint`;
    write(hint, field.hint);
    show(hint, field.hint !== "");
    part(element, "field-error", HTMLElement).id = `${id}-error`;
    part(element, "field-conflict", HTMLElement).id = `${id}-conflict`;
    const control = controlOf(field, form, point === null);
    control.id = id;
    control.setAttribute("aria-describedby", [field.hint && `${id}-hint`, `${id}-error`, `${id}-conflict`].filter(Boolean).join(" "));
    control.required = field.required;
    control.autocomplete = "off"; // what is known is offered; a clerk's browser must not fill in a stranger
    const place = part(element, "field-control", HTMLElement);
    place.append(control);
    place.classList.toggle("kern-form-input__select-wrapper", control instanceof HTMLSelectElement);
    control.addEventListener("input", () => filling.form?.type(field.key, control.value));
    control.addEventListener("change", () => {
      left.add(field.key);
      render();
    });
    control.addEventListener("focus", () => filling.enter(field.key));
    control.addEventListener("blur", () => filling.enter(""));
    const shows = part(element, "field-point", HTMLButtonElement);
    shows.addEventListener("click", () => point?.(field.key));
    shows.setAttribute("aria-label", `${shows.textContent?.trim()}: ${field.label}`);
    return { element, control, offered: "", disputed: "" };
  }

  /** @param {FormSnapshot} form */
  function build(form) {
    rows.clear();
    for (const field of form.fields) rows.set(field.key, rowOf(field, form));
    list.lang = form.language;
    list.dir = form.direction;
    list.replaceChildren(...[...rows.values()].map(({ element }) => element));
  }

  /** @param {FormField} field @param {Row} row @param {Record<string, string>} faults */
  function draw(field, row, faults) {
    const { element, control } = row;
    const { form, wrong } = filling;
    const words = form?.form?.words;
    if (!form || !words) return;
    const value = form.value(field.key);
    setValue(control, value);
    const closed = filling.state !== "open";
    control.disabled = closed;
    show(part(element, "field-point", HTMLElement), point !== null && !closed);

    const told = left.has(field.key) ? faultOf(ruleOf(field), value) : "";
    const fault = wrong.has(field.key) ? faults[field.key] ?? "" : told;
    const error = part(element, "field-error", HTMLElement);
    write(part(error, "field-error-text", HTMLElement), words[fault] ?? "");
    show(error, fault !== "");
    mark(control, "aria-invalid", fault !== "");
    element.classList.toggle("kern-form-input--error", fault !== "");
    control.classList.toggle("kern-form-input__input--error", fault !== "");

    const here = filling.focus === field.key && !closed;
    mark(element, "data-other", here);
    show(part(element, "field-who", HTMLElement), here);
    write(part(element, "field-who-text", HTMLElement), here ? `${other} ${words.here}` : "");
    drawOffers(field, row, value, words, closed);
    drawConflict(field, row, words, closed);
  }

  /** @param {FormField} field @param {Row} row @param {string} value @param {Record<string, string>} words @param {boolean} closed */
  function drawOffers(field, row, value, words, closed) {
    // what was written is not called into question by what was said before; a document may do that
    const offers = closed ? [] : filling.offers.filter((one) => one.field === field.key && one.value !== value
      && (!value || one.source === "document"));
    const wanted = JSON.stringify(offers);
    if (wanted === row.offered) return;
    row.offered = wanted;
    const place = part(row.element, "field-offers", HTMLElement);
    show(place, offers.length > 0);
    place.replaceChildren(...offers.map((offer) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "coform__offer";
      const text = document.createElement("bdi");
      text.textContent = shownValue(field, offer.value, list.lang);
      const from = document.createElement("small");
      from.textContent = words[offer.source];
      button.append(`${words.take}: `, text, " ", from);
      button.addEventListener("click", () => {
        filling.form?.type(field.key, offer.value);
        row.control.focus();
      });
      return button;
    }));
  }

  /** @param {FormField} field @param {Row} row @param {Record<string, string>} words @param {boolean} closed */
  function drawConflict(field, row, words, closed) {
    const against = closed ? [] : filling.form?.conflict(field.key) ?? [];
    const wanted = JSON.stringify(against);
    if (wanted === row.disputed) return;
    row.disputed = wanted;
    const place = part(row.element, "field-conflict", HTMLElement);
    show(place, against.length > 0);
    mark(row.element, "data-conflict", against.length > 0);
    write(part(place, "field-conflict-text", HTMLElement), against.length ? words.conflict : "");
    part(place, "field-conflict-values", HTMLElement).replaceChildren(...against.map(({ value, mine }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "coform__value";
      const text = document.createElement("bdi");
      text.textContent = shownValue(field, value, list.lang) || "–";
      const from = document.createElement("small");
      from.textContent = mine ? words.mine : words.theirs;
      button.append(text, from);
      button.addEventListener("click", () => {
        filling.form?.choose(field.key, value);
        row.control.focus();
      });
      return button;
    }));
  }

  let other = "";

  function render() {
    const form = filling.form?.form;
    if (!form || !filling.form) return;
    const wanted = JSON.stringify([form.fields, form.language]);
    if (wanted !== drawn) {
      drawn = wanted;
      left.clear();
      build(form);
    }
    const values = filling.form.values;
    const faults = check(form.fields.map(ruleOf), values);
    const seen = new Set(asked(form.fields, values).map(({ key }) => key));
    for (const field of form.fields) {
      const row = rows.get(field.key);
      if (!row) continue;
      show(row.element, seen.has(field.key));
      if (seen.has(field.key)) draw(field, row, faults);
    }
    if (filling.pointed.count !== pointed) lookAt(form.words);
  }

  /** The clerk points. @param {Record<string, string>} words */
  function lookAt(words) {
    pointed = filling.pointed.count;
    const row = rows.get(filling.pointed.field);
    if (!row || row.element.hidden) return;
    for (const { element } of rows.values()) element.classList.remove("coform__field--pointed");
    row.element.classList.add("coform__field--pointed");
    const note = part(row.element, "field-look", HTMLElement);
    for (const { element } of rows.values()) show(part(element, "field-look", HTMLElement), false);
    write(note, words.look);
    show(note, true);
    row.element.scrollIntoView({ block: "center" }); // without the focus: she may be typing elsewhere
  }

  return {
    /** @param {string} name of the other side */
    render(name) {
      other = name;
      render();
    },
    /** The first field in which something is missing or wrong, or the first of all, gets the focus. */
    focusFirst() {
      const shown = [...rows.entries()].filter(([, { element }]) => !element.hidden);
      const [, row] = shown.find(([key]) => filling.wrong.has(key)) ?? shown[0] ?? [];
      row?.control.focus();
    },
  };
}

/** @param {FormField} field as the rules know it */
function ruleOf(field) {
  return { ...field, choices: field.choices.map(([value, label]) => /** @type {const} */ ([value, label])) };
}

/** @param {FormField} field @param {FormSnapshot} form @param {boolean} both options in both languages @returns {Control} */
function controlOf({ kind, choices }, form, both) {
  if (kind === "choice" || kind === "yes_no") {
    const select = document.createElement("select");
    select.className = "kern-form-input__select";
    select.append(new Option(form.words.choose, ""));
    for (const [value, label, beside] of choices) {
      select.append(new Option(both && beside ? `${label} · ${beside}` : label, value));
    }
    return select;
  }
  if (kind === "address") {
    const area = document.createElement("textarea");
    area.className = "kern-form-input__input";
    area.rows = 2;
    area.maxLength = 500;
    area.dir = "auto";
    return area;
  }
  const input = document.createElement("input");
  input.className = "kern-form-input__input";
  Object.assign(input, TYPES[kind] ?? { type: "text" });
  if (kind !== "date") input.maxLength = 500;
  input.dir = kind === "text" ? "auto" : "ltr"; // numbers and addresses of machines run one way
  return input;
}

/** The caret stays where it is when the other side writes. @param {Control} control @param {string} value */
function setValue(control, value) {
  if (control.value === value) return;
  const typing = control === document.activeElement;
  if (typing && control instanceof HTMLInputElement && control.type === "date" && control.validity.badInput) return;
  const text = typing && !(control instanceof HTMLSelectElement) && control.type !== "date" && control.type !== "email";
  const [start, end] = text ? [control.selectionStart, control.selectionEnd] : [null, null];
  control.value = value;
  if (text) control.setSelectionRange(start, end);
}

/** @param {FormField} field @param {string} value @param {string} language */
function shownValue({ kind, choices }, value, language) {
  const chosen = choices.find(([one]) => one === value);
  if (chosen) return chosen[1];
  const day = kind === "date" && value ? new Date(`${value}T12:00:00`) : null;
  if (!day || Number.isNaN(day.getTime())) return value;
  return day.toLocaleDateString(language, { dateStyle: "long" });
}
