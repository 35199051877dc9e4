// @ts-check
/** The form at the desk, in the panel of a visit: begun, filled in, finished. DOM only. */

import { t } from "../i18n.js";
import { createFormFields } from "./form_fields.js";
import { drawAll, drawFate } from "./form_parts.js";
import { part, show, write } from "./parts.js";

/**
 * @param {HTMLElement} page
 * @param {import("../form_filling.js").FormFilling} filling
 * @param {object} callbacks
 * @param {() => void} callbacks.start
 * @param {(field: string) => void} callbacks.point
 * @param {() => void} callbacks.finish
 * @param {() => void} callbacks.close
 */
export function createDeskForm(page, filling, { start, point, finish, close }) {
  const root = part(part(page, "visit-panel", HTMLElement), "form", HTMLElement);
  const fields = createFormFields(root, filling, { prefix: "desk-form", point });
  /** @type {ReadonlySet<string>} */
  let wrong = new Set();
  /** @param {string} name @param {() => void} act */
  const on = (name, act) => {
    const button = part(root, name, HTMLButtonElement);
    button.addEventListener("click", act);
    return button;
  };
  const begin = on("form-start", start);
  const again = on("form-reopen", start);
  const buttons = [begin, again, on("form-finish", finish), on("form-close", close)];
  drawAll(root, filling);

  return {
    /** @param {string} citizen @param {boolean} pending */
    render(citizen, pending) {
      const { state, form } = filling;
      show(root, state !== null);
      if (state === null) return;
      for (const button of buttons) button.disabled = pending;
      const filled = state === "open" || state === "finished";
      show(begin, state === "");
      show(again, state === "finished" || state === "closed");
      show(part(root, "form-acts", HTMLElement), state === "open");
      show(part(root, "form-fields", HTMLElement), filled);
      write(part(root, "form-lead", HTMLElement), leadOf(state));
      drawFate(root, filling);
      if (!filled || !form) return;
      fields.render(citizen);
      if (filling.wrong.size && filling.wrong !== wrong) fields.focusFirst();
      wrong = filling.wrong;
    },
    /** Go into the form; the citizen's page opens it then. */
    focus() {
      if (filling.state === "open") fields.focusFirst();
      else if (filling.state !== null && !begin.disabled) start();
    },
  };
}

/** @param {"" | "open" | "finished" | "closed"} state */
function leadOf(state) {
  switch (state) {
    case "open": return t("It opens on the other side as soon as you go into a field.");
    case "finished": return t("The form is finished.");
    case "closed": return t("The form is put away. What was written is kept.");
    default: return "";
  }
}
