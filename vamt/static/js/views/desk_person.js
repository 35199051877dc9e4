// @ts-check
/** Everything about one waiting person, and what may be done with her (article `person` of desk.html). */

import { t } from "../i18n.js";
import { createDataList } from "./desk_data.js";
import {
  absence, arrival, cameraWords, isTrouble, mayCall, microphoneWords, reservation,
} from "./desk_words.js";
import { mark, part, show, write, writePhone } from "./parts.js";
import { checkTrouble, checkWords } from "./precheck_words.js";

/**
 * @typedef {import("../types").Waiting} Waiting
 *
 * @typedef {object} PersonState
 * @property {import("../types").DeskState} desk
 * @property {Waiting | null} person
 * @property {Element} home      where the article is to stand: beside the list, or inside its row
 * @property {boolean} next      she is the one "call the next person" would call
 * @property {boolean} parked
 * @property {boolean} pending   a request is on its way
 * @property {number} now        Unix seconds by the server's clock
 *
 * @typedef {object} PersonCallbacks
 * @property {(id: string) => void} call
 * @property {(id: string) => void} park
 * @property {(id: string) => void} missed
 * @property {(words: string) => void} tell
 * @property {(words: string) => void} fail
 */

/**
 * @param {ParentNode} root
 * @param {PersonCallbacks} callbacks
 */
export function createPerson(root, { call, park, missed, tell, fail }) {
  const card = part(root, "person", HTMLElement);
  const data = createDataList(card, { tell, fail });
  let id = "";

  const callButton = part(card, "person-call", HTMLButtonElement);
  const parkButton = part(card, "person-park", HTMLButtonElement);
  const missedButton = part(card, "person-missed", HTMLButtonElement);
  callButton.addEventListener("click", () => call(id));
  parkButton.addEventListener("click", () => park(id));
  missedButton.addEventListener("click", () => missed(id));

  /** @param {string} name @param {string} text @param {boolean} [trouble] */
  function fact(name, text, trouble = false) {
    const element = part(card, name, HTMLElement);
    write(element, text);
    mark(element, "data-trouble", trouble);
  }

  return {
    /** @param {PersonState} state */
    render({ desk, person, home, next, parked, pending, now }) {
      show(card, person !== null);
      if (!person) return;
      if (card.parentElement !== home) home.append(card);
      id = person.id;

      write(
        part(card, "person-preline", HTMLElement),
        parked ? t("Was put aside") : next ? t("Next in line") : t("In the waiting room"),
      );
      write(part(card, "person-name", HTMLElement), person.name);
      write(part(card, "person-service", HTMLElement), person.service);
      const reserved = reservation(person);
      show(part(card, "person-reserved", HTMLElement), reserved !== "" || person.note !== "");
      write(part(card, "person-from", HTMLElement), reserved || t("Note"));
      write(part(card, "person-note", HTMLElement), person.note);

      const away = absence(person, now);
      fact("person-booked", t("at %(time)s", { time: person.time }));
      fact("person-wait", arrival(person, now));
      fact("person-language", person.language_name);
      writePhone(card, "person-phone", person.phone);
      fact("person-line", away || t("connected"), away !== "");
      fact("person-camera", cameraWords(person.camera), isTrouble(person.camera));
      fact("person-microphone", microphoneWords(person.microphone), isTrouble(person.microphone));
      fact("person-check", checkWords(person.checked), checkTrouble(person.checked) !== "");
      data.render(person.data, person.complete);

      show(callButton, mayCall(desk, person));
      show(parkButton, person.may.includes("park"));
      show(missedButton, person.may.includes("missed"));
      for (const button of [callButton, parkButton, missedButton]) button.disabled = pending;
    },
  };
}
