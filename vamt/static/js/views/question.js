// @ts-check
/** A question that is asked once before something that cannot simply be undone. */

import { part, write } from "./parts.js";

/**
 * @param {ParentNode} root holds the dialog
 * @returns {(question: {title: string, text: string, yes: string, no: string}) => Promise<boolean>}
 */
export function createQuestion(root) {
  const dialog = part(root, "question", HTMLDialogElement);
  return ({ title, text, yes, no }) => {
    write(part(dialog, "question-title", HTMLElement), title);
    write(part(dialog, "question-text", HTMLElement), text);
    write(part(dialog, "question-yes-label", HTMLElement), yes);
    write(part(dialog, "question-no-label", HTMLElement), no);
    dialog.returnValue = "no"; // Escape closes without a value
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  };
}
