// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveText } from "../../vamt/static/js/live_text.js";
import { FakeClock } from "./fakes.js";

const CLERK = { id: "clerk:1", seat: /** @type {const} */ ("clerk"), name: "Anna Keller", epoch: 5, online: true };
const GUEST = { id: "guest:1", seat: /** @type {const} */ ("guest"), name: "Bodo Gast", epoch: 6, online: true };

/** @param {string} id @param {string} text */
const hers = (id, text, epoch = 5) => ({ from: CLERK.id, epoch, id, text });

function open({ shown = true } = {}) {
  const clock = new FakeClock();
  const line = { up: true };
  /** @type {[string, string][]} */ const posted = [];
  let ids = 0;
  const live = new LiveText({
    post({ id, text }) {
      if (line.up) posted.push([id, text]);
      return line.up;
    },
    shown,
    newId: () => `m${++ids}`,
    clock,
  });
  let changes = 0;
  live.addEventListener("change", () => (changes += 1));
  live.follow([CLERK], []);
  return { live, clock, posted, line, changes: () => changes, texts: () => live.others.map(({ text }) => text) };
}

test("the first letter goes at once, the last one after the pace, those between together", async () => {
  const { live, clock, posted } = open();
  for (const text of ["H", "Ha", "Hal", "Hall", "Hallo"]) live.type(text);
  assert.deepEqual(posted, [["m1", "H"]]);
  await clock.advance(150);
  assert.deepEqual(posted, [["m1", "H"], ["m1", "Hallo"]]);
  assert.equal(clock.timers.size, 0);
});

test("nobody waits half a second for a letter, and nobody sends more than seven times a second", async () => {
  const { live, clock, posted } = open();
  /** @type {Map<string, number>} */ const typed = new Map();
  /** @type {number[]} */ const delays = [];
  for (let n = 1; n <= 60; n += 1) {
    const text = "x".repeat(n);
    typed.set(text, clock.now());
    const before = posted.length;
    live.type(text);
    await clock.advance(37);
    for (const [, seen] of posted.slice(before)) delays.push(clock.now() - (typed.get(seen) ?? NaN));
  }
  assert.ok(Math.max(...delays) <= 150 + 37, String(delays));
  assert.ok(posted.length <= Math.ceil((60 * 37) / 150) + 1, String(posted.length));
});

test("the draft has the id of the message it becomes, the next one another", async () => {
  const { live, clock, posted } = open();
  live.type("Guten Tag");
  live.type("Guten Tag!");
  assert.equal(live.id, "m1");
  live.sent();
  await clock.advance(1000);
  live.type("W");
  assert.deepEqual(posted, [["m1", "Guten Tag"], ["m2", "W"]], "nothing of the first comes late");
});

test("an emptied field takes the draft away; blanks alone are none", async () => {
  const { live, clock, posted } = open();
  live.type("   ");
  live.type("a");
  await clock.advance(150);
  live.type(" ");
  await clock.advance(150);
  assert.deepEqual(posted, [["m1", "a"], ["m1", ""]]);
});

test("whoever switches it off is not seen typing any more", async () => {
  const { live, clock, posted } = open();
  live.type("geheim");
  await clock.advance(150);
  live.shown = false;
  live.type("geheimer");
  await clock.advance(1000);
  assert.deepEqual(posted, [["m1", "geheim"], ["m1", ""]]);
  live.shown = true;
  assert.deepEqual(posted.at(-1), ["m1", "geheimer"]);
});

test("switched off from the beginning, nothing leaves, whoever comes", async () => {
  const { live, clock, posted } = open({ shown: false });
  live.type("geheim");
  await clock.advance(1000);
  live.follow([CLERK, GUEST], []);
  live.resume();
  assert.deepEqual(posted, []);
});

test("after a lost line the others see what stands there now", async () => {
  const { live, clock, posted, line } = open();
  live.type("Gut");
  line.up = false;
  await clock.advance(150);
  live.type("Guten");
  line.up = true;
  live.resume();
  assert.deepEqual(posted.at(-1), ["m1", "Guten"]);
  line.up = false;
  await clock.advance(150);
  live.type("");
  line.up = true;
  live.resume();
  assert.deepEqual(posted.at(-1), ["m1", ""]);
  await clock.advance(150);
  live.resume();
  assert.equal(posted.length, 3, "nothing to tell, nothing told");
});

test("who comes or comes back is shown the draft; a state without news sends nothing", async () => {
  const { live, clock, posted } = open();
  live.type("Gut");
  await clock.advance(150);
  live.follow([CLERK], []);
  assert.equal(posted.length, 1);
  live.follow([CLERK, GUEST], []);
  assert.equal(posted.length, 2);
  await clock.advance(150);
  live.follow([{ ...CLERK, online: false }, GUEST], []);
  assert.equal(posted.length, 2);
  live.follow([CLERK, GUEST], []);
  assert.equal(posted.length, 3);
  await clock.advance(150);
  live.follow([{ ...CLERK, epoch: 9 }, GUEST], []);
  assert.equal(posted.length, 4);
});

test("nothing of one visit is told to the next person", async () => {
  const { live, clock, posted } = open();
  live.type("Ihr Kind");
  live.type("Ihr Kind ist");
  live.clear();
  live.follow([GUEST], []);
  await clock.advance(1000);
  live.resume();
  assert.deepEqual(posted, [["m1", "Ihr Kind"]]);
});

test("what another one types is shown with her name, the newest of each message", () => {
  const { live, changes } = open();
  live.receive(hers("a", "Gu"));
  live.receive(hers("a", "Guten"));
  assert.deepEqual(live.others, [{ id: "a", text: "Guten", name: "Anna Keller" }]);
  assert.equal(changes(), 2);
  live.receive(hers("a", ""));
  assert.deepEqual(live.others, []);
});

test("a sent message stays until the chat has it, although the next is being typed", () => {
  const { live, texts } = open();
  live.receive(hers("a", "Guten Tag"));
  live.receive(hers("b", "W"));
  assert.deepEqual(texts(), ["Guten Tag", "W"]);
  live.follow([CLERK], [{ id: "a" }]);
  assert.deepEqual(texts(), ["W"]);
  live.receive(hers("a", "Guten Tag"));
  assert.deepEqual(texts(), ["W"], "a late one of a message that stands");
});

test("old drafts of one person do not pile up", () => {
  const { live, texts } = open();
  for (const id of ["a", "b", "c", "d", "e"]) live.receive(hers(id, id));
  assert.deepEqual(texts(), ["c", "d", "e"]);
});

test("a draft goes with its page: away, reloaded, gone from the visit", () => {
  for (const peers of [[{ ...CLERK, online: false }], [{ ...CLERK, epoch: 7 }], [GUEST], []]) {
    const { live, texts, changes } = open();
    live.receive(hers("a", "Guten"));
    live.follow(peers, []);
    assert.deepEqual(texts(), []);
    assert.equal(changes(), 2);
  }
});

test("a newer page may write before the server tells of it; the older one's text goes", () => {
  const { live, texts } = open();
  live.receive(hers("a", "alt"));
  live.receive(hers("b", "neu", 7));
  live.follow([{ ...CLERK, epoch: 7 }], []);
  assert.deepEqual(texts(), ["neu"]);
});

test("strangers are not shown", () => {
  const { live, texts } = open();
  live.receive({ from: "clerk:9", epoch: 5, id: "x", text: "Hallo" });
  assert.deepEqual(texts(), []);
});

test("a refused message is taken back", () => {
  const { live, posted } = open();
  live.withdraw("a");
  assert.deepEqual(posted, [["a", ""]]);
});
