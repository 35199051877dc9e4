// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { CHAT_LENGTH, Outbox } from "../../vamt/static/js/outbox.js";
import { settle } from "./fakes.js";

/** An outbox, what it posted, and how to answer each post. */
function make() {
  /** @type {{id: string, text: string, arrive: () => void, fail: (error: object) => void}[]} */
  const posts = [];
  let ids = 0;
  const outbox = new Outbox({
    post: (message) => new Promise((resolve, reject) => {
      posts.push({ ...message, arrive: () => resolve({}), fail: reject });
    }),
    newId: () => `m${++ids}`,
    clock: () => 1000,
  });
  return { outbox, posts };
}

test("a message is pending until the server shows it", async () => {
  const { outbox, posts } = make();
  let changes = 0;
  outbox.addEventListener("change", () => changes++);
  assert.equal(outbox.add("  Guten Tag\n"), true);
  assert.deepEqual(outbox.pending, [{ id: "m1", text: "Guten Tag", at: 1000, refused: "" }]);
  posts[0].arrive();
  await settle();
  assert.equal(outbox.pending.length, 1, "acknowledged, but not seen in a state yet");
  outbox.settle([{ id: "m1" }]);
  assert.deepEqual(outbox.pending, []);
  assert.equal(changes, 2);
});

test("blank messages are not sent, long ones are cut", () => {
  const { outbox, posts } = make();
  assert.equal(outbox.add(" \n "), false);
  outbox.add("x".repeat(CHAT_LENGTH + 1));
  assert.equal(posts.length, 1);
  assert.equal(posts[0].text.length, CHAT_LENGTH);
});

test("what did not arrive is sent again in order, with the same id, and never twice at once", async () => {
  const { outbox, posts } = make();
  outbox.add("eins");
  outbox.add("zwei");
  outbox.flush();
  assert.equal(posts.length, 2, "both are still on their way");
  posts[0].fail({ status: 0 });
  posts[1].fail({ status: 429 });
  await settle();
  outbox.flush();
  assert.deepEqual(posts.slice(2).map(({ id }) => id), ["m1", "m2"]);
});

test("what the server does not want is kept, marked, and not sent again", async () => {
  const { outbox, posts } = make();
  outbox.add("zu spät");
  posts[0].fail({ status: 409, message: "Der Besuch ist vorbei." });
  await settle();
  assert.equal(outbox.pending[0].refused, "Der Besuch ist vorbei.");
  outbox.flush();
  assert.equal(posts.length, 1);
  outbox.clear();
  assert.deepEqual(outbox.pending, []);
});
