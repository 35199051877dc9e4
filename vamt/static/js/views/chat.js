// @ts-check
/** The chat beside the pictures (macro `chat` of _stage.html). Shows lines, hands over text; stores nothing. */

import { t, tn } from "../i18n.js";
import { ReadAloud } from "../read_aloud.js";
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
 * @property {readonly Draft[]} drafts      what the others are typing
 * @property {boolean} letters              the others see what is typed here
 *
 * @typedef {{id: string, name: string, text: string}} Draft
 *
 * @typedef {object} ChatCallbacks
 * @property {(text: string) => boolean} send   false: there was nothing to send
 * @property {(text: string) => void} type      all that stands in the field
 * @property {(shown: boolean) => void} letters
 * @property {() => void} close
 */

const SPOKEN_KEPT = 3; // utterances left for a screen reader that is behind
const LENGTH_WARNING = 200; // characters left at which the count is told

/**
 * @param {HTMLElement} root an element holding the macro's output
 * @param {ChatCallbacks} callbacks
 */
export function createChat(root, { send, type, letters, close }) {
  const panel = part(root, "chat", HTMLElement);
  const scroll = part(panel, "chat-scroll", HTMLElement);
  const list = part(panel, "chat-lines", HTMLOListElement);
  const empty = part(panel, "chat-empty", HTMLElement);
  const form = part(panel, "chat-form", HTMLFormElement);
  const text = part(panel, "chat-text", HTMLTextAreaElement);
  const left = part(panel, "chat-left", HTMLElement);
  const line = part(panel, "chat-line", HTMLTemplateElement);
  const choice = part(panel, "chat-letters", HTMLInputElement);
  const voice = part(panel, "chat-voice", HTMLElement);
  const clock = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { timeStyle: "short" });
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();
  /** @type {Set<string>} ids of the messages that are no news for a screen reader */
  const heard = new Set();
  const aloud = new ReadAloud({ say: (words, name) => say(name ? `${name}: ${words}` : words) });

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
  text.addEventListener("input", () => {
    grow();
    type(text.value);
  });
  choice.addEventListener("change", () => letters(choice.checked));
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

  /** @param {string} words */
  function say(words) {
    const spoken = document.createElement("p");
    spoken.textContent = words;
    voice.append(spoken);
    while (voice.children.length > SPOKEN_KEPT) voice.firstElementChild?.remove();
  }

  /**
   * The log itself is silent: it would speak letter by letter, and say the whole at last again.
   *
   * @param {ChatState} state
   */
  function speak({ open, me, lines, pending, drafts }) {
    if (!open) voice.replaceChildren();
    for (const message of lines) {
      if (heard.has(message.id)) continue;
      heard.add(message.id);
      if (open && !panel.hidden && message.seat !== me) aloud.finish(message);
    }
    for (const { id, refused } of pending) {
      if (!refused || heard.has(id)) continue;
      heard.add(id);
      say(t("Not sent: %(reason)s", { reason: refused }));
    }
    if (open) for (const draft of drafts) aloud.grow(draft);
    aloud.keep((id) => open && drafts.some((draft) => draft.id === id));
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
   * @param {{who: string, at: number, text: string, mine?: boolean, fate?: string, lost?: boolean,
   *   draft?: boolean}} line
   */
  function fill(element, { who, at, text, mine = false, fate = "", lost = false, draft = false }) {
    const when = new Date(at * 1000);
    element.classList.toggle("chat__line--mine", mine);
    element.classList.toggle("chat__line--draft", draft);
    element.classList.toggle("chat__line--pending", fate !== "");
    element.classList.toggle("chat__line--lost", lost);
    const parts = element.children;
    write(/** @type {Element} */ (parts[0].querySelector(".chat__name")), who);
    const time = /** @type {HTMLTimeElement} */ (parts[0].querySelector("time"));
    write(time, draft ? "" : clock.format(when));
    mark(time, "datetime", when.toISOString());
    write(parts[1], text);
    write(parts[2], fate);
  }

  return {
    /** @param {ChatState} state */
    render(state) {
      const opening = state.open && panel.hidden;
      // asked only where it matters: the browser has to lay out the whole page to answer
      const atEnd = !panel.hidden && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
      const known = new Set(state.lines.map(({ id }) => id));
      const waiting = state.pending.filter(({ id }) => !known.has(id));
      const ids = [...state.lines, ...waiting, ...state.drafts].map(({ id }) => id);
      for (const [id, element] of shown) {
        if (ids.includes(id)) continue;
        element.remove();
        shown.delete(id);
      }
      for (const { id, seat, name, at, text } of state.lines) {
        const mine = seat === state.me;
        fill(item(id), { who: mine ? t("You") : name, at, text, mine });
      }
      for (const { id, at, text, refused } of waiting) {
        const fate = refused ? t("Not sent: %(reason)s", { reason: refused }) : t("Being sent …");
        fill(item(id), { who: t("You"), at, text, mine: true, fate, lost: refused !== "" });
      }
      for (const { id, name, text } of state.drafts) {
        fill(item(id), { who: t("%(name)s is writing …", { name }), at: 0, text, draft: true });
      }
      order(ids);
      speak(state);
      choice.checked = state.letters;
      show(empty, shown.size === 0);
      show(panel, state.open);
      if (opening || (state.open && atEnd)) scroll.scrollTop = scroll.scrollHeight;
    },
    /** Put the caret into the field, for whoever has just opened the chat. */
    focus() {
      text.focus();
    },
    /** Forget what was typed and shown: another visit. */
    clear() {
      if (text.value) {
        text.value = "";
        grow();
      }
      heard.clear();
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
