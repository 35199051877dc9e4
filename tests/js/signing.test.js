// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "../../vamt/static/js/protocol.js";
import { Signing } from "../../vamt/static/js/signing.js";
import { FakeClock } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").VisitView} VisitView */
/** @typedef {import("../../vamt/static/js/types").SignatureView} SignatureView */

/** @type {import("../../vamt/static/js/types").InkPoint[][]} */
const LINE = [[[0.1, 0.3, 0, 0.5], [0.6, 0.3, 300, 0.5]]];

/**
 * @param {Partial<SignatureView> | null} signature
 * @param {number} [epoch] of the clerk's page
 */
function visit(signature, epoch = 5) {
  const view = signature && {
    id: "s1", state: "asked", title: "Erklärung", text: "Ich ziehe um.", hash: "", consent: "", at: 0, ready: false, ...signature,
  };
  const clerk = { id: "clerk:1", seat: "clerk", name: "Anna Keller", epoch, online: true };
  return /** @type {VisitView} */ ({ id: "v1", peers: [clerk], signature: view });
}

class FakePeer extends EventTarget {
  /** @type {import("../../vamt/static/js/types").InkPiece[]} */ posted = [];
  closed = false;

  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
  }

  /** @param {import("../../vamt/static/js/types").InkPiece} piece */
  post(piece) {
    this.posted.push(piece);
    return true;
  }

  close() {
    this.closed = true;
  }
}

/** @param {Partial<SignatureView> | null} [signature] */
function open(signature = {}) {
  const clock = new FakeClock();
  /** @type {[string, any][]} */ const asked = [];
  /** @type {import("../../vamt/static/js/types").InkPiece[]} */ const ink = [];
  /** @type {FakePeer[]} */ const peers = [];
  const office = { refuses: /** @type {Refused | null} */ (null) };
  const signing = new Signing({
    async request(event, data) {
      asked.push([event, data]);
      if (office.refuses) throw office.refuses;
    },
    ink(piece) {
      ink.push(piece);
      return true;
    },
    connect(id) {
      peers.push(new FakePeer(id));
      return peers[peers.length - 1];
    },
    clock,
  });
  signing.follow(visit(signature));
  return { signing, clock, asked, ink, office, peers, events: () => asked.map(([event]) => event) };
}

test("nothing is asked, nothing is there, and drawing tells nobody", async () => {
  const { signing, asked, ink, clock } = open(null);
  signing.draw(LINE);
  await clock.advance(500);
  assert.equal(signing.state.wanted, null);
  assert.deepEqual([asked, ink], [[], []]);
});

test("the first stroke tells that she has begun, once, and the strokes are told as they come", async () => {
  const { signing, events, ink, clock } = open();
  signing.draw([[LINE[0][0]]]);
  signing.draw(LINE);
  await clock.advance(500);
  assert.deepEqual(events(), ["sign_agree"]);
  assert.deepEqual(ink.map(({ first, points }) => [first, points.length]), [[0, 1], [1, 1]]);
});

test("what stands on the pad is handed in, after the office knows that she has begun", async () => {
  const { signing, asked } = open();
  signing.draw(LINE);
  await signing.sign({ name: "", confirmed: false });
  assert.deepEqual(asked, [
    ["sign_agree", { id: "s1" }],
    ["sign_done", { id: "s1", strokes: LINE, typed: "" }],
  ]);
  signing.follow(visit({ state: "signed" }));
  assert.equal(signing.state.wanted, null);
  assert.equal(signing.state.outcome, "signed");
  signing.dismiss();
  assert.equal(signing.state.outcome, "");
});

test("an empty field and a slip of the finger are answered at once, in words", async () => {
  const { signing, events } = open();
  await signing.sign({ name: "", confirmed: false });
  assert.match(signing.state.trouble, /field first/);
  signing.draw([[[0.1, 0.1, 0, 1], [0.12, 0.1, 9, 1]]]);
  assert.equal(signing.state.trouble, "");
  await signing.sign({ name: "", confirmed: false });
  assert.match(signing.state.trouble, /very short/);
  assert.deepEqual(events(), ["sign_agree"]);
});

test("a typed name needs a name and the confirmation that it is the signature", async () => {
  const { signing, asked } = open();
  signing.choose("type");
  await signing.sign({ name: " ", confirmed: true });
  assert.match(signing.state.trouble, /type your name/);
  await signing.sign({ name: "Ayşe Yılmaz", confirmed: false });
  assert.match(signing.state.trouble, /confirm/);
  await signing.sign({ name: "Ayşe Yılmaz", confirmed: true });
  assert.deepEqual(asked.at(-1), ["sign_done", { id: "s1", strokes: [], typed: "Ayşe Yılmaz" }]);
});

test("a typed name leaves the strokes behind that were drawn before", async () => {
  const { signing, asked } = open();
  signing.draw(LINE);
  signing.choose("type");
  await signing.sign({ name: "Ayşe", confirmed: true });
  assert.deepEqual(asked.at(-1)?.[1].strokes, []);
});

test("she may refuse at once and after having drawn", async () => {
  for (const drawn of [[], LINE]) {
    const { signing, asked } = open();
    if (drawn.length) signing.draw(drawn);
    await signing.refuse();
    assert.deepEqual(asked.at(-1), ["sign_refuse", { id: "s1" }]);
    signing.follow(visit({ state: "refused" }));
    assert.equal(signing.state.outcome, "refused");
    assert.equal(signing.state.strokes, 0);
  }
});

test("when the office says no it is said, what is drawn stays, and she may try again", async () => {
  const { signing, office, events } = open();
  signing.draw(LINE);
  office.refuses = new Refused("too_short", 422, "Noch einmal bitte.");
  await signing.sign({ name: "", confirmed: false });
  assert.equal(signing.state.trouble, "Noch einmal bitte.");
  assert.equal(signing.state.strokes, 1);
  assert.equal(signing.state.busy, false);
  office.refuses = null;
  await signing.sign({ name: "", confirmed: false });
  assert.equal(signing.state.trouble, "");
  assert.equal(events().at(-1), "sign_done");
});

test("a lost beginning is told again with the rest", async () => {
  const { signing, office, events } = open();
  office.refuses = new Refused("offline", 503, "Keine Verbindung.");
  signing.draw(LINE);
  await Promise.resolve();
  office.refuses = null;
  await signing.sign({ name: "", confirmed: false });
  assert.deepEqual(events(), ["sign_agree", "sign_agree", "sign_done"]);
});

test("the clerk takes it back, or asks for another: nothing of the first one stays", async () => {
  const { signing, clock, ink } = open();
  signing.draw(LINE);
  await clock.advance(500);
  signing.follow(visit({ state: "withdrawn" }));
  assert.equal(signing.state.outcome, "withdrawn");
  signing.follow(visit({ id: "s2" }));
  assert.equal(signing.state.outcome, "");
  assert.equal(signing.state.strokes, 0);
  const told = ink.length;
  await clock.advance(500);
  assert.equal(ink.length, told);
});

test("a request that was over when the page came says nothing, and so does the end of the visit", () => {
  const { signing } = open({ state: "signed" });
  assert.deepEqual([signing.state.wanted, signing.state.outcome], [null, ""]);
  signing.follow(visit({ id: "s2" }));
  signing.follow(null);
  assert.deepEqual([signing.state.wanted, signing.state.outcome], [null, ""]);
});

test("after a reload in the middle it goes on, without beginning twice", async () => {
  const { signing, events } = open({ state: "signing" });
  signing.draw(LINE);
  await signing.sign({ name: "", confirmed: false });
  assert.deepEqual(events(), ["sign_done"]);
});

test("a new page of the clerk's and a line that is back are told everything", async () => {
  const { signing, clock, ink } = open();
  signing.draw(LINE);
  await clock.advance(500);
  signing.follow(visit({ state: "signing" }, 6));
  await clock.advance(500);
  signing.resume();
  await clock.advance(500);
  assert.deepEqual(ink.map(({ points }) => points.length), [2, 2, 0, 2, 0]); // 0: and no more
});

test("ink goes the quicker way while there is one", async () => {
  const { signing, clock, ink, peers } = open();
  signing.draw([[LINE[0][0]]]);
  signing.follow(visit({ state: "signing" }));
  assert.equal(peers.length, 0); // the server is not there yet
  signing.follow(visit({ state: "signing", ready: true }));
  signing.follow(visit({ state: "signing", ready: true }));
  assert.deepEqual(peers.map(({ id }) => id), ["s1"]);
  await clock.advance(500);
  assert.equal(ink.length, 1);
  peers[0].dispatchEvent(new Event("open"));
  signing.draw(LINE);
  await clock.advance(500);
  assert.equal(ink.length, 1);
  assert.deepEqual(peers[0].posted.map(({ first, points }) => [first, points.length]), [[0, 1], [1, 1], [2, 0]]);
  peers[0].dispatchEvent(new Event("over"));
  await clock.advance(500);
  assert.deepEqual(ink.map(({ points }) => points.length), [1, 2, 0]); // by the office's line again
});

test("nothing is connected before she has begun, and the connection ends with the request", () => {
  const { signing, peers } = open({ ready: true });
  assert.equal(peers.length, 0);
  signing.follow(visit({ state: "signing", ready: true }));
  signing.follow(visit({ state: "refused" }));
  assert.deepEqual(peers.map(({ closed }) => closed), [true]);
});

test("who has lifted her finger for a while waits no longer for her strokes to arrive", async () => {
  const { signing, clock, peers, asked } = open({ state: "signing", ready: true });
  peers[0].dispatchEvent(new Event("open"));
  signing.draw(LINE);
  await clock.advance(250);
  await signing.sign({ name: "", confirmed: false });
  assert.equal(peers[0].posted.length, 1);
  assert.deepEqual(asked.map(([event]) => event), ["sign_done"]);
});

test("strokes are with the clerk before they are handed in", async () => {
  const { signing, clock, peers, ink, asked } = open({ state: "signing" });
  signing.draw([[LINE[0][0]]]);
  signing.draw(LINE);
  assert.equal(ink.length, 1);
  await signing.sign({ name: "", confirmed: false });
  assert.equal(ink.length, 2); // by the same line, so before it

  const other = open({ state: "signing", ready: true });
  other.peers[0].dispatchEvent(new Event("open"));
  other.signing.draw([[LINE[0][0]]]);
  other.signing.draw(LINE);
  const done = other.signing.sign({ name: "", confirmed: false });
  await other.clock.advance(150);
  assert.equal(other.peers[0].posted.length, 2);
  assert.equal(other.asked.length, 0);
  await other.clock.advance(100);
  await done;
  assert.deepEqual(other.asked.map(([event]) => event), ["sign_done"]);
  assert.equal(clock.timers.size + other.clock.timers.size, 0);
  assert.deepEqual([peers.length, asked.length], [0, 1]);
});
