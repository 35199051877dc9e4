// @ts-check
/**
 * The strokes of a signature while it is drawn: how they are told to the clerk piece by piece, and
 * how her page puts them together again. The rule of a piece is in vamt/signature.py (`Ink`): from
 * point `first` on, this stroke is as follows, and no stroke after it exists; what stands there
 * already changes nothing. Knows no DOM.
 */

import { browserClock } from "./clock.js";

/** @typedef {import("./types").InkPoint} InkPoint */
/** @typedef {import("./types").InkPiece} InkPiece */
/** @typedef {readonly InkPoint[]} Stroke */

export const MOST_STROKES = 100; // as in vamt/signature.py
export const MOST_POINTS = 2000;
export const LONGEST = 600_000; // ms
export const LEAST_LENGTH = 0.15; // of the pad's width

const PACE = 33; // ms between two pieces over the data channel
const PACE_LINE = 120; // ms through the office's line, which allows 30 events a second in all
const PIECE = 200; // points in one message

/**
 * @param {readonly Stroke[]} strokes
 * @param {InkPiece} piece
 * @returns {Stroke[]} the strokes with the piece in its place
 */
export function withPiece(strokes, { stroke, first, points }) {
  const known = strokes[stroke] ?? [];
  if (points.length && points.every((point, n) => same(point, known[first + n]))) return [...strokes];
  const kept = strokes.slice(0, stroke + 1);
  if (stroke < 0 || stroke > kept.length || first > known.length) return kept;
  kept[stroke] = [...known.slice(0, first), ...points];
  return kept;
}

/** @param {InkPoint} one @param {InkPoint | undefined} other */
function same(one, other) {
  return other !== undefined && one.every((value, n) => value === other[n]);
}

/** @param {readonly Stroke[]} strokes how far the pen has gone, in widths of the pad */
export function lengthOf(strokes) {
  let sum = 0;
  for (const stroke of strokes) {
    for (let n = 1; n < stroke.length; n += 1) {
      sum += Math.hypot(stroke[n][0] - stroke[n - 1][0], stroke[n][1] - stroke[n - 1][1]);
    }
  }
  return sum;
}

/** @param {readonly Stroke[]} strokes */
export function isFull(strokes) {
  return strokes.length > MOST_STROKES || strokes.reduce((sum, { length }) => sum + length, 0) >= MOST_POINTS;
}

/**
 * A stroke as the path of an SVG, as vamt/signature.py draws it; a dot is a line of no length.
 *
 * @param {Stroke} stroke not empty
 * @param {number} unit the width of the pad
 */
export function pathOf(stroke, unit) {
  const at = (/** @type {number} */ n) => /** @type {const} */ ([stroke[n][0] * unit, stroke[n][1] * unit]);
  const text = (/** @type {readonly number[]} */ numbers) => numbers.map((number) => number.toFixed(1)).join(" ");
  let path = `M${text(at(0))}`;
  for (let n = 1; n < stroke.length - 1; n += 1) {
    const [[x, y], [nextX, nextY]] = [at(n), at(n + 1)];
    path += `Q${text([x, y, (x + nextX) / 2, (y + nextY) / 2])}`;
  }
  return `${path}L${text(at(stroke.length - 1))}`;
}

/** What the clerk's page has received of the signature that is being drawn. */
export class InkWatch {
  #signature = "";
  /** @type {readonly Stroke[]} */ #strokes = [];

  /** @param {import("./types").Inked} piece */
  receive({ signature, ...piece }) {
    this.#strokes = withPiece(this.of(signature), piece);
    this.#signature = signature;
  }

  /** @param {string} signature @returns {readonly Stroke[]} */
  of(signature) {
    return signature === this.#signature ? this.#strokes : [];
  }
}

/**
 * Tells what is drawn. There are two ways: the data channel to the town's server, and the line to
 * the office while there is none (a firewall, or not yet). Whatever way opens gets all of it.
 */
export class InkTeller {
  /** @type {(piece: InkPiece) => boolean} */ #line;
  /** @type {((piece: InkPiece) => boolean) | null} */ #channel = null;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {readonly Stroke[]} */ #strokes = [];
  #stroke = -1; // what has been told: up to this stroke ...
  #points = 0; // ... and so many of its points
  #cut = false; // more has been told than there is now
  #toldAt = -Infinity;
  /** @type {unknown} */ #timer = null;

  /**
   * @param {object} options
   * @param {(piece: InkPiece) => boolean} options.line through the office; false: there is no line
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ line, clock = browserClock }) {
    this.#line = line;
    this.#clock = clock;
  }

  /** @param {((piece: InkPiece) => boolean) | null} channel the quicker way, or null: it is gone */
  use(channel) {
    if (channel === this.#channel) return;
    this.#channel = channel;
    this.again();
  }

  /** Tell everything once more: a new way, a line that was down, a page of the clerk's that is new. */
  again() {
    this.#cut ||= this.#stroke >= 0; // after all strokes: there are no more
    this.#stroke = -1;
    this.#points = 0;
    this.#soon();
  }

  /** @param {readonly Stroke[]} strokes all that is on the pad now */
  show(strokes) {
    if (this.#stroke >= strokes.length) {
      this.#cut = true;
      this.#stroke = strokes.length - 1;
      this.#points = strokes[this.#stroke]?.length ?? 0;
    }
    this.#strokes = strokes;
    this.#soon();
  }

  /** When the last piece went, by the clock. */
  get toldAt() {
    return this.#toldAt;
  }

  /** Tell at once what the pace has held back: it is about to be handed in. */
  flush() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#tell());
  }

  /** Another signature, or none: nothing of this one is told. */
  clear() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#strokes = [];
    this.#channel = null;
    this.#stroke = -1;
    this.#points = 0;
    this.#cut = false;
  }

  /** At once, or when the pace allows. */
  #soon() {
    if (this.#timer !== null) return;
    const wait = this.#toldAt + (this.#channel ? PACE : PACE_LINE) - this.#clock.now();
    if (wait <= 0) {
      if (this.#tell()) this.#soon();
      return;
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      if (this.#tell()) this.#soon();
    }, wait);
  }

  /** @returns {boolean} whether there was something, and a way for it */
  #tell() {
    const piece = this.#next();
    if (!piece || !(this.#channel ?? this.#line)(piece)) return false;
    this.#toldAt = this.#clock.now();
    if (!piece.points.length) this.#cut = false;
    this.#stroke = piece.stroke;
    this.#points = piece.first + piece.points.length;
    return true;
  }

  /** @returns {InkPiece | null} what is to be told next */
  #next() {
    const length = this.#strokes[this.#stroke]?.length ?? 0;
    if (length > this.#points) return this.#piece(this.#stroke, this.#points);
    if (this.#stroke + 1 < this.#strokes.length) return this.#piece(this.#stroke + 1, 0);
    return this.#cut ? { stroke: this.#stroke, first: this.#points, points: [] } : null;
  }

  /** @param {number} stroke @param {number} first */
  #piece(stroke, first) {
    return { stroke, first, points: this.#strokes[stroke].slice(first, first + PIECE) };
  }
}
