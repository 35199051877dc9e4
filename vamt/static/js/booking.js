// @ts-check
/**
 * Small comforts on the booking pages; every page works without them.
 * Shows the chosen time beside the button, counts down the hold, and sends a form only once.
 */

import { t, tn } from "./i18n.js";

/** Seconds before the end of a hold from which a screen reader is told. */
const SOON = 120;

/** Show what is chosen beside the button, for lists too long to see it. */
function showChosenTime() {
  const output = document.getElementById("chosen-time");
  if (!output) return;
  const render = () => {
    const chosen = document.querySelector("input[name=start]:checked");
    const day = chosen?.closest("fieldset")?.dataset.day ?? "";
    const time = chosen?.closest("label")?.textContent?.trim() ?? "";
    output.textContent = [day, time].filter(Boolean).join(", ");
    output.hidden = !chosen;
  };
  document.addEventListener("change", render);
  render();
}

/**
 * What to tell about a hold.
 * @param {number} left seconds; 0 or less: over
 * @returns {string}
 */
function holdWords(left) {
  if (left <= 0) {
    return t("This time is no longer kept for you. If it is still free, you can book it all the same.");
  }
  const minutes = Math.ceil(left / 60);
  return tn("We keep this time for you for one more minute.",
    "We keep this time for you for %(n)s more minutes.", minutes, { n: minutes });
}

/** Count the minutes of the hold; quiet for screen readers until little is left. */
function countDown() {
  const hold = document.getElementById("hold");
  const words = document.getElementById("hold-words");
  const seconds = Number(hold?.dataset.seconds);
  if (!hold || !words || !(seconds > 0)) return;
  // performance.now() does not jump when the clock is set, as Date.now() does.
  const end = performance.now() + seconds * 1000;
  const render = () => {
    const left = (end - performance.now()) / 1000;
    if (left <= SOON) hold.setAttribute("role", "status");
    const text = holdWords(left);
    if (words.textContent !== text) words.textContent = text;
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(render, 1000);
  document.addEventListener("visibilitychange", render); // timers sleep in hidden tabs
  render();
}

/** A second tap on "Book now" sends nothing. */
function sendOnce() {
  const form = document.getElementById("booking");
  const button = document.getElementById("book");
  if (!form || !button) return;
  let sent = false;
  /** @param {boolean} value */
  const setSent = (value) => {
    sent = value;
    button.setAttribute("aria-disabled", String(value));
  };
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    setSent(true);
  });
  // Back from the next page, out of the browser's cache: may be sent again.
  window.addEventListener("pageshow", () => setSent(false));
}

/** What the next page is made of, once this one is there: its hundred files are not to delay it. */
function fetchAhead() {
  const ahead = document.querySelector("template[data-part=ahead]");
  if (ahead instanceof HTMLTemplateElement) document.head.append(ahead.content);
}

showChosenTime();
countDown();
sendOnce();
window.addEventListener("load", fetchAhead);
