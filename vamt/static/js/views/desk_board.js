// @ts-check
/** The desk's left column: own state, the big button, who waits, the day, the colleagues. DOM only. */

import { t, tn } from "../i18n.js";
import {
  absence, appointmentWords, cameraWords, deskWords, isOverdue, isTrouble, mayCall, microphoneWords,
  nextPerson, reservation, waitingTime, whyNotNext,
} from "./desk_words.js";
import { mark, part, show, write } from "./parts.js";
import { checkTrouble } from "./precheck_words.js";

/**
 * @typedef {import("../types").DeskState} DeskState
 * @typedef {import("../types").Waiting} Waiting
 * @typedef {"waiting" | "parked" | "day"} Tab
 *
 * @typedef {object} BoardState
 * @property {DeskState} desk
 * @property {number} now          Unix seconds by the server's clock
 * @property {boolean} up          the line to the server
 * @property {boolean} pending     a request is on its way
 * @property {Tab} tab
 * @property {string} open         id of the person shown in full, or ""
 * @property {boolean} sound       a sound is played when somebody comes
 * @property {string} mediaAsk     why camera and microphone are still to be switched on, or ""
 *
 * @typedef {object} BoardCallbacks
 * @property {() => void} next
 * @property {() => void} pause          take a break, or go on
 * @property {(id: string) => void} call
 * @property {(id: string) => void} missed
 * @property {(id: string) => void} select
 * @property {(tab: Tab) => void} tab
 * @property {() => void} sound
 * @property {() => void} keys
 * @property {() => void} openMedia
 */

const ROOMY = 1000; // px of height from which on the colleagues do not crowd out who waits

/** @type {readonly Tab[]} */
const TABS = ["waiting", "parked", "day"];

/**
 * @param {HTMLElement} root the element with data-part="board"
 * @param {BoardCallbacks} callbacks
 */
export function createBoard(root, callbacks) {
  const next = part(root, "next", HTMLButtonElement);
  const pause = part(root, "pause", HTMLButtonElement);
  const tabs = TABS.map((name) => ({
    name,
    tab: /** @type {HTMLButtonElement} */ (root.querySelector(`[data-tab="${name}"]`)),
    panel: /** @type {HTMLElement} */ (root.querySelector(`[data-panel="${name}"]`)),
  }));
  const waiting = createRows("waiting-rows");
  const parked = createRows("parked-rows");
  const day = createList(root, "day-rows", "day-row", (row, id) => {
    part(row, "day-missed", HTMLButtonElement).addEventListener("click", () => callbacks.missed(id));
  });
  const team = createList(root, "team-rows", "team-row");
  part(root, "team", HTMLDetailsElement).open = window.innerHeight >= ROOMY;

  // aria-disabled, not disabled: the reason below stays reachable by keyboard and screen reader.
  next.addEventListener("click", () => {
    if (next.getAttribute("aria-disabled") !== "true") callbacks.next();
  });
  pause.addEventListener("click", callbacks.pause);
  part(root, "sound", HTMLButtonElement).addEventListener("click", callbacks.sound);
  part(root, "keys-open", HTMLButtonElement).addEventListener("click", callbacks.keys);
  part(root, "media-open", HTMLButtonElement).addEventListener("click", callbacks.openMedia);
  for (const { name, tab } of tabs) tab.addEventListener("click", () => callbacks.tab(name));
  part(root, "tabs", HTMLElement).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.findIndex(({ tab }) => tab === event.target);
    if (at < 0 || (!step && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const target = tabs.at(step ? (at + step) % tabs.length : event.key === "Home" ? 0 : -1);
    target?.tab.focus();
    if (target) callbacks.tab(target.name);
  });

  /** @param {string} name */
  function createRows(name) {
    return createList(root, name, "row", (row, id) => {
      part(row, "row-open", HTMLButtonElement).addEventListener("click", () => callbacks.select(id));
      part(row, "row-call", HTMLButtonElement).addEventListener("click", () => callbacks.call(id));
    });
  }

  /** @param {HTMLElement} row @param {string} name @param {string} text @param {string} [tone] */
  function tag(row, name, text, tone) {
    const element = part(row, name, HTMLElement);
    show(element, text !== "");
    write(part(element, `${name}-text`, HTMLElement), text);
    if (tone) element.className = `desk-tag desk-tag--${tone}`;
  }

  /** @param {HTMLElement} row @param {Waiting} person @param {BoardState} state */
  function fillRow(row, person, { desk, now, open, pending }) {
    const opener = part(row, "row-open", HTMLButtonElement);
    write(opener, person.name);
    mark(opener, "aria-expanded", person.id === open);
    mark(row, "data-open", person.id === open);
    write(part(row, "row-service", HTMLElement), person.service);
    write(part(row, "row-wait", HTMLElement), waitingTime(person, now));
    write(part(row, "row-booked", HTMLElement), t("booked %(time)s", { time: person.time }));
    tag(row, "row-reserved", reservation(person), person.for_me ? "info" : "plain");
    tag(row, "row-offline", absence(person, now));
    tag(row, "row-incomplete", person.complete ? "" : t("Data incomplete"));
    tag(row, "row-camera", isTrouble(person.camera) ? cameraWords(person.camera) : "");
    tag(row, "row-microphone", isTrouble(person.microphone) ? microphoneWords(person.microphone) : "");
    tag(row, "row-check", checkTrouble(person.checked));
    const foreign = person.language !== document.documentElement.lang;
    tag(row, "row-language", person.language_name, foreign ? "info" : "plain");
    const note = part(row, "row-note", HTMLElement);
    const words = person.for_me && person.id !== open ? person.note : "";
    write(note, words);
    show(note, words !== "");
    const call = part(row, "row-call", HTMLButtonElement);
    show(call, mayCall(desk, person));
    call.disabled = pending;
    mark(call, "aria-label", t("Call in: %(name)s", { name: person.name }));
  }

  /** @param {BoardState} state */
  function drawTop({ desk, now, up, pending, sound, mediaAsk }) {
    const busy = desk.visit !== null;
    const status = part(root, "status", HTMLElement);
    mark(status, "data-state", busy ? "busy" : desk.me.state);
    write(
      part(root, "status-text", HTMLElement),
      busy ? t("In a visit") : desk.me.state === "away" ? t("On a break") : t("Desk is open"),
    );
    show(pause, !busy);
    pause.disabled = pending;
    mark(pause, "data-away", desk.me.state === "away");
    write(
      part(root, "pause-text", HTMLElement),
      desk.me.state === "away" ? t("Open the desk") : t("Take a break"),
    );

    const reason = whyNotNext(desk, { now, up });
    mark(next, "aria-disabled", reason !== "" || pending);
    const person = nextPerson(desk, now);
    write(
      part(root, "next-why", HTMLElement),
      reason || (person ? t("Next: %(name)s, %(service)s", { name: person.name, service: person.service }) : ""),
    );
    show(part(root, "media-ask", HTMLElement), mediaAsk !== "");
    write(part(root, "media-ask-text", HTMLElement), mediaAsk);
    mark(part(root, "sound", HTMLButtonElement), "aria-pressed", sound);
  }

  /** @param {BoardState} state */
  function drawTabs({ desk, tab: chosen }) {
    for (const { name, tab, panel } of tabs) {
      mark(tab, "aria-selected", name === chosen);
      tab.tabIndex = name === chosen ? 0 : -1;
      show(panel, name === chosen);
    }
    write(
      part(root, "tab-waiting", HTMLElement),
      t("In the waiting room (%(n)s)", { n: desk.waiting.length }),
    );
    write(part(root, "tab-parked", HTMLElement), t("Put aside (%(n)s)", { n: desk.parked.length }));
  }

  return {
    /** @param {BoardState} state */
    render(state) {
      const { desk, now, pending } = state;
      drawTop(state);
      drawTabs(state);
      waiting.render(desk.waiting, (row, person) => fillRow(row, person, state));
      parked.render(desk.parked, (row, person) => fillRow(row, person, state));
      show(part(root, "waiting-none", HTMLElement), desk.waiting.length === 0);
      show(part(root, "parked-none", HTMLElement), desk.parked.length === 0);
      show(part(root, "day-none", HTMLElement), desk.day.length === 0);
      day.render(desk.day, (row, entry) => {
        mark(row, "data-state", entry.state);
        write(part(row, "day-time", HTMLElement), entry.time);
        write(part(row, "day-name", HTMLElement), entry.name || t("(name deleted)"));
        write(part(row, "day-service", HTMLElement), entry.service);
        write(part(row, "day-clerk", HTMLElement), entry.clerk);
        write(part(row, "day-state", HTMLElement), appointmentWords(entry.state));
        const missed = part(row, "day-missed", HTMLButtonElement);
        show(missed, isOverdue(entry, now) && entry.may.includes("missed"));
        missed.disabled = pending;
        mark(missed, "aria-label", t("Did not appear: %(name)s", { name: entry.name }));
      });

      const mates = desk.desks.filter(({ clerk }) => clerk !== desk.me.clerk);
      const working = mates.filter((mate) => mate.state === "busy" || (mate.online && mate.state === "free"));
      show(part(root, "team", HTMLDetailsElement), mates.length > 0);
      write(
        part(root, "team-title", HTMLElement),
        working.length
          ? tn("%(n)s colleague at work", "%(n)s colleagues at work", working.length, { n: working.length })
          : t("No colleague at work"),
      );
      team.render(mates.map((mate) => ({ ...mate, id: mate.clerk })), (row, mate) => {
        mark(row, "data-state", mate.state === "busy" || mate.online ? mate.state : "gone");
        write(part(row, "mate-name", HTMLElement), mate.name);
        write(part(row, "mate-state", HTMLElement), deskWords(mate));
      });
    },
    /**
     * Where the person's details stand when they stand inside her row.
     *
     * @param {string} id
     * @returns {Element | null}
     */
    slot(id) {
      const row = waiting.row(id) ?? parked.row(id);
      return row && part(row, "row-slot", HTMLElement);
    },
    /** Put the focus on the big button. */
    focusNext() {
      next.focus({ preventScroll: true });
    },
  };
}

/**
 * A list whose rows are made from a template once per id and then only filled, so that focus
 * stays where it is while people come and go.
 *
 * @param {HTMLElement} root
 * @param {string} listName
 * @param {string} templateName
 * @param {(row: HTMLElement, id: string) => void} [wire]
 */
function createList(root, listName, templateName, wire = () => {}) {
  const list = part(root, listName, HTMLElement);
  const template = part(root, templateName, HTMLTemplateElement);
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();

  /** @param {string} id */
  function make(id) {
    const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    rows.set(id, row);
    wire(row, id);
    return row;
  }

  return {
    /**
     * @template {{id: string}} T
     * @param {readonly T[]} entries
     * @param {(row: HTMLElement, entry: T) => void} fill
     */
    render(entries, fill) {
      const ids = new Set(entries.map(({ id }) => id));
      for (const [id, row] of rows) {
        if (ids.has(id)) continue;
        row.remove();
        rows.delete(id);
      }
      entries.forEach((entry, index) => {
        const row = rows.get(entry.id) ?? make(entry.id);
        if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
        fill(row, entry);
      });
    },
    /** @param {string} id */
    row(id) {
      return rows.get(id) ?? null;
    },
  };
}
