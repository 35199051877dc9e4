// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation, visitAhead } from "../../vamt/static/js/desk_conversation.js";
import { FakeStream, FakeTrack } from "./fakes.js";

/** Notes what it is told instead of calling anybody. */
class NotedCall extends EventTarget {
  /** @type {any[]} */ log = [];
  /** @type {any} */ main = null;
  ahead = false;
  legs = new Map(["citizen:1", "citizen:2"].map((id) => [id, {
    send: (/** @type {string} */ kind, /** @type {unknown} */ value) => this.log.push([kind, id, value]),
  }]));
  setIceServers() {}
  /** @param {any[]} partners @param {string} mine @param {number} epoch */
  setPeers(partners, mine, epoch) {
    this.log.push(["peers", partners.map(({ id, talking }) => `${id} ${talking}`).join(), mine, epoch]);
    const talking = partners.some((partner) => partner.talking);
    this.main = talking ? { state: "connected", remote: new FakeStream(), peerStatus: null } : null;
  }
  /** @param {any} tracks */
  async setTracks(tracks) {
    this.log.push(["tracks", tracks.audio?.kind ?? null, tracks.video?.kind ?? null]);
    this.ahead = tracks.ahead;
  }
  /** @param {any} status */
  setStatus(status) {
    this.log.push(["status", status.audio, status.video]);
  }
  /** @param {any} message */
  async handleSignal(message) {
    this.log.push(["signal", message]);
  }
  networkChanged() {
    this.log.push(["network"]);
  }
  resume() {
    this.log.push(["resume"]);
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
  const [person, next] = ["citizen:1", "citizen:2"].map((one) => (
    { id: one, seat: "citizen", epoch: 7, online: true }));
  const peers = [person, { id: "clerk:1", seat: "clerk", epoch: 3, online: true }];
  return { id: "clerk:1", epoch: 3, ice: [], ready: [next], visit: state && { id, state, peers } };
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

test("connected while it rings, talking once she has answered, ready for the next one after", () => {
  const { calls, conversation } = begin();
  conversation.follow(desk("ringing"));
  conversation.follow(desk("open"));
  conversation.follow(desk(null));
  assert.deepEqual(calls[0].told("peers"), [
    ["peers", "citizen:1 true", "clerk:1", 3],
    ["peers", "citizen:1 true", "clerk:1", 3],
    ["peers", "citizen:2 false", "clerk:1", 3],
  ]);
  assert.equal(calls.length, 1);
  assert.deepEqual([conversation.remote, conversation.state], [null, "idle"]);
  conversation.close();
  assert.deepEqual(calls[0].told("close"), [["close"]]);
});

test("while it rings the picture goes out, the sound only once she has answered", () => {
  const { calls, conversation } = begin();
  conversation.follow(desk("ringing"));
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", null, "video"]);
  calls[0].main.peerStatus = { audio: false, video: "off" };
  calls[0].dispatchEvent(new Event("peerstatus"));
  assert.deepEqual([conversation.answered, calls[0].ahead], [false, true]);
  calls[0].main.peerStatus = { audio: true, video: "off" }; // told before the office tells it
  calls[0].dispatchEvent(new Event("peerstatus"));
  assert.deepEqual([conversation.answered, calls[0].ahead], [true, false]);
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", "audio", "video"]);
  conversation.close();
});

test("with the click the picture sets out to whoever is called, if the path to her is made", () => {
  const { calls, conversation } = begin();
  conversation.follow(desk(null));
  conversation.expect(null, 0);
  conversation.expectNobody(); // a colleague was faster
  conversation.expect("2", 0);
  conversation.expect("3", 0); // chosen from the list: no path to her yet
  conversation.expect("2", 0);
  conversation.follow(desk("ringing"));
  conversation.follow(desk(null));
  assert.deepEqual(calls[0].told("peers").map(([, peers]) => peers), [
    "citizen:2 false", "citizen:2 true", "citizen:2 false", "citizen:2 true", "citizen:2 false",
    "citizen:2 true", "citizen:1 true", "citizen:2 false",
  ]);
  assert.deepEqual(calls[0].told("ring"), [
    ["ring", "citizen:2", true], ["ring", "citizen:2", false], ["ring", "citizen:2", true], ["ring", "citizen:2", true],
  ]);
  conversation.close();
});

test("the visit is shown with the click, until the office tells of it", () => {
  const { conversation } = begin();
  const hall = { ...desk(null), me: { name: "Anja Keller" }, waiting: [{ id: "2", service: "Ausweis" }] };
  assert.equal(visitAhead(hall, conversation.called), null);
  conversation.follow(hall);
  conversation.expect("2", 7);
  const ahead = visitAhead(hall, conversation.called);
  assert.equal(ahead?.appointment, hall.waiting[0]);
  assert.deepEqual([ahead?.visit?.state, ahead?.visit?.service, ahead?.visit?.since], ["ringing", "Ausweis", 7]);
  assert.deepEqual(ahead?.visit?.peers, hall.ready);
  const gone = { ...hall, ready: [], waiting: [] }; // she has left meanwhile
  const told = { ...hall, visit: desk("ringing").visit };
  for (const state of [gone, told]) assert.equal(visitAhead(state, conversation.called), null);
  conversation.expectNobody();
  assert.equal(visitAhead(hall, conversation.called), null);
  conversation.close();
});

test("the call is told of every other track and status", () => {
  const { calls, devices, conversation } = begin();
  conversation.follow(desk("open"));
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", "audio", "video"]);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", true, "camera"]);
  devices.state.muted = true;
  devices.tracks = { audio: devices.tracks.audio, video: /** @type {any} */ (null) };
  devices.dispatchEvent(new Event("change"));
  assert.deepEqual(calls[0].told("tracks").at(-1), ["tracks", "audio", null]);
  assert.deepEqual(calls[0].told("status").at(-1), ["status", false, "off"]);
  conversation.close();
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
  conversation.close();
});

test("what is shown is the citizen's leg; before a visit nobody's news are told", () => {
  const { calls, conversation } = begin();
  let changes = 0;
  conversation.addEventListener("change", () => (changes += 1));
  conversation.follow(desk(null));
  calls[0].dispatchEvent(new Event("change"));
  assert.equal(changes, 0, "a leg made ready is nobody's business");
  assert.deepEqual([conversation.talking, conversation.peerStatus], [false, null]);
  conversation.follow(desk("open"));
  const before = changes;
  calls[0].dispatchEvent(new Event("remote"));
  assert.equal(changes, before + 1);
  const { main } = calls[0];
  assert.equal(conversation.remote, null, "an empty stream is none");
  main.remote.addTrack(new FakeTrack("audio"));
  assert.equal(conversation.remote, main.remote);
  for (const [state, talking] of [["connected", true], ["unstable", true], ["failed", false]]) {
    main.state = state;
    assert.deepEqual([conversation.state, conversation.talking], [state, talking]);
  }
  conversation.close();
});

test("signals, silence, another network and a line that is back are passed on", () => {
  const { calls, conversation } = begin();
  let quiet = 0;
  conversation.addEventListener("quiet", () => (quiet += 1));
  calls[0].dispatchEvent(new Event("quiet"));
  assert.equal(quiet, 1);
  const message = /** @type {any} */ ({ from: "citizen:2" });
  conversation.handleSignal(message);
  conversation.networkChanged();
  conversation.resume();
  assert.deepEqual(calls[0].log, [["signal", message], ["network"], ["resume"]]);
});
