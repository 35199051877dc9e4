// @ts-check
/** "Copy the link": to open this page in another browser (macro `copy_link` of _stage.html). */

import { t } from "../i18n.js";
import { maybe, part, show, write } from "./parts.js";

/**
 * @param {ParentNode} root
 * @returns {(visible: boolean) => void} shows or hides it; does nothing where the page has none
 */
export function createCopyLink(root) {
  const box = maybe(root, "copy-link", HTMLElement);
  if (!box) return () => {};
  const address = part(box, "copy-link-address", HTMLInputElement);
  const note = part(box, "copy-link-note", HTMLElement);
  part(box, "copy-link-button", HTMLButtonElement).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address.value);
      write(note, t("Copied. Now paste it into the address line of your browser."));
    } catch {
      // Apps often refuse the clipboard to pages: then she copies it by hand.
      show(address, true);
      address.select();
      address.scrollIntoView({ block: "center" }); // not below the button that stays in sight
      write(note, t("Hold your finger on the address and choose “Copy”."));
    }
  });
  return (visible) => show(box, visible);
}
