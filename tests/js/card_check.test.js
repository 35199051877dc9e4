// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { CardCheck } from "../../vamt/static/js/card_check.js";
import { FakeTrack, settle } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").CheckView} CheckView */

/** @type {CheckView} */
const ASKED = {
  id: "c1", document: "id_card", state: "asked", level: "look", sides: ["front", "back"], side: "front", taken: [],
  capture: "starting", before: 0, why: "", reads: true, keep_hours: 0, result: "", at: 0, code: "", desk: null,
};
const ALLOWED = /** @type {CheckView} */ ({ ...ASKED, state: "allowed", capture: "ready" });

class Camera {
  /** @type {FakeTrack | null} */ track = null;
  broken = false;
  opened = 0;
  #asked = 0;

  async open() {
    const asked = ++this.#asked;
    await null;
    if (this.broken || asked !== this.#asked) return null;
    if (!this.track) this.opened += 1;
    this.track ??= new FakeTrack("video");
    return this.track;
  }

  async close() {
    this.#asked += 1;
    this.track = null;
  }
}

class Peer extends EventTarget {
  started = false;
  closed = false;

  async start() {
    this.started = true;
  }

  close() {
    this.closed = true;
  }

  /** @param {string} type @param {object} [detail] */
  say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function room() {
  const camera = new Camera();
  /** @type {Peer[]} */ const peers = [];
  /** @type {string[]} */ const asked = [];
  const card = new CardCheck({
    camera: /** @type {any} */ (camera),
    request: async (event) => asked.push(event),
    createPeer: () => {
      peers.push(new Peer());
      return /** @type {any} */ (peers[peers.length - 1]);
    },
  });
  return { card, camera, peers, asked };
}

async function live() {
  const all = room();
  all.card.follow(ASKED);
  await all.card.allow();
  all.card.follow(ALLOWED);
  await settle();
  all.peers[0].say("connected");
  return all;
}

test("no camera and no connection before she has agreed", async () => {
  const { card, camera, peers } = room();
  card.follow(ASKED);
  card.follow({ ...ASKED, capture: "ready" });
  await settle();
  assert.deepEqual([card.state.phase, camera.opened, peers.length], ["asked", 0, 0]);
});

test("she agrees, and is guided", async () => {
  const { card, peers, asked } = await live();
  assert.deepEqual(asked, ["check_allow"]);
  assert.equal(peers.length, 1);
  assert.ok(peers[0].started && card.state.track);
  assert.equal(card.state.phase, "live");
  peers[0].say("advice", { side: "back", advice: "closer", outline: [[0, 0], [1, 0], [1, 1], [0, 1]] });
  assert.deepEqual([card.state.side, card.state.advice, card.state.outline?.length], ["back", "closer", 4]);
});

test("a side is ticked off as soon as the server has it", async () => {
  const { card, peers } = await live();
  peers[0].say("taken", { side: "front" });
  assert.deepEqual(card.state.taken, ["front"]);
  card.follow({ ...ALLOWED, capture: "watching", taken: ["front"] });
  assert.deepEqual(card.state.taken, ["front"]);
});

test("many states make one connection", async () => {
  const { card, peers } = await live();
  card.follow({ ...ALLOWED, capture: "watching" });
  card.follow({ ...ALLOWED, capture: "watching", taken: ["front"] });
  await settle();
  assert.equal(peers.length, 1);
  assert.deepEqual(card.state.taken, ["front"]);
});

test("when all is taken camera and connection are let go, and a note stays", async () => {
  const { card, camera, peers } = await live();
  peers[0].say("over", { why: "done" });
  card.follow({ ...ALLOWED, capture: "resting", why: "done" });
  await settle();
  assert.deepEqual([card.state.phase, camera.track, peers[0].closed], ["done", null, true]);
  card.follow({ ...ALLOWED, state: "judged" });
  assert.equal(card.state.phase, "none");
});

test("she stops it, and it is over at once, whatever the line does", async () => {
  const { card, camera, peers, asked } = await live();
  await card.refuse();
  await settle();
  assert.deepEqual([asked[1], camera.track, peers[0].closed], ["check_refuse", null, true]);
  card.follow({ ...ALLOWED, state: "refused" });
  assert.equal(card.state.phase, "none");
});

test("without a camera she is told, and may try again", async () => {
  const { card, camera, peers } = room();
  camera.broken = true;
  card.follow(ASKED);
  await card.allow();
  card.follow(ALLOWED);
  await settle();
  assert.deepEqual([card.state.phase, card.state.why, peers.length], ["trouble", "camera", 0]);
  camera.broken = false;
  await card.again();
  await settle();
  assert.equal(peers.length, 1);
});

test("a connection that fails is not tried for ever, but when she wants it", async () => {
  const { card, peers } = await live();
  peers[0].say("over", { why: "path" });
  card.follow({ ...ALLOWED, capture: "watching" });
  await settle();
  assert.deepEqual([card.state.phase, card.state.why, peers.length], ["trouble", "path", 1]);
  card.follow({ ...ALLOWED, capture: "none", why: "path" }); // now the office knows it, too
  await card.again();
  assert.equal(peers.length, 1); // there is nobody to be connected with yet
  card.follow({ ...ALLOWED, capture: "starting" });
  await settle();
  assert.equal(peers.length, 1); // nor now, while its eyes are being loaded
  card.follow(ALLOWED);
  await settle();
  assert.equal(peers.length, 2);
});

test("the clerk wants to look once more", async () => {
  const { card, peers } = await live();
  card.follow({ ...ALLOWED, capture: "watching" });
  card.follow({ ...ALLOWED, capture: "starting" });
  card.follow(ALLOWED);
  await settle();
  assert.deepEqual([peers[0].closed, peers.length], [true, 2]);
});

test("while others go first nothing is offered", async () => {
  const { card, peers } = room();
  card.follow({ ...ALLOWED, capture: "waiting", before: 2 });
  await settle();
  assert.deepEqual([card.state.phase, peers.length], ["waiting", 0]);
});

test("a visit that ends ends it, even while the camera opens", async () => {
  const { card, camera, peers } = room();
  card.follow(ALLOWED);
  card.follow(null);
  await settle();
  assert.deepEqual([card.state.phase, peers.length, camera.track], ["none", 0, null]);
});
