// @ts-check
/** The form on the citizen's page: a sheet beside the call, that opens and folds. DOM only. */

import { t } from "../i18n.js";
import { createFormFields } from "./form_fields.js";
import { drawAll, drawFate } from "./form_parts.js";
import { part, show, write } from "./parts.js";

/**
 * @param {ParentNode} page
 * @param {import("../form_filling.js").FormFilling} filling
 * @param {(open: boolean) => void} onOpen she wants to see it, or no longer
 */
export function createFormSheet(page, filling, onOpen) {
  const root = part(page, "form", HTMLElement);
  const opener = part(page, "form-open", HTMLButtonElement);
  const fields = createFormFields(root, filling, { prefix: "form", point: null });
  const fold = part(root, "form-fold", HTMLButtonElement);
  let shown = false;

  opener.addEventListener("click", () => onOpen(true));
  fold.addEventListener("click", () => {
    onOpen(false);
    opener.focus();
  });
  drawAll(root, filling);

  return {
    /**
     * @param {object} state
     * @param {string} state.clerk
     * @param {boolean} state.open she wants to see it
     * @param {boolean} state.free nothing else wants her eyes now
     * @returns {boolean} whether it is seen
     */
    render({ clerk, open, free }) {
      const there = filling.form?.form != null;
      const visible = there && open && free;
      show(opener, there && free && !open);
      show(root, visible);
      if (visible) {
        const { words, language, direction } = /** @type {import("../types").FormSnapshot} */ (filling.form?.form);
        write(part(root, "form-title", HTMLElement), words.title);
        write(part(root, "form-fold-label", HTMLElement), words.back);
        const lead = part(root, "form-lead", HTMLElement);
        write(lead, filling.state === "finished" ? words.done : words.intro);
        for (const element of [part(root, "form-head", HTMLElement), lead]) {
          element.lang = language;
          element.dir = direction;
        }
        fields.render(clerk || t("The clerk"));
        drawFate(root, filling);
        if (!shown) part(root, "form-title", HTMLElement).focus({ preventScroll: true });
      }
      shown = visible;
      return visible;
    },
  };
}
