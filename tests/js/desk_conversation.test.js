// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation } from "../../vamt/static/js/desk_conversation.js";
import { FakeStream, FakeTrack } from "./fakes.js";

/** Notes what it is told instead of calling anybody. */
class NotedCall extends EventTarget {
  /** @type {any[]} */ log = [];
  /** @type {import("../../vamt/static/js/types").CallState} */ state = "idle";
  remote = new FakeStream();
  peerStatus = null;
  setIceServers() {}
  /** @param {any} peer @param {number} epoch */
  setPeer(peer, epoch) {
    this.log.push(["peer", peer?.epoch ?? null, epoch]);
  }
  /** @param {any} tracks */
  async setTracks(tracks) {
    this.log.push(["tracks", tracks.audio?.kind ?? null, tracks.video?.kind ?? null]);
  }
  /** @param {any} status */
  setStatus(status) {
    this.log.push(["status", status.audio, status.video]);
  }
  async handleSignal() {}
  networkChanged() {}
  async stats() {
    return null;
  }
  close() {
    this.log.push(["close"]);
  }
  /** @param {string} kind */
  told(kind) {
    return this.log.filter(([what]) => what === kind);
  }
}

class HeldDevices extends EventTarget {
  stream = new FakeStream();
  state = { muted: false };
  tracks = { audio: new FakeTrack("audio"), video: new FakeTrack("video") };
}

/** @param {string | null} state @param {string} [id] @returns {any} */
function desk(state, id = "v1") {
  const peers = [{ seat: "citizen", epoch: 7, online: true }, { seat: "clerk", epoch: 3, online: true }];
  return { epoch: 3, ice: [], visit: state && { id, state, peers } };
}

function begin() {
  /** @type {NotedCall[]} */
  const calls = [];
  const devices = new HeldDevices();
  const conversation = new Conversation({
    devices: /** @type {any} */ (devices),
    signal: () => {},
    createCall: () => {
      const call = new NotedCall();
      calls.push(call);
      return /** @type {any} */ (call);
    },
  });
  return { calls, devices, conversation };
}

test("nothing is sent while it rings, camera and sound once she has answered", () => {
  const { calls, conversation } = begin();
  conversation.follow(desk("ringing"));
  assert.deepEqual(calls[0].told("peer"), [["peer", 7, 3]]);
  assert.deepEqual(calls[0].told("tracks"), [["tracks", null, null]]);
  conversation.follow(desk("open"));
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", "audio", "video"]);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", true, "camera"]);
  assert.equal(calls.length, 1);
  conversation.leave();
});

test("tracks are handed over only when they are others", () => {
  const { calls, devices, conversation } = begin();
  conversation.follow(desk("open"));
  conversation.follow(desk("open"));
  devices.state.muted = true;
  devices.dispatchEvent(new Event("change"));
  assert.equal(calls[0].told("tracks").length, 1);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", false, "camera"]);
  devices.tracks = { audio: devices.tracks.audio, video: /** @type {any} */ (null) };
  devices.dispatchEvent(new Event("change"));
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", "audio", null]);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", false, "off"]);
  conversation.leave();
});

test("another visit is another call, and none hangs up", () => {
  const { calls, conversation } = begin();
  conversation.follow(desk("open"));
  conversation.follow(desk("ringing", "v2"));
  assert.equal(calls.length, 2);
  assert.deepEqual(calls[0].told("close"), [["close"]]);
  conversation.follow(desk(null));
  assert.deepEqual(calls[1].told("close"), [["close"]]);
  assert.equal(conversation.remote, null);
  assert.equal(conversation.state, "idle");
});

test("the screen takes the camera's place until it is stopped, by whoever stops it", async (context) => {
  const { calls, conversation } = begin();
  const track = new FakeTrack("video");
  const screen = { getVideoTracks: () => [track], getTracks: () => [track] };
  const real = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", {
    configurable: true, value: { mediaDevices: { getDisplayMedia: async () => screen } },
  });
  context.after(() => real && Object.defineProperty(globalThis, "navigator", real));

  await conversation.share();
  assert.equal(conversation.sharing, false, "not without a visit");
  conversation.follow(desk("open"));
  await conversation.share();
  assert.equal(conversation.sharing, true);
  assert.equal(track.contentHint, "detail");
  assert.deepEqual(calls[0].told("status").at(-1), ["status", true, "screen"]);
  track.dispatchEvent(new Event("ended")); // the browser's own button
  assert.equal(conversation.sharing, false);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", true, "camera"]);
  conversation.leave();
});
