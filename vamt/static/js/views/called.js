// @ts-check
/** The clerk calls: one thing to look at, one big button. */

import { t } from "../i18n.js";
import { initials, mark, part, show, write } from "./parts.js";

/**
 * @typedef {object} CalledState
 * @property {string} clerk        her name
 * @property {boolean} answering   asked, not answered yet
 * @property {boolean} mayPark
 * @property {boolean} seen        the camera is on
 * @property {boolean} heard       the microphone is on
 */

/**
 * @param {HTMLElement} root the element of the whole page
 * @param {{answer: () => void, park: () => void}} callbacks
 */
export function createCalled(root, { answer, park }) {
  const button = part(root, "answer", HTMLButtonElement);
  button.addEventListener("click", answer);
  part(root, "moment", HTMLButtonElement).addEventListener("click", park);

  return {
    /** @param {CalledState} state */
    render({ clerk, answering, mayPark, seen, heard }) {
      write(part(root, "called-initials", HTMLElement), initials(clerk));
      write(
        part(root, "called-title", HTMLElement),
        clerk ? t("%(name)s is calling you", { name: clerk }) : t("You are being called"),
      );
      write(
        part(root, "called-text", HTMLElement),
        answering ? t("One moment …") : t("You are seen and heard only after you have accepted."),
      );
      mark(button, "aria-disabled", answering);
      show(part(root, "moment", HTMLButtonElement), mayPark && !answering);
      write(part(root, "called-note", HTMLElement), readyWords(seen, heard));
    },
    focus() {
      button.focus();
    },
  };
}

/** @param {boolean} seen @param {boolean} heard */
function readyWords(seen, heard) {
  if (seen && heard) return t("Your camera and microphone are ready.");
  if (heard) return t("Your microphone is ready. You take part without a picture.");
  if (seen) return t("Your camera is ready. You take part without sound.");
  return t("You can switch camera and microphone on afterwards, or write in the chat.");
}
