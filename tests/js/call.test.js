// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { CALL, Call, restartDelay } from "../../vamt/static/js/call.js";
import { FakeClock, FakePeerConnection, FakeStream, FakeTrack, settle } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").Seat} Seat */
/** @typedef {import("../../vamt/static/js/types").Signal} Signal */

/** One page: its call, the peer connections it made, and what it told. */
class Page {
  /** @type {any[]} */ pcs = [];
  /** @type {Signal[]} */ sent = [];
  /** @type {string[]} */ states = [];
  /** @type {any[]} */ faults = [];
  remotes = 0;
  /** @type {Page | null} */ other = null;
  lineUp = true;

  /** @param {Seat} seat @param {number} epoch @param {FakeClock} clock */
  constructor(seat, epoch, clock) {
    this.seat = seat;
    this.epoch = epoch;
    this.call = new Call({
      seat,
      signal: (message) => {
        this.sent.push(message);
        if (this.lineUp) void this.other?.hear(this, message);
      },
      createPeerConnection: (config) => {
        this.pcs.push(new FakePeerConnection(config));
        return this.pcs.at(-1);
      },
      createStream: () => /** @type {any} */ (new FakeStream()),
      clock,
    });
    this.call.addEventListener("change", (event) => {
      this.states.push(/** @type {CustomEvent} */ (event).detail.state);
    });
    this.call.addEventListener("remote", () => (this.remotes += 1));
    this.call.addEventListener("fault", (event) => {
      this.faults.push(/** @type {CustomEvent} */ (event).detail);
    });
  }

  get pc() {
    return this.pcs.at(-1);
  }

  /** @param {Page} from @param {Signal} message */
  async hear(from, message) {
    await settle();
    await this.call.handleSignal({ ...message, from: from.seat, epoch: from.epoch });
  }

  /**
   * The server tells who sits on the other side.
   *
   * @param {boolean} [online]
   * @param {Page | null} [who]
   */
  meet(online = true, who = this.other) {
    const { seat, epoch } = /** @type {Page} */ (who);
    this.call.setPeer({ seat, name: "", epoch, online }, this.epoch);
  }

  get descriptions() {
    return this.sent.flatMap(({ description }) => description?.type ?? []);
  }
}

function office() {
  const clock = new FakeClock();
  const clerk = new Page("clerk", 7, clock);
  const citizen = new Page("citizen", 3, clock);
  clerk.other = citizen;
  citizen.other = clerk;
  return { clock, clerk, citizen };
}

async function connected() {
  const all = office();
  all.citizen.meet();
  all.clerk.meet();
  for (let n = 0; n < 12; n += 1) await settle();
  for (const page of [all.clerk, all.citizen]) page.pc.become("connected");
  for (const page of [all.clerk, all.citizen]) page.sent.length = page.states.length = 0;
  return all;
}

const many = async () => {
  for (let n = 0; n < 12; n += 1) await settle();
};

test("every pair of state and event is in the table or changes nothing", () => {
  const states = Object.keys(CALL);
  for (const [state, row] of Object.entries(CALL)) {
    for (const next of Object.values(row)) assert.ok(states.includes(next), `${state} -> ${next}`);
    if (state !== "closed") assert.equal(row.close, "closed");
  }
  assert.deepEqual(CALL.closed, {});
});

test("the delays grow, stop growing, and never end", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 99].map((n) => restartDelay(n)),
    [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]);
  assert.equal(restartDelay(1, 1), 360);
  assert.equal(restartDelay(-1), 0);
});

test("the clerk offers two lines, the citizen answers sending on both without a track", async () => {
  const { clerk, citizen } = office();
  citizen.meet();
  clerk.meet();
  await many();
  assert.deepEqual(clerk.descriptions, ["offer"]);
  assert.deepEqual(citizen.descriptions, ["answer"]);
  assert.match(citizen.pc.localDescription.sdp, /a=sendrecv\r\na=sendrecv/);
  assert.equal(clerk.pc.signalingState, "stable");
  assert.deepEqual(clerk.pc.config.iceServers, []);
  assert.deepEqual([clerk.pc.channel.negotiated, clerk.pc.channel.id], [true, 0]);
  assert.equal(citizen.call.remote.getTracks().length, 2);
  assert.deepEqual([clerk.remotes, citizen.remotes], [1, 1]);
  assert.deepEqual(clerk.faults.concat(citizen.faults), []);
  assert.deepEqual(clerk.states, ["connecting"]);
});

test("marks are stamped once", async () => {
  const { clerk, clock } = await connected();
  const before = { ...clerk.call.marks };
  assert.deepEqual(Object.keys(before).sort(),
    ["answer", "created", "dtlsConnected", "iceConnected", "offer"]);
  await clock.advance(500);
  clerk.pc.become("connected");
  assert.deepEqual(clerk.call.marks, before);
});

test("tracks are replaced without negotiating anew", async () => {
  const { clerk, citizen } = await connected();
  const audio = new FakeTrack("audio");
  const video = new FakeTrack("video", { height: 720 });
  citizen.call.setStatus({ audio: true, video: "camera" });
  await citizen.call.setTracks(/** @type {any} */ ({ audio, video }));
  const [sound, picture] = citizen.pc.transceivers;
  assert.equal(sound.sender.track, audio);
  assert.equal(picture.sender.track, video);
  assert.equal(sound.sender.parameters.encodings[0].priority, "high");
  assert.equal(picture.sender.parameters.encodings[0].scaleResolutionDownBy, 2);
  assert.equal(video.contentHint, "motion");
  citizen.call.setStatus({ audio: true, video: "screen" });
  await many();
  assert.equal(video.contentHint, "detail");
  assert.equal(picture.sender.parameters.degradationPreference, "maintain-resolution");
  assert.equal(picture.sender.parameters.encodings[0].scaleResolutionDownBy, 1);
  assert.deepEqual(clerk.sent.concat(citizen.sent), []);
});

test("tracks given before there is a connection are sent once there is one", async () => {
  const { clerk, citizen } = office();
  const audio = new FakeTrack("audio");
  for (const page of [clerk, citizen]) {
    await page.call.setTracks(/** @type {any} */ ({ audio, video: null }));
  }
  citizen.meet();
  clerk.meet();
  await many();
  assert.equal(citizen.pc.transceivers[0].sender.track, audio);
  assert.equal(clerk.pc.transceivers[0].sender.track, audio);
});

test("each side tells its status over the data channel, and nonsense is ignored", async () => {
  const { clerk, citizen } = await connected();
  citizen.call.setStatus({ audio: true, video: "camera" });
  assert.deepEqual(citizen.pc.channel.sent, []);
  citizen.pc.openChannel();
  citizen.call.setStatus({ audio: false, video: "camera" });
  citizen.call.setStatus({ audio: false, video: "camera" });
  assert.deepEqual(citizen.pc.channel.sent.map((/** @type {string} */ s) => JSON.parse(s)),
    [{ audio: true, video: "camera" }, { audio: false, video: "camera" }]);
  /** @type {any[]} */ const told = [];
  clerk.call.addEventListener("peerstatus", (event) => {
    told.push(/** @type {CustomEvent} */ (event).detail);
  });
  const nonsense = ["", "null", "[]", "{", '{"audio":1,"video":"camera"}', '{"audio":true,"video":"x"}',
    "9".repeat(2000), new ArrayBuffer(8)];
  for (const data of nonsense) clerk.pc.channel.onmessage({ data });
  assert.deepEqual(told, []);
  clerk.pc.channel.onmessage({ data: '{"audio":true,"video":"off","more":1}' });
  assert.deepEqual(told, [{ audio: true, video: "off" }]);
  assert.deepEqual(clerk.call.peerStatus, { audio: true, video: "off" });
});

test("candidates before the description wait for it", async () => {
  const { clerk, citizen } = office();
  citizen.meet();
  await citizen.call.handleSignal({
    from: "clerk", epoch: 7, to_epoch: 3, candidate: { candidate: "c1" },
  });
  assert.deepEqual(citizen.pc.candidates, []);
  clerk.meet();
  await many();
  assert.deepEqual(citizen.pc.candidates, [{ candidate: "c1" }]);
});

test("candidates trickle to the page that is meant", async () => {
  const { clerk, citizen } = await connected();
  clerk.pc.find("c1");
  clerk.pc.onicecandidate({ candidate: null });
  await many();
  assert.deepEqual(citizen.pc.candidates, [{ candidate: "c1" }]);
  assert.deepEqual(clerk.sent, [{ to: "citizen", to_epoch: 3, candidate: { candidate: "c1" } }]);
});

test("a candidate the browser refuses is a fault, not the end", async () => {
  const { clerk, citizen } = await connected();
  clerk.pc.find("bad");
  clerk.pc.find("c2");
  await many();
  assert.equal(citizen.faults.length, 1);
  assert.deepEqual(citizen.pc.candidates, [{ candidate: "c2" }]);
});

test("both offering at once: the citizen yields", async () => {
  const { clerk, citizen } = await connected();
  clerk.call.networkChanged();
  citizen.call.networkChanged();
  await many();
  assert.deepEqual(clerk.descriptions, ["offer"]);
  assert.deepEqual(citizen.descriptions, ["offer", "answer"]);
  assert.equal(clerk.pc.signalingState, "stable");
  assert.deepEqual(clerk.faults.concat(citizen.faults), []);
});

test("a reloaded page gets a new connection on both sides", async () => {
  const { clerk, citizen, clock } = await connected();
  const reloaded = new Page("citizen", 4, clock);
  reloaded.other = clerk;
  clerk.other = reloaded;
  const old = clerk.pc;
  clerk.meet();
  reloaded.meet();
  await many();
  assert.equal(old.closed, true);
  assert.equal(clerk.pcs.length, 2);
  assert.deepEqual(reloaded.descriptions, ["answer"]);
  assert.equal(clerk.call.remote.getTracks().length, 2);
  assert.equal(clerk.remotes, 2);
  assert.equal(citizen.pcs.length, 1);
});

test("the clerk's new page may write before the server tells of it", async () => {
  const { clerk, citizen, clock } = await connected();
  const reloaded = new Page("clerk", 8, clock);
  reloaded.other = citizen;
  citizen.other = reloaded;
  reloaded.meet();
  await many();
  assert.equal(citizen.pcs.length, 2);
  citizen.meet(true, clerk); // a state from before
  assert.equal(citizen.pcs.length, 2);
  citizen.meet();
  await many();
  assert.equal(citizen.pcs.length, 2);
  assert.equal(reloaded.pc.signalingState, "stable");
  assert.equal(clerk.pcs.length, 1);
});

test("a colleague takes over, her epoch being smaller, and writes first", async () => {
  const { citizen, clock } = await connected();
  const colleague = new Page("clerk", 2, clock);
  colleague.other = citizen;
  colleague.meet();
  await many();
  assert.equal(citizen.pcs.length, 1);
  citizen.other = colleague;
  citizen.meet(); // the offer has waited for this
  await many();
  assert.equal(citizen.pcs.length, 2);
  assert.equal(colleague.pc.signalingState, "stable");
});

test("signals of strangers and of former pages change nothing", async () => {
  const { clerk, citizen } = await connected();
  const description = { type: /** @type {const} */ ("offer"), sdp: "o=- 99 1\r\n" };
  await citizen.call.handleSignal({ from: "clerk", epoch: 6, to_epoch: 3, description });
  await citizen.call.handleSignal({ from: "clerk", epoch: 7, to_epoch: 2, description });
  await citizen.call.handleSignal({ from: "citizen", epoch: 7, to_epoch: 3, description });
  await many();
  assert.equal(citizen.pcs.length, 1);
  assert.deepEqual(citizen.sent, []);
  assert.equal(clerk.pcs.length, 1);
});

test("an offline peer does not touch the connection", async () => {
  const { clerk, citizen } = await connected();
  clerk.meet(false);
  clerk.meet(true);
  citizen.meet(false);
  await many();
  assert.deepEqual([clerk.pcs.length, clerk.pc.closed, clerk.pc.restarts], [1, false, 0]);
  assert.equal(clerk.call.state, "connected");
});

test("when the peer comes back to a broken connection the clerk looks for a path", async () => {
  const { clerk, citizen } = await connected();
  clerk.meet(false);
  citizen.meet(false);
  clerk.pc.become("disconnected");
  citizen.pc.become("disconnected");
  clerk.meet(true);
  citizen.meet(true);
  await many();
  assert.deepEqual([clerk.pc.restarts, citizen.pc.restarts], [1, 0]);
  assert.deepEqual(clerk.descriptions, ["offer"]);
});

test("an offer lost with the line is sent again when the peer is back", async () => {
  const { clerk, citizen } = office();
  clerk.lineUp = false;
  citizen.meet();
  clerk.meet(false);
  await many();
  clerk.lineUp = true;
  clerk.meet(true);
  await many();
  assert.deepEqual(clerk.descriptions, ["offer", "offer"]);
  assert.equal(clerk.pc.signalingState, "stable");
});

test("an offer without an answer is sent again after three seconds", async () => {
  const { clerk, citizen, clock } = office();
  citizen.meet();
  clerk.lineUp = false;
  clerk.meet();
  await clock.advance(2900);
  clerk.lineUp = true;
  await clock.advance(200);
  await many();
  assert.deepEqual(clerk.descriptions, ["offer", "offer"]);
  assert.equal(clerk.pc.signalingState, "stable");
});

test("an offer lost and an answer lost are made good when the own line is back", async () => {
  const { clerk, citizen } = await connected();
  citizen.lineUp = false;
  clerk.call.networkChanged();
  await many();
  assert.equal(clerk.pc.signalingState, "have-local-offer");
  citizen.lineUp = true;
  clerk.call.resume();
  await many();
  assert.equal(clerk.pc.signalingState, "stable");
  assert.deepEqual(clerk.faults.concat(citizen.faults), []);
});

test("an answer that comes twice is taken once", async () => {
  const { clerk, citizen } = await connected();
  const description = citizen.pc.localDescription;
  await clerk.call.handleSignal({ from: "citizen", epoch: 3, to_epoch: 7, description });
  assert.deepEqual(clerk.faults, []);
  assert.equal(clerk.pc.signalingState, "stable");
});

test("a disturbance of two seconds begins the search, and it never gives up", async () => {
  const { clerk, citizen, clock } = await connected();
  clerk.lineUp = false;
  clerk.pc.become("disconnected");
  assert.deepEqual(clerk.states, ["unstable"]);
  await clock.advance(1999);
  assert.equal(clerk.pc.restarts, 0);
  await clock.advance(1);
  assert.equal(clerk.pc.restarts, 1);
  await clock.advance(60_000);
  const offers = clerk.descriptions.length;
  assert.ok(offers >= 7, `${offers} offers`);
  clerk.lineUp = true;
  await clock.advance(10_100);
  assert.equal(clerk.pc.signalingState, "stable");
  clerk.pc.become("connected");
  citizen.pc.become("connected");
  await clock.advance(60_000);
  assert.deepEqual(clerk.states, ["unstable", "connected"]);
  assert.equal(clock.timers.size, 0);
});

test("a disturbance that passes is left alone", async () => {
  const { clerk, clock } = await connected();
  clerk.pc.become("disconnected");
  await clock.advance(1000);
  clerk.pc.become("connected");
  await clock.advance(10_000);
  assert.equal(clerk.pc.restarts, 0);
});

test("a failed connection is mended at once, the citizen waiting a moment for the clerk", async () => {
  const { clerk, citizen, clock } = await connected();
  citizen.pc.become("failed");
  await clock.advance(299);
  assert.equal(citizen.pc.restarts, 0);
  await clock.advance(1);
  assert.equal(citizen.pc.restarts, 1);
  clerk.pc.become("failed");
  await clock.advance(1);
  assert.equal(clerk.pc.restarts, 1);
});

test("several events of one network switch make one search now and one after", async () => {
  const { citizen, clock } = await connected();
  citizen.call.networkChanged();
  citizen.call.networkChanged();
  citizen.call.networkChanged();
  await many();
  assert.equal(citizen.pc.restarts, 1);
  await clock.advance(500);
  assert.equal(citizen.pc.restarts, 2);
  await clock.advance(20_000);
  assert.equal(citizen.pc.restarts, 2);
});

test("called again before the pause was seen: the citizen takes the new connection", async () => {
  const { clerk, citizen } = await connected();
  clerk.call.setPeer(null, 0);
  clerk.meet();
  await many();
  assert.equal(citizen.pcs.length, 2);
  assert.equal(clerk.pc.signalingState, "stable");
  assert.equal(citizen.pc.remoteDescription.sdp, clerk.pc.localDescription.sdp);
});

test("only the citizen has seen the pause: she pleads for an offer and gets one", async () => {
  const { clerk, citizen, clock } = await connected();
  citizen.call.setPeer(null, 0);
  citizen.meet();
  await clock.advance(1000);
  await many();
  assert.equal(clerk.pcs.length, 2);
  assert.equal(clerk.pc.signalingState, "stable");
  assert.equal(citizen.pc.signalingState, "stable");
  assert.equal(citizen.pc.remoteDescription.sdp, clerk.pc.localDescription.sdp);
});

test("new passwords for TURN reach the living connection", async () => {
  const { clerk } = await connected();
  const servers = [{ urls: "turn:turn.example", username: "1:a", credential: "x" }];
  clerk.call.setIceServers(servers);
  assert.deepEqual(clerk.pc.config.iceServers, servers);
  assert.equal(clerk.pc.restarts, 0);
});

test("nobody there any more: idle, and the stream is empty", async () => {
  const { citizen, clock } = await connected();
  citizen.call.setPeer(null, 3);
  assert.equal(citizen.pc.closed, true);
  assert.equal(citizen.call.state, "idle");
  assert.deepEqual(citizen.call.remote.getTracks(), []);
  assert.equal(await citizen.call.stats(), null);
  citizen.call.setPeer({ seat: "clerk", name: "", epoch: 0, online: false }, 3);
  assert.equal(citizen.pcs.length, 1);
  await clock.advance(60_000);
  assert.deepEqual(citizen.states, ["idle"]);
});

test("closing leaves no timers, and nothing wakes it again", async () => {
  const { clerk, citizen, clock } = await connected();
  clerk.pc.become("disconnected");
  for (const page of [clerk, citizen]) page.call.close();
  assert.equal(clock.timers.size, 0);
  clerk.meet();
  clerk.call.networkChanged();
  await clerk.call.handleSignal({ from: "citizen", epoch: 3, to_epoch: 7, candidate: {} });
  await many();
  assert.equal(clerk.pcs.length, 1);
  assert.equal(clerk.call.state, "closed");
  assert.equal(clerk.pc.onconnectionstatechange, null);
});

test("a browser without WebRTC is a failed call, not a broken page", () => {
  const clock = new FakeClock();
  const call = new Call({
    seat: "citizen", signal: () => {}, clock,
    createPeerConnection: () => {
      throw new ReferenceError("RTCPeerConnection is not defined");
    },
    createStream: () => /** @type {any} */ (new FakeStream()),
  });
  call.setPeer({ seat: "clerk", name: "", epoch: 1, online: true }, 1);
  assert.equal(call.state, "failed");
  call.networkChanged();
  call.close();
  assert.equal(clock.timers.size, 0);
});
