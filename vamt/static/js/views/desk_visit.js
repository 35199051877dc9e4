// @ts-check
/**
 * What stands around the stage of a visit at the desk: who it is, the data she gave, what the
 * clerk may do, and the two dialogs that ask before doing it. DOM only.
 */

import { t } from "../i18n.js";
import { createClock } from "./desk_clock.js";
import { createDataList } from "./desk_data.js";
import {
  absence, cameraWords, deskWords, isTrouble, microphoneWords, stopwatch,
} from "./desk_words.js";
import { mark, part, show, write, writePhone } from "./parts.js";
import { checkTrouble, checkWords } from "./precheck_words.js";

/**
 * @typedef {import("../types").DeskState} DeskState
 * @typedef {import("../types").DeskView} DeskView
 *
 * @typedef {object} VisitState
 * @property {DeskState} desk
 * @property {number} now           Unix seconds by the server's clock
 * @property {boolean} pending      a request is on its way
 * @property {boolean} panelOpen    the details are shown on a narrow screen
 *
 * @typedef {object} VisitCallbacks
 * @property {() => void} ring
 * @property {(id: string) => void} park
 * @property {(id: string) => void} missed
 * @property {() => void} end
 * @property {(clerk: string, note: string) => void} handOver
 * @property {() => void} board          show the lists (narrow screens)
 * @property {(open: boolean) => void} panel
 * @property {(words: string) => void} tell
 * @property {(words: string) => void} fail
 */

const RING_PATIENCE = 20; // seconds until the page suggests what else to do

/**
 * @param {HTMLElement} page the element with data-desk: the dialogs stand beside the visit
 * @param {VisitCallbacks} callbacks
 */
export function createVisit(page, callbacks) {
  const root = part(page, "visit", HTMLElement);
  const panel = part(root, "visit-panel", HTMLElement);
  const data = createDataList(panel, callbacks);
  const clock = createClock(panel);
  const end = part(root, "end", HTMLButtonElement);
  const endDialog = part(page, "end-dialog", HTMLDialogElement);
  const handOver = createHandOver(page, callbacks.handOver);
  /** @type {VisitState | null} */
  let state = null;
  let shown = "";

  /** @param {string} name @param {() => void} act */
  function on(name, act) {
    part(root, name, HTMLButtonElement).addEventListener("click", act);
  }
  const id = () => state?.desk.appointment?.id ?? "";
  on("ring", callbacks.ring);
  on("ringing-park", () => callbacks.park(id()));
  on("ringing-missed", () => callbacks.missed(id()));
  on("visit-park", () => callbacks.park(id()));
  on("visit-hand-over", askHandOver);
  on("end", askEnd);
  on("show-board", callbacks.board);
  on("show-panel", () => state && callbacks.panel(!state.panelOpen));

  endDialog.addEventListener("close", () => {
    end.style.visibility = "";
    if (endDialog.returnValue === "end") callbacks.end();
    else end.focus();
  });

  function askEnd() {
    if (state?.desk.visit?.state !== "open" || endDialog.open) return;
    endDialog.returnValue = "";
    endDialog.showModal();
    // One button of this name at a time, for those who find buttons by name.
    end.style.visibility = "hidden";
  }

  function askHandOver() {
    if (state?.desk.visit) handOver.ask(state.desk);
  }

  /** @param {string} name @param {string} text */
  function tag(name, text) {
    const element = part(panel, name, HTMLElement);
    show(element, text !== "");
    write(part(element, `${name}-text`, HTMLElement), text);
  }

  /** @param {DeskState} desk @param {number} now */
  function drawRinging(desk, now) {
    const visit = desk.visit;
    const person = desk.appointment;
    const ringing = visit?.state === "ringing";
    show(part(root, "ringing", HTMLElement), ringing);
    if (!visit || !ringing) return;
    const seconds = now - visit.since;
    write(
      part(root, "ringing-text", HTMLElement),
      t("%(name)s is being called …", { name: visit.citizen }),
    );
    const gone = person ? absence(person, now) : "";
    const hint = gone
      ? t("The page of %(name)s is not connected. The call waits until it is back.", { name: visit.citizen })
      : seconds > RING_PATIENCE
        ? t("No answer yet. You can call once more, or put %(name)s aside for now.", { name: visit.citizen })
        : t("The page rings and shows a button to accept.");
    write(part(root, "ringing-hint", HTMLElement), hint);
  }

  /** @param {VisitState} next */
  function drawPanel({ desk, pending }) {
    const visit = desk.visit;
    const person = desk.appointment;
    if (!visit) return;
    write(part(panel, "visit-errand", HTMLElement), person?.service ?? visit.service);
    write(part(panel, "visit-steps", HTMLElement), person?.steps.join(" · ") || t("free conversation"));
    write(part(panel, "visit-booked", HTMLElement), person ? t("at %(time)s", { time: person.time }) : "");
    write(part(panel, "visit-language", HTMLElement), person?.language_name ?? "");
    writePhone(panel, "visit-phone", person?.phone ?? "");
    show(part(panel, "visit-reserved", HTMLElement), Boolean(person?.note));
    write(
      part(panel, "visit-from", HTMLElement),
      person?.from_clerk ? t("Note from %(name)s", { name: person.from_clerk }) : t("Note"),
    );
    write(part(panel, "visit-note", HTMLElement), person?.note ?? "");
    tag("visit-camera", person && isTrouble(person.camera) ? cameraWords(person.camera) : "");
    tag("visit-microphone", person && isTrouble(person.microphone) ? microphoneWords(person.microphone) : "");
    const checked = person?.checked ?? null;
    write(part(panel, "visit-check", HTMLElement), checkWords(checked));
    mark(part(panel, "visit-check", HTMLElement), "data-trouble", checkTrouble(checked) !== "");
    data.render(person?.data ?? [], person?.complete ?? true);
    for (const name of ["ring", "ringing-park", "ringing-missed", "visit-park", "visit-hand-over"]) {
      part(root, name, HTMLButtonElement).disabled = pending;
    }
    show(part(root, "visit-park", HTMLButtonElement), visit.state === "open");
  }

  return {
    /** @param {VisitState} next */
    render(next) {
      state = next;
      const { desk, now } = next;
      const visit = desk.visit;
      show(root, visit !== null);
      if (!visit || visit.id !== shown) {
        if (endDialog.open) endDialog.close("");
        handOver.close();
        shown = visit?.id ?? "";
      }
      if (!visit) return;
      if (visit.state !== "open" && endDialog.open) endDialog.close("");
      write(part(root, "visit-name", HTMLElement), visit.citizen);
      write(part(root, "visit-service", HTMLElement), visit.service);
      write(
        part(root, "visit-state", HTMLElement),
        visit.state === "open" ? t("in the visit for") : t("is being called for"),
      );
      write(part(root, "visit-clock", HTMLElement), stopwatch(now - visit.since));
      write(
        part(root, "show-board-text", HTMLElement),
        t("Waiting room (%(n)s)", { n: desk.waiting.length }),
      );
      mark(part(root, "show-panel", HTMLButtonElement), "aria-expanded", next.panelOpen);
      mark(root, "data-panel", next.panelOpen);
      show(end, visit.state === "open");
      write(part(page, "end-title", HTMLElement), t("End the visit with %(name)s?", { name: visit.citizen }));
      write(part(page, "hand-over-title", HTMLElement), t("Hand over %(name)s", { name: visit.citizen }));
      handOver.render(desk);
      drawRinging(desk, now);
      drawPanel(next);
      clock.render(desk.clock, now - desk.now);
    },
    askEnd,
    askHandOver,
    /** Put the focus where a newly begun visit is read from. */
    focus() {
      part(root, "visit-name", HTMLElement).focus({ preventScroll: true });
    },
  };
}

/**
 * The dialog that asks which colleague takes over.
 *
 * @param {HTMLElement} page
 * @param {(clerk: string, note: string) => void} handOver
 */
function createHandOver(page, handOver) {
  const dialog = part(page, "hand-over-dialog", HTMLDialogElement);
  const list = part(dialog, "hand-over-mates", HTMLFieldSetElement);
  const note = part(dialog, "hand-over-note", HTMLTextAreaElement);
  const template = part(dialog, "hand-over-mate", HTMLTemplateElement);
  const confirm = part(dialog, "hand-over-confirm", HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} */
  const choices = new Map();

  const chosen = () => /** @type {HTMLInputElement | null} */ (list.querySelector("input:checked"))?.value ?? "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "hand_over" && chosen()) handOver(chosen(), note.value.trim());
  });

  /** @param {DeskView} mate */
  function choice(mate) {
    const known = choices.get(mate.clerk);
    if (known) return known;
    const made = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const radio = made.querySelector("input");
    if (radio) radio.value = mate.clerk;
    choices.set(mate.clerk, made);
    list.append(made);
    return made;
  }

  /** @param {DeskState} desk */
  function render(desk) {
    const mates = desk.desks.filter(({ clerk }) => clerk !== desk.me.clerk);
    for (const mate of mates) {
      const element = choice(mate);
      mark(element, "data-state", mate.state === "busy" || mate.online ? mate.state : "gone");
      write(/** @type {Element} */ (element.querySelector(".desk-mate__name")), mate.name);
      write(/** @type {Element} */ (element.querySelector(".desk-mate__state")), deskWords(mate));
    }
    show(list, mates.length > 0);
    show(part(dialog, "hand-over-nobody", HTMLElement), mates.length === 0);
    confirm.disabled = mates.length === 0;
  }

  return {
    render,
    /** @param {DeskState} desk */
    ask(desk) {
      if (dialog.open) return;
      render(desk);
      const rank = ["free", "busy", "away", "gone"];
      const sorted = [...choices.values()].sort(
        (one, other) => rank.indexOf(one.dataset.state ?? "") - rank.indexOf(other.dataset.state ?? ""),
      );
      for (const element of sorted) {
        list.append(element);
        const radio = element.querySelector("input");
        if (radio) radio.checked = sorted.length === 1;
      }
      dialog.returnValue = "";
      dialog.showModal();
    },
    /** Another visit, or none: nothing typed for the last one remains. */
    close() {
      if (dialog.open) dialog.close("");
      note.value = "";
    },
  };
}
