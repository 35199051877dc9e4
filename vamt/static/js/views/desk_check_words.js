// @ts-check
/** What the desk says of an identity check. Pure words: from the view to a text. */

import { t } from "../i18n.js";

/** @typedef {import("../types").CheckView} CheckView */

/** @param {CheckView["document"]} document */
export function documentWords(document) {
  switch (document) {
    case "id_card": return t("Identity card");
    case "passport": return t("Passport");
    case "residence_permit": return t("Residence permit");
    default: return t("Another document");
  }
}

/**
 * How the check stands.
 *
 * @param {CheckView} check
 * @param {string} citizen
 */
export function checkWords(check, citizen) {
  switch (check.state) {
    case "asked": return t("%(name)s reads what it is for and decides.", { name: citizen });
    case "refused": return t("%(name)s does not want the town's server to look at the document.", { name: citizen });
    case "aborted": return t("The check was stopped.");
    case "judged": return resultWords(check);
    default: return captureWords(check);
  }
}

/** @param {CheckView} check */
function resultWords({ result, document, desk }) {
  const facts = { document: documentWords(document), reason: desk?.reason ?? "" };
  switch (result) {
    case "genuine": return t("%(document)s was presented and checked.", facts);
    case "doubtful": return t("%(document)s: doubtful. %(reason)s", facts);
    default: return t("%(document)s: rejected. %(reason)s", facts);
  }
}

/** @param {CheckView} check */
function captureWords({ capture, before, why, taken, sides }) {
  switch (capture) {
    case "waiting": return t("Other checks go first: %(n)s", { n: before });
    case "starting":
    case "ready": return t("The camera is being connected …");
    case "watching": return t("The town's server looks on.");
    case "resting":
      return taken.length === sides.length
        ? t("The pictures are taken. The town's server looks on no more.")
        : t("The town's server looks on no more.");
    default:
      return why === "restart"
        ? t("The office was restarted. Please start again: the pictures are gone.")
        : t("The town's server does not look on. Go on with your own eyes, or start again.");
  }
}

/** @param {import("../types").ReadField["verdict"]} verdict */
export function verdictWords(verdict) {
  switch (verdict) {
    case "same": return t("same");
    case "similar": return t("similar");
    case "different": return t("different");
    case "good": return t("in order");
    case "bad": return t("not in order");
    case "look": return t("compare");
    default: return t("not entered");
  }
}

/** @param {NonNullable<CheckView["desk"]>} desk */
export function zoneWords({ zone }) {
  switch (zone) {
    case "read": return t("Read from the document");
    case "typed": return t("Typed from the document");
    case "doubtful": return t("Not read for certain: please compare yourself");
    default: return t("Compare with what was entered");
  }
}

/**
 * How the one-time code stands.
 *
 * @param {CheckView} check
 * @param {string} citizen
 * @param {boolean} wrong the last one was
 */
export function codeWords({ desk }, citizen, wrong) {
  if (!desk) return "";
  if (desk.items.some(({ id, done }) => id === "code" && done)) return t("The code was right.");
  if (wrong && desk.code && desk.code !== "ended") {
    return t("That was not the code. Tries left: %(n)s", { n: desk.code_tries });
  }
  switch (desk.code) {
    case "screen": return t("The code is on the page of %(name)s. Have it read out.", { name: citizen });
    case "mail": return t("The code was sent by mail. Have it read out.");
    case "ended": return t("The code has ended. Please send a new one.");
    default: return t("%(name)s gets six digits and reads them out.", { name: citizen });
  }
}
