// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { InkPeer } from "../../vamt/static/js/ink_peer.js";
import { FakeClock, settle } from "./fakes.js";

class FakeChannel extends EventTarget {
  readyState = "connecting";
  /** @type {string[]} */ sent = [];

  /** @param {string} text */
  send(text) {
    this.sent.push(text);
  }

  open() {
    this.readyState = "open";
    this.dispatchEvent(new Event("open"));
  }
}

class FakeConnection extends EventTarget {
  channel = new FakeChannel();
  /** @type {string[]} */ labels = [];
  /** @type {unknown} */ localDescription = null;
  /** @type {unknown} */ remote = null;
  iceGatheringState = "new";
  connectionState = "new";
  closed = false;

  /** @param {string} label */
  createDataChannel(label) {
    this.labels.push(label);
    return this.channel;
  }

  async createOffer() {
    return { type: "offer", sdp: "offer" };
  }

  /** @param {unknown} description */
  async setLocalDescription(description) {
    this.localDescription = description;
  }

  /** @param {unknown} description */
  async setRemoteDescription(description) {
    this.remote = description;
  }

  close() {
    this.closed = true;
  }
}

/** @param {() => Promise<string>} [answer] */
function open(answer = async () => "answer") {
  const clock = new FakeClock();
  const connection = new FakeConnection();
  /** @type {string[]} */ const offers = [];
  const peer = new InkPeer({
    offer(sdp) {
      offers.push(sdp);
      return answer();
    },
    iceServers: [],
    createPeerConnection: () => /** @type {any} */ (connection),
    clock,
  });
  /** @type {string[]} */ const heard = [];
  for (const event of ["open", "over"]) peer.addEventListener(event, () => heard.push(event));
  return { peer, clock, connection, offers, heard };
}

const PIECE = { stroke: 0, first: 0, points: /** @type {any} */ ([[0.1, 0.1, 0, 0.5]]) };

test("the offer goes when the addresses are known, and strokes when the channel is open", async () => {
  const { peer, connection, offers, heard, clock } = open();
  await settle();
  assert.deepEqual(offers, []);
  connection.iceGatheringState = "complete";
  connection.dispatchEvent(new Event("icegatheringstatechange"));
  await settle();
  assert.deepEqual([offers, connection.labels], [["offer"], ["capture"]]);
  assert.deepEqual(connection.remote, { type: "answer", sdp: "answer" });
  assert.equal(peer.post(PIECE), false);
  connection.channel.open();
  assert.equal(peer.post(PIECE), true);
  assert.deepEqual(JSON.parse(connection.channel.sent[0]), { kind: "ink", ...PIECE });
  assert.deepEqual(heard, ["open"]);
  assert.equal(clock.timers.size, 0);
});

test("a search for addresses without end holds nothing up", async () => {
  const { offers, clock } = open();
  await clock.advance(300);
  assert.deepEqual(offers, ["offer"]);
});

test("what is refused, silent or lost is over, once, and says so", async () => {
  const refused = open(() => Promise.reject(new Error("no")));
  await refused.clock.advance(300);
  const silent = open(() => new Promise(() => {}));
  await silent.clock.advance(10_000);
  const failed = open();
  await failed.clock.advance(300);
  failed.connection.connectionState = "failed";
  failed.connection.dispatchEvent(new Event("connectionstatechange"));
  const closed = open();
  await closed.clock.advance(300);
  closed.connection.channel.open();
  closed.connection.channel.dispatchEvent(new Event("close"));
  for (const { peer, connection, heard, clock } of [refused, silent, failed, closed]) {
    assert.equal(heard.at(-1), "over");
    assert.ok(connection.closed);
    peer.close();
    assert.equal(heard.filter((event) => event === "over").length, 1);
    assert.equal(peer.post(PIECE), false);
    assert.equal(clock.timers.size, 0);
  }
});
