// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Link, Refused } from "../../vamt/static/js/protocol.js";
import { FakeClock, FakeSocket, settle } from "./fakes.js";

/** @returns {{link: Link, socket: FakeSocket, clock: FakeClock, heard: [string, any][], options: any}} */
function open(held = false) {
  const socket = new FakeSocket();
  const clock = new FakeClock();
  /** @type {any} */ let options;
  const io = /** @type {any} */ ((/** @type {string} */ namespace, /** @type {any} */ given) => {
    options = { namespace, ...given };
    return socket;
  });
  const link = new Link({ namespace: "/citizen", seat: "token", io, clock, held });
  /** @type {[string, any][]} */ const heard = [];
  for (const type of ["state", "signal", "replaced", "refused", "up", "down"]) {
    link.addEventListener(type, (event) => {
      heard.push([type, /** @type {CustomEvent} */ (event).detail]);
    });
  }
  return { link, socket, clock, heard, options };
}

/** @param {number} n */
const candidate = (n) => /** @type {const} */ ({
  to: "clerk", to_epoch: 1, connection: "1a", candidate: { candidate: `c${n}` },
});

test("the handshake carries seat and protocol version", () => {
  const { options } = open();
  assert.equal(options.namespace, "/citizen");
  assert.deepEqual(options.auth, { seat: "token", protocol: 2 });
  assert.deepEqual(options.transports, ["websocket", "polling"]);
});

test("what the server tells becomes events", () => {
  const { link, socket, heard } = open();
  socket.come();
  assert.equal(link.up, true);
  socket.tell("state", { state: "called" });
  socket.tell("signal", { from: "clerk" });
  socket.drop();
  assert.deepEqual(heard, [
    ["up", null], ["state", { state: "called" }], ["signal", { from: "clerk" }], ["down", null],
  ]);
});

test("what comes before the page listens is told then, in its order", async () => {
  const { link, socket, heard } = open(true);
  socket.come();
  socket.tell("state", { state: "called" });
  const reply = link.request("enter");
  socket.answer("enter", { ok: true });
  assert.deepEqual(await reply, { ok: true }); // answers do not wait
  assert.deepEqual(heard, []);
  link.listen();
  assert.deepEqual(heard, [["up", null], ["state", { state: "called" }]]);
  socket.drop();
  link.listen();
  assert.deepEqual(heard.slice(2), [["down", null]]);
});

test("a request resolves with the acknowledgement", async () => {
  const { link, socket, clock } = open();
  socket.come();
  const reply = link.request("enter");
  socket.answer("enter", { ok: true, position: 2 });
  assert.deepEqual(await reply, { ok: true, position: 2 });
  assert.equal(clock.timers.size, 0);
});

test("a refusal keeps the server's words and further fields", async () => {
  const { link, socket } = open();
  socket.come();
  const reply = link.request("give", { values: {} });
  socket.answer("give", { ok: false, error: "invalid", message: "Bitte …", status: 422, field: "born" });
  await assert.rejects(reply, (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.key, error.status, error.message], ["invalid", 422, "Bitte …"]);
    assert.deepEqual(error.extra, { field: "born" });
    return true;
  });
});

test("nonsense from the server is a fault, not a crash", async () => {
  const { link, socket } = open();
  socket.come();
  for (const nonsense of [undefined, null, "no", 7, { ok: false }]) {
    const reply = link.request("enter");
    socket.answer("enter", nonsense);
    await assert.rejects(reply, { key: "internal", status: 500 });
  }
});

test("a request made while the line is down goes out when it is back", async () => {
  const { link, socket } = open();
  const reply = link.request("enter");
  assert.equal(socket.count("enter"), 0);
  socket.come();
  socket.answer("enter", { ok: true });
  await reply;
});

test("a request whose acknowledgement was lost is sent again, in order", async () => {
  const { link, socket } = open();
  socket.come();
  const first = link.request("say", { id: "1", text: "a" });
  const second = link.request("say", { id: "2", text: "b" });
  socket.drop();
  socket.come();
  const again = socket.emitted.slice(2).map(({ data }) => data.id);
  assert.deepEqual(again, ["1", "2"]);
  socket.answer("say", { ok: true });
  socket.answer("say", { ok: true });
  await Promise.all([first, second]);
});

test("what Socket.IO has put by itself is not sent twice", () => {
  const { link, socket } = open();
  socket.come();
  void link.request("enter").catch(() => {});
  socket.sendBuffer.push("enter");
  socket.drop();
  assert.deepEqual(socket.sendBuffer, []);
  link.close();
});

test("without a line a request is given up after 30 s", async () => {
  const { link, clock } = open();
  const reply = link.request("enter");
  const failed = assert.rejects(reply, { key: "offline", status: 503 });
  await clock.advance(30_000);
  await failed;
});

test("a request not to be repeated fails at once when the line is down or breaks", async () => {
  const { link, socket } = open();
  await assert.rejects(link.request("ring", {}, { retry: false }), { key: "offline" });
  socket.come();
  const reply = link.request("ring", {}, { retry: false });
  socket.drop();
  await assert.rejects(reply, { key: "offline" });
});

test("a late acknowledgement makes the line prove itself, then the request goes again", async () => {
  const { link, socket } = open();
  socket.come();
  const reply = link.request("enter");
  socket.expire("enter");
  assert.equal(socket.count("probe"), 1);
  socket.answer("probe", { ok: true });
  await settle();
  assert.equal(socket.count("enter"), 2);
  socket.answer("enter", { ok: true });
  await reply;
});

test("a line that does not answer the probe is replaced within 400 ms", async () => {
  const { link, socket, clock, heard } = open();
  socket.come();
  const alive = link.probe();
  link.wake(); // joins the probe under way
  await clock.advance(399);
  assert.equal(socket.connects, 0);
  await clock.advance(1);
  assert.equal(await alive, false);
  assert.equal(socket.connects, 1);
  assert.equal(socket.count("probe"), 1);
  assert.deepEqual(heard.map(([type]) => type), ["up", "down"]);
});

test("a slow line gets more time for the next probe", async () => {
  const { link, socket, clock } = open();
  socket.come();
  const first = link.probe();
  await clock.advance(300);
  socket.answer("probe", { ok: true });
  assert.equal(await first, true);
  const second = link.probe();
  await clock.advance(700);
  assert.equal(socket.connects, 0);
  await clock.advance(200);
  assert.equal(await second, false);
  assert.equal(socket.connects, 1);
});

test("a line known to be quick gets less, from its signals alone", async () => {
  const { link, socket, clock } = open();
  socket.come();
  link.signal(candidate(1));
  await clock.advance(20);
  socket.answer("signal", { ok: true });
  const alive = link.probe();
  await clock.advance(249);
  assert.equal(socket.connects, 0);
  await clock.advance(1);
  assert.equal(await alive, false);
  assert.equal(socket.connects, 1);
});

test("another network: an attempt on the old one is given up at once", async () => {
  const { link, socket, clock } = open();
  await clock.advance(300);
  const before = socket.connects;
  link.wake({ moved: true });
  link.wake({ moved: true }); // one change of network makes several events
  assert.equal(socket.connects, before + 1);
});

test("waking while down hurries a hanging attempt, but not a fresh one", async () => {
  const { link, socket, clock } = open();
  link.wake();
  assert.equal(socket.connects, 0);
  await clock.advance(1500);
  link.wake();
  assert.equal(socket.connects, 1);
});

test("signals wait for the line, at most fifty, at most ten seconds", async () => {
  const { link, socket, clock } = open();
  link.signal(candidate(0));
  await clock.advance(10_001);
  for (let n = 1; n <= 60; n += 1) link.signal(candidate(n));
  socket.come();
  const sent = socket.emitted.map(({ data }) => data.candidate.candidate);
  assert.equal(sent.length, 50);
  assert.deepEqual([sent[0], sent[49]], ["c11", "c60"]);
});

test("signals lost with the line are sent again, acknowledged ones are not", () => {
  const { link, socket } = open();
  socket.come();
  link.signal(candidate(1));
  socket.answer("signal", { ok: true });
  link.signal(candidate(2));
  link.signal(candidate(3));
  socket.drop();
  socket.emitted = [];
  socket.come();
  assert.deepEqual(socket.emitted.map(({ data }) => data.candidate.candidate), ["c2", "c3"]);
});

test("a page that was replaced stays away", async () => {
  const { link, socket, clock, heard } = open();
  socket.come();
  const reply = link.request("enter");
  socket.tell("replaced", { reason: "newer_page" });
  await assert.rejects(reply, { key: "replaced" });
  assert.deepEqual(heard.at(-1), ["replaced", { reason: "newer_page" }]);
  link.wake();
  link.signal(candidate(1));
  await assert.rejects(link.request("enter"), { key: "offline" });
  await clock.advance(60_000);
  assert.equal(socket.connects, 0);
  assert.equal(clock.timers.size, 0);
});

test("a refused seat ends the line and says whether reloading helps", () => {
  const { socket, heard } = open();
  socket.active = false;
  const data = { ok: false, error: "protocol", message: "Bitte neu laden.", status: 400 };
  socket.tell("connect_error", Object.assign(new Error("refused"), { data }));
  const [type, refused] = heard.at(-1) ?? [];
  assert.equal(type, "refused");
  assert.equal(refused.message, "Bitte neu laden.");
  assert.equal(refused.reload, true);
  assert.equal(socket.connects, 0);
});

test("a server in trouble is asked again, ever less often", async () => {
  const { socket, clock, heard } = open();
  for (const delay of [400, 800, 1600]) {
    socket.active = false;
    socket.tell("connect_error", new Error("internal"));
    const before = socket.connects;
    await clock.advance(delay - 1);
    assert.equal(socket.connects, before);
    await clock.advance(1);
    assert.equal(socket.connects, before + 1);
  }
  assert.deepEqual(heard, []);
});

test("no server reached: Socket.IO tries on, with polling first after a silent WebSocket", () => {
  const { socket, heard } = open();
  socket.tell("connect_error", new Error("websocket error"));
  assert.equal(socket.io.opts.transports, undefined);
  socket.tell("connect_error", new Error("timeout"));
  assert.deepEqual(socket.io.opts.transports, ["polling", "websocket"]);
  assert.deepEqual(heard, []);
  assert.equal(socket.connects, 0);
});

test("where a WebSocket has worked, polling is tried only after eight seconds without a line", async () => {
  const { link, socket, clock } = open();
  socket.come();
  await clock.advance(1000);
  socket.drop();
  link.wake({ moved: true });
  assert.deepEqual(socket.io.opts.transports, ["websocket"]);
  await clock.advance(8000);
  link.wake({ moved: true });
  assert.deepEqual(socket.io.opts.transports, ["polling", "websocket"]); // what polling finds becomes one
});

test("a handshake nobody answers is begun anew", async () => {
  const { socket, clock } = open();
  await clock.advance(10_000);
  assert.equal(socket.connects, 1);
  await clock.advance(10_000);
  assert.equal(socket.connects, 2);
  socket.come();
  await clock.advance(60_000);
  assert.equal(socket.connects, 2);
});

test("when the server closes the namespace the page comes back by itself", async () => {
  const { socket, clock } = open();
  socket.come();
  socket.drop("io server disconnect");
  await clock.advance(500);
  assert.equal(socket.connects, 1);
});
