// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { codeKeeper } from "../../vamt/static/js/papers_code.js";

/** A keeper, what it sent, and what is answered next. */
function make() {
  /** @type {{url: string, code: string | null, redirect: string | undefined}[]} */
  const sent = [];
  const next = { answer: /** @type {() => Promise<object>} */ (async () => ({ ok: false, type: "opaqueredirect" })) };
  const keep = codeKeeper("/termin/x/papiere", async (url, { body, redirect }) => {
    sent.push({ url, code: /** @type {URLSearchParams} */ (body).get("code"), redirect });
    return /** @type {Response} */ (await next.answer());
  });
  return { sent, next, keep };
}

test("the code is kept once, and the way to the papers is not gone", async () => {
  const { sent, keep } = make();
  await keep("");
  await keep("1234 5678");
  await keep("1234 5678");
  await keep("");
  assert.deepEqual(sent, [{ url: "/termin/x/papiere", code: "1234 5678", redirect: "manual" }]);
});

test("what did not arrive is tried again, but not for ever", async () => {
  const { sent, next, keep } = make();
  next.answer = () => Promise.reject(new Error("offline"));
  await keep("1234 5678");
  next.answer = async () => ({ ok: false, type: "basic", status: 500 });
  await keep("1234 5678");
  next.answer = async () => ({ ok: false, type: "opaqueredirect" });
  await keep("1234 5678");
  await keep("1234 5678");
  assert.equal(sent.length, 3);
  next.answer = () => Promise.reject(new Error("offline"));
  for (let n = 0; n < 9; n++) await keep("8765 4321");
  assert.equal(sent.length, 6);
});
