// @ts-check
/**
 * The field one signs in: a canvas with the drawing of signature_pad on it. What has been drawn is
 * kept in widths of the pad, so that it stays when the pad changes its size (a phone is turned).
 */

import SignaturePad from "../../vendor/signature_pad.min.js";
import { isFull, LONGEST } from "../ink.js";

/**
 * @typedef {import("../types").InkPoint} InkPoint
 * @typedef {import("signature_pad").PointGroup} PointGroup
 */

const PEN = { penColor: "#111", minWidth: 0.9, maxWidth: 2.6 }; // px, for a pad of 360 px
const WIDTH = 360;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(strokes: readonly (readonly InkPoint[])[], full: boolean) => void} changed
 */
export function createPad(canvas, changed) {
  const pad = new SignaturePad(canvas, { minDistance: 2, throttle: 8, ...PEN });
  /** @type {InkPoint[][]} */
  let strokes = [];
  /** @type {number | null} */
  let began = null; // when the first point was drawn
  let width = 0;

  for (const event of ["beginStroke", "afterUpdateStroke", "endStroke"]) pad.addEventListener(event, take);

  /** Take over what has been drawn since the last time. */
  function take() {
    const groups = pad.toData();
    const { clientWidth, clientHeight } = canvas;
    groups.forEach(({ points }, number) => {
      const line = strokes[number] ?? [];
      for (const point of points.slice(line.length)) {
        began ??= point.time;
        line.push([
          share(point.x / clientWidth, 1),
          share(point.y / clientWidth, Math.min(1, clientHeight / clientWidth)),
          Math.min(LONGEST, Math.max(line.at(-1)?.[2] ?? 0, Math.round(point.time - began))),
          Math.round(Math.min(1, point.pressure || 0.5) * 100) / 100, // 0: the device cannot tell
        ]);
      }
      if (line.length) strokes[number] = line;
    });
    tell();
  }

  function tell() {
    const full = isFull(strokes);
    if (full) pad.off();
    changed(strokes.map((line) => [...line]), full);
  }

  /** Draw all anew, at the size the pad has now. */
  function fit() {
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth) return; // not shown
    const dense = Math.max(1, window.devicePixelRatio);
    canvas.width = clientWidth * dense;
    canvas.height = clientHeight * dense;
    canvas.getContext("2d")?.scale(dense, dense);
    width = clientWidth;
    const thick = Math.max(1, clientWidth / WIDTH);
    Object.assign(pad, { minWidth: PEN.minWidth * thick, maxWidth: PEN.maxWidth * thick });
    const { dotSize, minWidth, maxWidth, penColor, velocityFilterWeight, compositeOperation } = pad;
    const style = { dotSize, minWidth, maxWidth, penColor, velocityFilterWeight, compositeOperation };
    pad.fromData(strokes.map((line) => ({
      ...style,
      points: line.map(([x, y, t, pressure]) => ({ x: x * width, y: y * width, time: (began ?? 0) + t, pressure })),
    })));
  }

  new ResizeObserver(() => {
    if (canvas.clientWidth !== width) fit();
  }).observe(canvas);

  /** @param {InkPoint[][]} kept */
  function reset(kept) {
    strokes = kept;
    if (!kept.length) began = null;
    pad.on();
    fit();
    tell();
  }

  return {
    undo: () => reset(strokes.slice(0, -1)),
    clear: () => reset([]),
  };
}

/** @param {number} value @param {number} most */
function share(value, most) {
  return Math.round(Math.min(most, Math.max(0, value)) * 10_000) / 10_000;
}
