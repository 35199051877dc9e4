// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { LEG, Leg, readName, retryDelay } from "../../vamt/static/js/leg.js";
import { FakeClock, FakePeerConnection, FakeStream, FakeTrack, fakeCertificate, settle } from "./fakes.js";

const OFF = { audio: false, video: "off" };
const CAMERA = { audio: true, video: "camera" };

/** One side of a leg: what it has built, sent and told. */
class Side {
  /** @type {any[]} */ pcs = [];
  /** @type {number[]} */ made = [];
  /** @type {any[]} */ sent = [];
  /** @type {string[]} */ states = [];
  /** @type {any[]} */ messages = [];
  /** @type {any[]} */ faults = [];
  counted = { remote: 0, peerstatus: 0, quality: 0, quiet: 0 };
  /** @type {Side | null} */ other = null;
  lineUp = true;

  /**
   * @param {boolean} offers
   * @param {FakeClock} clock
   * @param {{number?: number, certificate?: any, createPeerConnection?: any}} [options]
   */
  constructor(offers, clock, options = {}) {
    this.leg = new Leg({
      id: offers ? "citizen:1" : "clerk:1",
      seat: offers ? "citizen" : "clerk",
      offers,
      epoch: offers ? 3 : 7,
      myEpoch: offers ? 7 : 3,
      number: 0,
      iceServers: () => [{ urls: `turn:turn.example?at=${clock.now()}` }],
      certificate: null,
      createPeerConnection: (/** @type {any} */ config) => {
        this.made.push(clock.now());
        this.pcs.push(new FakePeerConnection(config));
        return this.pcs.at(-1);
      },
      createStream: () => /** @type {any} */ (new FakeStream()),
      clock,
      tell: {
        send: (part) => {
          this.sent.push(part);
          if (this.lineUp) void this.other?.hear(part);
        },
        change: () => this.states.push(this.leg.state),
        remote: () => (this.counted.remote += 1),
        peerstatus: () => (this.counted.peerstatus += 1),
        quality: () => (this.counted.quality += 1),
        quiet: () => (this.counted.quiet += 1),
        message: (kind, value) => this.messages.push([kind, value]),
        fault: (error) => this.faults.push(error),
      },
      ...options,
    });
  }

  /** The latest connection. */
  get pc() {
    return this.pcs.at(-1);
  }

  /** What it has sent, in short: "offer 1a". */
  get log() {
    return this.sent.map(({ connection, description }) => `${description?.type ?? "candidate"} ${connection}`);
  }

  get open() {
    return this.pcs.map(({ closed }) => !closed);
  }

  get tracks() {
    return this.leg.remote.getTracks();
  }

  /** @param {any} pc @returns {any[]} what arrives over it */
  receivers(pc) {
    return pc.transceivers.map((/** @type {any} */ line) => line.receiver.track);
  }

  /** @param {any} part */
  async hear(part) {
    await settle();
    await this.leg.receive(/** @type {any} */ ({ from: this.leg.id, epoch: this.leg.epoch,
      to_epoch: this.leg.myEpoch, ...part }));
  }
}

async function many() {
  for (let n = 0; n < 12; n += 1) await settle();
}

/** Two sides; `a` offers. @param {{a?: object, b?: object}} [options] */
function pair({ a: forA = {}, b: forB = {} } = {}) {
  const clock = new FakeClock();
  const a = new Side(true, clock, forA);
  const b = new Side(false, clock, forB);
  a.other = b;
  b.other = a;
  return { clock, a, b, sides: [a, b] };
}

/** The latest connections of both get through. @param {{a: Side, b: Side}} sides */
function join({ a, b }) {
  for (const { pc } of [a, b]) pc.become("connected");
}

/** Both in a conversation: connected, talking, sending sound and picture. */
async function conversing() {
  const all = pair();
  for (const { leg } of all.sides) {
    leg.start();
    leg.setTalking(true);
  }
  await many();
  join(all);
  for (const side of all.sides) {
    side.pc.openChannel();
    side.pc.hear({ kind: "status", value: CAMERA });
    side.sent.length = side.states.length = side.counted.remote = 0;
  }
  await flow(all.clock, 2000, all.a.pc, all.b.pc);
  return all;
}

/** Sixty packets a second over these connections. @param {FakeClock} clock @param {number} ms @param {any[]} pcs */
async function flow(clock, ms, ...pcs) {
  for (let passed = 0; passed < ms; passed += 100) {
    for (const pc of pcs) pc.arrive(6);
    await clock.advance(100);
  }
}

test("every pair of state and event is in the table or changes nothing", () => {
  const states = Object.keys(LEG);
  for (const [state, row] of Object.entries(LEG)) {
    for (const next of Object.values(row)) assert.ok(states.includes(next), `${state} -> ${next}`);
    if (state !== "closed") assert.equal(row.close, "closed");
    if (!/idle|closed|connected/.test(state)) assert.equal(row.connect, "connected", state);
  }
  assert.deepEqual(LEG.closed, {});
});

test("the delays grow, stop growing, and never end", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 99].map((n) => retryDelay(n)),
    [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]);
  assert.equal(retryDelay(1, 1), 360);
  assert.equal(retryDelay(-1), 0);
});

test("a name is a number and who offers; everything else is none", () => {
  assert.deepEqual(readName("12a"), { number: 12, by: "a" });
  assert.deepEqual(readName("1b"), { number: 1, by: "b" });
  for (const odd of ["", "a", "12", "1c", "-1a", "1a ", "1.5a", "1234567890a", "a1"]) {
    assert.equal(readName(odd), null, odd);
  }
});

test("one side offers two lines, the other answers sending on both without a track", async () => {
  const { a, b, sides } = pair();
  for (const { leg } of sides) leg.start();
  await many();
  assert.deepEqual([a.log, b.log], [["offer 1a"], ["answer 1a"]]);
  assert.match(b.pc.localDescription.sdp, /a=sendrecv[^]*a=sendrecv/);
  assert.deepEqual([a.pc.channel.negotiated, a.pc.channel.id], [true, 0]);
  join({ a, b });
  for (const side of sides) {
    assert.deepEqual(side.states, ["connecting", "connected"]);
    assert.deepEqual(side.tracks, side.receivers(side.pc));
    assert.equal(side.tracks.length, 2);
    assert.equal(side.counted.remote, 1);
    assert.deepEqual(side.faults, []);
  }
});

/** The same, but nothing has come to `a` for 0.7 s. */
async function stalled() {
  const all = await conversing();
  await flow(all.clock, 700, all.b.pc);
  return all;
}

test("where no offer comes the answering side makes one after a second", async () => {
  const { a, b, clock } = pair();
  b.leg.start();
  await clock.advance(999);
  assert.deepEqual(b.log, []);
  await clock.advance(1);
  assert.deepEqual(b.log, ["offer 1b"]);
  await many();
  assert.deepEqual(a.log, ["answer 1b"]);
  assert.equal(b.pc.signalingState, "stable");
});

test("of two offers of the same number `a` wins, and is sent again to who has not seen it", async () => {
  const { a, b, clock, sides } = pair();
  a.lineUp = false;
  for (const { leg } of sides) leg.start();
  await clock.advance(900);
  a.lineUp = true;
  await clock.advance(100);
  await many();
  assert.deepEqual([a.log, b.log], [["offer 1a", "offer 1a"], ["offer 1b", "answer 1a"]]);
  assert.deepEqual([a.open, b.open], [[true], [false, true]]);
  assert.equal(a.pc.signalingState, "stable");
  assert.deepEqual(a.faults.concat(b.faults), []);
});

test("both search at once: they meet in one connection, without a fault", async () => {
  const { a, b } = await conversing();
  for (const { leg } of [a, b]) leg.renew();
  await many();
  assert.equal(b.pcs.length, 3);
  assert.deepEqual([a.open, b.open], [[true, true], [true, false, true]]);
  const session = (/** @type {any} */ description) => /^o=.*$/m.exec(description.sdp)?.[0];
  assert.equal(session(b.pc.remoteDescription), session(a.pc.localDescription));
  assert.deepEqual([a.pc.signalingState, b.pc.signalingState], ["stable", "stable"]);
  assert.deepEqual(a.faults.concat(b.faults), []);
});

test("the higher number wins against an own one still searching", async () => {
  const { a, b } = await conversing();
  a.lineUp = false;
  a.leg.renew(); // 2a, which is lost
  await many();
  await b.hear({ connection: "3a", candidate: { candidate: "x" } }); // of one that never comes
  await a.hear({ connection: "3b", description: { type: "offer", sdp: "v=0\r\n" } });
  assert.deepEqual(a.open, [true, false, true]);
  assert.equal(a.log.at(-1), "answer 3b");
  assert.equal(a.leg.number, 3);
  assert.equal(b.pcs.length, 1);
});

test("a leg between the same pages goes on counting", async () => {
  const { a, b, sides } = pair({ a: { number: 5 } });
  for (const { leg } of sides) leg.start();
  await many();
  assert.deepEqual([a.log, b.log], [["offer 6a"], ["answer 6a"]]);
  assert.deepEqual([a.leg.number, b.leg.number], [6, 6]);
});

test("an offer or an answer lost with the line is made good when that is back", async () => {
  for (const deaf of [0, 1]) {
    const { a, b, sides } = pair();
    const side = /** @type {Side} */ (sides[deaf]);
    side.lineUp = false;
    for (const { leg } of sides) leg.start();
    await many();
    assert.equal(a.pc.signalingState, "have-local-offer");
    side.lineUp = true;
    a.leg.resume();
    await many();
    assert.deepEqual(a.log, ["offer 1a", "offer 1a"]);
    assert.equal(a.pc.signalingState, "stable");
    assert.deepEqual([a.pcs.length, b.pcs.length, b.pc.transceivers.length], [1, 1, 2]);
    assert.deepEqual(a.faults.concat(b.faults), []);
  }
});

test("a line that comes back leaves a good connection alone", async () => {
  const { a, b } = await conversing();
  a.leg.resume();
  b.leg.resume();
  await many();
  assert.deepEqual([a.sent, b.sent, a.pcs.length], [[], [], 1]);
});

test("what belongs to an older connection is stale, what has no name is nonsense", async () => {
  const { a, b } = await stalled();
  join({ a, b }); // 2a
  a.sent.length = 0;
  const description = { type: "offer", sdp: "v=0\r\n" };
  for (const part of [
    { connection: "1b", description }, { connection: "2b", description },
    { connection: "0a", description: { type: "answer", sdp: "v=0\r\n" } },
    { connection: "2b", candidate: { candidate: "x" } },
    { connection: "", description }, { connection: "9", description }, { connection: "9c", description },
  ]) await a.hear(part);
  assert.deepEqual([a.pcs.length, a.sent, a.faults, a.pc.candidates], [2, [], [], []]);
});

test("candidates are passed on and, come before their offer, kept for it", async () => {
  const { a, b } = pair();
  b.leg.start();
  const early = (/** @type {string} */ connection, /** @type {string} */ candidate) =>
    b.hear({ connection, candidate: { candidate } });
  await early("1a", "old");
  await early("2a", "own");
  await early("3a", "next");
  await b.hear({ connection: "2a", description: { type: "offer", sdp: "v=0\r\n" } });
  assert.deepEqual(b.pc.candidates, [{ candidate: "own" }]);
  await b.hear({ connection: "3a", description: { type: "offer", sdp: "v=0\r\n" } });
  assert.deepEqual(b.pc.candidates, [{ candidate: "next" }]);
  a.leg.start();
  b.pc.find("mine");
  assert.deepEqual(b.sent.at(-1), { connection: "3a", candidate: { candidate: "mine" } });
});

test("of candidates without an offer only the latest are kept", async () => {
  const { b } = pair();
  b.leg.start();
  for (let n = 0; n < 70; n += 1) await b.hear({ connection: "1a", candidate: { candidate: `c${n}` } });
  await b.hear({ connection: "1a", description: { type: "offer", sdp: "v=0\r\n" } });
  assert.equal(b.pc.candidates.length, 64);
  assert.deepEqual(b.pc.candidates[0], { candidate: "c6" });
});

test("a candidate the browser refuses is a fault, not the end", async () => {
  const { a, b } = await conversing();
  for (const candidate of ["bad", "good"]) a.pc.find(candidate);
  await many();
  assert.equal(b.faults.length, 1);
  assert.deepEqual(b.pc.candidates, [{ candidate: "good" }]);
});

test("pictures that stop are a lost path: a new connection is built beside the old one", async () => {
  const { a, b, clock } = await conversing();
  await flow(clock, 300, b.pc);
  assert.equal(a.counted.quiet, 0);
  await flow(clock, 100, b.pc);
  assert.deepEqual([a.counted.quiet, a.states], [1, []]);
  await flow(clock, 200, b.pc);
  assert.deepEqual(a.states, []);
  await flow(clock, 100, b.pc);
  assert.deepEqual(a.states, ["unstable"]);
  assert.deepEqual(a.open, [true, true]);
  assert.deepEqual([a.log, b.log], [["offer 2a"], ["answer 2a"]]);
  assert.deepEqual(b.states, []);
  assert.equal(a.counted.remote, 0);
  assert.deepEqual(a.tracks, a.receivers(a.pcs[0]));
});

test("a short silence is told, and told again when it is another one", async () => {
  const { a, b, clock } = await conversing();
  for (const told of [1, 2]) {
    await flow(clock, 500, b.pc);
    assert.equal(a.counted.quiet, told);
    await flow(clock, 1000, a.pc, b.pc);
  }
  assert.deepEqual([a.states, a.pcs.length], [[], 1]);
});

test("the new connection takes over as soon as it is there; the old one goes when media come", async () => {
  const { a, b, clock } = await stalled();
  a.pc.become("connected");
  assert.deepEqual(a.states, ["unstable", "connected"]);
  assert.deepEqual(a.tracks, a.receivers(a.pcs[1]));
  assert.equal(a.counted.remote, 1);
  a.pc.arrive(0, 5); // reports, but no picture yet
  await flow(clock, 100, b.pcs[0]);
  assert.deepEqual(a.open, [true, true]);
  a.pc.arrive(1);
  await flow(clock, 100, b.pcs[0]);
  assert.deepEqual(a.open, [false, true]);
});

test("the old connection is kept for two seconds at most", async () => {
  const { a, clock } = await stalled();
  a.pc.become("connected");
  for (let passed = 0; passed < 1900; passed += 100) {
    a.pc.arrive(0, 6);
    await clock.advance(100);
  }
  assert.deepEqual(a.open, [true, true]);
  a.pc.arrive(0, 6);
  await clock.advance(100);
  assert.deepEqual(a.open, [false, true]);
  assert.deepEqual(a.states, ["unstable", "connected"]);
});

test("the other side, whose path is good, follows when the new one carries media", async () => {
  const { a, b, clock } = await stalled();
  join({ a, b });
  await flow(clock, 300, b.pcs[0], a.pcs[1]);
  assert.deepEqual([b.counted.remote, b.open], [0, [true, true]]);
  await flow(clock, 100, b.pcs[0], b.pcs[1]);
  assert.deepEqual(b.tracks, b.receivers(b.pcs[1]));
  await flow(clock, 100, b.pcs[1]);
  assert.deepEqual([b.counted.remote, b.open, b.states], [1, [false, true], []]);
});

test("beside a good path a new one without media takes over after a second", async () => {
  const { a, b, clock } = await stalled();
  join({ a, b });
  await flow(clock, 1000, a.pcs[1], b.pcs[0]);
  assert.equal(b.counted.remote, 0);
  await flow(clock, 100, a.pcs[1], b.pcs[0]);
  assert.equal(b.counted.remote, 1);
});

test("a path that comes back by itself goes on, and the new one is given up", async () => {
  const { a, b, clock } = await stalled();
  await flow(clock, 600, b.pcs[0]);
  assert.deepEqual(a.open, [true, true]);
  await flow(clock, 100, a.pcs[0], b.pcs[0]);
  assert.deepEqual(a.open, [true, false]);
  await flow(clock, 20_000, a.pcs[0], b.pcs[0]);
  assert.deepEqual([a.states, a.pcs.length, a.counted.remote], [["unstable", "connected"], 2, 0]);
  assert.deepEqual([b.open, b.states], [[true, false], []]); // nobody needed it there either
});

test("few packets, as of a silent microphone, are no lost path before 2.5 s", async () => {
  const { a, clock, sides } = pair();
  for (const { leg } of sides) leg.start();
  await many();
  join({ a, b: sides[1] });
  a.leg.setTalking(true);
  a.pc.hear({ kind: "status", value: { audio: true, video: "off" } });
  for (let n = 0; n < 10; n += 1) {
    a.pc.arrive(1);
    await clock.advance(400);
  }
  assert.equal(a.states.at(-1), "connected");
  await clock.advance(2200); // 300 ms have passed before
  assert.deepEqual([a.states.at(-1), a.counted.quiet], ["connected", 0]);
  await clock.advance(100);
  assert.deepEqual([a.states.at(-1), a.counted.quiet], ["unstable", 1]);
});

test("where nothing is to come silence means nothing", async () => {
  const { a, b, clock } = await conversing();
  for (const { pc } of [a, b]) pc.hear({ kind: "status", value: OFF });
  await clock.advance(60_000);
  assert.deepEqual([a.states, a.counted.quiet, a.pcs.length], [[], 0, 1]);
  assert.deepEqual([b.states, b.counted.quiet], [[], 0]);
});

test("while not talking only the browser watches", async () => {
  const { a, b, clock } = await conversing();
  for (const { leg } of [a, b]) leg.setTalking(false);
  await clock.advance(60_000);
  assert.deepEqual([a.states, a.counted.quiet, clock.timers.size], [[], 0, 0]);
  a.pc.become("disconnected");
  await many();
  assert.deepEqual([a.states, a.pcs.length], [["unstable"], 2]);
});

test("it never gives up, tries ever more seldom, and says after six seconds that it is lost", async () => {
  const { a, clock } = await conversing();
  a.lineUp = false;
  await clock.advance(6000);
  assert.deepEqual(a.states, ["unstable"]);
  await clock.advance(100);
  assert.deepEqual(a.states, ["unstable", "failed"]);
  await clock.advance(60_000);
  const gaps = a.made.slice(2).map((at, n) => at - (a.made[n + 1] ?? 0));
  assert.deepEqual(gaps, [3300, 4200, 5700, 7800, 10_000, 10_000, 10_000, 10_000]);
  assert.deepEqual(a.open, [true, ...gaps.map(() => false), true]); // never more than two
  a.lineUp = true;
  await clock.advance(10_000);
  a.pc.become("connected");
  assert.deepEqual(a.states, ["unstable", "failed", "connected"]);
  assert.deepEqual(a.tracks, a.receivers(a.pc));
});

test("what the browser says of the connection counts too", async () => {
  const { a, b, clock } = await conversing();
  a.pc.become("disconnected");
  assert.deepEqual([a.states, a.counted.quiet], [["unstable"], 1]);
  await many();
  assert.deepEqual(a.log, ["offer 2a"]);
  a.pcs[0].become("failed");
  a.pcs[0].become("failed");
  assert.deepEqual(a.states, ["unstable", "failed"]);
  assert.equal(a.pcs.length, 2);
  a.pcs[0].become("connected");
  assert.deepEqual(a.states, ["unstable", "failed", "connected"]);
  await flow(clock, 4000, a.pcs[0], b.pcs[0]);
  assert.deepEqual(a.open, [true, false]);
});

test("a new connection that has failed is tried again at once, without waiting for its time", async () => {
  const { a, clock } = await stalled();
  a.pc.become("failed");
  assert.deepEqual(a.states, ["unstable", "failed"]);
  await clock.advance(299);
  assert.equal(a.pcs.length, 2);
  await clock.advance(1);
  assert.deepEqual(a.open, [true, false, true]);
});

test("with nobody there to answer there is one try, made good when she is back", async () => {
  const { a, b, clock } = await conversing();
  b.pc.hear({ kind: "status", value: OFF });
  a.leg.online = false;
  a.lineUp = false;
  a.pc.become("disconnected");
  await clock.advance(60_000);
  assert.deepEqual([a.log, a.pcs.length], [["offer 2a"], 2]);
  a.lineUp = a.leg.online = true;
  a.leg.resume();
  await many();
  assert.deepEqual(a.log, ["offer 2a", "offer 2a"]);
  assert.equal(b.log.at(-1), "answer 2a");
  assert.equal(a.pc.signalingState, "stable");
});

test("several events of one network switch make one search now and one after", async () => {
  const { a, b, clock } = await conversing();
  for (let n = 0; n < 3; n += 1) a.leg.renew();
  await many();
  assert.deepEqual(a.log, ["offer 2a"]);
  await flow(clock, 400, a.pcs[0], b.pcs[0]);
  assert.equal(a.pcs.length, 2);
  await flow(clock, 100, a.pcs[0], b.pcs[0]);
  assert.equal(a.log.filter((each) => /^offer/.test(each)).length, 2);
  assert.deepEqual(a.open, [true, false, true]);
  await flow(clock, 10_000, a.pcs[0], b.pcs[0]);
  assert.deepEqual(a.open, [true, false, false]); // the old path was good all the time
  assert.deepEqual([a.states, b.states, b.open], [[], [], [true, false, false]]);
});

test("every connection has the page's certificate and the newest servers", async () => {
  const certificate = fakeCertificate("AB");
  const { a, b, clock, sides } = pair({ a: { certificate } });
  for (const { leg } of sides) leg.start();
  assert.equal(a.leg.fingerprints, null);
  await many();
  join({ a, b });
  await clock.advance(1000);
  a.leg.renew();
  await many();
  assert.deepEqual(a.pcs.map(({ config }) => config.certificates), [[certificate], [certificate]]);
  assert.deepEqual(a.pcs.map(({ config }) => config.iceServers[0].urls),
    ["turn:turn.example?at=0", "turn:turn.example?at=1000"]);
  assert.equal(b.pc.config.certificates, undefined);
});

test("fingerprints are those of the connection that carries media", async () => {
  const [mine, theirs] = ["AB", "CD"].map((two) => fakeCertificate(two));
  const { a, b, sides } = pair({ a: { certificate: mine }, b: { certificate: theirs } });
  for (const { leg } of sides) leg.start();
  await many();
  assert.equal(b.leg.fingerprints, null);
  join({ a, b });
  assert.deepEqual(a.leg.fingerprints, { mine: mine.print, theirs: theirs.print });
  assert.deepEqual(b.leg.fingerprints, { mine: theirs.print, theirs: mine.print });
});

test("tracks and status go over the old and the new one, without negotiating anew", async () => {
  const { a, clock } = await stalled();
  a.pc.openChannel();
  const audio = new FakeTrack("audio");
  const video = new FakeTrack("video", { height: 720 });
  const sent = a.sent.length;
  a.leg.setStatus(/** @type {any} */ (CAMERA));
  await a.leg.setTracks(/** @type {any} */ ({ audio, video }));
  for (const pc of a.pcs) {
    assert.deepEqual(pc.transceivers.map((/** @type {any} */ line) => line.sender.track), [audio, video]);
    assert.deepEqual(JSON.parse(pc.channel.sent.at(-1)), { kind: "status", value: CAMERA });
  }
  await a.leg.setTracks(/** @type {any} */ ({ audio, video }));
  const [sound] = a.pcs[0].transceivers;
  const replaced = sound.sender.replaced;
  a.leg.setStatus(/** @type {any} */ (CAMERA));
  await a.leg.setTracks(/** @type {any} */ ({ audio, video }));
  assert.equal(sound.sender.replaced, replaced);
  assert.equal(a.sent.length, sent);
  await a.leg.setTracks({ audio: null, video: null });
  assert.equal(sound.sender.track, null);
  a.leg.renew();
  await clock.advance(500);
  a.pc.openChannel();
  assert.equal(a.pcs.length, 3);
  assert.deepEqual(a.pc.channel.sent.map((/** @type {string} */ data) => JSON.parse(data).value), [CAMERA]);
});

test("tracks given before there is a connection are sent over it, on either side", async () => {
  const { a, b, sides } = pair();
  const [audio, video] = [new FakeTrack("audio"), new FakeTrack("video")];
  for (const { leg } of sides) {
    await leg.setTracks(/** @type {any} */ ({ audio, video }));
    leg.start();
  }
  await many();
  for (const { pc } of [a, b]) {
    assert.deepEqual(pc.transceivers.map((/** @type {any} */ line) => line.sender.track), [audio, video]);
  }
});

test("messages go over the present connection, and come from any", async () => {
  const { a, b } = await stalled();
  b.leg.send("text", "one");
  assert.deepEqual(JSON.parse(b.pcs[0].channel.sent.at(-1)), { kind: "text", value: "one" });
  for (const pc of a.pcs) pc.hear({ kind: "text", value: [1] });
  assert.deepEqual(a.messages, [["text", [1]], ["text", [1]]]);
  a.pc.hear({ kind: "status", value: { audio: 7 } });
  a.pc.hear("nonsense");
  assert.deepEqual(a.leg.peerStatus, CAMERA);
  assert.equal(a.counted.peerstatus, 1);
  assert.equal(a.messages.length, 2);
  a.pc.become("connected");
  const before = a.pcs[0].channel.sent.length;
  a.leg.send("text", "lost"); // the new channel is not open yet
  a.pc.openChannel();
  a.leg.send("text", "two");
  assert.equal(a.pcs[0].channel.sent.length, before);
  assert.deepEqual(a.pc.channel.sent.map((/** @type {string} */ data) => JSON.parse(data).value), [OFF, "two"]);
});

test("counters that cannot be read are a fault, and are looked at again", async () => {
  const { a, b, clock } = await conversing();
  const { getStats } = a.pc;
  a.pc.getStats = async () => {
    throw new Error("InvalidAccessError");
  };
  await flow(clock, 100, a.pc, b.pc);
  a.pc.getStats = getStats;
  assert.equal(a.faults.length, 1);
  await flow(clock, 800, b.pc);
  assert.deepEqual(a.states, ["unstable"]);
});

test("closing leaves no timers and no connection, and nothing wakes it again", async () => {
  const { a, b, clock } = await stalled();
  await flow(clock, 600, b.pcs[0]);
  join({ a, b });
  a.pcs[0].become("failed"); // replaced: it does not matter
  a.leg.renew();
  await many();
  assert.deepEqual([a.leg.state, a.open], ["connected", [true, true, true]]); // old, present, next
  const told = a.states.length;
  for (const { leg } of [a, b]) leg.close();
  assert.equal(clock.timers.size, 0);
  assert.deepEqual(a.open, [false, false, false]);
  assert.deepEqual(a.tracks, []);
  assert.equal(await a.leg.path(), "unknown");
  a.leg.renew();
  a.leg.resume();
  a.leg.setTalking(true);
  a.leg.setStatus(/** @type {any} */ (CAMERA));
  await a.leg.setTracks(/** @type {any} */ ({ audio: new FakeTrack("audio"), video: null }));
  await a.hear({ connection: "9b", description: { type: "offer", sdp: "v=0\r\n" } });
  await clock.advance(60_000);
  assert.deepEqual([a.leg.state, a.pcs.length, a.states.length, a.faults], ["closed", 3, told, []]);
  assert.equal(clock.timers.size, 0);
});

test("closed while the counters are read: no timer stays", async () => {
  const { a, b, clock } = await conversing();
  const { getStats } = a.pc;
  a.pc.getStats = async function () {
    for (const { leg } of [a, b]) leg.close();
    return getStats.call(this);
  };
  await clock.advance(100);
  assert.equal(clock.timers.size, 0);
});

test("a browser without WebRTC is a failed leg that goes on trying, not a broken page", async () => {
  const { a, b, clock, sides } = pair({ a: {
    createPeerConnection: () => {
      throw new ReferenceError("RTCPeerConnection is not defined");
    },
  } });
  for (const { leg } of sides) leg.start();
  assert.deepEqual(a.states, ["connecting", "failed"]);
  assert.equal(a.faults.length, 1);
  assert.equal(await a.leg.path(), "unknown");
  a.leg.send("text", 1);
  await clock.advance(3300);
  assert.equal(a.faults.length > 1, true);
  assert.deepEqual([a.states.at(-1), b.states], ["failed", ["connecting"]]);
  for (const { leg } of sides) leg.close();
  assert.equal(clock.timers.size, 0);
});

test("a silence is measured against what came before it, not against itself", async () => {
  const { a, b, clock } = await conversing();
  for (let n = 0; n < 100; n += 1) { // 20 packets a second: sound in frames of 50 ms
    a.pc.arrive(2);
    await flow(clock, 100, b.pc);
  }
  await flow(clock, 700, b.pc);
  assert.deepEqual(a.states, ["unstable"]);
});

test("talking ended while the counters are read: nobody looks any more", async () => {
  const { a, b, clock } = await conversing();
  b.leg.setTalking(false);
  const { getStats } = a.pc;
  a.pc.getStats = async function () {
    a.leg.setTalking(false);
    return getStats.call(this);
  };
  await clock.advance(100);
  await clock.advance(10_000);
  assert.equal(clock.timers.size, 0);
});

test("talking begun again while the counters are read: one look at a time", async () => {
  const { a, b, clock } = await conversing();
  const { getStats } = a.pc;
  let looks = 0;
  a.pc.getStats = async function () {
    looks += 1;
    if (looks === 1) for (const talking of [false, true]) a.leg.setTalking(talking);
    return getStats.call(this);
  };
  await flow(clock, 1000, a.pc, b.pc);
  assert.equal(looks, 11); // and one of the pace
});

test("another network while not talking yet: the connection found there takes over", async () => {
  const { a, b, clock, sides } = pair();
  for (const { leg } of sides) leg.start();
  await many();
  join({ a, b });
  await clock.advance(5000);
  a.leg.renew();
  await many();
  join({ a, b });
  await clock.advance(6000);
  assert.deepEqual([a.open, b.open], [[false, true], [false, true]]);
  assert.deepEqual(a.tracks, a.receivers(a.pcs[1]));
  assert.equal(clock.timers.size, 0);
});

test("a new connection that has gone again does not take over", async () => {
  const { a, b, clock } = await stalled();
  b.pc.become("connected");
  b.pc.become("disconnected");
  await flow(clock, 1500, b.pcs[0]);
  assert.equal(b.counted.remote, 0);
});

test("the one that waits beside a living path takes over when that is lost", async () => {
  const { a, b, clock } = await conversing();
  a.leg.renew();
  await many();
  join({ a, b });
  await flow(clock, 600, b.pcs[0]);
  assert.equal(a.counted.remote, 0);
  await flow(clock, 100, b.pcs[0]);
  assert.deepEqual([a.states, a.pcs.length], [["unstable", "connected"], 2]);
  assert.deepEqual(a.tracks, a.receivers(a.pcs[1]));
});

test("another network makes the tries frequent again", async () => {
  const { a, clock } = await conversing();
  a.lineUp = false;
  await clock.advance(40_000);
  const before = a.made.length;
  a.leg.renew();
  await clock.advance(3300);
  const [first = 0, second = 0] = a.made.slice(before);
  assert.equal(second - first, 3300);
});

test("a slow way is told as a weak connection, until the talk is over", async () => {
  const { a, b, clock } = await conversing();
  const { getStats } = a.pc;
  a.pc.getStats = async function () {
    const report = await getStats.call(this);
    report.set("r", { id: "r", type: "remote-inbound-rtp", kind: "audio", roundTripTime: 1, timestamp: clock.now() });
    return report;
  };
  await flow(clock, 7000, a.pc, b.pc);
  assert.deepEqual([a.leg.quality, a.counted.quality], [{ level: "weak", action: "router" }, 1]);
  a.leg.setTalking(false);
  assert.deepEqual([a.leg.quality, a.counted.quality], [{ level: "good", action: "" }, 2]);
});

test("pauses that the other side hardly sends are no lost path", async () => {
  const { a, clock } = await conversing();
  a.pc.hear({ kind: "status", value: { ...CAMERA, held: true, sparse: true } });
  await clock.advance(2000);
  assert.equal(a.leg.state, "connected");
  await clock.advance(1000);
  assert.equal(a.leg.state, "unstable");
});
