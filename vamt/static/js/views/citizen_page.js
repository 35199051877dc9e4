// @ts-check
/**
 * The citizen's page as a whole: which screen is seen, the notices above it, the title of the tab,
 * where the focus goes. The screens themselves have views of their own.
 */

import { t } from "../i18n.js";
import { mark, maybe, part, show, write } from "./parts.js";

/**
 * @typedef {"appointment" | "waiting" | "called" | "visit" | "parked" | "finished" | "missed"
 *   | "cancelled" | "replaced" | "refused"} Screen
 *
 * @typedef {object} PageState
 * @property {Screen} screen
 * @property {boolean} open        the waiting room is open
 * @property {boolean} line        the line to the server is up, or only just gone
 * @property {string} trouble      what went wrong with the last thing she did, or ""
 * @property {boolean} mayEnter    from the screen `missed`
 * @property {string} refused      why the server wants no more of this page
 */

/** @type {readonly Screen[]} */
const SCREENS = [
  "appointment", "waiting", "called", "visit", "parked", "finished", "missed", "cancelled", "replaced", "refused",
];

/**
 * @param {import("../types").AppointmentState} state
 * @returns {Screen}
 */
export function screenOf(state) {
  switch (state) {
    case "checked_in": return "waiting";
    case "called": return "called";
    case "in_visit": return "visit";
    case "parked": return "parked";
    case "missed": return "missed";
    case "cancelled": return "cancelled";
    case "finished":
    case "anonymised": return "finished";
    default: return "appointment";
  }
}

/** @param {Screen} screen */
function titleOf(screen) {
  switch (screen) {
    case "waiting": return t("Waiting room");
    case "called": return t("You are being called");
    case "visit": return t("Your visit");
    case "parked": return t("Take your time");
    case "finished": return t("Thank you for your visit");
    case "missed": return t("We could not reach you");
    case "cancelled": return t("Your appointment is cancelled");
    case "replaced": return t("You have opened this page elsewhere");
    case "refused": return t("Please reload this page");
    default: return t("Your appointment");
  }
}

/**
 * @param {ParentNode} root
 * @param {{comeBack: () => void, enter: () => void, reload: () => void, dismiss: () => void}} callbacks
 */
export function createCitizenPage(root, callbacks) {
  const page = part(root, "citizen", HTMLElement);
  const town = document.title.split(" – ").pop() ?? "";
  /** @type {Screen | null} */
  let shown = null;

  const on = (/** @type {string} */ name, /** @type {() => void} */ act) =>
    part(page, name, HTMLButtonElement).addEventListener("click", act);
  on("return", callbacks.comeBack);
  on("here-now", callbacks.enter);
  on("take-over", callbacks.reload);
  on("reload", callbacks.reload);
  on("trouble-close", callbacks.dismiss);

  return {
    /**
     * @param {PageState} state
     * @returns {boolean} whether another screen has come up; the caller places the focus then,
     *          by `focus()` or its own
     */
    render({ screen, open, line, trouble, mayEnter, refused }) {
      const changed = screen !== shown;
      const opened = open && page.dataset.open !== "true" && shown === "appointment";
      for (const name of SCREENS) show(part(root, `screen-${name}`, HTMLElement), name === screen);
      mark(page, "data-screen", screen);
      mark(page, "data-open", open);
      document.body.classList.toggle("citizen-page--visit", screen === "visit");
      document.body.classList.toggle("citizen-page--called", screen === "called");
      const inside = screen === "appointment" || screen === "waiting";
      show(part(page, "check-place", HTMLElement), inside);
      show(part(page, "exits", HTMLElement), inside);
      show(part(page, "leave", HTMLElement), screen === "waiting");
      show(part(page, "enter-place", HTMLElement), screen === "appointment");
      show(part(page, "here-now", HTMLElement), mayEnter);
      show(part(page, "missed-text", HTMLElement), mayEnter);
      if (refused) write(part(page, "refused-text", HTMLElement), refused);

      const cut = !line && screen !== "visit" && screen !== "replaced" && screen !== "refused";
      show(part(page, "line-notice", HTMLElement), cut);
      write(part(page, "line-notice-text", HTMLElement), cut ? lineWords(screen) : "");
      show(part(page, "trouble", HTMLElement), trouble !== "");
      write(part(page, "trouble-text", HTMLElement), trouble);
      if (opened) write(part(page, "announcer", HTMLElement), t("The waiting room is open now."));

      if (changed && shown) document.title = `${titleOf(screen)} – ${town}`;
      shown = screen;
      return changed;
    },
    /** @param {Screen} screen */
    focus(screen) {
      window.scrollTo(0, 0);
      maybe(root, `${screen}-title`, HTMLElement)?.focus({ preventScroll: true });
    },
  };
}

/** @param {Screen} screen */
function lineWords(screen) {
  return screen === "waiting" || screen === "called"
    ? t("No connection to the town hall at the moment. Your place is kept; we reconnect by ourselves.")
    : t("No connection to the town hall at the moment. We reconnect by ourselves.");
}
