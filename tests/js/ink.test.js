// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { InkTeller, InkWatch, isFull, lengthOf, pathOf, withPiece } from "../../vamt/static/js/ink.js";
import { FakeClock } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").InkPiece} InkPiece */
/** @typedef {import("../../vamt/static/js/types").InkPoint} InkPoint */

/** @param {number} n @returns {InkPoint} */
const point = (n) => [n / 1000, 0.1, n, 0.5];
/** @param {number} from @param {number} to */
const stroke = (from, to) => Array.from({ length: to - from }, (_, n) => point(from + n));

function open() {
  const clock = new FakeClock();
  const way = { up: true };
  /** @type {InkPiece[]} */ const told = [];
  /** @type {readonly (readonly InkPoint[])[]} what the clerk sees */ let seen = [];
  const post = (/** @type {InkPiece} */ piece) => {
    if (!way.up) return false;
    told.push(piece);
    seen = withPiece(seen, piece);
    return true;
  };
  const teller = new InkTeller({ line: post, clock });
  return { teller, clock, way, told, post, seen: () => seen };
}

test("the first points go at once, what follows together, as often as the way allows", async () => {
  const { teller, clock, told, seen } = open();
  for (let n = 1; n <= 30; n += 1) {
    teller.show([stroke(0, n)]);
    await clock.advance(16);
  }
  await clock.advance(200);
  assert.deepEqual(seen(), [stroke(0, 30)]);
  assert.deepEqual(told[0].points.length, 1);
  assert.ok(told.length <= 6, String(told.length));
  assert.equal(clock.timers.size, 0);
});

test("undo and beginning again are told, also when something new stands there at once", async () => {
  const { teller, clock, seen } = open();
  const two = [stroke(0, 5), stroke(5, 9)];
  teller.show(two);
  await clock.advance(500);
  assert.deepEqual(seen(), two);
  teller.show([two[0]]);
  await clock.advance(500);
  assert.deepEqual(seen(), [two[0]]);
  teller.show([]);
  teller.show([stroke(20, 22)]);
  await clock.advance(500);
  assert.deepEqual(seen(), [stroke(20, 22)]);
  teller.show([]);
  await clock.advance(500);
  assert.deepEqual(seen(), []);
  assert.equal(clock.timers.size, 0);
});

test("a quicker way gets everything, and what both have brought stands there once", async () => {
  const { teller, clock, told, post, seen } = open();
  const strokes = [stroke(0, 5), stroke(5, 450)];
  teller.show(strokes);
  await clock.advance(1000);
  const before = told.length;
  teller.use(post);
  await clock.advance(1000);
  assert.deepEqual(seen(), strokes);
  assert.ok(told.length > before);
  assert.ok(told.every(({ points }) => points.length <= 200));
});

test("telling all again takes nothing away, but what does not exist any more", async () => {
  const { teller, clock, told, seen } = open();
  const strokes = [stroke(0, 5), stroke(5, 9), stroke(9, 12)];
  teller.show(strokes);
  await clock.advance(1000);
  const before = told.length;
  teller.again();
  for (let n = 0; n < 10; n += 1) {
    assert.deepEqual(seen(), strokes);
    await clock.advance(60);
  }
  assert.ok(told.length > before);

  teller.show([strokes[0]]);
  teller.again(); // the piece that says so is lost with the line
  await clock.advance(500);
  assert.deepEqual(seen(), [strokes[0]]);
  assert.equal(clock.timers.size, 0);
});

test("what a broken line has swallowed is told when it is back", async () => {
  const { teller, clock, way, seen } = open();
  teller.show([stroke(0, 3)]);
  way.up = false;
  teller.show([stroke(0, 6)]);
  await clock.advance(500);
  assert.deepEqual(seen(), [stroke(0, 3)]);
  way.up = true;
  teller.again();
  await clock.advance(500);
  assert.deepEqual(seen(), [stroke(0, 6)]);
});

test("after it was cleared nothing of it is told, and nothing waits", async () => {
  const { teller, clock, told } = open();
  teller.show([stroke(0, 3)]);
  teller.show([stroke(0, 6)]);
  teller.clear();
  await clock.advance(500);
  assert.equal(told.length, 1);
  assert.equal(clock.timers.size, 0);
});

test("a piece after a gap changes nothing before it", () => {
  const seen = [stroke(0, 3)];
  assert.deepEqual(withPiece(seen, { stroke: 0, first: 5, points: stroke(5, 6) }), seen);
  assert.deepEqual(withPiece(seen, { stroke: 2, first: 0, points: stroke(5, 6) }), seen);
  assert.deepEqual(withPiece(seen, { stroke: 0, first: 1, points: stroke(1, 2) }), seen);
  assert.deepEqual(withPiece(seen, { stroke: 0, first: 1, points: stroke(7, 8) }), [[point(0), point(7)]]);
});

test("the length is that of the pen on the paper, and there is an end to it", () => {
  assert.equal(lengthOf([[[0, 0, 0, 1], [0.3, 0.4, 9, 1]], [[0.9, 0.9, 20, 1]]]), 0.5);
  assert.equal(isFull([stroke(0, 1999)]), false);
  assert.equal(isFull([stroke(0, 1000), stroke(0, 1000)]), true);
});

test("a stroke is drawn through the middles between its points, a dot stays a dot", () => {
  assert.equal(pathOf([[0.1, 0.2, 0, 1]], 1000), "M100.0 200.0L100.0 200.0");
  assert.equal(
    pathOf([[0, 0, 0, 1], [0.1, 0, 1, 1], [0.1, 0.1, 2, 1]], 1000),
    "M0.0 0.0Q100.0 0.0 100.0 50.0L100.0 100.0",
  );
});

test("the desk keeps the strokes of one request, and of no other", () => {
  const watch = new InkWatch();
  watch.receive({ signature: "a", stroke: 0, first: 0, points: stroke(0, 3) });
  watch.receive({ signature: "a", stroke: 0, first: 3, points: stroke(3, 5) });
  assert.deepEqual(watch.of("a"), [stroke(0, 5)]);
  assert.deepEqual(watch.of("b"), []);
  watch.receive({ signature: "b", stroke: 0, first: 0, points: stroke(7, 8) });
  assert.deepEqual(watch.of("b"), [stroke(7, 8)]);
  assert.deepEqual(watch.of("a"), []);
});
