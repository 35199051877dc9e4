// @ts-check
/**
 * The identity check at the desk: which document, what the town's server sees, the checklist, the
 * result. DOM only.
 */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").CheckView} CheckView
 * @typedef {import("../types").CheckItem} CheckItem
 *
 * @typedef {object} CheckCallbacks
 * @property {(document: CheckView["document"]) => void} ask
 * @property {() => void} take
 * @property {(side: import("../types").Side) => void} side
 * @property {() => void} again
 * @property {(item: string, value: boolean) => void} tick
 * @property {(result: import("../types").CheckResult, reason: string) => void} judge
 * @property {() => void} abort
 */

/**
 * What stands under the heading.
 *
 * @param {CheckView} check
 * @param {string} citizen
 */
export function checkWords(check, citizen) {
  switch (check.state) {
    case "asked": return t("%(name)s reads what it is for and decides.", { name: citizen });
    case "refused": return t("%(name)s does not want the town's server to look at the document.", { name: citizen });
    case "aborted": return t("The check was stopped.");
    case "judged": return resultWords(check);
    default: return captureWords(check);
  }
}

/** @param {CheckView} check */
function resultWords({ result, desk }) {
  const reason = desk?.reason ?? "";
  switch (result) {
    case "genuine": return t("The document was presented and checked.");
    case "doubtful": return t("Doubtful: %(reason)s", { reason });
    default: return t("Rejected: %(reason)s", { reason });
  }
}

/** @param {CheckView} check */
function captureWords({ capture, before, why }) {
  switch (capture) {
    case "waiting": return t("Other checks go first: %(n)s", { n: before });
    case "starting":
    case "ready": return t("The camera is being connected …");
    case "watching": return t("The town's server looks on.");
    case "resting": return t("The pictures are taken. The town's server looks on no more.");
    default:
      return why === "restart"
        ? t("The office was restarted. The pictures have to be taken once more.")
        : t("The town's server does not look on. You can go on with your own eyes, or start again.");
  }
}

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {CheckCallbacks} callbacks
 */
export function createCheck(page, callbacks) {
  const root = part(page, "check", HTMLElement);
  const document = part(root, "check-document", HTMLSelectElement);
  const reason = part(root, "check-reason", HTMLInputElement);
  const list = part(root, "check-items", HTMLUListElement);
  const advice = part(root, "check-advice", HTMLElement);
  let shown = "";

  /** @param {string} name @param {() => void} act */
  function on(name, act) {
    part(root, name, HTMLButtonElement).addEventListener("click", act);
  }
  on("check-start", () => callbacks.ask(/** @type {CheckView["document"]} */ (document.value)));
  on("check-take", callbacks.take);
  on("check-abort", callbacks.abort);
  on("check-genuine", () => callbacks.judge("genuine", reason.value.trim()));
  on("check-doubtful", () => callbacks.judge("doubtful", reason.value.trim()));
  on("check-rejected", () => callbacks.judge("rejected", reason.value.trim()));

  /** @param {CheckItem} item */
  function row(item) {
    const made = page.ownerDocument.createElement("li");
    const label = page.ownerDocument.createElement("label");
    const box = page.ownerDocument.createElement("input");
    label.className = "desk-check";
    box.type = "checkbox";
    box.addEventListener("change", () => callbacks.tick(item.id, box.checked));
    label.append(box, item.label);
    made.append(label);
    return made;
  }

  return {
    /** @param {import("../types").Advice} now */
    advise(now) {
      write(advice, now.advice);
    },
    /**
     * @param {import("../types").VisitView | null} visit
     * @param {boolean} pending a request is on its way
     */
    render(visit, pending) {
      const check = visit?.check ?? null;
      const open = check?.state === "asked" || check?.state === "allowed";
      show(root, visit?.state === "open" && (visit.identity !== "none" || check !== null));
      show(part(root, "check-ask", HTMLElement), !open);
      show(part(root, "check-work", HTMLElement), check?.state === "allowed");
      show(part(root, "check-abort", HTMLButtonElement), open);
      write(part(root, "check-state", HTMLElement), check && visit ? checkWords(check, visit.citizen) : "");
      if (check?.id !== shown) {
        shown = check?.id ?? "";
        reason.value = "";
        write(advice, "");
        list.replaceChildren(...(check?.desk?.items ?? []).map(row));
      }
      (check?.desk?.items ?? []).forEach(({ done }, number) => {
        const box = list.children[number].querySelector("input");
        if (box) box.checked = done;
      });
      for (const name of ["check-start", "check-genuine", "check-doubtful", "check-rejected"]) {
        mark(part(root, name, HTMLButtonElement), "aria-disabled", pending);
      }
    },
  };
}
