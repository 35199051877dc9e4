// @ts-check
/**
 * The check of devices and network as she sees it: one button, a sentence, and what was looked at
 * step by step. It stands in nobody's way.
 */

import { t } from "../i18n.js";
import { STEPS, lineVerdict, verdictOf } from "../precheck_limits.js";
import { mark, part, show, write } from "./parts.js";
import { stepName, stepWords, summary } from "./precheck_words.js";

/** @typedef {import("../precheck_limits.js").Step} Step */

/**
 * @param {HTMLElement} root the element of the whole page
 * @param {{run: () => void}} callbacks
 */
export function createPrecheck(root, { run }) {
  const button = part(root, "precheck-run", HTMLButtonElement);
  const list = part(root, "precheck-steps", HTMLElement);
  const template = part(root, "precheck-step", HTMLTemplateElement);
  const outcome = part(root, "precheck-outcome", HTMLElement);
  let running = false;
  button.addEventListener("click", () => running || run());

  const rows = STEPS.map((step) => {
    const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    write(part(row, "step-name", HTMLElement), stepName(step));
    list.append(row);
    return { step, row };
  });

  return {
    /** @param {import("../precheck.js").Precheck} check */
    render(check) {
      running = check.running;
      const seen = running || check.complete;
      const verdict = check.complete ? lineVerdict(check.found).grade : "unknown";
      show(part(root, "precheck-intro", HTMLElement), !seen);
      show(list, seen);
      mark(outcome, "data-grade", running ? "running" : verdict);
      write(
        part(root, "precheck-summary", HTMLElement),
        running ? t("Checking your connection …") : check.complete ? summary(check.found) : "",
      );
      mark(button, "aria-disabled", running);
      write(part(root, "precheck-run-label", HTMLElement), check.complete ? t("Check again") : t("Check the connection"));
      for (const { step, row } of rows) drawStep(row, step, check);
    },
  };
}

/**
 * @param {HTMLElement} row
 * @param {Step} step
 * @param {import("../precheck.js").Precheck} check
 */
function drawStep(row, step, check) {
  const done = check.done(step) || check.complete;
  const { grade } = verdictOf(step, check.found);
  const { text, help } = done ? stepWords(step, check.found) : { text: t("is being checked …"), help: "" };
  // a town without STUN and TURN has nothing to look for in her network
  show(row, !(done && step === "path" && grade === "unknown"));
  mark(row, "data-grade", done ? grade : "running");
  write(part(row, "step-text", HTMLElement), text);
  const advice = part(row, "step-help", HTMLElement);
  show(advice, help !== "");
  write(advice, help);
}
