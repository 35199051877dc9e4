// @ts-check
/** "Continue on the phone": a code that opens this page there. */

import { part } from "./parts.js";

/**
 * @param {ParentNode} root holds the dialog
 * @param {string} qrUrl fetched only when it is wanted
 * @returns {() => void} opens it
 */
export function createPhoneDialog(root, qrUrl) {
  const dialog = part(root, "phone-dialog", HTMLDialogElement);
  const picture = part(dialog, "qr", HTMLImageElement);
  return () => {
    if (!picture.getAttribute("src")) picture.src = qrUrl;
    dialog.showModal();
  };
}
