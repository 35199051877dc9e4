// @ts-check
/**
 * The desk's one-key shortcuts. They rest in text fields and dialogs and can be switched off
 * (WCAG 2.1.4): whoever speaks to the computer would trigger them by every word.
 */

import { part } from "./parts.js";

/** @typedef {Record<string, () => void>} Shortcuts key (lower case) -> what to do */

const STORED = "vamt.desk.keys"; // a preference, nothing personal

/**
 * @param {HTMLElement} root the element with data-desk
 * @param {Shortcuts} shortcuts
 */
export function createKeys(root, shortcuts) {
  const dialog = part(root, "keys-dialog", HTMLDialogElement);
  const box = part(dialog, "keys-on", HTMLInputElement);
  box.checked = remembered();
  root.dataset.keys = String(box.checked);

  box.addEventListener("change", () => {
    root.dataset.keys = String(box.checked);
    try {
      localStorage.setItem(STORED, box.checked ? "on" : "off");
    } catch {
      // Storage may be forbidden; then it holds until the page is left.
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && isTyping(event.target)) return;
    const act = event.key === "?" ? show : shortcuts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  function show() {
    if (!dialog.open) dialog.showModal();
  }

  return { show };
}

function remembered() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

/** @param {Element} element whether letters mean something else there */
function isTyping(element) {
  if (element instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "submit", "reset"].includes(element.type);
  }
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement
    || (element instanceof HTMLElement && element.isContentEditable);
}
