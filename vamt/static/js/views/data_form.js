// @ts-check
/**
 * The data she gives for her errand. Saved as she goes, and by its button; what
 * could not be saved stays in the form and is saved when the line is back. The form owns what is
 * typed; a state from the server never overwrites it.
 */

import { asked } from "../form_rules.js";
import { t } from "../i18n.js";
import { mark, maybe, part, show, write } from "./parts.js";

/**
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 * @typedef {{fields: readonly import("../types").Field[], up: boolean}} DataFormState
 */

const PAUSE = 1500; // ms without a key until what is typed is saved

/**
 * @param {HTMLElement} root the step's element
 * @param {(values: Record<string, string>) => Promise<unknown>} save
 *        rejects with {status: 0} when the server was not reached, with {message, extra: {field}}
 *        when it does not like a value
 */
export function createDataForm(root, save) {
  const form = part(root, "data-form", HTMLFormElement);
  const summary = part(root, "data-summary", HTMLElement);
  const facts = part(root, "data-facts", HTMLElement);
  const fate = part(root, "data-fate", HTMLElement);
  const edit = part(root, "data-edit", HTMLButtonElement);
  /** @type {Set<string>} */
  const unsaved = new Set();
  /** @type {Map<string, string>} */
  const errors = new Map();
  /** @type {"still" | "saving" | "saved" | "waiting" | "refused"} */
  let phase = "still";
  let editing = false;
  let typing = 0; // timer
  /** @type {Promise<boolean>} */
  let running = Promise.resolve(true);
  /** @type {DataFormState} */
  let state = { fields: [], up: true };

  // --- what is in the form -------------------------------------------------------------------

  /** @param {string} key @returns {Control | null} */
  function control(key) {
    const found = form.elements.namedItem(key);
    const fits = found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement
      || found instanceof HTMLSelectElement;
    return fits ? found : null;
  }

  const value = (/** @type {string} */ key) => control(key)?.value.trim() ?? "";
  const now = () => asked(state.fields, Object.fromEntries(state.fields.map(({ key }) => [key, value(key)])));
  const missing = () => now().filter(({ key, required }) => required && !value(key));

  form.addEventListener("input", ({ target }) => {
    const key = nameOf(target);
    editing = true;
    unsaved.add(key);
    errors.delete(key);
    phase = "still";
    draw();
    window.clearTimeout(typing);
    typing = window.setTimeout(store, PAUSE);
  });
  form.addEventListener("change", () => {
    void store();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void finish();
  });
  edit.addEventListener("click", () => {
    editing = true;
    draw();
    control(state.fields[0]?.key ?? "")?.focus();
  });
  // what she typed while this script was still on its way, or came back with a reload
  for (const element of form.elements) {
    const key = nameOf(element);
    const typed = key ? control(key) : null;
    if (typed && changed(typed)) {
      unsaved.add(key);
      editing = true;
      typing = window.setTimeout(store, PAUSE);
    }
  }
  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });

  // --- saving ----------------------------------------------------------------------------------

  /** One after the other, so that an older value never overtakes a newer one. */
  function store() {
    running = running.then(send);
    return running;
  }

  async function send() {
    const wanted = new Set(now().map(({ key }) => key));
    for (const key of unsaved) if (!wanted.has(key)) unsaved.delete(key); // nobody asks for it any more
    const keys = [...unsaved].filter((key) => control(key));
    if (!keys.length) return errors.size === 0;
    const sent = Object.fromEntries(keys.map((key) => [key, value(key)]));
    phase = "saving";
    draw();
    try {
      await save(sent);
    } catch (error) {
      const refused = /** @type {{status?: number, message?: string, extra?: {field?: unknown}}} */ (error);
      phase = refused.status ? "refused" : "waiting";
      const field = refused.extra?.field;
      if (typeof field === "string" && control(field)) errors.set(field, refused.message ?? "");
      draw();
      return false;
    }
    for (const key of keys) if (value(key) === sent[key]) unsaved.delete(key);
    phase = unsaved.size ? "still" : "saved";
    draw();
    return true;
  }

  /** Save and fold up, or go to what is missing. @returns {Promise<boolean>} */
  async function finish() {
    for (const { key } of missing()) errors.set(key, t("Please fill this in."));
    const first = state.fields.find(({ key }) => errors.has(key));
    if (first) {
      editing = true;
      draw();
      control(first.key)?.focus();
      return false;
    }
    const stored = await store();
    if (stored) {
      const focused = form.contains(document.activeElement);
      editing = false;
      draw();
      if (focused) edit.focus();
    } else {
      control(state.fields.find(({ key }) => errors.has(key))?.key ?? "")?.focus();
    }
    return stored;
  }

  // --- drawing ---------------------------------------------------------------------------------

  function draw() {
    const complete = missing().length === 0;
    const folded = complete && !editing && unsaved.size === 0 && errors.size === 0;
    show(summary, folded);
    show(form, !folded);
    show(part(root, "data-done", HTMLElement), folded);
    mark(root, "data-done", folded);
    const phased = fateNow();
    write(fate, fateWords(phased));
    mark(fate, "data-fate", phased);
    const seen = new Set(now());
    for (const field of state.fields) drawField(field, seen.has(field));
    if (folded) drawFacts();
  }

  /** What was typed may be saved while something is missing: no "Saved." beside a red field. */
  function fateNow() {
    if (unsaved.size && !state.up) return "waiting";
    return errors.size && phase === "saved" ? "refused" : phase;
  }

  /** @param {typeof phase} phased */
  function fateWords(phased) {
    switch (phased) {
      case "saving": return t("Saving …");
      case "saved": return t("Saved.");
      case "waiting": return t("Not saved yet: no connection. We save it as soon as it is back.");
      case "refused": return t("Please check your entries.");
      default: return unsaved.size ? t("Not saved yet.") : "";
    }
  }

  /** @param {import("../types").Field} field @param {boolean} wanted it is asked, seeing the others */
  function drawField({ key }, wanted) {
    const element = control(key);
    const box = element?.closest(`[data-field]`);
    if (!element || !(box instanceof HTMLElement)) return;
    show(box, wanted);
    const error = errors.get(key);
    mark(element, "aria-invalid", error !== undefined);
    box.classList.toggle("kern-form-input--error", error !== undefined);
    element.classList.toggle("kern-form-input__input--error", error !== undefined);
    const place = maybe(box, "error", HTMLElement);
    if (place) {
      show(place, error !== undefined);
      write(part(place, "error-text", HTMLElement), error ?? "");
    }
  }

  function drawFacts() {
    const rows = now().filter(({ key }) => value(key)).map((field) => [field.label, words(field)]);
    const shown = Array.from(facts.children, (element) => element.textContent);
    if (shown.join("\n") === rows.flat().join("\n")) return;
    facts.replaceChildren(...rows.flatMap(([label, text]) => {
      const term = document.createElement("dt");
      const description = document.createElement("dd");
      term.textContent = label;
      description.textContent = text;
      description.dir = "auto"; // what she typed need not run as the questions do
      return [term, description];
    }));
  }

  /** @param {import("../types").Field} field */
  function words({ key, kind, choices }) {
    const text = value(key);
    if (choices.length) return choices.find(([choice]) => choice === text)?.[1] ?? text;
    const day = kind === "date" ? new Date(`${text}T12:00:00`) : null;
    if (!day || Number.isNaN(day.getTime())) return text;
    return day.toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  }

  return {
    /** @param {DataFormState} next */
    render(next) {
      const back = next.up && !state.up;
      state = next;
      for (const field of state.fields) {
        const element = control(field.key);
        const free = element && !unsaved.has(field.key) && element !== document.activeElement;
        if (free && element.value !== field.value) element.value = field.value;
      }
      if (back && unsaved.size) void store();
      draw();
    },
    finish,
  };
}

/** Whether it holds something else than the server wrote into it. @param {Control} element */
function changed(element) {
  if (!(element instanceof HTMLSelectElement)) return element.value !== element.defaultValue;
  const given = Array.from(element.options).find((option) => option.defaultSelected);
  return element.value !== (given?.value ?? "");
}

/** @param {EventTarget | null} target */
function nameOf(target) {
  return target instanceof Element ? (target.getAttribute("name") ?? "") : "";
}
