// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { drawn } from "../../vamt/static/js/drawing.js";

/** A browser that shows a frame, or lets time pass, when it is told to. */
function browser() {
  /** @type {Map<number, () => void>} */ const frames = new Map();
  /** @type {Map<number, () => void>} */ const timers = new Map();
  let number = 0;
  Object.assign(globalThis, {
    window: globalThis,
    requestAnimationFrame: (/** @type {() => void} */ act) => (frames.set(++number, act), number),
    cancelAnimationFrame: (/** @type {number} */ id) => frames.delete(id),
    setTimeout: (/** @type {() => void} */ act) => (timers.set(++number, act), number),
    clearTimeout: (/** @type {number} */ id) => timers.delete(id),
  });
  const fire = (/** @type {Map<number, () => void>} */ waiting) => {
    const due = [...waiting.values()];
    waiting.clear();
    for (const act of due) act();
  };
  return { frame: () => fire(frames), time: () => fire(timers) };
}

test("many wishes before a frame are one drawing", () => {
  const { frame, time } = browser();
  let drawings = 0;
  const render = drawn(() => drawings++);
  render();
  render();
  assert.equal(drawings, 0);
  frame();
  frame();
  time();
  assert.equal(drawings, 1);
  render();
  frame();
  assert.equal(drawings, 2);
});

test("a page that gets no frames is drawn all the same", () => {
  const { frame, time } = browser();
  let drawings = 0;
  const render = drawn(() => drawings++);
  render();
  time();
  frame();
  assert.equal(drawings, 1);
});

test("what drawing itself changes is drawn with the next frame", () => {
  const { frame } = browser();
  let drawings = 0;
  const render = drawn(() => {
    if (drawings++ === 0) render();
  });
  render();
  frame();
  assert.equal(drawings, 1);
  frame();
  assert.equal(drawings, 2);
});
