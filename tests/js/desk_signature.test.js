// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { isOpen, seenWords, stateWords } from "../../vamt/static/js/views/desk_signature.js";

/** @typedef {import("../../vamt/static/js/types").SignatureView} SignatureView */

test("every state has words with her name, or says what the clerk herself did", () => {
  /** @type {SignatureView["state"][]} */
  const states = ["asked", "signing", "signed", "refused", "withdrawn"];
  const words = states.map((state) => stateWords({ state }, "Ayşe"));
  assert.equal(new Set(words).size, states.length);
  assert.ok(words.slice(0, 4).every((text) => text.includes("Ayşe")));
});

test("what the clerk has seen of it is told once it is signed, and no sooner", () => {
  const seen = /** @type {const} */ (["all", "differs", "nothing"]);
  const words = seen.map((one) => seenWords({ state: "signed", seen: one, typed: false }));
  assert.equal(new Set(words).size, 3);
  assert.match(seenWords({ state: "signed", seen: "nothing", typed: true }), /Typed name/);
  assert.equal(seenWords({ state: "signing", seen: "", typed: false }), "");
});

test("another one may be asked for as soon as one is over", () => {
  const open = ["asked", "signing", "signed", "refused", "withdrawn"].filter((state) =>
    isOpen(/** @type {SignatureView} */ ({ state })));
  assert.deepEqual(open, ["asked", "signing"]);
  assert.equal(isOpen(null), false);
});
