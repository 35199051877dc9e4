// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Issuing, paperOf } from "../../vamt/static/js/issuing.js";

/** @param {(url: string, init: any) => Promise<any>} post */
function made(post) {
  const issuing = new Issuing(/** @type {any} */ (post));
  /** @type {string[]} */
  const seen = [];
  issuing.addEventListener("change", () => seen.push(issuing.busy));
  return { issuing, seen };
}

test("one at a time, told when it begins and ends", async () => {
  /** @type {(answer: any) => void} */
  let answer = () => {};
  /** @type {string[]} */
  const asked = [];
  const { issuing, seen } = made((url, { method }) => {
    asked.push(`${method} ${url}`);
    return new Promise((done) => { answer = done; });
  });
  const first = issuing.issue(paperOf("bescheinigung", "a b"));
  assert.equal(await issuing.issue(paperOf("formular", "a b")), "");
  answer({ ok: true });
  assert.equal(await first, "");
  assert.deepEqual(asked, ["POST /amt/bescheinigung/a%20b"]);
  assert.deepEqual(seen, ["bescheinigung/a%20b", ""]);
});

test("what went wrong comes in words, whatever it was", async () => {
  const refused = made(async () => ({ ok: false, json: async () => ({ message: "Es fehlt etwas." }) }));
  assert.equal(await refused.issuing.issue("m"), "Es fehlt etwas.");
  for (const post of [
    async () => ({ ok: false, json: async () => ({}) }),
    async () => ({ ok: false, json: async () => { throw new SyntaxError("a page"); } }),
    async () => { throw new TypeError("no network"); },
  ]) {
    const { issuing } = made(post);
    assert.notEqual(await issuing.issue("m"), "");
    assert.equal(issuing.busy, "");
  }
});
