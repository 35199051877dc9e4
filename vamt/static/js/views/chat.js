// @ts-check
/** The chat beside the pictures (macro `chat` of _stage.html). Shows lines, hands over text; stores nothing. */

import { t, tn } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").ChatLine} ChatLine
 * @typedef {import("../outbox.js").Pending} Pending
 *
 * @typedef {object} ChatState
 * @property {boolean} open
 * @property {ChatLine["seat"]} me   whose lines stand at the end of the row
 * @property {readonly ChatLine[]} lines    what the server has, oldest first
 * @property {readonly Pending[]} pending   what it has not
 *
 * @typedef {object} ChatCallbacks
 * @property {(text: string) => boolean} send   false: there was nothing to send
 * @property {() => void} close
 */

const LENGTH_WARNING = 200; // characters left at which the count is told

/**
 * @param {HTMLElement} root an element holding the macro's output
 * @param {ChatCallbacks} callbacks
 */
export function createChat(root, { send, close }) {
  const panel = part(root, "chat", HTMLElement);
  const scroll = part(panel, "chat-scroll", HTMLElement);
  const list = part(panel, "chat-lines", HTMLOListElement);
  const empty = part(panel, "chat-empty", HTMLElement);
  const form = part(panel, "chat-form", HTMLFormElement);
  const text = part(panel, "chat-text", HTMLTextAreaElement);
  const left = part(panel, "chat-left", HTMLElement);
  const line = part(panel, "chat-line", HTMLTemplateElement);
  const clock = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { timeStyle: "short" });
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (send(text.value)) {
      text.value = "";
      grow();
    }
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    // While an input method composes, Enter only takes its suggestion.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("input", grow);
  part(panel, "chat-close", HTMLButtonElement).addEventListener("click", close);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) close();
  });

  function grow() {
    text.style.blockSize = "auto";
    text.style.blockSize = `${Math.min(text.scrollHeight + 2, 132)}px`;
    const rest = text.maxLength - text.value.length;
    write(left, rest > LENGTH_WARNING ? "" : tn("%(n)s character left", "%(n)s characters left", rest, { n: rest }));
  }

  /** @param {string} id */
  function item(id) {
    const known = shown.get(id);
    if (known) return known;
    const made = line.content.firstElementChild?.cloneNode(true);
    if (!(made instanceof HTMLElement)) throw new Error("the chat has no line template");
    shown.set(id, made);
    list.append(made);
    return made;
  }

  /**
   * @param {HTMLElement} element
   * @param {{mine: boolean, name: string, at: number, text: string, fate: string, lost: boolean}} line
   */
  function fill(element, { mine, name, at, text, fate, lost }) {
    const when = new Date(at * 1000);
    element.classList.toggle("chat__line--mine", mine);
    element.classList.toggle("chat__line--pending", fate !== "");
    element.classList.toggle("chat__line--lost", lost);
    const parts = element.children;
    write(/** @type {Element} */ (parts[0].querySelector(".chat__name")), mine ? t("You") : name);
    const time = /** @type {HTMLTimeElement} */ (parts[0].querySelector("time"));
    write(time, clock.format(when));
    mark(time, "datetime", when.toISOString());
    write(parts[1], text);
    write(parts[2], fate);
  }

  return {
    /** @param {ChatState} state */
    render(state) {
      const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
      const opening = state.open && panel.hidden;
      const before = shown.size;
      const known = new Set(state.lines.map(({ id }) => id));
      const waiting = state.pending.filter(({ id }) => !known.has(id));
      for (const [id, element] of shown) {
        if (known.has(id) || waiting.some((message) => message.id === id)) continue;
        element.remove();
        shown.delete(id);
      }
      for (const { id, seat, name, at, text } of state.lines) {
        fill(item(id), { mine: seat === state.me, name, at, text, fate: "", lost: false });
      }
      for (const { id, at, text, refused } of waiting) {
        const fate = refused ? t("Not sent: %(reason)s", { reason: refused }) : t("Being sent …");
        fill(item(id), { mine: true, name: "", at, text, fate, lost: refused !== "" });
      }
      order([...state.lines, ...waiting].map(({ id }) => id));
      show(empty, shown.size === 0);
      show(panel, state.open);
      if (opening || (state.open && atEnd && shown.size !== before)) scroll.scrollTop = scroll.scrollHeight;
    },
    /** Put the caret into the field, for whoever has just opened the chat. */
    focus() {
      text.focus();
    },
    /** Forget what was typed and shown: another visit. */
    clear() {
      text.value = "";
      grow();
    },
  };

  /**
   * Moving a line anew would read it out again, so only misplaced ones move.
   *
   * @param {string[]} ids
   */
  function order(ids) {
    ids.forEach((id, index) => {
      const element = item(id);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
  }
}
