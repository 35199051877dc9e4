// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Precheck } from "../../vamt/static/js/precheck.js";
import { flowOf, serversOf } from "../../vamt/static/js/precheck_path.js";
import { lineVerdict, verdictOf } from "../../vamt/static/js/precheck_limits.js";
import { FakeClock } from "./fakes.js";
import { FakeEnd } from "./precheck_fakes.js";

/** @typedef {import("./precheck_fakes.js").Net} Net */

const STUN = { urls: "stun:town.example" };
const TURN = { urls: ["turn:town.example?transport=udp", "turns:town.example:443"], username: "u", credential: "c" };
const LIVELY = () => new Uint8ClampedArray(32).fill(120);

/**
 * A page on a good line with good devices, unless said otherwise.
 *
 * @param {Partial<Net>} [net]
 * @param {(clock: FakeClock) => Partial<import("../../vamt/static/js/precheck.js").Means>} [means]
 */
function page(net = {}, means = () => ({})) {
  const clock = new FakeClock();
  /** @type {Net} */
  const whole = { stun: "mapped", relay: "passes", loses: () => false, delay: () => 60, ...net };
  /** @type {FakeEnd[]} */
  const ends = [];
  let shown = 0;
  const check = new Precheck({
    clock,
    level: () => 0.3,
    picture: () => LIVELY().fill(shown++, 0, 4),
    probe: async () => {
      await new Promise((resolve) => clock.setTimeout(() => resolve(null), 60));
      return true;
    },
    url: "/leitung",
    fetch: async () => { throw new Error("not asked for"); },
    createConnection: (config) => {
      const end = new FakeEnd(config, whole, clock);
      ends.push(end);
      return /** @type {any} */ (end);
    },
    ...means(clock),
  });
  return { clock, check, ends };
}

/** @param {ReturnType<typeof page>} page @param {any[]} ice @returns {Promise<{found: any, took: number}>} */
async function run({ clock, check }, ice = [STUN, TURN]) {
  const begun = clock.now();
  let ended = 0;
  const running = check.run(ice).then((found) => {
    ended = clock.now();
    return found;
  });
  for (let step = 0; !ended && step < 300; step++) await clock.advance(50);
  assert.ok(ended, "it never ended");
  return { found: await running, took: ended - begun };
}

/**
 * A server that takes its time for each byte.
 *
 * @param {FakeClock} clock
 * @param {{down: number, up: number, status?: number}} speed kbit/s
 * @returns {import("../../vamt/static/js/precheck_speed.js").Fetch}
 */
function server(clock, { down, up, status = 200 }) {
  const after = (/** @type {number} */ ms) => new Promise((resolve) => clock.setTimeout(() => resolve(null), ms));
  return async (_url, init) => {
    if (init.method !== "POST") {
      let left = 384 * 1024;
      return new Response(new ReadableStream({
        async pull(controller) {
          if (left <= 0) return controller.close();
          await after((4096 * 8) / down);
          left -= 4096;
          controller.enqueue(new Uint8Array(4096));
        },
      }, { highWaterMark: 0 }), { status });
    }
    await after(60 + (/** @type {Uint8Array} */ (init.body).length * 8) / up);
    return new Response(null, { status: status === 200 ? 204 : status });
  };
}

test("on a good line all is good, in a few seconds, and every connection is closed again", async () => {
  const here = page();
  const { found, took } = await run(here);
  assert.deepEqual({ ...found, kbps: null }, {
    camera: "ok", microphone: "ok", socket: "ok", stun: "ok", relay: "ok", round_trip: 60, kbps: null, loss: 0,
  });
  assert.ok(found.kbps > 750 && found.kbps < 850, found.kbps);
  assert.equal(lineVerdict(found).grade, "good");
  assert.ok(took < 3000, `${took} ms`);
  assert.equal(here.ends.length, 3);
  assert.ok(here.ends.every(({ closed }) => closed));
  assert.equal(here.clock.timers.size, 0);
});

test("the relay is tried alone, by packets that may get lost", async () => {
  const here = page();
  await run(here);
  const relayed = here.ends.filter(({ config }) => config.iceTransportPolicy === "relay");
  assert.equal(relayed.length, 2);
  assert.deepEqual(relayed[0].config.iceServers, [TURN]);
  assert.deepEqual(relayed[0].init, { ordered: false, maxRetransmits: 0 });
  assert.deepEqual(here.ends.find((end) => !relayed.includes(end))?.config.iceServers, [{ urls: ["stun:town.example"] }]);
});

test("lost packets are counted, and a slow line lets fewer through", async () => {
  const lossy = await run(page({ loses: (number) => number % 5 === 0 }));
  assert.ok(Math.abs(lossy.found.loss - 0.2) < 0.02, lossy.found.loss);
  assert.equal(verdictOf("speed", lossy.found).why, "lossy");
  let free = 0;
  const narrow = page({ room: 4000, delay: () => {
    free = Math.max(narrow.clock.now(), free) + 40; // 1000 bytes in 40 ms: 200 kbit/s
    return free - narrow.clock.now();
  } });
  const slow = await run(narrow);
  assert.ok(slow.found.kbps > 150 && slow.found.kbps < 250, slow.found.kbps);
  assert.equal(slow.found.loss, 0);
  assert.deepEqual(verdictOf("speed", slow.found), { grade: "weak", why: "slow" });
});

test("what nobody answers ends by itself, and all of it in under ten seconds", async () => {
  const never = () => new Promise(() => {});
  const here = page({ stun: "dead", relay: "dead" }, () => ({
    level: () => 0, picture: () => new Uint8ClampedArray(16), probe: () => /** @type {Promise<boolean>} */ (never()),
    fetch: () => /** @type {Promise<Response>} */ (never()),
  }));
  const { found, took } = await run(here);
  assert.deepEqual(found, {
    camera: "black", microphone: "silent", socket: "failed", stun: "failed", relay: "failed",
    round_trip: null, kbps: null, loss: null,
  });
  assert.ok(took < 10_000, `${took} ms`);
  assert.ok(here.ends.every(({ closed }) => closed));
  assert.equal(here.clock.timers.size, 0);
});

test("a relay that gives nothing is told at once, one that lets nothing pass when its time is over", async () => {
  const fast = (/** @type {FakeClock} */ clock) => ({ fetch: server(clock, { down: 4000, up: 2000 }) });
  const none = await run(page({ relay: "none" }, fast));
  assert.equal(none.found.relay, "failed");
  assert.ok(none.took < 4000, `${none.took} ms`);
  const mute = await run(page({ relay: "mute" }, fast));
  assert.equal(mute.found.relay, "failed");
  assert.ok(mute.took > 5000 && mute.took < 9500, `${mute.took} ms`);
  assert.deepEqual(verdictOf("path", mute.found), { grade: "weak", why: "detour" });
});

test("without a relay bytes to the server tell how fast it is, and loss is unknown", async () => {
  for (const [speed, least, most] of [
    [{ down: 4000, up: 1000 }, 900, 1100],
    [{ down: 200, up: 1000 }, 180, 220],
    [{ down: 4000, up: 60 }, 50, 80],
  ]) {
    const rate = /** @type {{down: number, up: number}} */ (speed);
    const { found, took } = await run(page({}, (clock) => ({ fetch: server(clock, rate) })), [STUN]);
    assert.deepEqual([found.relay, found.loss, found.round_trip], ["unknown", null, 60]);
    assert.ok(found.kbps >= Number(least) && found.kbps <= Number(most), `${JSON.stringify(speed)}: ${found.kbps}`);
    assert.ok(took < 9500);
  }
});

test("a server that refuses, or none at all, leaves the speed unknown", async () => {
  const busy = page({}, (clock) => ({ fetch: server(clock, { down: 4000, up: 4000, status: 429 }) }));
  const { found } = await run(busy, []);
  assert.deepEqual([found.stun, found.relay, found.kbps], ["unknown", "unknown", null]);
  assert.equal(verdictOf("path", found).grade, "unknown");
  assert.equal((await run(page(), [])).found.kbps, null);
});

test("STUN: a public address needs no mapping, a refused server is none", async () => {
  assert.equal((await run(page({ stun: "public" }))).found.stun, "ok");
  assert.equal((await run(page({ stun: "refused" }))).found.stun, "failed");
});

test("devices: closed ones are not judged, a still picture is told from a black one", async () => {
  const closed = await run(page({}, () => ({ level: () => null, picture: () => null })));
  assert.deepEqual([closed.found.microphone, closed.found.camera], ["none", "none"]);
  const still = await run(page({}, () => ({ picture: LIVELY })));
  assert.equal(still.found.camera, "frozen");
  const dark = await run(page({}, () => ({
    picture: () => new Uint8ClampedArray(32).map((_, i) => (i % 4 === 3 ? 255 : 16)),
  })));
  assert.equal(dark.found.camera, "black");
  let looks = 0; // a camera that starts with darkness
  const late = await run(page({}, () => ({
    picture: () => (++looks < 4 ? new Uint8ClampedArray(32) : LIVELY().fill(100 + looks)),
  })));
  assert.equal(late.found.camera, "ok");
  let listens = 0; // she speaks after two seconds
  const patient = await run(page({}, () => ({ level: () => (++listens > 20 ? 0.5 : 0) })));
  assert.equal(patient.found.microphone, "ok");
});

test("the office is asked again while the line comes back", async () => {
  let asked = 0;
  const { found } = await run(page({}, () => ({ probe: async () => ++asked > 2 })));
  assert.equal(found.socket, "ok");
  assert.equal(asked, 3);
});

test("steps are told as they are done, and a second run begins anew", async () => {
  const here = page({}, () => ({ picture: LIVELY }));
  /** @type {string[]} */
  const order = [];
  here.check.addEventListener("change", () => {
    for (const step of /** @type {const} */ (["microphone", "camera", "office", "path", "speed"])) {
      if (here.check.done(step) && !order.includes(step)) order.push(step);
    }
  });
  await run(here);
  assert.deepEqual(order, ["path", "office", "microphone", "speed", "camera"]);
  assert.ok(here.check.complete && !here.check.running);
  const again = here.check.run([STUN, TURN]);
  assert.ok(here.check.running && !here.check.complete && !here.check.done("speed"));
  assert.equal(here.check.found.relay, "unknown");
  here.check.abort();
  await again;
});

test("aborted, it lets go of everything at once and has no result", async () => {
  const here = page();
  const running = here.check.run([STUN, TURN]);
  await here.clock.advance(500);
  assert.ok(here.ends.length === 3 && here.ends.some(({ closed }) => !closed));
  here.check.abort();
  assert.equal(await running, null);
  assert.ok(here.ends.every(({ closed }) => closed));
  await here.clock.advance(60); // the packets on their way
  assert.equal(here.clock.timers.size, 0);
  assert.ok(!here.check.complete && !here.check.running);
});

test("a run replaces the one before", async () => {
  const here = page();
  const first = here.check.run([STUN, TURN]);
  await here.clock.advance(500);
  const { found } = await run(here);
  assert.equal(await first, null);
  assert.equal(found.relay, "ok");
});

test("a relay that dies while packets are on their way leaves the rest as it was found", async () => {
  const here = page({ loses: (number) => {
    if (number === 50) throw new Error("InvalidStateError");
    return false;
  } });
  const { found } = await run(here);
  assert.deepEqual([found.relay, found.microphone, found.kbps, found.loss], ["ok", "ok", null, null]);
});

test("what is late is not lost, what is missing in between is", () => {
  const sent = [0, 10, 20, 30, 40];
  const came = [0, 1, 3].map((number) => ({ number, at: sent[number] + 80 }));
  assert.deepEqual(flowOf(sent, came), { kbps: Math.round(16000 / 30), loss: 0.25, round_trip: 80 });
  assert.deepEqual(flowOf(sent, []), { kbps: null, loss: 1, round_trip: null });
  assert.equal(flowOf(sent, [{ number: 0, at: 70 }]).kbps, null);
});

test("servers are told apart by their addresses, whatever else stands beside them", () => {
  const mixed = [{ urls: ["stun:a", "turn:b", "TURNS:c"], username: "u" }, { urls: "stuns:d" }];
  assert.deepEqual(serversOf(mixed, "stun"), [{ urls: ["stun:a"], username: "u" }, { urls: ["stuns:d"] }]);
  assert.deepEqual(serversOf(mixed, "turn"), [{ urls: ["turn:b", "TURNS:c"], username: "u" }]);
});
