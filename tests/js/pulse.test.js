// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Pulse, stallAfter } from "../../vamt/static/js/pulse.js";

test("the more flows, the sooner a silence is a loss", () => {
  assert.deepEqual([200, 50, 15].map(stallAfter), [600, 600, 600]);
  assert.deepEqual([14.9, 3, 0].map(stallAfter), [2500, 2500, 2500]);
});

/** @param {number} each packets in 100 ms @param {number} ms */
function fed(each, ms) {
  const pulse = new Pulse();
  pulse.begin(0);
  let packets = 0;
  for (let now = 100; now <= ms; now += 100) pulse.count((packets += each), now);
  return { pulse, packets };
}

test("a flow is known after two seconds, and a silence does not change what it was", () => {
  const { pulse, packets } = fed(5, 3000);
  assert.equal(pulse.dense, true);
  assert.equal(pulse.count(packets, 3600), false);
  assert.deepEqual([pulse.silence(3600), pulse.limit, pulse.dense], [600, 600, true]);
});

test("pauses in speech are sparse, and so is a beginning", () => {
  const pulse = new Pulse();
  pulse.begin(0);
  assert.equal(pulse.limit, 2500);
  for (let n = 1; n < 20; n += 1) pulse.count(n, n * 400);
  assert.deepEqual([pulse.dense, pulse.limit], [false, 2500]);
});

test("another connection counts from zero and keeps the rate", () => {
  const { pulse } = fed(5, 3000);
  pulse.move(3500);
  assert.deepEqual([pulse.silence(3500), pulse.dense], [0, true]);
  assert.equal(pulse.count(3, 3600), true);
  assert.equal(pulse.dense, true);
});
