// @ts-check
/** The waiting room: her place, an honest estimate, and whether she is told elsewhere too. */

import { t, tn } from "../i18n.js";
import { part, show, write } from "./parts.js";

/** @typedef {import("../types").QueueView} QueueView */

/** @param {QueueView} queue */
export function placeWords({ position }) {
  if (position <= 1) return t("You are next.");
  const ahead = position - 1;
  return tn("%(n)s person is before you.", "%(n)s people are before you.", ahead, { n: ahead });
}

/** @param {QueueView} queue */
export function estimateWords({ position, minutes, desks }) {
  if (desks === 0) return t("Nobody is at a desk at the moment. Your place is kept.");
  if (minutes === null) return t("We cannot say yet how long it will take.");
  if (minutes < 1) return position <= 1 ? t("It will be your turn any moment.") : t("It will not take long.");
  return tn("It takes about %(n)s minute.", "It takes about %(n)s minutes.", minutes, { n: minutes });
}

/**
 * @param {HTMLElement} root the element of the whole page
 * @param {{leave: () => void, notify: () => void}} callbacks
 */
export function createWaiting(root, { leave, notify }) {
  part(root, "leave", HTMLButtonElement).addEventListener("click", leave);
  part(root, "notify", HTMLButtonElement).addEventListener("click", notify);

  return {
    /** @param {{queue: QueueView | null, notifiable: "ask" | "granted" | "no"}} state */
    render({ queue, notifiable }) {
      write(part(root, "position", HTMLElement), queue ? String(queue.position) : "…");
      write(part(root, "place-words", HTMLElement), queue ? placeWords(queue) : "");
      write(part(root, "place-estimate", HTMLElement), queue ? estimateWords(queue) : "");
      const clerk = part(root, "place-clerk", HTMLElement);
      show(clerk, Boolean(queue?.for_clerk));
      write(clerk, queue?.for_clerk ? t("You are waiting for %(name)s.", { name: queue.for_clerk }) : "");
      show(part(root, "notify-row", HTMLElement), notifiable === "ask");
      show(part(root, "notify-note", HTMLElement), notifiable === "granted");
    },
  };
}
