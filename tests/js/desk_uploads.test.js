// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { DeskUploads } from "../../vamt/static/js/desk_uploads.js";
import { settle } from "./fakes.js";

/** The desk's queues, what is sent to whom, and what the clerk was told. */
function make() {
  /** @type {{to: string, name: string, end: (why: string) => void}[]} */
  const sent = [];
  /** @type {string[]} */
  const told = [];
  const uploads = new DeskUploads((words) => told.push(words), (to) => (file) => new Promise((end) => {
    sent.push({ to, name: file.name, end });
  }));
  return { uploads, sent, told };
}

/** @param {string} name */
const file = (name) => /** @type {File} */ (/** @type {unknown} */ ({ name, size: 1000 }));

test("a file goes to the person of its visit, whoever is called meanwhile", async () => {
  const { uploads, sent, told } = make();
  uploads.turn("ada");
  uploads.add([file("a.pdf"), file("b.pdf")]);
  uploads.turn("");
  assert.deepEqual(uploads.list, []);
  uploads.turn("ben");
  uploads.add([file("c.pdf")]);
  sent[0].end("");
  await settle();
  assert.deepEqual(sent.map(({ to, name }) => `${to} ${name}`), ["ada a.pdf", "ben c.pdf", "ada b.pdf"]);
  assert.deepEqual(uploads.list.map(({ title }) => title), ["c.pdf"]);
  uploads.turn("ada");
  assert.deepEqual(uploads.list.map(({ title }) => title), ["b.pdf"], "the visit goes on");
  assert.deepEqual(told, []);
});

test("what fails after the visit is told, and only once", async () => {
  const { uploads, sent, told } = make();
  let changes = 0;
  uploads.addEventListener("change", () => changes++);
  uploads.turn("ada");
  uploads.add([file("a.pdf"), file("b.pdf")]);
  uploads.turn("");
  const before = changes;
  sent[0].end("There is no visit at the moment.");
  await settle();
  sent[1].end("");
  await settle();
  assert.deepEqual(told, ["a.pdf was not handed over. There is no visit at the moment."]);
  assert.ok(changes > before);
  uploads.turn("ada");
  assert.deepEqual(uploads.list, []);
});

test("what has failed in the visit stays with its words, and is told when the visit ends unread", async () => {
  const { uploads, sent, told } = make();
  uploads.turn("ada");
  uploads.add([file("a.exe"), file("b.exe")]);
  sent[0].end("Not this kind.");
  await settle();
  sent[1].end("Not this kind.");
  await settle();
  uploads.dismiss(uploads.list[0].id);
  assert.deepEqual(uploads.list.map(({ title, state }) => `${title} ${state}`), ["b.exe failed"]);
  assert.deepEqual(told, []);
  uploads.turn("");
  assert.deepEqual(told, ["b.exe was not handed over. Not this kind."]);
});

test("without a visit there is nobody to hand anything to", () => {
  const { uploads, sent } = make();
  uploads.add([file("a.pdf")]);
  uploads.dismiss("up-1");
  assert.deepEqual([uploads.list, sent], [[], []]);
});
