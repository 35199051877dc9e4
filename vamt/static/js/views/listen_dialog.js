// @ts-check
/** "Who is listening?": the four words to compare, the way of picture and sound, and what that shows. */

import { t } from "../i18n.js";
import { part, show, write } from "./parts.js";
import { drawsPictures, pictures } from "./pictures.js";

/** @typedef {import("../who_listens.js").Listening} Listening */

/** @param {HTMLElement} root the stage */
export function createListenDialog(root) {
  const dialog = part(root, "listen-dialog", HTMLDialogElement);
  const list = part(dialog, "listen-words", HTMLOListElement);
  const colours = drawsPictures();

  /** @param {[string, string]} entry */
  function item([picture, word]) {
    const made = document.createElement("li");
    const seen = document.createElement("span");
    seen.className = "listen__picture";
    seen.setAttribute("aria-hidden", "true");
    seen.textContent = picture;
    const said = document.createElement("span");
    said.className = "listen__word";
    said.textContent = word;
    made.append(...(colours ? [seen, said] : [said]));
    return made;
  }

  return {
    open() {
      dialog.showModal();
    },
    close() {
      dialog.close();
    },
    /** @param {Listening & {name: string}} state */
    render({ progress, numbers, path, name }) {
      const known = pictures();
      const key = numbers.join();
      if (list.dataset.numbers !== key) {
        list.dataset.numbers = key;
        list.replaceChildren(...numbers.map((number) => item(known[number])));
      }
      show(list, progress === "words");
      write(part(dialog, "listen-progress", HTMLElement), wordsFor(progress, name));
      show(part(dialog, "listen-differ", HTMLElement), progress === "words");
      write(part(dialog, "listen-path", HTMLElement), wayWords(path));
    },
  };
}

/**
 * @param {Listening["progress"]} progress
 * @param {string} name
 */
export function wordsFor(progress, name) {
  switch (progress) {
    case "words":
      return t("Read these four words to each other. If %(name)s has the same four, nobody on the way sees or hears you.", { name });
    case "wrong":
      return t("The two devices could not agree on words. Somebody may sit in between. Say nothing confidential, end the visit and begin anew.");
    default:
      return t("The words are being worked out. They come as soon as the call is connected.");
  }
}

/** @param {Listening["path"]} path */
export function wayWords(path) {
  switch (path) {
    case "direct":
      return t("Picture and sound go directly from device to device, encrypted.");
    case "relayed":
      return t("Picture and sound go through the town's relay. They are encrypted; the relay cannot look inside.");
    default:
      return t("Which way picture and sound take is not known at the moment.");
  }
}
