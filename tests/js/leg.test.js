// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { LEG, Leg, readName, retryDelay, stallAfter } from "../../vamt/static/js/leg.js";
import { FakeClock, FakePeerConnection, FakeStream, FakeTrack, fakeCertificate, settle } from "./fakes.js";

const OFF = { audio: false, video: "off" };
const CAMERA = { audio: true, video: "camera" };

/** One side of a leg: what it has built, sent and told. */
class Side {
  /** @type {any[]} */ pcs = [];
  /** @type {any[]} */ sent = [];
  /** @type {string[]} */ states = [];
  /** @type {any[]} */ messages = [];
  /** @type {any[]} */ faults = [];
  counted = { remote: 0, peerstatus: 0, quiet: 0 };
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

test("where packets flow a short silence is a lost path, where few come a longer one", () => {
  assert.deepEqual([200, 50, 15].map(stallAfter), [600, 600, 600]);
  assert.deepEqual([14.9, 3, 0].map(stallAfter), [2500, 2500, 2500]);
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
  assert.match(b.pc.localDescription.sdp, /a=sendrecv\r\na=sendrecv/);
  assert.deepEqual([a.pc.channel.negotiated, a.pc.channel.id], [true, 0]);
  join({ a, b });
  for (const side of sides) {
    assert.deepEqual(side.states, ["connecting", "connected"]);
    assert.deepEqual(side.tracks, side.receivers(side.pc));
    assert.equal(side.tracks.length, 2);
    assert.equal(side.counted.remote, 1);
    assert.deepEqual(side.faults, []);
  }
  assert.deepEqual(Object.keys(a.leg.marks).sort(),
    ["answer", "created", "dtlsConnected", "iceConnected", "offer"]);
});

test("pictures that stop are a lost path: a new connection is built beside the old one", async () => {
  const { a, b, clock } = await conversing();
  await flow(clock, 300, b.pc);
  assert.equal(a.counted.quiet, 0);
  await flow(clock, 100, b.pc);
  assert.equal(a.counted.quiet, 1);
  assert.equal(a.pcs.length, 1);
  await flow(clock, 300, b.pc);
  assert.deepEqual(a.states, ["unstable"]);
  assert.deepEqual(a.open, [true, true]);
  assert.equal(a.log[0], "offer 2a");
});
