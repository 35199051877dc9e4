// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Ringing } from "../../vamt/static/js/ringing.js";
import { FakeClock } from "./fakes.js";

const [keller, demir] = ["keller", "demir"].map((name) => (
  { id: `clerk:${name}`, seat: "clerk", name, epoch: 1, online: true }));

/** @param {string} state @param {any} [clerk] @returns {any} */
function office(state, clerk = null) {
  const ready = state === "checked_in" ? [keller, demir] : [];
  return { state, ready, visit: clerk && { peers: [{ id: "citizen:1", seat: "citizen" }, clerk] } };
}

/** @param {string} [state] */
function page(state = "checked_in") {
  const call = new EventTarget();
  const clock = new FakeClock();
  const ringing = new Ringing({ call, state: office(state), clock });
  const told = { changes: 0 };
  ringing.addEventListener("change", () => (told.changes += 1));
  /** @param {any} peer @param {unknown} value @param {string} [kind] */
  const hear = (peer, value, kind = "ring") =>
    call.dispatchEvent(new CustomEvent("message", { detail: { leg: { id: peer.id }, kind, value } }));
  return { ringing, clock, told, hear };
}

test("the clerk's page rings before the office does; what she accepts then is one and the same call", async () => {
  const { ringing, clock, told, hear } = page();
  assert.deepEqual([ringing.clerk, ringing.accepted], [null, false]);
  hear(keller, true);
  assert.deepEqual([ringing.clerk, told.changes], [keller, 1]);
  ringing.accept();
  ringing.follow(office("checked_in")); // somebody else came into the waiting room meanwhile
  ringing.follow(office("called", keller));
  assert.deepEqual([ringing.clerk, ringing.accepted], [keller, true]);
  await clock.advance(60_000);
  assert.deepEqual([ringing.accepted, told.changes], [true, 1]);
  ringing.follow(office("in_visit", keller));
  assert.deepEqual([ringing.clerk, ringing.accepted], [null, false]);
});

test("what the office does not confirm was no call", async () => {
  for (const end of [
    (/** @type {any} */ { clock }) => clock.advance(5000),
    (/** @type {any} */ { hear }) => hear(keller, false),
  ]) {
    const all = page();
    all.hear(keller, true);
    all.ringing.accept();
    await end(all);
    assert.deepEqual([all.ringing.clerk, all.ringing.accepted, all.told.changes], [null, false, 2]);
    all.ringing.accept(); // a click that came too late
    assert.equal(all.ringing.accepted, false);
    all.hear(demir, true);
    assert.equal(all.ringing.clerk, demir);
  }
});

test("accepted from one, called by another: she is asked again", () => {
  const { ringing, hear } = page();
  hear(keller, true);
  ringing.accept();
  ringing.follow(office("called", demir));
  assert.deepEqual([ringing.clerk, ringing.accepted], [demir, false]);
  ringing.accept();
  ringing.undo();
  assert.equal(ringing.accepted, false);
});

test("the clerk who rang has got somebody else: she waits on", () => {
  const { ringing, hear } = page();
  hear(keller, true);
  ringing.accept();
  ringing.follow({ ...office("checked_in"), ready: [demir] });
  assert.deepEqual([ringing.clerk, ringing.accepted], [null, false]);
  ringing.follow(office("checked_in")); // free again
  assert.equal(ringing.clerk, null);
});

test("only a clerk whom the office has made ready rings, one at a time, and while she waits", () => {
  const { ringing, told, hear } = page();
  hear({ id: "guest:1" }, true);
  hear(keller, true, "words");
  hear(keller, "yes");
  assert.deepEqual([ringing.clerk, told.changes], [null, 0]);
  hear(keller, true);
  hear(demir, true);
  hear(demir, false);
  assert.deepEqual([ringing.clerk, told.changes], [keller, 1]);
  for (const state of ["confirmed", "in_visit", "parked"]) {
    const other = page(state);
    other.hear(keller, true);
    assert.equal(other.ringing.clerk, null);
  }
});
