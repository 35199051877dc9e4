// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Call } from "../../vamt/static/js/call.js";
import { FakeClock, FakePeerConnection, FakeStream, FakeTrack, settle } from "./fakes.js";

const many = async () => {
  for (let n = 0; n < 14; n += 1) await settle();
};

/** One page and its call, on a line to the pages it knows. */
class Page {
  /** @type {any[]} */ pcs = [];
  /** @type {any[]} */ sent = [];
  /** @type {Page[]} */ others = [];

  /** @param {string} id @param {number} epoch @param {FakeClock} clock */
  constructor(id, epoch, clock) {
    this.id = id;
    this.epoch = epoch;
    this.call = new Call({
      clock,
      signal: (message) => {
        this.sent.push(message);
        const other = this.others.find((page) => page.id === message.to);
        void settle().then(() => other?.call.handleSignal({ ...message, from: id, epoch }));
      },
      createPeerConnection: (config) => {
        this.pcs.push(new FakePeerConnection(config));
        return this.pcs.at(-1);
      },
      createCertificate: async () => null,
      createStream: () => /** @type {any} */ (new FakeStream()),
    });
  }

  /** @param {Page[]} others */
  meet(others, talking = true) {
    this.others = others;
    this.call.setPeers(others.map(({ id, epoch }) => ({
      id, epoch, talking, online: true, name: "", seat: /** @type {any} */ (id.split(":")[0]),
    })), this.id, this.epoch);
  }
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
  const offers = pages.map(({ sent }) => sent.filter(({ description }) => description?.type === "offer").length);
  assert.deepEqual(offers, [0, 1, 2]);
  assert.equal(citizen.call.main?.id, "clerk:1");
  assert.equal(clerk.call.main?.id, "citizen:1");
  assert.equal(guest.call.main?.id, "clerk:1");
});

test("made ready: no track goes out before the visit is open, and then without a new connection", async () => {
  const { citizen, clerk } = await three(false);
  const tracks = /** @type {any} */ ({ audio: new FakeTrack("audio"), video: new FakeTrack("video") });
  await citizen.call.setTracks(tracks);
  assert.ok(citizen.pcs.every((pc) => pc.transceivers.every((/** @type {any} */ l) => l.sender.track === null)));
  assert.equal(citizen.call.main, null);
  citizen.meet([clerk]);
  await many();
  const [kept, dropped] = citizen.pcs;
  assert.deepEqual([kept.closed, dropped.closed], [false, true]);
  assert.equal(kept.transceivers[0].sender.track, tracks.audio);
  assert.equal(citizen.pcs.length, 2);
});

test("a reloaded page gets a new leg; the same page again goes on counting", async () => {
  const { citizen, clerk, clock } = await three();
  const reloaded = new Page("citizen:1", 9, clock);
  await settle();
  clerk.meet([reloaded]);
  reloaded.meet([clerk]);
  await many();
  assert.equal(clerk.call.legs.get("citizen:1")?.epoch, 9);
  assert.equal(reloaded.pcs[0].signalingState, "stable");
  assert.equal(citizen.call.legs.get("clerk:1")?.epoch, 2);

  clerk.meet([]);
  clerk.meet([reloaded]); // she has not seen the pause
  await many();
  assert.deepEqual(clerk.sent.filter(({ description }) => description).at(-1).connection, "2a");
  assert.equal(reloaded.pcs.at(-1).signalingState, "stable");
});

test("signals that come before the state wait for it; those of strangers change nothing", async () => {
  const clock = new FakeClock();
  const [citizen, clerk] = [new Page("citizen:1", 1, clock), new Page("clerk:1", 2, clock)];
  citizen.others = [clerk];
  await settle();
  clerk.meet([citizen]);
  await many();
  assert.equal(citizen.pcs.length, 0);
  citizen.meet([clerk]);
  await many();
  assert.equal(citizen.pcs[0].signalingState, "stable");
  const description = { type: /** @type {const} */ ("offer"), sdp: "" };
  for (const wrong of [{ from: "clerk:2" }, { epoch: 1 }, { to_epoch: 7 }]) {
    await citizen.call.handleSignal(
      { from: "clerk:1", epoch: 2, to_epoch: 1, connection: "5a", description, ...wrong });
  }
  await many();
  assert.equal(citizen.pcs.length, 1);
});

test("what a page says directly reaches the other one with its leg", async () => {
  const { citizen, clerk } = await three();
  /** @type {any[]} */ const heard = [];
  clerk.call.addEventListener("message", (event) => heard.push(/** @type {CustomEvent} */ (event).detail));
  for (const pc of citizen.pcs.concat(clerk.pcs)) pc.become("connected");
  citizen.pcs[0].openChannel();
  citizen.call.main?.send("hello", 1);
  for (const data of citizen.pcs[0].channel.sent) clerk.pcs[0].channel.onmessage({ data });
  assert.deepEqual(heard.map(({ leg, kind, value }) => [leg.id, kind, value]), [["citizen:1", "hello", 1]]);
});

test("closed for good: nothing wakes it again", async () => {
  const { citizen, clerk, clock } = await three();
  citizen.call.close();
  citizen.meet([clerk]);
  citizen.call.networkChanged();
  await many();
  assert.equal(citizen.pcs.length, 2);
  assert.ok(citizen.pcs.every(({ closed }) => closed));
  for (const page of [clerk]) page.call.close();
  assert.ok(clock.timers.size > 0); // the guest's
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
