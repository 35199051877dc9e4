// @ts-check
/** How long each step of the visit has taken so far. DOM only. */

import { stopwatch } from "./desk_words.js";
import { mark, part, show, write } from "./parts.js";

/** @typedef {import("../types").StepTime} StepTime */

/** @param {HTMLElement} panel */
export function createClock(panel) {
  const root = part(panel, "times", HTMLDetailsElement);
  const rows = part(root, "times-rows", HTMLElement);
  const template = part(root, "times-row", HTMLTemplateElement);

  return {
    /** @param {StepTime[]} clock @param {number} since seconds since the server said so */
    render(clock, since) {
      show(root, clock.length > 0);
      if (!root.open) return;
      while (rows.children.length > clock.length) rows.lastElementChild?.remove();
      while (rows.children.length < clock.length) rows.append(template.content.cloneNode(true));
      clock.forEach((step, index) => {
        const row = /** @type {HTMLElement} */ (rows.children[index]);
        mark(row, "data-running", step.running);
        write(part(row, "times-name", HTMLElement), step.name);
        write(part(row, "times-time", HTMLElement), stopwatch(step.seconds + (step.running ? since : 0)));
      });
    },
  };
}
