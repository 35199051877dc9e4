// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  checkWords, codeWords, verdictWords, zoneWords,
} from "../../vamt/static/js/views/desk_check_words.js";

/** @typedef {import("../../vamt/static/js/types").CheckView} CheckView */

/** @param {Partial<CheckView>} [more] @param {Partial<NonNullable<CheckView["desk"]>>} [desk] */
function check(more = {}, desk = {}) {
  return /** @type {CheckView} */ ({
    id: "c", document: "id_card", state: "allowed", level: "checked_code", sides: ["front", "back"],
    side: "front", taken: [], capture: "watching", before: 0, why: "", reads: true, keep_hours: 0,
    result: "", at: 0, code: "",
    desk: {
      takes: 0, zone: "", fields: [], items: [{ id: "code", label: "", done: false }], code: "",
      code_until: 0, code_tries: 5, keeps: [], kept_until: null, reason: "", by: "Anja", ...desk,
    },
    ...more,
  });
}

test("every state of a check has words of its own", () => {
  const states = /** @type {const} */ (["asked", "allowed", "judged", "refused", "aborted"]);
  const said = states.map((state) => checkWords(check({ state }), "Ada"));
  assert.equal(new Set(said).size, states.length);
  assert.match(said[0], /^Ada /);
});

test("the result names the document and the reason, never more than what was done", () => {
  assert.equal(
    checkWords(check({ state: "judged", result: "genuine" }), "Ada"),
    "Identity card was presented and checked.",
  );
  const rejected = check({ state: "judged", result: "rejected" }, { reason: "not her" });
  assert.equal(checkWords(rejected, "Ada"), "Identity card: rejected. not her");
});

test("it is said when the server looks, when others go first, and when it looks no more", () => {
  const captures = /** @type {const} */ (["none", "waiting", "starting", "watching", "resting"]);
  const said = captures.map((capture) => checkWords(check({ capture, before: 2 }), "Ada"));
  assert.equal(new Set(said).size, captures.length);
  assert.match(said[1], /2/);
  assert.match(checkWords(check({ capture: "none", why: "restart" }), "Ada"), /restarted/);
  assert.match(checkWords(check({ capture: "resting", taken: ["front", "back"] }), "Ada"), /pictures are taken/);
});

test("a zone that may not be believed is for her own eyes", () => {
  assert.match(zoneWords(/** @type {any} */ (check({}, { zone: "doubtful" }).desk)), /compare yourself/);
  const verdicts = /** @type {const} */ (["same", "similar", "different", "missing", "good", "bad", "look"]);
  assert.equal(new Set(verdicts.map(verdictWords)).size, verdicts.length);
});

test("the code: how it came, how many tries are left, and that it was right", () => {
  assert.match(codeWords(check({}, { code: "screen" }), "Ada", false), /page of Ada/);
  assert.match(codeWords(check({}, { code: "mail" }), "Ada", false), /mail/);
  assert.match(codeWords(check({}, { code: "mail", code_tries: 3 }), "Ada", true), /3/);
  assert.match(codeWords(check({}, { code: "ended", code_tries: 0 }), "Ada", true), /ended/);
  const right = check({}, { code: "mail", items: [{ id: "code", label: "", done: true }] });
  assert.equal(codeWords(right, "Ada", true), "The code was right.");
  assert.equal(codeWords(check({ desk: null }), "Ada", false), "");
});
