// @ts-check
/**
 * Texts of the page's language. The server puts the catalogue into the page
 * (`<script type="application/json" id="catalog">`), made from the same gettext files
 * as its own texts; an unknown msgid is shown as it is (English).
 */

/** @typedef {Record<string, string | number>} Params */
/** @type {{lang: string, messages: Record<string, string | string[]>}} */
const catalog = read();

function read() {
    const element = globalThis.document?.getElementById("catalog");
    try {
        return { lang: "de", messages: {}, ...JSON.parse(element?.textContent || "{}") };
    } catch {
        return { lang: "de", messages: {} };
    }
}

/** The page's language code, e.g. "de". */
export const lang = catalog.lang;

/**
 * @param {string} text
 * @param {Params} params
 */
function fill(text, params) {
    return text.replace(/%\((\w+)\)s/g, (place, name) => String(params[name] ?? place));
}

/**
 * Translate `msgid`, filling in `%(name)s` places.
 *
 * @param {string} msgid English text
 * @param {Params} [params]
 * @returns {string}
 */
export function t(msgid, params = {}) {
    const found = catalog.messages[msgid];
    return fill(typeof found === "string" ? found : msgid, params);
}

/**
 * Translate by number: `tn("one minute", "%(n)s minutes", 5, {n: 5})`.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} n
 * @param {Params} [params]
 * @returns {string}
 */
export function tn(one, many, n, params = { n }) {
    const found = catalog.messages[one];
    const forms = Array.isArray(found) ? found : [one, many];
    // all languages shipped so far have two forms, "one" and the rest
    return fill(forms[n === 1 ? 0 : 1] ?? many, params);
}
