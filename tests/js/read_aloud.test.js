// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { ReadAloud } from "../../vamt/static/js/read_aloud.js";
import { FakeClock } from "./fakes.js";

function open() {
  const clock = new FakeClock();
  /** @type {string[]} */ const said = [];
  const aloud = new ReadAloud({ clock, say: (words, name) => said.push(name ? `${name}: ${words}` : words) });
  return {
    clock,
    said,
    aloud,
    /** @param {string} text */
    type: (text) => aloud.grow({ id: "a", name: "Anna", text }),
    /** @param {string} text */
    finish: (text) => aloud.finish({ id: "a", name: "Anna", text }),
  };
}

test("no letters: whole words when she pauses, the rest when the message is there", async () => {
  const { clock, said, type, finish } = open();
  for (const text of ["G", "Gu", "Gut", "Gute", "Guten", "Guten ", "Guten T"]) {
    type(text);
    await clock.advance(300);
  }
  assert.deepEqual(said, []);
  await clock.advance(700);
  assert.deepEqual(said, ["Anna: Guten"]);
  type("Guten Tag Frau");
  finish("Guten Tag Frau Yılmaz");
  assert.deepEqual(said, ["Anna: Guten", "Tag Frau Yılmaz"]);
  await clock.advance(10_000);
  assert.equal(said.length, 2);
  assert.equal(clock.timers.size, 0);
});

test("a finished sentence does not wait for a pause", async () => {
  const { said, type } = open();
  type("Haben Sie Ihren Ausweis?");
  assert.deepEqual(said, [], "it may go on: 3.5, example.org");
  type("Haben Sie Ihren Ausweis? B");
  assert.deepEqual(said, ["Anna: Haben Sie Ihren Ausweis?"]);
  type("Haben Sie Ihren Ausweis? Bitte\n");
  assert.deepEqual(said, ["Anna: Haben Sie Ihren Ausweis?", "Bitte"]);
});

test("a single word that stays is said after a long pause", async () => {
  const { clock, said, type, finish } = open();
  type("Nein");
  await clock.advance(2900);
  assert.deepEqual(said, []);
  await clock.advance(100);
  assert.deepEqual(said, ["Anna: Nein"]);
  finish("Nein");
  assert.deepEqual(said, ["Anna: Nein"], "and not once more");
});

test("nothing is said twice, whatever space stands around it", async () => {
  const { clock, said, type, finish } = open();
  type("  Guten Tag ");
  await clock.advance(1000);
  finish("Guten Tag");
  assert.deepEqual(said, ["Anna: Guten Tag"]);
});

test("a word that was mended is said again, what stands before it is not", async () => {
  const { clock, said, type } = open();
  type("am Montag um ");
  await clock.advance(1000);
  type("am Mittwoch um ");
  await clock.advance(1000);
  assert.deepEqual(said, ["Anna: am Montag um", "Mittwoch um"]);
});

test("a message nobody saw being typed is said whole", () => {
  const { said, finish } = open();
  finish("Guten Tag! Wie geht es?");
  assert.deepEqual(said, ["Anna: Guten Tag! Wie geht es?"]);
});

test("a draft that is gone says nothing any more", async () => {
  const { clock, said, type, aloud } = open();
  type("doch nicht ");
  aloud.keep((id) => id !== "a");
  await clock.advance(5000);
  assert.deepEqual(said, []);
  assert.equal(clock.timers.size, 0);
});

test("two writers do not get in each other's way", async () => {
  const { clock, said, aloud } = open();
  aloud.grow({ id: "a", name: "Anna", text: "Guten " });
  aloud.grow({ id: "b", name: "Bodo", text: "Hallo " });
  await clock.advance(1000);
  assert.deepEqual(said, ["Anna: Guten", "Bodo: Hallo"]);
});
