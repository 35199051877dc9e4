// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Call } from "../../vamt/static/js/call.js";
import { FakeClock, FakePeerConnection, FakeStream, FakeTrack, fakeCertificate, settle } from "./fakes.js";

const many = async () => {
  for (let n = 0; n < 14; n += 1) await settle();
};

/** One page and its call, on a line to the pages it knows. */
class Page {
  /** @type {any[]} */ pcs = [];
  /** @type {any[]} */ sent = [];
  /** @type {[string, any][]} */ told = [];
  /** @type {Page[]} */ others = [];
  lineUp = true;

  /**
   * @param {string} id
   * @param {number} epoch
   * @param {FakeClock} clock
   * @param {() => Promise<any>} [createCertificate]
   */
  constructor(id, epoch, clock, createCertificate = async () => null) {
    this.id = id;
    this.epoch = epoch;
    this.call = new Call({
      clock,
      signal: (message) => {
        this.sent.push(message);
        const other = this.lineUp && this.others.find((page) => page.id === message.to);
        if (other) void settle().then(() => other.call.handleSignal({ ...message, from: id, epoch }));
      },
      createPeerConnection: (config) => {
        this.pcs.push(new FakePeerConnection(config));
        return this.pcs.at(-1);
      },
      createCertificate,
      createStream: () => /** @type {any} */ (new FakeStream()),
    });
    for (const type of ["change", "remote", "peerstatus", "message", "quiet", "fault"]) {
      this.call.addEventListener(type, (event) => {
        this.told.push([type, /** @type {CustomEvent} */ (event).detail]);
      });
    }
  }

  /** The state names these pages. @param {Page[]} others @param {boolean} [talking] @param {boolean} [online] */
  meet(others, talking = true, online = true) {
    this.others = others;
    this.call.setPeers(others.map((page) => partner(page, talking, online)), this.id, this.epoch);
  }

  /** @param {string} id */
  leg(id) {
    return /** @type {import("../../vamt/static/js/leg.js").Leg} */ (this.call.legs.get(id));
  }

  /** What goes out over each connection. */
  get sending() {
    return this.pcs.map((pc) => pc.transceivers.map((/** @type {any} */ line) => line.sender.track?.kind ?? null));
  }

  /** What it has told of this kind, by the other's id. @param {string} type */
  heard(type) {
    return this.told.filter(([what]) => what === type).map(([, detail]) => detail.leg.id);
  }

  get offers() {
    return this.sent.flatMap(({ to, connection, description }) => (
      description?.type === "offer" ? `${to} ${connection}` : []));
  }
}

/** @param {{id: string, epoch: number}} page @param {boolean} talking @param {boolean} online */
function partner({ id, epoch }, talking, online) {
  return { id, epoch, talking, online, name: "", seat: /** @type {any} */ (id.split(":")[0]) };
}

/** @returns {any} */
const tracks = () => ({ audio: new FakeTrack("audio"), video: new FakeTrack("video") });

/** A citizen and a clerk who have been connected. @param {boolean} [talking] */
async function two(talking = true) {
  const clock = new FakeClock();
  const [citizen, clerk] = [new Page("citizen:1", 1, clock), new Page("clerk:1", 2, clock)];
  await settle();
  citizen.meet([clerk], talking);
  clerk.meet([citizen], talking);
  await many();
  for (const page of [citizen, clerk]) page.pcs[0].become("connected");
  for (const page of [citizen, clerk]) page.sent.length = page.told.length = 0;
  return { clock, citizen, clerk };
}

/** @param {boolean} [talking] */
async function three(talking = true) {
  const clock = new FakeClock();
  const pages = ["citizen:1", "clerk:1", "guest:1"].map((id, n) => new Page(id, n + 1, clock));
  await settle();
  for (const page of pages) page.meet(pages.filter((other) => other !== page), talking);
  await many();
  return { clock, pages, citizen: pages[0], clerk: pages[1], guest: pages[2] };
}

test("three pages make three connections; whoever has the greater id offers", async () => {
  const { pages, citizen, clerk, guest } = await three();
  assert.deepEqual(pages.map(({ pcs }) => pcs.length), [2, 2, 2]);
  assert.ok(pages.flatMap(({ pcs }) => pcs).every((pc) => pc.signalingState === "stable"));
  assert.deepEqual(pages.map(({ offers }) => offers),
    [[], ["citizen:1 1a"], ["citizen:1 1a", "clerk:1 1a"]]);
  assert.deepEqual([...citizen.call.legs.keys()], ["clerk:1", "guest:1"]);
  assert.deepEqual(clerk.sent[0], { to: "citizen:1", to_epoch: 1, connection: "1a",
    description: clerk.sent[0].description });
  assert.deepEqual(pages.flatMap((page) => page.heard("fault")), []);
  assert.deepEqual(guest.heard("change"), ["citizen:1", "clerk:1"]);
});

test("the main leg is the clerk's, at the clerk's the citizen's, in whatever order they are named", async () => {
  const { pages, citizen, clerk, guest } = await three();
  for (const order of [pages, [...pages].reverse()]) {
    for (const page of pages) page.meet(order.filter((other) => other !== page));
    assert.deepEqual(pages.map(({ call }) => call.main?.id), ["clerk:1", "citizen:1", "clerk:1"]);
  }
  guest.meet([citizen]);
  assert.equal(guest.call.main?.id, "citizen:1");
  clerk.meet([guest]);
  assert.equal(clerk.call.main, null);
  citizen.meet([clerk], false);
  assert.equal(citizen.call.main, null);
});

test("made ready: no track goes out before the visit is open, and then without a new connection", async () => {
  const { citizen, clerk } = await two(false);
  citizen.pcs[0].openChannel();
  citizen.call.setStatus({ audio: true, video: "camera" });
  await citizen.call.setTracks(tracks());
  citizen.meet([clerk], false);
  await many();
  assert.deepEqual(citizen.sending, [[null, null]]);
  citizen.meet([clerk]);
  await many();
  assert.deepEqual(citizen.sending, [["audio", "video"]]);
  const said = () => citizen.pcs[0].channel.sent.map((/** @type {string} */ data) => JSON.parse(data).value);
  assert.deepEqual(said().map((/** @type {any} */ status) => status.video), ["off", "camera"]);
  await citizen.call.setTracks({ ...tracks(), video: null });
  citizen.call.setStatus({ audio: true, video: "off" });
  assert.deepEqual(citizen.sending, [["audio", null]]);
  citizen.meet([clerk], false); // and when it is over
  await many();
  assert.deepEqual(citizen.sending, [[null, null]]);
  assert.deepEqual(said().at(-1), { audio: false, video: "off" });
  assert.deepEqual([citizen.sent, clerk.sent, citizen.pcs.length], [[], [], 1]);
});

test("only in the visit it is watched whether anything arrives", async () => {
  const { citizen, clerk, clock } = await two(false);
  citizen.pcs[0].hear({ kind: "status", value: { audio: true, video: "camera" } });
  await clock.advance(10_000);
  assert.deepEqual(citizen.heard("quiet"), []);
  citizen.meet([clerk]);
  await clock.advance(2700);
  assert.deepEqual(citizen.heard("quiet"), ["clerk:1"]);
  assert.equal(citizen.call.main?.state, "unstable");
});

test("of several only those in the visit see and hear her", async () => {
  const { citizen, clerk, guest } = await three();
  citizen.call.setPeers([partner(clerk, true, true), partner(guest, false, true)], citizen.id, 1);
  await citizen.call.setTracks(tracks());
  await many();
  assert.deepEqual(citizen.sending, [["audio", "video"], [null, null]]);
});

test("the same state again changes nothing, and who is not in it any more is hung up", async () => {
  const { citizen, clerk } = await two();
  for (let n = 0; n < 3; n += 1) citizen.meet([clerk]);
  await many();
  assert.deepEqual([citizen.sent, citizen.told, citizen.pcs.length], [[], [], 1]);
  citizen.meet([]);
  assert.deepEqual([citizen.pcs[0].closed, citizen.call.legs.size, citizen.call.main], [true, 0, null]);
  citizen.pcs[0].become("failed");
  assert.deepEqual(citizen.told, []);
});

test("somebody who has never had a page gets no leg", async () => {
  const { citizen, clerk } = await two();
  citizen.call.setPeers([{ ...partner(clerk, true, false), epoch: 0 }], citizen.id, 1);
  assert.equal(citizen.call.legs.size, 0);
});

test("a reloaded page gets a new leg on both sides, counting from one", async () => {
  const { citizen, clerk, clock } = await two();
  const before = clerk.leg("citizen:1");
  const reloaded = new Page("citizen:1", 9, clock);
  await settle();
  clerk.meet([reloaded]);
  reloaded.meet([clerk]);
  await many();
  assert.notEqual(clerk.leg("citizen:1"), before);
  assert.equal(before.state, "closed");
  assert.deepEqual([clerk.leg("citizen:1").epoch, clerk.offers], [9, ["citizen:1 1a"]]);
  assert.deepEqual(clerk.sent[0].to_epoch, 9);
  assert.equal(reloaded.pcs[0].signalingState, "stable");
  assert.equal(citizen.pcs[0].closed, false, "the former page is another matter");
});

test("an own new epoch is a new leg, too", async () => {
  const { citizen, clerk } = await two();
  citizen.epoch = 5;
  citizen.meet([clerk]);
  assert.deepEqual(citizen.pcs.map(({ closed }) => closed), [true]);
  assert.equal(citizen.leg("clerk:1").myEpoch, 5);
});

test("the same two pages again go on counting, whoever has seen the pause", async () => {
  const { citizen, clerk, clock } = await two();
  clerk.meet([]);
  clerk.meet([citizen]);
  await many();
  assert.deepEqual(clerk.offers, ["citizen:1 2a"]);
  assert.deepEqual(citizen.pcs.map(({ signalingState }) => signalingState), ["stable", "stable"]);
  for (const page of [citizen, clerk]) page.pcs[1].become("connected");

  citizen.meet([]);
  citizen.meet([clerk]); // now she alone: no offer comes, so she makes one
  await clock.advance(1000);
  await many();
  assert.deepEqual(citizen.offers, ["clerk:1 3b"]);
  assert.deepEqual([citizen.pcs.at(-1).signalingState, clerk.pcs.at(-1).signalingState], ["stable", "stable"]);
  const session = (/** @type {any} */ description) => /^o=.*$/m.exec(description.sdp)?.[0];
  assert.equal(session(clerk.pcs.at(-1).remoteDescription), session(citizen.pcs.at(-1).localDescription));
});

test("signals that come before the state wait for it; those of strangers change nothing", async () => {
  const clock = new FakeClock();
  const [citizen, clerk] = [new Page("citizen:1", 1, clock), new Page("clerk:1", 2, clock)];
  await settle();
  clerk.meet([citizen]);
  await many();
  clerk.pcs[0].find("c1");
  await many();
  assert.equal(citizen.pcs.length, 0);
  citizen.meet([]); // a state from before
  citizen.meet([clerk]);
  await many();
  assert.deepEqual([citizen.pcs[0].signalingState, clerk.pcs[0].signalingState], ["stable", "stable"]);
  assert.deepEqual(citizen.pcs[0].candidates, [{ candidate: "c1" }]);
  const description = { type: /** @type {const} */ ("offer"), sdp: "" };
  for (const wrong of [{ from: "clerk:2" }, { epoch: 1 }, { to_epoch: 7 }]) {
    await citizen.call.handleSignal(
      { from: "clerk:1", epoch: 2, to_epoch: 1, connection: "5a", description, ...wrong });
  }
  await many();
  assert.equal(citizen.pcs.length, 1);
});

test("a signal that has waited for ten seconds is forgotten, states or not", async () => {
  for (const states of [1, 5]) {
    const clock = new FakeClock();
    const [citizen, clerk] = [new Page("citizen:1", 1, clock), new Page("clerk:1", 2, clock)];
    await settle();
    clerk.meet([citizen]);
    await many();
    clerk.lineUp = false;
    for (let n = 0; n < states; n += 1) {
      await clock.advance(10_100 / states);
      citizen.meet([]);
    }
    citizen.meet([clerk]);
    await many();
    assert.equal(citizen.pcs.length, 0);
  }
});

test("of signals without a page the latest are kept", async () => {
  const { citizen, clerk } = await two();
  for (let epoch = 100; epoch < 165; epoch += 1) {
    await citizen.call.handleSignal({ from: "clerk:1", epoch, to_epoch: 1, connection: "1a",
      description: { type: "offer", sdp: "v=0\r\n" } });
  }
  for (const [epoch, answers] of [[100, 0], [101, 1]]) {
    citizen.call.setPeers([{ ...partner(clerk, true, true), epoch: epoch ?? 0 }], citizen.id, 1);
    await many();
    assert.equal(citizen.sent.length, answers);
  }
});

test("no leg before the page has its certificate; it has one for all of them", async () => {
  /** @type {(certificate: any) => void} */ let give = () => {};
  const clock = new FakeClock();
  const certificate = fakeCertificate("AB");
  const page = new Page("guest:1", 3, clock, () => new Promise((resolve) => (give = resolve)));
  const ahead = tracks();
  page.meet([new Page("citizen:1", 1, clock), new Page("clerk:1", 2, clock)]);
  page.call.setStatus({ audio: true, video: "camera" });
  await page.call.setTracks(ahead);
  await many();
  assert.equal(page.call.legs.size, 0);
  give(certificate);
  await many();
  assert.deepEqual(page.pcs.map(({ config }) => config.certificates), [[certificate], [certificate]]);
  assert.deepEqual(page.sending, [["audio", "video"], ["audio", "video"]]);
});

test("a browser that makes no certificate makes one for each connection by itself", async () => {
  const clock = new FakeClock();
  const page = new Page("guest:1", 3, clock, async () => {
    throw new Error("NotSupportedError");
  });
  page.meet([new Page("clerk:1", 2, clock)]);
  await many();
  assert.deepEqual(page.pcs.map(({ config }) => config.certificates), [undefined]);
});

test("closed while the certificate is made: nobody is called", async () => {
  /** @type {(certificate: any) => void} */ let give = () => {};
  const clock = new FakeClock();
  const page = new Page("guest:1", 3, clock, () => new Promise((resolve) => (give = resolve)));
  page.meet([new Page("clerk:1", 2, clock)]);
  page.call.close();
  give(null);
  await many();
  assert.deepEqual([page.pcs.length, clock.timers.size], [0, 0]);
});

test("new passwords for TURN are for the next connection", async () => {
  const { citizen, clerk } = await two();
  const servers = [{ urls: "turn:turn.example", username: "1:a", credential: "x" }];
  clerk.call.setIceServers(servers);
  clerk.meet([]);
  clerk.meet([citizen]);
  assert.deepEqual(clerk.pcs.map(({ config }) => config.iceServers), [[], servers]);
});

test("events tell whose leg they are about", async () => {
  const { citizen, clerk, guest } = await three();
  for (const pc of clerk.pcs) pc.become("connected");
  clerk.told.length = 0;
  const [toCitizen, toGuest] = ["citizen:1", "guest:1"].map((id) => clerk.leg(id));
  clerk.pcs[0].hear({ kind: "hello", value: [1] });
  clerk.pcs[1].hear({ kind: "status", value: { audio: true, video: "screen" } });
  clerk.pcs[0].become("disconnected");
  guest.pcs.at(-1).find("bad");
  await many();
  assert.deepEqual(clerk.told.slice(0, 4), [
    ["message", { leg: toCitizen, kind: "hello", value: [1] }],
    ["peerstatus", { leg: toGuest }], ["change", { leg: toCitizen }], ["quiet", { leg: toCitizen }],
  ]);
  assert.deepEqual(clerk.told.slice(4).map(([type, { leg, error }]) => [type, leg, error.message]),
    [["fault", toGuest, "OperationError"]]);
  assert.equal(toGuest?.peerStatus?.video, "screen");
  assert.equal(citizen.heard("message").length, 0);
  clerk.pcs[0].become("connected");
  clerk.pcs[0].openChannel();
  clerk.call.main?.send("text", "a");
  assert.deepEqual(JSON.parse(clerk.pcs[0].channel.sent.at(-1)), { kind: "text", value: "a" });
});

test("an offline page does not touch the connection; back again, it gets what was lost", async () => {
  const { citizen, clerk } = await two();
  clerk.meet([citizen], true, false);
  clerk.meet([citizen]);
  await many();
  assert.deepEqual([clerk.sent, clerk.told], [[], []]);
  clerk.meet([citizen], true, false);
  clerk.lineUp = false;
  clerk.pcs[0].become("disconnected");
  await many();
  clerk.lineUp = true;
  clerk.meet([citizen], true, false);
  await many();
  assert.deepEqual(clerk.offers, ["citizen:1 2a"]);
  clerk.meet([citizen]);
  await many();
  assert.deepEqual(clerk.offers, ["citizen:1 2a", "citizen:1 2a"]);
  assert.equal(clerk.pcs[1].signalingState, "stable");
});

test("another network and a line that is back concern every leg", async () => {
  const { clerk, guest, clock } = await three();
  for (const pc of guest.pcs) pc.become("connected");
  await clock.advance(500);
  guest.lineUp = false;
  guest.sent.length = 0;
  guest.call.networkChanged();
  await many();
  guest.lineUp = true;
  guest.call.resume();
  await many();
  assert.deepEqual(guest.offers, ["citizen:1 2a", "clerk:1 2a", "citizen:1 2a", "clerk:1 2a"]);
  assert.equal(clerk.pcs.at(-1).signalingState, "stable");
});

test("closed for good: no timer stays, and nothing wakes it again", async () => {
  const { citizen, clerk, clock } = await two();
  clerk.pcs[0].become("disconnected");
  await many();
  clerk.call.close();
  citizen.call.close();
  assert.equal(clock.timers.size, 0);
  clerk.meet([citizen]);
  clerk.call.networkChanged();
  clerk.call.resume();
  clerk.call.setStatus({ audio: true, video: "off" });
  await clerk.call.setTracks(tracks());
  await clerk.call.handleSignal({ from: "citizen:1", epoch: 1, to_epoch: 2, connection: "9b", candidate: {} });
  await many();
  assert.deepEqual([clerk.pcs.length, clerk.call.legs.size, clerk.call.main], [2, 0, null]);
  assert.ok(clerk.pcs.every(({ closed }) => closed));
  assert.equal(clock.timers.size, 0);
});

test("a browser without WebRTC is a failed leg, not a broken page", async () => {
  const clock = new FakeClock();
  const call = new Call({
    signal: () => {}, clock,
    createPeerConnection: () => {
      throw new ReferenceError("RTCPeerConnection is not defined");
    },
    createCertificate: () => {
      throw new ReferenceError("RTCPeerConnection is not defined");
    },
    createStream: () => /** @type {any} */ (new FakeStream()),
  });
  await settle();
  call.setPeers([{ id: "clerk:1", seat: "clerk", name: "", epoch: 1, online: true, talking: true }], "citizen:1", 1);
  await clock.advance(1000); // no offer comes
  assert.equal(call.main?.state, "failed");
  call.networkChanged();
  call.close();
  assert.equal(clock.timers.size, 0);
});
