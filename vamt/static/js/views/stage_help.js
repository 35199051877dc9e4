// @ts-check
/**
 * The card over the picture that says what is wrong with the call and what helps: no path between
 * the two networks, or sound that was interrupted. For the part `help` of _stage.html.
 */

import { t } from "../i18n.js";
import { mark, maybe, part, show, telHref, write } from "./parts.js";

/**
 * @typedef {object} HelpState
 * @property {import("./path_trouble.js").PathWords | null} path   the graver one, shown first
 * @property {import("./sound_trouble.js").SoundTrouble | null} sound
 * @property {string} phone       the citizen's number, "" when she gave none; the desk shows it
 * @property {boolean} chatOpen
 *
 * @typedef {object} HelpCallbacks
 * @property {() => void} restore
 * @property {() => void} chat
 */

/**
 * @param {HTMLElement} root the stage
 * @param {HelpCallbacks} callbacks
 */
export function createStageHelp(root, { restore, chat }) {
  const card = part(root, "help", HTMLElement);
  const steps = part(card, "help-steps", HTMLElement);
  const restoreButton = part(card, "help-restore", HTMLButtonElement);
  const chatButton = part(card, "help-chat", HTMLButtonElement);
  const telephone = maybe(card, "help-phone", HTMLElement); // the desk has it
  restoreButton.addEventListener("click", restore);
  chatButton.addEventListener("click", chat);
  if (telephone) copyOnClick(telephone);

  return {
    /** @param {HelpState} state */
    render({ path, sound, phone, chatOpen }) {
      const words = path ?? sound;
      mark(card, "data-open", words !== null);
      write(part(card, "help-title", HTMLElement), words?.title ?? "");
      write(part(card, "help-text", HTMLElement), words?.text ?? "");
      const wanted = path?.steps ?? [];
      const shown = Array.from(steps.children, (item) => item.textContent);
      if (shown.join("\n") !== wanted.join("\n")) {
        steps.replaceChildren(...wanted.map((step) => {
          const item = document.createElement("li");
          item.textContent = step;
          return item;
        }));
      }
      show(steps, wanted.length > 0);
      show(restoreButton, !path && sound !== null);
      write(part(restoreButton, "help-restore-label", HTMLElement), sound?.button ?? "");
      show(chatButton, path !== null && !chatOpen);
      if (!telephone) return;
      show(telephone, path !== null);
      const link = part(telephone, "help-phone-link", HTMLAnchorElement);
      const shownNumber = part(link, "help-phone-number", HTMLElement);
      if (shownNumber.textContent !== phone) write(part(telephone, "help-phone-note", HTMLElement), "");
      write(shownNumber, phone);
      mark(link, "href", telHref(phone));
      show(link, phone !== "");
      show(part(telephone, "help-phone-copy", HTMLElement), phone !== "");
      show(part(telephone, "help-phone-none", HTMLElement), phone === "");
    },
  };
}

/** @param {HTMLElement} telephone */
function copyOnClick(telephone) {
  const number = part(telephone, "help-phone-number", HTMLElement);
  const note = part(telephone, "help-phone-note", HTMLElement);
  part(telephone, "help-phone-copy", HTMLButtonElement).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(number.textContent ?? "");
      write(note, t("Copied"));
    } catch {
      window.getSelection()?.selectAllChildren(number);
      write(note, t("Selected: copy it with the keyboard."));
    }
  });
}
