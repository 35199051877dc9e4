// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  absence, isOverdue, mayCall, mediaTrouble, nextPerson, span, stopwatch, waitingTime, whyNotNext,
} from "../../vamt/static/js/views/desk_words.js";

const NOW = 1_800_000_420; // seconds; 07 past the hour, so that no zone has midnight near

/** @param {Partial<import("../../vamt/static/js/types").Waiting>} [facts] */
function waiting(facts = {}) {
  return /** @type {import("../../vamt/static/js/types").Waiting} */ ({
    id: "a", name: "Ayşe Yılmaz", since: NOW - 240, online: true, absent_since: null,
    for_me: false, for_other: false, may: ["call", "park", "missed"], ...facts,
  });
}

/** @param {object} [facts] @returns {any} */
function desk(facts = {}) {
  const me = { clerk: "c", name: "Anja Keller", state: "free", online: true };
  return { me, waiting: [], parked: [], visit: null, ...facts };
}

const here = { now: NOW, up: true };

test("the next person is the first who is there and not meant for a colleague", () => {
  const away = waiting({ id: "away", online: false, absent_since: NOW - 31 });
  const colleagues = waiting({ id: "colleague's", for_other: true });
  const blinking = waiting({ id: "blinking", online: false, absent_since: NOW - 29 });
  const all = desk({ waiting: [away, colleagues, blinking, waiting()] });
  assert.equal(nextPerson(all, NOW)?.id, "blinking");
  assert.equal(nextPerson(desk({ waiting: [away, colleagues] }), NOW), null);
});

test("the big button says why it cannot be used, and only then", () => {
  const one = [waiting()];
  assert.equal(whyNotNext(desk({ waiting: one }), here), "");
  const reasons = [
    whyNotNext(desk({ waiting: one, visit: {} }), here),
    whyNotNext(desk({ waiting: one }), { ...here, up: false }),
    whyNotNext(desk({ waiting: one, me: { state: "away" } }), here),
    whyNotNext(desk(), here),
    whyNotNext(desk({ waiting: [waiting({ for_other: true })] }), here),
    whyNotNext(desk({ waiting: [waiting({ online: false })] }), here),
  ];
  assert.equal(new Set(reasons).size, reasons.length);
  assert.ok(reasons.every((reason) => reason !== ""));
});

test("a person is called only by a desk that is open and free", () => {
  assert.equal(mayCall(desk(), waiting()), true);
  assert.equal(mayCall(desk({ visit: {} }), waiting()), false);
  assert.equal(mayCall(desk({ me: { state: "away" } }), waiting()), false);
  assert.equal(mayCall(desk(), waiting({ may: ["missed"] })), false);
});

test("times are told in whole minutes, clocks in seconds", () => {
  assert.deepEqual([0, 59, 60, 3599, 3600, 5400].map(span), [
    "0 min", "0 min", "1 min", "59 min", "1 h 0 min", "1 h 30 min",
  ]);
  assert.deepEqual([-1, 0, 9, 83, 3600, 3723].map(stopwatch), [
    "0:00", "0:00", "0:09", "1:23", "1:00:00", "1:02:03",
  ]);
  assert.equal(waitingTime(waiting({ since: NOW - 59 }), NOW), "has just come");
  assert.equal(waitingTime(waiting(), NOW), "waiting for 4 min");
  assert.equal(absence(waiting(), NOW), "");
  assert.equal(absence(waiting({ online: false, absent_since: NOW - 190 }), NOW), "not connected for 3 min");
});

test("only who is expected and late can be marked as not appeared", () => {
  const at = new Date(NOW * 1000);
  const words = (/** @type {number} */ minutes) => {
    const due = new Date(at.getTime() + minutes * 60_000);
    return [due.getHours(), due.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
  };
  const entry = (/** @type {string} */ state, /** @type {string} */ time) =>
    /** @type {import("../../vamt/static/js/types").DayEntry} */ ({ state, time });
  assert.equal(isOverdue(entry("confirmed", words(-5)), NOW), true);
  assert.equal(isOverdue(entry("confirmed", words(5)), NOW), false);
  assert.equal(isOverdue(entry("checked_in", words(-5)), NOW), false);
});

test("devices are asked for once, then trouble is told", () => {
  const devices = (/** @type {string} */ camera, /** @type {string} */ microphone) =>
    /** @type {import("../../vamt/static/js/types").DevicesState} */ ({ camera, microphone });
  assert.notEqual(mediaTrouble(false, devices("unknown", "unknown")), "");
  assert.match(mediaTrouble(true, devices("denied", "ok")), /not allow/);
  assert.match(mediaTrouble(true, devices("ok", "busy")), /Another program/);
  assert.equal(mediaTrouble(true, devices("ok", "ok")), "");
  assert.equal(mediaTrouble(true, devices("missing", "ok")), "");
});
