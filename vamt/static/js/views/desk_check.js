// @ts-check
/**
 * The identity check at the desk: which document, what the town's server sees, the comparison, the
 * checklist, the code, the result. From top to bottom it is the order of the talk. DOM only.
 */

import { t } from "../i18n.js";
import { adviceWords } from "./card_words.js";
import {
  checkWords, codeWords, documentWords, verdictWords, zoneWords,
} from "./desk_check_words.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").CheckView} CheckView
 * @typedef {import("../types").CheckResult} CheckResult
 * @typedef {import("../types").Side} Side
 *
 * @typedef {object} CheckCallbacks
 * @property {(document: CheckView["document"]) => void} ask
 * @property {() => void} take
 * @property {(side: Side) => void} side
 * @property {() => void} again
 * @property {(item: string, value: boolean) => void} tick
 * @property {(lines: string[]) => void} read
 * @property {(way: "mail" | "screen") => void} code
 * @property {(code: string) => Promise<boolean>} said whether it was right
 * @property {(result: CheckResult, reason: string, keep: boolean) => void} judge
 * @property {(id: string) => void} destroy the copy that is kept
 * @property {() => void} abort
 */

const SIDES = /** @type {const} */ (["front", "back"]);

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {CheckCallbacks} callbacks
 */
export function createCheck(page, callbacks) {
  const root = part(page, "check", HTMLElement);
  const document = part(root, "check-document", HTMLSelectElement);
  const zone = part(root, "check-zone", HTMLTextAreaElement);
  const said = part(root, "check-said", HTMLInputElement);
  const picture = createPicture(page, root);
  const judge = createJudge(root, callbacks.judge);
  const list = createList(root, callbacks.tick);
  /** @type {import("../types").VisitView | null} */
  let visit = null;
  let shown = "";
  let wrong = false;
  let open = false;

  /** @param {string} name @param {() => void} act */
  function on(name, act) {
    part(root, name, HTMLButtonElement).addEventListener("click", act);
  }
  on("check-start", ask);
  on("check-take", callbacks.take);
  on("check-again", callbacks.again);
  on("check-abort", callbacks.abort);
  on("check-destroy", () => {
    if (visit?.check) callbacks.destroy(visit.check.id);
    part(root, "check-title", HTMLElement).focus(); // the button goes with the copy
  });
  on("check-code-screen", () => callbacks.code("screen"));
  on("check-code-mail", () => callbacks.code("mail"));
  for (const side of SIDES) on(`check-${side}`, () => callbacks.side(side));
  part(root, "check-zone-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    callbacks.read(zone.value.toUpperCase().split(/\s+/u).filter(Boolean));
  });
  part(root, "check-said-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void trySaid();
  });
  part(root, "check-compare", HTMLButtonElement).type = "submit";
  part(root, "check-said-try", HTMLButtonElement).type = "submit";

  async function trySaid() {
    if (!said.value.trim()) return;
    wrong = !(await callbacks.said(said.value));
    said.value = "";
    if (visit?.check) drawCode(visit.check, visit.citizen);
    if (wrong) said.focus();
  }

  function ask() {
    const check = visit?.check;
    if (visit?.state !== "open" || visit.identity === "none" || (check && isOpen(check))) return;
    callbacks.ask(/** @type {CheckView["document"]} */ (document.value));
  }

  /** @param {CheckView} check */
  function drawSides(check) {
    show(part(root, "check-sides", HTMLElement), check.sides.length > 1);
    for (const side of SIDES) {
      const taken = check.taken.includes(side);
      const button = part(root, `check-${side}`, HTMLButtonElement);
      mark(button, "aria-pressed", check.side === side);
      mark(button, "data-taken", taken);
      write(part(root, `check-${side}-taken`, HTMLElement), taken ? t("taken") : "");
    }
    part(root, "check-take", HTMLButtonElement).disabled = check.capture !== "watching";
    show(part(root, "check-again", HTMLButtonElement), ["none", "resting"].includes(check.capture));
  }

  /** @param {CheckView} check */
  function drawFields(check) {
    const fields = check.desk?.fields ?? [];
    show(part(root, "check-type", HTMLDetailsElement), check.document !== "other");
    if (check.desk) write(part(root, "check-read-title", HTMLElement), zoneWords(check.desk));
    const rows = part(root, "check-rows", HTMLElement);
    const template = part(root, "check-row", HTMLTemplateElement);
    while (rows.children.length > fields.length) rows.lastElementChild?.remove();
    fields.forEach((field, number) => {
      if (!rows.children[number]) rows.append(template.content.cloneNode(true));
      const row = rows.children[number];
      mark(row, "data-verdict", field.verdict);
      mark(row, "data-bare", !field.read && !field.entered);
      write(part(row, "row-label", HTMLElement), field.label);
      write(part(row, "row-read", HTMLElement), field.read || "–");
      write(part(row, "row-entered", HTMLElement), field.entered || "–");
      write(part(row, "row-verdict", HTMLElement), verdictWords(field.verdict));
    });
  }

  /** @param {CheckView} check @param {string} citizen */
  function drawCode(check, citizen) {
    const wanted = check.level === "checked_code";
    show(part(root, "check-code", HTMLElement), wanted);
    if (!wanted || !check.desk) return;
    const right = check.desk.items.some(({ id, done }) => id === "code" && done);
    if (right) wrong = false;
    write(part(root, "check-code-words", HTMLElement), codeWords(check, citizen, wrong));
    show(part(root, "check-code-ways", HTMLElement), !right);
    show(part(root, "check-said-form", HTMLFormElement), !right && ["mail", "screen"].includes(check.desk.code));
  }

  /** @param {CheckView | null} check */
  function drawKept(check) {
    const until = check?.desk?.kept_until ?? 0;
    const kept = check !== null && until > Date.now() / 1000;
    show(part(root, "check-kept", HTMLElement), kept);
    if (!kept) return;
    const hour = new Date(until * 1000).toLocaleTimeString(page.ownerDocument.documentElement.lang, {
      hour: "2-digit", minute: "2-digit",
    });
    write(part(root, "check-kept-text", HTMLElement), t("A masked copy is kept until %(time)s.", { time: hour }));
    const links = part(root, "check-kept-links", HTMLElement);
    if (links.dataset.check === check.id) return;
    links.dataset.check = check.id;
    links.replaceChildren(...check.sides.map((side) => copyLink(check.id, side)));
  }

  /** @param {string} id @param {Side} side */
  function copyLink(id, side) {
    const link = page.ownerDocument.createElement("a");
    link.href = `/amt/ausweis/${id}/${side}/kopie.jpg`;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = side === "front" ? t("Front") : t("Back side");
    return link;
  }

  return {
    ask,
    /** The key of "Aufnehmen". */
    take() {
      if (visit?.check?.capture === "watching") callbacks.take();
    },
    /** @param {number} number of the item, from 1 */
    toggle(number) {
      if (visit?.check && isOpen(visit.check)) list.toggle(number);
    },
    /** @param {import("../types").Advice} now */
    advise(now) {
      if (now.id === visit?.check?.id) picture.advise(now);
    },
    /**
     * @param {import("../types").VisitView | null} next
     * @param {boolean} pending a request is on its way
     */
    render(next, pending) {
      visit = next;
      const check = visit?.check ?? null;
      const was = open;
      open = check !== null && isOpen(check);
      const allowed = check?.state === "allowed";
      mark(page, "data-check", open);
      show(root, visit?.state === "open" && (visit.identity !== "none" || check !== null));
      show(part(root, "check-ask", HTMLElement), !open && visit?.identity !== "none");
      show(part(root, "check-work", HTMLElement), allowed);
      show(part(root, "check-abort", HTMLButtonElement), open);
      mark(root, "data-state", check?.state ?? "none");
      mark(root, "data-result", check?.result ?? "");
      write(part(root, "check-title", HTMLElement), open && check ? documentWords(check.document) : t("Identity document"));
      write(part(root, "check-state", HTMLElement), check && visit ? checkWords(check, visit.citizen) : "");
      drawKept(check);
      if (check?.id !== shown) {
        shown = check?.id ?? "";
        wrong = false;
        zone.value = "";
        said.value = "";
        judge.clear();
        picture.clear();
      }
      if (check && visit && allowed) {
        drawSides(check);
        picture.render(check);
        drawFields(check);
        list.render(check.desk?.items ?? []);
        drawCode(check, visit.citizen);
        judge.render(check, pending);
      } else {
        picture.clear();
        list.render([]);
        drawNothing();
      }
      mark(part(root, "check-start", HTMLButtonElement), "aria-disabled", pending);
      if (was !== open && root.ownerDocument.activeElement === root.ownerDocument.body && visit) {
        part(root, "check-title", HTMLElement).focus({ preventScroll: true });
      }
    },
  };

  /** Nothing of a document stays in the page. */
  function drawNothing() {
    part(root, "check-rows", HTMLElement).replaceChildren();
    zone.value = "";
    said.value = "";
  }
}

/** @param {CheckView} check */
function isOpen({ state }) {
  return state === "asked" || state === "allowed";
}

/**
 * The picture of the chosen side: where the card is held now, or what was taken.
 *
 * @param {HTMLElement} page
 * @param {HTMLElement} root
 */
function createPicture(page, root) {
  const box = part(root, "check-picture", HTMLElement);
  const words = part(root, "check-advice", HTMLElement);
  const corners = part(root, "check-corners", SVGPolygonElement);
  const large = part(root, "check-large", HTMLButtonElement);
  const image = part(root, "check-image", HTMLImageElement);
  const dialog = part(page, "check-dialog", HTMLDialogElement);
  const inside = part(dialog, "check-dialog-image", HTMLImageElement);

  large.addEventListener("click", () => {
    inside.src = image.src;
    inside.alt = image.alt;
    dialog.showModal();
  });
  dialog.addEventListener("close", () => inside.removeAttribute("src"));
  dialog.addEventListener("click", () => dialog.close());
  // An image shows the last picture until the next one is there: never one side under the other's name.
  image.addEventListener("load", () => show(large, image.hasAttribute("src")));
  image.addEventListener("error", () => show(large, false));

  return {
    /** @param {import("../types").Advice} now */
    advise({ advice, side, outline }) {
      write(words, adviceWords(advice, side)); // the same as she reads
      mark(box, "data-advice", advice);
      const points = (outline ?? []).map(([x, y]) => `${(x * 160).toFixed(1)},${(y * 90).toFixed(1)}`);
      mark(corners, "points", points.join(" "));
    },
    /** @param {CheckView} check */
    render(check) {
      const taken = check.taken.includes(check.side);
      const address = taken ? `/amt/ausweis/${check.id}/${check.side}.jpg?n=${check.desk?.takes ?? 0}` : "";
      mark(box, "data-document", check.document);
      if ((image.getAttribute("src") ?? "") !== address) {
        show(large, false);
        if (address) image.src = address;
        else image.removeAttribute("src");
        image.alt = check.side === "front" ? t("Front of the document") : t("Back side of the document");
      }
      if (check.capture !== "watching") {
        write(words, "");
        mark(corners, "points", "");
        mark(box, "data-advice", "");
      }
    },
    clear() {
      if (dialog.open) dialog.close();
      image.removeAttribute("src");
      show(large, false);
      write(words, "");
      mark(corners, "points", "");
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {(item: string, value: boolean) => void} tick
 */
function createList(root, tick) {
  const list = part(root, "check-items", HTMLUListElement);
  const template = part(root, "check-item", HTMLTemplateElement);
  let shown = "";

  /** @param {import("../types").CheckItem} item @param {number} number */
  function row(item, number) {
    const made = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const box = /** @type {HTMLInputElement} */ (made.querySelector("input"));
    const key = number < 9 ? String(number + 1) : "";
    write(part(made, "item-words", HTMLElement), item.label);
    write(part(made, "item-key", HTMLElement), key);
    if (key) box.setAttribute("aria-keyshortcuts", key);
    box.disabled = item.id === "code"; // ticked by the code itself
    box.addEventListener("change", () => tick(item.id, box.checked));
    return made;
  }

  const boxes = () => [...list.querySelectorAll("input")];

  return {
    /** @param {number} number from 1 */
    toggle(number) {
      const box = boxes()[number - 1];
      if (box && !box.disabled) box.click();
    },
    /** @param {import("../types").CheckItem[]} items */
    render(items) {
      const ids = items.map(({ id }) => id).join(" ");
      if (ids !== shown) {
        shown = ids;
        list.replaceChildren(...items.map(row));
      }
      boxes().forEach((box, number) => {
        if (box.checked !== items[number].done) box.checked = items[number].done;
      });
      const done = items.filter((item) => item.done).length;
      write(part(root, "check-count", HTMLElement), t("%(done)s of %(all)s", { done, all: items.length }));
    },
  };
}

/**
 * The result: "checked" at once, the other two after a reason.
 *
 * @param {HTMLElement} root
 * @param {CheckCallbacks["judge"]} judge
 */
function createJudge(root, judge) {
  const form = part(root, "check-judge", HTMLFormElement);
  const reason = part(root, "check-reason", HTMLInputElement);
  const keep = part(root, "check-keep", HTMLInputElement);
  /** @type {CheckResult | ""} the result a reason is being written for */
  let chosen = "";

  /** @param {CheckResult | ""} result */
  function choose(result) {
    chosen = result;
    show(part(root, "check-reason-row", HTMLElement), result !== "");
    for (const one of ["doubtful", "rejected"]) {
      mark(part(root, `check-${one}`, HTMLButtonElement), "aria-expanded", result === one);
    }
    write(
      part(root, "check-reason-label", HTMLElement),
      result === "rejected" ? t("Why rejected?") : t("Why doubtful?"),
    );
  }
  function send() {
    if (!chosen) return;
    if (reason.value.trim()) judge(chosen, reason.value.trim(), keep.checked);
    else reason.focus();
  }
  for (const result of /** @type {const} */ (["doubtful", "rejected"])) {
    part(root, `check-${result}`, HTMLButtonElement).addEventListener("click", () => {
      if (chosen === result) {
        send();
        return;
      }
      choose(result);
      reason.focus();
    });
  }
  part(root, "check-genuine", HTMLButtonElement).addEventListener("click", () => judge("genuine", "", keep.checked));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  choose("");

  return {
    clear() {
      choose("");
      reason.value = "";
      keep.checked = false;
    },
    /** @param {CheckView} check @param {boolean} pending */
    render(check, pending) {
      const complete = check.desk?.items.every(({ done }) => done) ?? false;
      const keeps = check.keep_hours > 0 && check.taken.length === check.sides.length;
      part(root, "check-genuine", HTMLButtonElement).disabled = !complete || pending;
      show(part(root, "check-keep-row", HTMLElement), keeps);
      if (!keeps) keep.checked = false;
      const until = new Date(Date.now() + check.keep_hours * 3_600_000);
      write(part(root, "check-keep-words", HTMLElement), t("Keep a masked copy, until %(time)s", {
        time: until.toLocaleTimeString(root.ownerDocument.documentElement.lang, { hour: "2-digit", minute: "2-digit" }),
      }));
    },
  };
}
