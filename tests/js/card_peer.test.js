// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { CardPeer } from "../../vamt/static/js/card_peer.js";
import { FakeClock, FakeTrack, settle } from "./fakes.js";

class Channel extends EventTarget {
  readyState = "open";
  /** @type {any[]} */ sent = [];

  /** @param {any} data */
  send(data) {
    this.sent.push(data);
  }

  /** @param {unknown} message */
  hear(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }
}

class Connection extends EventTarget {
  channel = new Channel();
  iceGatheringState = "gathering";
  connectionState = "new";
  /** @type {any} */ localDescription = null;
  /** @type {any} */ remoteDescription = null;
  /** @type {any} */ line = null;
  /** @type {any} */ parameters = { encodings: [{}] };
  closed = false;

  createDataChannel() {
    return this.channel;
  }

  /** @param {any} track @param {any} init */
  addTransceiver(track, init) {
    const sender = {
      getParameters: () => this.parameters,
      setParameters: async (/** @type {any} */ set) => (this.parameters = set),
    };
    this.line = { track, init, sender };
    return this.line;
  }

  async createOffer() {
    return { type: "offer", sdp: "offer" };
  }

  /** @param {any} description */
  async setLocalDescription(description) {
    this.localDescription = description;
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    this.remoteDescription = description;
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  gathered() {
    this.iceGatheringState = "complete";
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }

  close() {
    this.closed = true;
  }
}

/** @param {{answer?: () => Promise<string>, still?: () => Promise<ArrayBuffer>}} [given] */
function pair({ answer = async () => "answer", still = async () => new ArrayBuffer(0) } = {}) {
  const clock = new FakeClock();
  const connection = new Connection();
  /** @type {[string, any][]} */ const heard = [];
  /** @type {string[]} */ const offered = [];
  const peer = new CardPeer({
    offer(sdp) {
      offered.push(sdp);
      return answer();
    },
    still,
    iceServers: [],
    createPeerConnection: () => /** @type {any} */ (connection),
    clock,
  });
  for (const type of ["advice", "taken", "connected", "over"]) {
    peer.addEventListener(type, (event) => heard.push([type, /** @type {CustomEvent} */ (event).detail]));
  }
  const track = new FakeTrack("video", { width: 1920, height: 1080 });
  const started = peer.start(/** @type {any} */ (track));
  return { peer, connection, clock, heard, offered, track, started };
}

test("the picture goes out sharp, 720 lines high", async () => {
  const { connection, clock, track } = pair();
  await clock.advance(400);
  assert.equal(track.contentHint, "detail");
  assert.deepEqual(connection.line.init, {
    direction: "sendonly", sendEncodings: [{ maxBitrate: 2_500_000, scaleResolutionDownBy: 1.5 }],
  });
  assert.equal(connection.parameters.degradationPreference, "maintain-resolution");
  assert.deepEqual(connection.remoteDescription, { type: "answer", sdp: "answer" });
});

test("the offer waits for its addresses, but not for those that do not come", async () => {
  const { connection, offered, clock } = pair();
  await settle();
  assert.equal(offered.length, 0);
  connection.gathered();
  await settle();
  assert.equal(offered.length, 1);
  const slow = pair();
  await slow.clock.advance(299);
  assert.equal(slow.offered.length, 0);
  await slow.clock.advance(1);
  assert.equal(slow.offered.length, 1);
  assert.equal(clock.timers.size > 0, true);
});

test("words of the server are passed on", async () => {
  const { connection, clock, heard } = pair();
  await clock.advance(300);
  connection.become("connected");
  connection.channel.hear({ kind: "advice", side: "front", advice: "closer", outline: null });
  connection.channel.hear({ kind: "taken", side: "front" });
  connection.channel.hear({ kind: "end", why: "done" });
  connection.channel.hear({ kind: "taken", side: "back" }); // after the last word
  assert.deepEqual(heard.map(([type]) => type), ["connected", "advice", "taken", "over"]);
  assert.deepEqual([heard[1][1].advice, heard[3][1].why, connection.closed], ["closer", "done", true]);
});

test("a still goes out in small pieces", async () => {
  const { connection, clock } = pair({ still: async () => new Uint8Array(40_000).buffer });
  await clock.advance(300);
  connection.channel.hear({ kind: "still" });
  await settle();
  const [head, ...pieces] = connection.channel.sent;
  assert.deepEqual(JSON.parse(head), { kind: "still", bytes: 40_000 });
  assert.deepEqual(pieces.map(({ byteLength }) => byteLength), [16_384, 16_384, 7_232]);
});

test("a still that cannot be made is said at once", async () => {
  const { connection, clock } = pair({ still: () => Promise.reject(new Error("no canvas")) });
  await clock.advance(300);
  connection.channel.hear({ kind: "still" });
  await settle();
  assert.deepEqual(connection.channel.sent.map((text) => JSON.parse(text)), [{ kind: "still", bytes: 0 }]);
});

test("no way to the server is noticed", async () => {
  const silent = pair();
  await silent.clock.advance(15_000);
  assert.deepEqual(silent.heard, [["over", { why: "path" }]]);
  const failed = pair();
  await failed.clock.advance(300);
  failed.connection.become("failed");
  assert.deepEqual(failed.heard, [["over", { why: "path" }]]);
  const refused = pair({ answer: () => Promise.reject(new Error("no capture")) });
  await refused.clock.advance(300);
  assert.deepEqual(refused.heard, [["over", { why: "path" }]]);
});

test("closed, it says nothing more and leaves no timer", async () => {
  const { peer, connection, clock, heard } = pair();
  await clock.advance(300);
  peer.close();
  connection.become("failed");
  await clock.advance(20_000);
  assert.deepEqual([heard, connection.closed, clock.timers.size], [[], true, 0]);
});
