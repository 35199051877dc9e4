// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Uploads, sender } from "../../vamt/static/js/uploads.js";
import { settle } from "./fakes.js";

/** A queue, and its files as they are sent: how far, and how it ends. */
function make() {
  /** @type {{name: string, progress: (share: number) => void, end: (why: string) => void, fail: (error: Error) => void}[]} */
  const sent = [];
  const uploads = new Uploads((file, progress) => new Promise((end, fail) => {
    sent.push({ name: file.name, progress, end, fail });
  }));
  const states = () => uploads.list.map(({ title, state }) => `${title} ${state}`);
  return { uploads, sent, states };
}

/** @param {string} name @param {number} [size] */
const file = (name, size = 1000) => /** @type {File} */ (/** @type {unknown} */ ({ name, size }));

test("files go one after the other, and each says how far it is", async () => {
  const { uploads, sent, states } = make();
  let changes = 0;
  uploads.addEventListener("change", () => changes++);
  uploads.add([file("a.jpg"), file("b.pdf")]);
  assert.deepEqual(states(), ["a.jpg sending", "b.pdf waiting"]);
  sent[0].progress(0.5);
  assert.equal(uploads.list[0].progress, 0.5);
  sent[0].progress(1);
  assert.deepEqual(states(), ["a.jpg checking", "b.pdf waiting"]);
  assert.equal(sent.length, 1);
  sent[0].end("");
  await settle();
  assert.deepEqual(states(), ["b.pdf sending"], "the list of documents shows what has arrived");
  sent[1].end("");
  await settle();
  assert.deepEqual(states(), []);
  assert.ok(changes >= 6);
});

test("a refusal keeps its words until they are closed, and the next file goes on", async () => {
  const { uploads, sent, states } = make();
  uploads.add([file("a.exe"), file("b.pdf")]);
  sent[0].end("Not this kind.");
  await settle();
  assert.deepEqual(states(), ["a.exe failed", "b.pdf sending"]);
  assert.equal(uploads.list[0].why, "Not this kind.");
  uploads.dismiss(uploads.list[1].id);
  assert.equal(uploads.list.length, 2, "what is on its way is not forgotten");
  uploads.dismiss(uploads.list[0].id);
  assert.deepEqual(states(), ["b.pdf sending"]);
});

test("what breaks while it is sent is a refusal, and the queue goes on", async () => {
  const { uploads, sent, states } = make();
  uploads.add([file("gone.jpg"), file("b.jpg")]);
  sent[0].fail(new Error("the file is gone from the phone"));
  await settle();
  assert.deepEqual(states(), ["gone.jpg failed", "b.jpg sending"]);
  assert.notEqual(uploads.list[0].why, "");
});

test("a file that is too large is not even sent", async () => {
  const { uploads, sent, states } = make();
  uploads.add([file("film.mov", 12 * 1024 ** 2 + 1), file("b.jpg", 12 * 1024 ** 2)]);
  await settle();
  assert.deepEqual(states(), ["film.mov failed", "b.jpg sending"]);
  assert.match(uploads.list[0].why, /12 MB/);
  assert.equal(sent.length, 1);
});

test("files chosen while others are sent wait for them; ids are never used twice", async () => {
  const { uploads, sent, states } = make();
  uploads.add([file("a.jpg")]);
  uploads.add([file("a.jpg")]);
  assert.deepEqual(states(), ["a.jpg sending", "a.jpg waiting"]);
  sent[0].end("");
  await settle();
  uploads.add([file("a.jpg")]);
  assert.equal(new Set(uploads.list.map(({ id }) => id)).size, 2);
  assert.equal(sent.length, 2);
});

/** Stands for XMLHttpRequest; the newest is `FakeRequest.last`. */
class FakeRequest extends EventTarget {
  /** @type {FakeRequest | null} */ static last = null;
  upload = new EventTarget();
  status = 0;
  timeout = 0;
  /** @type {unknown} */ response = null;
  /** @type {string[]} */ opened = [];
  /** @type {FormData | null} */ form = null;
  constructor() {
    super();
    FakeRequest.last = this;
  }

  /** @param {string[]} opened */
  open(...opened) {
    this.opened = opened;
  }

  setRequestHeader() {}

  /** @param {FormData} form */
  send(form) {
    this.form = form;
  }

  /** @param {number} status @param {unknown} response */
  answer(status, response) {
    Object.assign(this, { status, response });
    this.dispatchEvent(new Event("load"));
  }
}

/** Send a file with the stand-in. */
function begin() {
  Object.assign(globalThis, { XMLHttpRequest: FakeRequest });
  /** @type {number[]} */
  const shares = [];
  const done = sender(() => "/termin/x/dokumente")(new File(["abc"], "a.jpg"), (share) => shares.push(share));
  return { done, shares, request: /** @type {FakeRequest} */ (FakeRequest.last) };
}

test("a file is sent as a form and its answer is read", async () => {
  const { done, shares, request } = begin();
  assert.deepEqual(request.opened, ["POST", "/termin/x/dokumente"]);
  assert.equal(/** @type {File} */ (request.form?.get("file")).name, "a.jpg");
  request.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: 1, total: 4 }));
  request.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: 1, total: 0 }));
  assert.deepEqual(shares, [0.25, 0]);
  request.answer(200, { ok: true });
  assert.equal(await done, "");
});

test("the words of a refusal are shown, and others where there are none", async () => {
  for (const [response, words] of /** @type {[unknown, RegExp][]} */ ([
    [{ ok: false, message: "Too large." }, /^Too large\.$/],
    [null, /try again/],
    [{ message: 7 }, /try again/],
  ])) {
    const { done, request } = begin();
    request.answer(413, response);
    assert.match(await done, words);
  }
});

for (const event of ["error", "abort", "timeout"]) {
  test(`a line that breaks is said so (${event})`, async () => {
    const { done, request } = begin();
    request.dispatchEvent(new Event(event));
    assert.match(await done, /try again/);
  });
}
