// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMITS, STEPS, lineVerdict, unchecked, verdictOf } from "../../vamt/static/js/precheck_limits.js";
import { checkTrouble, checkWords, stepName, stepWords, summary } from "../../vamt/static/js/views/precheck_words.js";

/** @typedef {import("../../vamt/static/js/types").Checked} Checked */

/** @param {Partial<Checked>} [facts] @returns {Checked} a check that found all well */
const found = (facts = {}) => ({
  camera: "ok", microphone: "ok", socket: "ok", stun: "ok", relay: "ok",
  round_trip: 60, kbps: 800, loss: 0, ...facts,
});
/** @param {import("../../vamt/static/js/precheck_limits.js").Step} step @param {Partial<Checked>} facts */
const said = (step, facts) => Object.values(verdictOf(step, found(facts))).join(" ").trim();

test("the way through her network is good where the relay carries packets, whatever STUN says", () => {
  assert.equal(said("path", { stun: "failed" }), "good");
  assert.equal(said("path", { relay: "failed" }), "weak detour");
  assert.equal(said("path", { relay: "failed", stun: "failed" }), "bad blocked");
  assert.equal(said("path", { relay: "failed", stun: "unknown" }), "bad blocked");
  assert.equal(said("path", { relay: "unknown" }), "good");
  assert.equal(said("path", { relay: "unknown", stun: "failed" }), "weak detour");
  assert.equal(said("path", { relay: "unknown", stun: "unknown" }), "unknown");
});

test("each limit of the line is a limit: on it good, beyond it not", () => {
  const { lossy, broken, narrow, closed, late } = LIMITS;
  /** @type {[Partial<Checked>, string][]} */
  const cases = [
    [{}, "good"],
    [{ loss: lossy }, "good"],
    [{ loss: lossy + 0.01 }, "weak lossy"],
    [{ loss: broken + 0.01 }, "bad lossy"],
    [{ kbps: narrow }, "good"],
    [{ kbps: narrow - 1 }, "weak slow"],
    [{ kbps: closed - 1 }, "bad slow"],
    [{ round_trip: late }, "good"],
    [{ round_trip: late + 1 }, "weak late"],
    [{ loss: lossy + 0.01, kbps: closed - 1 }, "bad slow"], // the worse of two
    [{ loss: null }, "good"],
    [{ loss: 1, kbps: null }, "bad lossy"],
    [{ loss: null, kbps: null }, "unknown"],
  ];
  for (const [facts, verdict] of cases) assert.equal(said("speed", facts), verdict, JSON.stringify(facts));
});

test("the line as a whole is as bad as its worst step", () => {
  assert.deepEqual(lineVerdict(found({ relay: "failed", kbps: 50 })), { grade: "bad", why: "slow" });
  assert.deepEqual(lineVerdict(found({ socket: "failed", kbps: 50 })), { grade: "bad", why: "office" });
  assert.deepEqual(lineVerdict(found({ relay: "failed", kbps: 300 })), { grade: "weak", why: "detour" });
  assert.deepEqual(lineVerdict(found({ camera: "black" })), { grade: "good", why: "" });
  assert.deepEqual(lineVerdict(unchecked()), { grade: "unknown", why: "" });
});

test("whatever is weak or bad comes with the one thing that helps, and nothing else does", () => {
  /** @type {Partial<Checked>[]} */
  const cases = [
    {}, { microphone: "silent" }, { microphone: "none" }, { camera: "black" }, { camera: "frozen" }, { camera: "none" },
    { socket: "failed" }, { socket: "unknown" }, { relay: "failed" }, { relay: "failed", stun: "failed" },
    { relay: "unknown", stun: "unknown" }, { loss: 0.2 }, { loss: 0.9 }, { kbps: 300 }, { kbps: 20 },
    { round_trip: 900 }, { loss: null, kbps: null },
  ];
  for (const facts of cases) {
    for (const step of STEPS) {
      const { text, help } = stepWords(step, found(facts));
      const { grade } = verdictOf(step, found(facts));
      assert.ok(text && stepName(step), `${step} ${JSON.stringify(facts)}`);
      assert.equal(help !== "", grade === "weak" || grade === "bad", `${step} ${JSON.stringify(facts)}`);
    }
  }
});

test("the sentence that is read out always says that she can come in, unless all is well", () => {
  assert.equal(summary(found()), "Your connection is good.");
  assert.match(summary(found({ camera: "frozen" })), /look at camera/);
  assert.match(summary(found({ microphone: "silent" })), /look at camera and microphone/);
  for (const facts of [found({ kbps: 300 }), found({ relay: "failed", stun: "failed" }), unchecked()]) {
    assert.match(summary(facts), /come in/);
  }
});

test("the clerk reads it in a few words, and in the list only what is wrong", () => {
  assert.equal(checkWords(null), "not checked");
  assert.equal(checkTrouble(null), "");
  assert.equal(checkWords(found()), "Connection good");
  assert.equal(checkTrouble(found()), "");
  assert.equal(checkTrouble(unchecked()), "");
  assert.equal(checkWords(found({ camera: "black" })), "Connection good · Picture black");
  assert.equal(checkTrouble(found({ camera: "black", microphone: "silent" })), "Microphone silent · Picture black");
  assert.equal(checkTrouble(found({ kbps: 300 })), "Connection weak: sound yes, picture may falter");
  const words = [{ socket: "failed" }, { relay: "failed" }, { relay: "failed", stun: "failed" }, { kbps: 300 },
    { kbps: 20 }, { round_trip: 900 }].map((facts) => checkTrouble(found(/** @type {Partial<Checked>} */ (facts))));
  assert.equal(new Set(words).size, 6);
});
