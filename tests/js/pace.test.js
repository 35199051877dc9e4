// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../../vamt/static/js/pace.js";
import { FakeClock } from "./fakes.js";

/** A connection as the pace sees it; a test says how it does. */
class FakeConnection {
  /** @type {Partial<import("../../vamt/static/js/readings.js").Counters>} */ facts = {};
  loss = 0;
  lost = 0;
  pictured = true;
  asked = 0;
  /** @type {string[]} */ told = [];
  broken = false;

  async counters() {
    this.asked += 1;
    this.lost += 80 * this.loss;
    if (this.broken) throw new Error("closed");
    return {
      reports: new Map([["r", { lost: this.lost, sent: 80 * this.asked, at: this.asked }]]), available: 900_000, roundTrip: 0.06,
      tcp: false, busy: false, lost: 0, received: 50 * this.asked, samples: 48_000 * this.asked, concealed: 0,
      buffered: 0, emitted: 48_000 * this.asked, ...this.facts,
    };
  }

  /** @param {{level: string, red: boolean}} state */
  adapt({ level, red }) {
    this.told.push(red ? `${level} red` : level);
  }
}

function followed() {
  const clock = new FakeClock();
  let changes = 0;
  const pace = new Pace({ clock, change: () => (changes += 1), access: () => "wifi" });
  const connection = new FakeConnection();
  const follow = (/** @type {FakeConnection | null} */ one) => pace.follow(/** @type {any} */ (one));
  follow(connection);
  return { clock, pace, connection, follow, changes: () => changes };
}

test("it looks once a second, for as long as something is sent", async () => {
  const { clock, connection, follow } = followed();
  await clock.advance(4500);
  assert.equal(connection.asked, 5);
  follow(null);
  await clock.advance(5000);
  assert.deepEqual([connection.asked, clock.timers.size], [5, 0]);
});

test("loss is answered within three seconds, and told as quality with what helps", async () => {
  const { clock, pace, connection, changes } = followed();
  await clock.advance(2000);
  connection.loss = 0.2;
  await clock.advance(3000);
  assert.equal(connection.told.at(-1), "small red");
  await clock.advance(4000);
  assert.deepEqual([pace.quality, changes()], [{ level: "weak", action: "router" }, 1]);
});

test("a connection that takes over is told at once what was learned on the old one", async () => {
  const { clock, connection, follow } = followed();
  connection.loss = 0.2;
  await clock.advance(4000);
  const next = new FakeConnection();
  follow(next);
  assert.deepEqual(next.told, ["small red"]);
  await clock.advance(3000);
  assert.deepEqual([connection.asked, next.asked], [5, 4]);
});

test("without a conversation nothing is weak", async () => {
  const { clock, pace, connection, follow } = followed();
  connection.facts = { roundTrip: 1 };
  await clock.advance(8000);
  assert.equal(pace.quality.level, "weak");
  follow(null);
  assert.deepEqual(pace.quality, { level: "good", action: "" });
});

test("followed again while the counters are read: one look at a time", async () => {
  const { clock, connection, follow } = followed();
  follow(null);
  follow(connection);
  await clock.advance(2500);
  assert.equal(connection.asked, 4); // the one that counts no more, and three
});

test("a connection that cannot be read is asked again", async () => {
  const { clock, connection } = followed();
  connection.broken = true;
  await clock.advance(2500);
  connection.broken = false;
  await clock.advance(1000);
  assert.equal(connection.asked, 4);
});
