// @ts-check
/** The guest's page as a whole: which screen is seen, her name at the door, notices. DOM only. */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {"door" | "visit" | "left" | "over" | "replaced" | "refused"} Screen
 *
 * @typedef {object} PageState
 * @property {Screen} screen
 * @property {import("../types").GuestState} state
 * @property {boolean} line       the line to the server is up, or only just gone
 * @property {string} trouble     what went wrong with the last thing she did, or ""
 * @property {string} wrongName   what is wrong with her name, or ""
 * @property {boolean} coming     asked, not answered yet
 * @property {string} refused     why the server wants no more of this page
 */

/** @type {readonly Screen[]} */
const SCREENS = ["door", "visit", "left", "over", "replaced", "refused"];

/**
 * @param {import("../types").GuestStateName} state
 * @returns {Screen}
 */
export function screenOf(state) {
  switch (state) {
    case "present": return "visit";
    case "left": return "left";
    case "removed":
    case "ended": return "over";
    default: return "door";
  }
}

/** @param {Screen} screen */
function titleOf(screen) {
  switch (screen) {
    case "visit": return t("The conversation");
    case "left": return t("You have left the conversation");
    case "over": return t("The conversation is over for you");
    case "replaced": return t("You have opened this page elsewhere");
    case "refused": return t("Please reload this page");
    default: return t("Invitation to a conversation");
  }
}

/**
 * @param {ParentNode} root
 * @param {{come: (name: string) => void, back: () => void, reload: () => void, dismiss: () => void}} callbacks
 */
export function createGuestPage(root, callbacks) {
  const page = part(root, "guest", HTMLElement);
  const form = part(page, "door-form", HTMLFormElement);
  const name = part(page, "name-input", HTMLInputElement);
  const town = document.title.split(" – ").pop() ?? "";
  /** @type {Screen | null} */
  let shown = null;
  let told = "";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    callbacks.come(name.value.trim());
  });
  const on = (/** @type {string} */ part_, /** @type {() => void} */ act) =>
    part(page, part_, HTMLButtonElement).addEventListener("click", act);
  on("back", callbacks.back);
  on("take-over", callbacks.reload);
  on("reload", callbacks.reload);
  on("trouble-close", callbacks.dismiss);

  return {
    /**
     * @param {PageState} now
     * @returns {boolean} whether another screen has come up
     */
    render({ screen, state, line, trouble, wrongName, coming, refused }) {
      const changed = screen !== shown;
      for (const each of SCREENS) show(part(root, `screen-${each}`, HTMLElement), each === screen);
      mark(page, "data-screen", screen);
      document.body.classList.toggle("citizen-page--visit", screen === "visit");

      const mayCome = state.may.includes("come");
      show(part(page, "door-closed", HTMLElement), !mayCome);
      show(part(page, "door-row", HTMLElement), mayCome);
      mark(part(page, "come", HTMLButtonElement), "aria-disabled", coming);
      show(part(page, "left-again", HTMLElement), mayCome);
      show(part(page, "left-row", HTMLElement), mayCome);
      write(part(page, "name-error-text", HTMLElement), wrongName);
      show(part(page, "name-error", HTMLElement), wrongName !== "");
      mark(name, "aria-invalid", wrongName !== "");
      if (wrongName && wrongName !== told) name.focus();
      told = wrongName;
      write(
        part(page, "over-text", HTMLElement),
        state.state === "removed"
          ? t("The conversation goes on without you. Thank you for having come.")
          : t("The visit has ended. Thank you for having come."),
      );
      if (refused) write(part(page, "refused-text", HTMLElement), refused);

      const cut = !line && (screen === "door" || screen === "left");
      show(part(page, "line-notice", HTMLElement), cut);
      write(
        part(page, "line-notice-text", HTMLElement),
        cut ? t("No connection to the town hall at the moment. We reconnect by ourselves.") : "",
      );
      show(part(page, "trouble", HTMLElement), trouble !== "");
      write(part(page, "trouble-text", HTMLElement), trouble);

      if (changed && shown) document.title = `${titleOf(screen)} – ${town}`;
      shown = screen;
      return changed;
    },
    /** @param {Screen} screen */
    focus(screen) {
      window.scrollTo(0, 0);
      part(root, `${screen}-title`, HTMLElement).focus({ preventScroll: true });
    },
  };
}
