// @ts-check
/** The appointment before she goes in: when it is, its link, the papers, how long until it opens. */

import { t, tn } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {object} AppointmentView
 * @property {import("../types").CitizenState} state
 * @property {number} now           Unix seconds by the server's clock
 * @property {boolean} open         the waiting room is open
 * @property {boolean} justBooked
 * @property {boolean} entering     asked, not answered yet
 *
 * @typedef {object} AppointmentLinks
 * @property {string} link
 * @property {string} move_url
 * @property {string} cancel_url
 * @property {string} ics_url
 */

const COUNTDOWN = 3600; // s before the opening from which the minutes are told

/**
 * How long until `seconds` have passed, in words; "" where that is too far to be told.
 *
 * @param {number} seconds
 */
export function countdownWords(seconds) {
  if (seconds > COUNTDOWN || seconds <= 0) return "";
  if (seconds < 60) return t("in less than a minute");
  const minutes = Math.ceil(seconds / 60);
  return tn("in %(n)s minute", "in %(n)s minutes", minutes, { n: minutes });
}

/**
 * @param {HTMLElement} root the element of the whole page
 * @param {AppointmentLinks} links
 * @param {{enter: () => void}} callbacks
 */
export function createAppointment(root, links, { enter }) {
  const link = part(root, "link", HTMLInputElement);
  const copied = part(root, "copied", HTMLElement);
  link.value = links.link;
  part(root, "move-link", HTMLAnchorElement).href = links.move_url;
  part(root, "cancel-link", HTMLAnchorElement).href = links.cancel_url;
  part(root, "ics", HTMLAnchorElement).href = links.ics_url;

  part(root, "copy", HTMLButtonElement).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      write(copied, t("Copied."));
    } catch {
      link.select(); // no permission or an old browser: it is marked, ready for the menu
      write(copied, t("The link is marked now: please copy it."));
    }
  });
  link.addEventListener("focus", () => link.select());
  part(root, "enter", HTMLButtonElement).addEventListener("click", enter);

  return {
    /** @param {AppointmentView} view */
    render({ state, now, open, justBooked, entering }) {
      write(part(root, "service", HTMLElement), state.service);
      write(part(root, "when", HTMLElement), state.when);
      write(part(root, "opens-words", HTMLElement), state.opens_words);
      for (const name of ["opens-label", "opens-row", "enter-closed"]) show(part(root, name, HTMLElement), !open);
      const left = countdownWords(state.opens - now);
      const countdown = part(root, "countdown", HTMLElement);
      write(countdown, left && `(${left})`);
      show(countdown, left !== "");
      write(
        part(root, "enter-closed-text", HTMLElement),
        left
          ? t("The waiting room opens %(left)s. You can stay on this page.", { left })
          : `${t("The waiting room opens")}: ${state.opens_words}`,
      );

      show(part(root, "booked-mark", HTMLElement), justBooked);
      show(part(root, "booked-box", HTMLElement), justBooked);
      const title = open ? t("Good that you are here") : t("Your appointment");
      write(part(root, "appointment-title", HTMLElement), justBooked ? t("Your appointment is booked") : title);
      const hello = t("Hello %(name)s,", { name: state.name });
      const lead = open ? t("you can go into the waiting room now.") : t("we look forward to talking to you.");
      write(part(root, "appointment-lead", HTMLElement), `${hello} ${lead}`);

      const may = /** @type {readonly string[]} */ (state.may);
      show(part(root, "cancel-item", HTMLElement), may.includes("cancel"));
      show(part(root, "move-item", HTMLElement), may.includes("move") || may.includes("cancel"));

      show(part(root, "enter-row", HTMLElement), open);
      const button = part(root, "enter", HTMLButtonElement);
      mark(button, "aria-disabled", entering);
      write(part(root, "enter-note", HTMLElement), entering ? t("One moment …") : "");
    },
  };
}
