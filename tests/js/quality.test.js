// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { hopeful, judge } from "../../vamt/static/js/quality.js";
import { qualityWords } from "../../vamt/static/js/views/quality_words.js";

/** @typedef {import("../../vamt/static/js/quality.js").Facts} Facts */

/** @type {Facts} */
const FINE = {
  reading: {
    sent: 80, lost: 0, available: 2000, roundTrip: 0.06, tcp: false, busy: false, missed: 0, concealed: 0, buffer: 0.04,
  },
  loss: 0, level: "normal", camera: true, access: "unknown",
};

/** @param {Partial<Facts["reading"]>} reading @param {Partial<Facts>} [facts] @returns {Facts} */
const with_ = (reading, facts = {}) => ({ ...FINE, ...facts, reading: { ...FINE.reading, ...reading } });

/** @param {[number, Facts][]} parts seconds, and what was seen in them */
function after(...parts) {
  let history = hopeful();
  let now = 0;
  for (const [seconds, facts] of parts) {
    for (let i = 0; i < seconds; i += 1) history = judge(facts, history, (now += 1000));
  }
  return history;
}

test("nothing to say about a good line", () => {
  const { level, action } = after([30, FINE]);
  assert.deepEqual([level, action], ["good", ""]);
});

/** @type {[string, Partial<Facts["reading"]>, Partial<Facts>, string][]} */
const cases = [
  ["some sound made up", { concealed: 0.04 }, {}, "weak"],
  ["much sound made up", { concealed: 0.15 }, {}, "bad"],
  ["a tenth of what we send lost", {}, { loss: 0.12 }, "weak"],
  ["a third of it lost", {}, { loss: 0.35 }, "bad"],
  ["slow", { roundTrip: 0.9 }, {}, "weak"],
  ["very slow", { roundTrip: 1, buffer: 0.6 }, {}, "bad"],
  ["no room for the picture", {}, { level: "held" }, "weak"],
  ["no room, but nobody wants to send a picture", {}, { level: "held", camera: false }, "good"],
  ["a small picture is good enough", {}, { level: "small" }, "good"],
  ["nothing known", { roundTrip: null, concealed: null, buffer: null, missed: null }, {}, "good"],
];
for (const [name, reading, facts, expected] of cases) {
  test(`in three words: ${name}`, () => assert.equal(after([12, with_(reading, facts)]).level, expected));
}

test("what is made up while the buffer fills for the first time does not count", () => {
  assert.equal(after([5, with_({ concealed: 0.3 })], [5, FINE]).level, "good");
});

test("one bad second is no bad line, and one good second no good one", () => {
  assert.equal(after([10, FINE], [1, with_({ concealed: 0.05 })], [5, FINE]).level, "good");
  assert.equal(after([10, with_({ roundTrip: 1 })], [2, FINE]).level, "weak");
  assert.equal(after([10, with_({ roundTrip: 1 })], [6, FINE]).level, "good");
});

/** @type {[string, Partial<Facts["reading"]>, Partial<Facts>, string][]} */
const advice = [
  ["ours is lossy, on Wi-Fi", { missed: 0.1 }, { loss: 0.12, access: "wifi" }, "router"],
  ["ours is lossy, on mobile data", {}, { loss: 0.12, access: "cellular" }, "place"],
  ["ours is narrow", {}, { loss: 0.01, level: "tiny" }, "camera"],
  ["ours is narrow, the picture already held", {}, { loss: 0.01, level: "held", access: "wifi" }, "router"],
  ["only what comes is lossy", { missed: 0.2, concealed: 0.06 }, {}, "theirs"],
  ["through a firewall", { tcp: true, roundTrip: 1 }, { access: "ethernet", camera: false }, "network"],
  ["a slow device", { busy: true }, {}, "programs"],
];
for (const [name, reading, facts, expected] of advice) {
  test(`one thing that helps: ${name}`, () => assert.equal(after([10, with_(reading, facts)]).action, expected));
}

test("what has not helped makes room for the next advice", () => {
  const bad = with_({}, { loss: 0.12, access: "wifi" });
  /** @type {string[]} */ const heard = [];
  for (let seconds = 8; seconds < 120; seconds += 1) {
    const { action } = after([seconds, bad]);
    if (action !== heard.at(-1)) heard.push(action);
  }
  assert.deepEqual(heard, ["router", "camera", "mobile", "router", "camera"]);
});

test("every word of quality and advice is there, and none where all is well", () => {
  const actions = /** @type {const} */ ([
    "theirs", "camera", "router", "mobile", "place", "cable", "network", "programs",
  ]);
  const said = actions.map((action) => qualityWords({ level: "weak", action }, "Anja").advice);
  assert.equal(new Set(said).size, actions.length);
  assert.ok(said.every(Boolean));
  assert.match(qualityWords({ level: "bad", action: "theirs" }, "").advice, /other side/);
  assert.deepEqual(qualityWords({ level: "good", action: "" }, "Anja"), { label: "Good connection", advice: "", bars: 3 });
  assert.deepEqual([qualityWords({ level: "weak", action: "" }, "").bars, qualityWords({ level: "bad", action: "" }, "").bars], [2, 1]);
});
