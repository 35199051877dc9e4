// @ts-check
/**
 * How views find and fill the elements of their server-rendered skeleton (`data-part="…"`).
 * Setting only what differs keeps live regions quiet and the caret where it is.
 */

/**
 * The element named `name` inside `root`.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {{new (): T, prototype: T}} type
 * @returns {T}
 * @throws {Error} when the template lacks it, or has another kind of element there
 */
export function part(root, name, type) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${name}"`);
  return found;
}

/**
 * The element named `name` inside `root`, or null where this page has none.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {{new (): T, prototype: T}} type
 * @returns {T | null}
 */
export function maybe(root, name, type) {
  const found = root.querySelector(`[data-part="${name}"]`);
  return found instanceof type ? found : null;
}

/** @param {Node} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement | SVGElement} element @param {boolean} visible */
export function show(element, visible) {
  if (visible) element.removeAttribute("hidden");
  else if (!element.hasAttribute("hidden")) element.setAttribute("hidden", "");
}

/** @param {Element} element @param {string} name @param {string | boolean} value */
export function mark(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Show a stream. Not before the page has loaded, and not while the stream is empty: a media element
 * that waits for its first data holds back the page's load event (HTML, "delaying-the-load-event").
 *
 * @param {HTMLVideoElement} video
 * @param {MediaStream | null} stream
 */
export function attach(video, stream) {
  const ready = document.readyState === "complete" && (stream?.getTracks().length ?? 0) > 0;
  const wanted = ready ? stream : null;
  if (video.srcObject !== wanted) video.srcObject = wanted;
  return wanted !== null;
}

/**
 * The first letters of a name, at most two: what stands for a person without a picture.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/u).filter((word) => /^\p{L}/u.test(word));
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => Array.from(word)[0].toLocaleUpperCase()).join("");
}

/**
 * The address a telephone is dialled by: digits, and the plus of the country. The zero that is
 * dialled inside a country only, "+49 (0) 30", falls away.
 *
 * @param {string} phone as she wrote it
 */
export function telHref(phone) {
  const whole = phone.trim().startsWith("+") ? phone.replace(/\(0\)/, "") : phone;
  return `tel:${whole.replace(/[^\d+]/g, "")}`;
}

/**
 * A number as a link that dials it; the macro `telephone` of desk.html has both elements.
 *
 * @param {ParentNode} root
 * @param {string} name of the link; beside it stands what is said when there is none
 * @param {string} phone
 */
export function writePhone(root, name, phone) {
  const link = part(root, name, HTMLAnchorElement);
  write(link, phone);
  mark(link, "href", telHref(phone));
  show(link, phone !== "");
  show(part(root, `${name}-none`, HTMLElement), phone === "");
}

/** @param {Document | HTMLElement} root */
export function prefersStillness(root = document) {
  const view = (root instanceof Document ? root : root.ownerDocument).defaultView;
  return view?.matchMedia("(prefers-reduced-motion: reduce)").matches ?? false;
}
