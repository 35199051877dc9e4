// @ts-check
/**
 * What concerns the desk's page as a whole: notices, what is read out, the count in the tab's
 * title and icon, and the message of a page that was replaced by a newer one. DOM only.
 */

import { t } from "../i18n.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {object} PageState
 * @property {"hall" | "visit" | "closed"} mode
 * @property {"board" | "main"} face   which half a narrow screen shows
 * @property {boolean} up              the line to the server
 * @property {boolean} talking         the call is connected
 * @property {string} error            what went wrong last, in words, or ""
 * @property {string} refused          why the server refuses this page, in words, or ""
 * @property {number} count            people waiting
 *
 * @typedef {object} PageCallbacks
 * @property {() => void} dismiss
 * @property {() => void} reload
 */

const ICON_SIZE = 64; // px
const DOT = "#c4281c";
const ICON_LATER = 500; // ms; a browser fetches the icon again, and at a call the first picture goes first

/**
 * @param {HTMLElement} root the element with data-desk
 * @param {PageCallbacks} callbacks
 */
export function createPage(root, { dismiss, reload }) {
  const title = document.title;
  const announcer = part(root, "announcer", HTMLElement);
  const favicon = createFavicon();
  let counted = -1;
  let mode = "";

  part(root, "error-close", HTMLButtonElement).addEventListener("click", dismiss);
  part(root, "refused-reload", HTMLButtonElement).addEventListener("click", reload);
  part(root, "take-over", HTMLButtonElement).addEventListener("click", reload);

  /** @param {number} count */
  function drawCount(count) {
    if (count === counted) return;
    counted = count;
    document.title = count ? `(${count}) ${title}` : title;
    favicon(count > 0);
    // An installed page (Chrome and Edge 81, Safari 17) shows the count at its icon.
    const badge = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
    badge?.catch(() => {});
  }

  return {
    /** @param {PageState} state */
    render(state) {
      mark(root, "data-mode", state.mode);
      mark(root, "data-face", state.face);
      const closed = state.mode === "closed";
      show(part(root, "closed", HTMLElement), closed);
      show(part(root, "board", HTMLElement), !closed);
      if (closed && mode !== "closed") part(root, "closed-title", HTMLElement).focus();
      mode = state.mode;

      show(part(root, "line", HTMLElement), !state.up && !closed && !state.refused);
      write(
        part(root, "line-text", HTMLElement),
        state.up || closed
          ? ""
          : state.talking
            ? t("The connection to the server is interrupted. The call goes on.")
            : t("The connection to the server is interrupted. It is being restored."),
      );
      show(part(root, "refused", HTMLElement), state.refused !== "" && !closed);
      write(part(root, "refused-text", HTMLElement), state.refused);
      show(part(root, "error", HTMLElement), state.error !== "" && !closed);
      write(part(root, "error-text", HTMLElement), state.error);
      drawCount(closed ? 0 : state.count);
    },
    /**
     * Have a screen reader say it, after what it says now.
     *
     * @param {string} words
     */
    announce(words) {
      // The same words twice are only read when the text changes.
      write(announcer, announcer.textContent === words ? `${words}\u00a0` : words);
    },
  };
}

/**
 * The tab's icon, with a dot upon it when somebody waits.
 *
 * @returns {(dotted: boolean) => void}
 */
function createFavicon() {
  const link = document.querySelector('link[rel="icon"]');
  if (!(link instanceof HTMLLinkElement)) return () => {};
  const plain = link.href;
  const logo = new Image();
  let drawn = false;
  let wanted = false;
  let timer = 0;
  if (plain !== "data:,") {
    logo.addEventListener("load", () => {
      drawn = true;
      if (wanted) draw();
    });
    logo.src = plain;
  }

  function draw() {
    if (!(link instanceof HTMLLinkElement)) return;
    if (!wanted) {
      link.href = plain;
      return;
    }
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = ICON_SIZE;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    if (drawn && logo.naturalWidth && logo.naturalHeight) {
      const scale = ICON_SIZE / Math.max(logo.naturalWidth, logo.naturalHeight);
      const [width, height] = [logo.naturalWidth * scale, logo.naturalHeight * scale];
      pen.drawImage(logo, (ICON_SIZE - width) / 2, (ICON_SIZE - height) / 2, width, height);
    }
    pen.fillStyle = "#ffffff";
    circle(pen, 20);
    pen.fillStyle = DOT;
    circle(pen, 16);
    try {
      link.href = canvas.toDataURL("image/png");
    } catch {
      link.href = plain; // a logo from elsewhere taints the canvas
    }
  }
  return (dotted) => {
    if (dotted === wanted) return;
    wanted = dotted;
    clearTimeout(timer);
    timer = window.setTimeout(draw, ICON_LATER);
  };
}

/** @param {CanvasRenderingContext2D} pen @param {number} radius px */
function circle(pen, radius) {
  pen.beginPath();
  pen.arc(ICON_SIZE - 20, 20, radius, 0, 2 * Math.PI);
  pen.fill();
}
