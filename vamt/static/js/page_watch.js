// @ts-check
/** What the browser tells a page about its network and about being seen again. */

/**
 * @param {object} callbacks
 * @param {() => void} callbacks.moved the network has changed, or is there again
 * @param {() => void} callbacks.back  the page is seen again, or taken out of the browser's memory
 */
export function watchPage({ moved, back }) {
  window.addEventListener("online", moved);
  /** @type {EventTarget | undefined} */ (Reflect.get(navigator, "connection"))?.addEventListener("change", moved);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) back();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) back();
  });
}
