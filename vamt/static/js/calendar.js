// @ts-check
/** The page with a clerk's calendar link: copies it; without this she copies it by hand. */

import { t } from "./i18n.js";

const link = /** @type {HTMLInputElement | null} */ (document.getElementById("link"));
const copy = document.getElementById("copy");
const copied = document.getElementById("copied");

if (link && copy && copied) {
  copy.hidden = false;
  link.addEventListener("focus", () => link.select());
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      copied.textContent = t("Copied.");
    } catch {
      link.select(); // no permission or an old browser: it is marked, ready for the menu
      copied.textContent = t("The link is marked now: please copy it.");
    }
  });
}
