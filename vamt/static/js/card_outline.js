// @ts-check
/**
 * The outline on the preview that the citizen fills with the document.
 *
 * The same numbers as `outline` in vamt/capture/sight.py: tests/capture/outlines.json holds both to
 * each other.
 */

// millimetres: ID-1 (ISO/IEC 7810), and one page of a passport (ICAO 9303-4, TD3)
const CARD = { width: 85.6, height: 54, down: 0.56 };
const PASSPORT = { width: 125, height: 88, down: 0.74 };
const ACROSS = 0.84; // of the picture's width: a portrait telephone is filled from side to side

/**
 * Where the outline is in a picture of this size, in its pixels.
 *
 * @param {number} width of the video's picture
 * @param {number} height
 * @param {string} shown "id_card", "passport", "residence_permit" or "other"
 * @returns {{x: number, y: number, width: number, height: number}}
 */
export function cardOutline(width, height, shown) {
  const size = shown === "passport" ? PASSPORT : CARD;
  const aspect = size.width / size.height;
  const wide = Math.min(ACROSS * width, size.down * height * aspect);
  const high = wide / aspect;
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high };
}
