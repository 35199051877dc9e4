// @ts-check
/**
 * Forms: which fields are asked, what is wrong with a value, and how it is kept. The same rules as
 * vamt/forms.py, and `tests/form_rules.json` has the cases that both pass. No DOM, no words: what
 * is wrong is named by a code.
 */

/**
 * @typedef {object} Rule what the rules need of a field
 * @property {string} key
 * @property {string} kind
 * @property {boolean} required
 * @property {readonly (readonly [string, string])[]} choices [value, label]
 * @property {{field: string, values: readonly string[]} | null} when
 *
 * @typedef {Readonly<Record<string, string>>} Values
 */

export const VALUE_LENGTH = 500;

const NUMERIC = new Set(["number", "phone", "postcode", "iban", "date"]);
const NO_MAIL = ' @<>()\\[\\],;:\\\\"';
const EMAIL = new RegExp(`^[^${NO_MAIL}]{1,64}@[^.${NO_MAIL}]+(\\.[^.${NO_MAIL}]+)+$`, "u");
/** @type {Readonly<Record<string, RegExp>>} */
const PATTERNS = {
  number: /^[+-]?[0-9]{1,12}([.,][0-9]{1,4})?$/,
  phone: /^(?=(?:[^0-9]*[0-9]){5})[0-9 +\-/().]{5,32}$/,
  postcode: /^(?!00)[0-9]{5}$/,
};
const IBAN = /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/; // ISO 13616-1
const IBAN_DE = 22; // characters
const BLANKS = /(?:[^\S\ufeff]|[\x1c-\x1f\x85])+/u; // what Python's str.split takes for them
const UNSTORABLE = /[\0-\x1f\ud800-\udfff]/u;

/**
 * A typed value as it is kept: no needless blanks, digits that every program reads, an IBAN in
 * groups of four.
 *
 * @param {string} kind
 * @param {string} text
 */
export function plain(kind, text) {
  const words = text.split(BLANKS).filter(Boolean).join(" ");
  const digits = NUMERIC.has(kind) ? words.replace(/[٠-٩۰-۹]/gu, (digit) => String(digit.charCodeAt(0) & 0xf)) : words;
  if (kind !== "iban") return digits;
  return Array.from(digits.replaceAll(" ", "").toUpperCase()).map((c, n) => (n && n % 4 === 0 ? ` ${c}` : c)).join("");
}

/**
 * What is wrong with a value that has been given; "" when nothing is.
 *
 * @param {Pick<Rule, "kind" | "choices">} field
 * @param {string} value
 */
export function faultOf({ kind, choices }, value) {
  const text = plain(kind, value);
  if (Array.from(text).length > VALUE_LENGTH) return "too_long";
  if (UNSTORABLE.test(text)) return "unstorable";
  if (!text) return "";
  switch (kind) {
    case "choice":
    case "yes_no": return choices.some(([choice]) => choice === text) ? "" : "choice";
    case "date": return isDate(text) ? "" : "date";
    case "iban": return isIban(text.replaceAll(" ", "")) ? "" : "iban";
    case "email": return Array.from(text).length <= 254 && isEmail(text) ? "" : "email";
    default: return !(kind in PATTERNS) || PATTERNS[kind].test(text) ? "" : kind;
  }
}

/**
 * The fields that are asked, seeing what the earlier ones say.
 *
 * @template {Pick<Rule, "key" | "when">} Field
 * @param {readonly Field[]} fields
 * @param {Values} values
 * @returns {Field[]}
 */
export function asked(fields, values) {
  /** @type {Set<string>} */
  const found = new Set();
  return fields.filter(({ key, when }) => {
    const holds = !when || (found.has(when.field) && when.values.includes(plain("choice", values[when.field] ?? "")));
    if (holds) found.add(key);
    return holds;
  });
}

/**
 * All that is wrong. What is not asked is not looked at.
 *
 * @param {readonly Rule[]} fields
 * @param {Values} values
 * @returns {Record<string, string>} key -> code
 */
export function check(fields, values) {
  /** @type {Record<string, string>} */
  const faults = {};
  for (const field of asked(fields, values)) {
    const value = values[field.key] ?? "";
    const fault = faultOf(field, value) || (field.required && !plain(field.kind, value) ? "missing" : "");
    if (fault) faults[field.key] = fault;
  }
  return faults;
}

/** Exactly as `<input type="date">` sends it, and a day there is. @param {string} text */
function isDate(text) {
  const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number);
  const made = new Date(0);
  made.setUTCFullYear(year, month - 1, day); // unlike Date.UTC it takes the year 50 for that
  return year >= 1 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
}

/** Whether there is such a mailbox only a mail can tell. @param {string} text */
function isEmail(text) {
  return EMAIL.test(text) && !text.includes("..") && !text.startsWith(".");
}

/** @param {string} text without blanks */
function isIban(text) {
  if (!IBAN.test(text) || (text.startsWith("DE") && text.length !== IBAN_DE)) return false;
  const digits = Array.from(text.slice(4) + text.slice(0, 4), (c) => parseInt(c, 36)).join("");
  let rest = 0; // ISO 7064, MOD 97-10
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
