// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { AHEAD, CAMERA, LEVELS, SCREEN, begin, decide, settingsOf } from "../../vamt/static/js/adaptation.js";

/** @typedef {import("../../vamt/static/js/types").Reading} Reading */
/** @typedef {import("../../vamt/static/js/adaptation.js").State} State */

/** @type {Reading} */
const CLEAN = {
  sent: 80, lost: 0, available: 2000, roundTrip: 0.2, tcp: false, busy: false, missed: 0, concealed: 0, buffer: 0.05,
};

/** Somebody on a line, a reading each second; tells every level and switch of RED it came through. */
class Line {
  now = 0;
  /** @type {State} */ state = begin(0);
  /** @type {string[]} */ story = [];

  /** @param {number} seconds @param {Partial<Reading> & {loss?: number}} facts */
  run(seconds, { loss = 0, ...facts } = {}) {
    for (let i = 0; i < seconds; i += 1) {
      const before = this.state;
      this.now += 1000;
      this.state = decide({ ...CLEAN, lost: loss * CLEAN.sent, ...facts }, before, this.now);
      if (this.state.level !== before.level) this.story.push(this.state.level);
      if (this.state.red !== before.red) this.story.push(this.state.red ? "red" : "plain");
    }
    return this;
  }
}

test("a good line changes nothing", () => {
  assert.deepEqual(new Line().run(120).story, []);
});

test("the first reading, in the very moment of the beginning, is no reason for anything", () => {
  const { level, red } = decide(CLEAN, begin(5), 5);
  assert.deepEqual([level, red], ["normal", false]);
});

test("RED comes with loss, and goes when that has been over for ten seconds", () => {
  const line = new Line().run(5).run(6, { loss: 0.03 });
  assert.deepEqual(line.story, ["red"]);
  assert.deepEqual(line.run(10).story, ["red"]);
  assert.deepEqual(line.run(10).story, ["red", "plain"]);
});

test("one lost packet in a report is no reason for RED", () => {
  assert.deepEqual(new Line().run(5).run(1, { loss: 0.03 }).run(5).story, []);
});

test("RED does not flutter at its threshold", () => {
  const line = new Line();
  for (let i = 0; i < 60; i += 1) line.run(1, { loss: i % 2 ? 0.03 : 0.01 });
  assert.deepEqual(line.story, ["red"]);
});

test("on a narrow line without room there is no RED, whatever is lost to the full queue", () => {
  const line = new Line().run(20, { loss: 0.04, available: 150, roundTrip: 0.2 });
  assert.equal(line.state.red, false);
});

test("heavy loss on an empty queue has RED though the browser believes in little", () => {
  const line = new Line().run(10, { loss: 0.3, available: 80 });
  assert.equal(line.state.red, true);
});

test("much is lost: frames are spared and the picture stays, however little the browser believes in", () => {
  const line = new Line().run(5).run(60, { loss: 0.2, available: 90 });
  assert.deepEqual([line.story, line.state.heavy], [["small", "red"], true]);
  const { kilobits, lines } = settingsOf(line.state, false);
  assert.ok(kilobits < CAMERA.small.kilobits);
  assert.equal(lines, CAMERA.small.lines); // another size would begin with a key frame
  assert.equal(line.run(20, { loss: 0.02 }).state.heavy, false);
});

test("what is lost to a full queue spares nothing", () => {
  const line = new Line().run(5).run(10, { loss: 0.2, roundTrip: 0.9 });
  assert.equal(line.state.heavy, false);
});

test("heavy loss makes the picture small at once, and it stays so while much is lost", () => {
  const line = new Line().run(5).run(2, { loss: 0.2 });
  assert.equal(line.state.level, "small");
  assert.equal(line.run(120, { loss: 0.04, available: 400 }).state.level, "small");
});

test("a narrow line takes the picture down row by row, and off before the sound suffers", () => {
  const line = new Line().run(6, { available: 500 });
  assert.equal(line.state.level, "normal");
  assert.equal(line.run(8, { available: 250 }).state.level, "small");
  assert.equal(line.run(8, { available: 120 }).state.level, "tiny");
  assert.equal(line.run(8, { available: 40 }).state.level, "held");
});

test("a held picture comes back by itself, row by row", () => {
  const line = new Line().run(8, { available: 30 });
  assert.equal(line.state.level, "held");
  line.story = [];
  assert.deepEqual(line.run(60, { available: 600 }).story, ["tiny", "small", "normal"]);
});

test("who tries too early waits twice as long the next time", () => {
  const line = new Line().run(8, { available: 30 });
  /** @type {number[]} */ const tries = [];
  for (let i = 0; i < 200; i += 1) {
    const before = line.state.level;
    line.run(1, { available: line.state.level === "held" ? 55 : 30 });
    if (before === "held" && line.state.level === "tiny") tries.push(line.now);
  }
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assert.ok(pauses.length >= 3, `tried ${tries.length} times`);
  pauses.slice(1).forEach((pause, index) => assert.ok(pause > (pauses[index] ?? 0), `${pauses}`));
});

test("a queue that fills up makes the picture smaller before anything is lost", () => {
  const line = new Line().run(10).run(4, { roundTrip: 0.6 });
  assert.equal(line.state.level, "small");
});

test("a slow but steady way is no full queue", () => {
  assert.deepEqual(new Line().run(60, { roundTrip: 0.9 }).story, []);
});

test("over a TCP relay the picture begins small, and grows only on a steady one", () => {
  const steady = new Line().run(2, { tcp: true });
  assert.equal(steady.state.level, "small");
  assert.equal(steady.run(40, { tcp: true }).state.level, "normal");
  const rough = new Line();
  for (let i = 0; i < 30; i += 1) rough.run(2, { tcp: true, roundTrip: 0.2 }).run(1, { tcp: true, roundTrip: 0.5 });
  assert.notEqual(rough.state.level, "normal");
});

test("a browser that tells no bandwidth is judged by loss alone", () => {
  const line = new Line().run(10, { available: null, roundTrip: null });
  assert.deepEqual(line.story, []);
  assert.deepEqual(line.run(4, { available: null, roundTrip: null, loss: 0.1 }).story, ["red", "small"]);
});

test("a new connection goes on where the old one was, and judges its own way", () => {
  const { state } = new Line().run(6, { loss: 0.2 });
  const next = begin(9000, state);
  assert.deepEqual([next.level, next.red, next.least], ["small", true, null]);
  assert.equal(begin(0, { ...state, level: "held" }).level, "tiny");
});

test("less of everything from row to row", () => {
  for (const rows of [CAMERA, SCREEN]) {
    for (let i = 1; i < LEVELS.length; i += 1) {
      const [better, worse] = [rows[LEVELS[i - 1] ?? "normal"], rows[LEVELS[i] ?? "normal"]];
      assert.ok(worse.kilobits <= better.kilobits && worse.fps <= better.fps && worse.lines <= better.lines);
    }
  }
});

test("a shared screen keeps every line while it is sent at all", () => {
  for (const level of LEVELS) assert.equal(SCREEN[level].lines, Infinity);
  assert.equal(settingsOf({ ...begin(0), level: "held" }, true).active, false);
  assert.equal(settingsOf({ ...begin(0), red: true }, false).red, true);
});

test("the first pictures of a camera are small, those of a screen are not", () => {
  assert.deepEqual(settingsOf(begin(0), false, false, true), { ...CAMERA.normal, lines: 180, red: false });
  assert.equal(settingsOf(begin(0), false, true, true).lines, 180);
  assert.equal(settingsOf({ ...begin(0), level: "tiny" }, false, false, true).lines, CAMERA.tiny.lines);
  assert.equal(settingsOf(begin(0), true, false, true).lines, Infinity);
});

test("what nobody sees yet is small, on a bad line smaller still", () => {
  assert.deepEqual(settingsOf(begin(0), false, true), { ...AHEAD, red: false });
  assert.equal(settingsOf({ ...begin(0), level: "tiny" }, false, true).kilobits, CAMERA.tiny.kilobits);
});
