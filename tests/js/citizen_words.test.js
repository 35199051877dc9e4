// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { countdownWords } from "../../vamt/static/js/views/appointment.js";
import { screenOf } from "../../vamt/static/js/views/citizen_page.js";
import { browserOf, troubleOf } from "../../vamt/static/js/views/device_words.js";
import { initials } from "../../vamt/static/js/views/parts.js";
import { estimateWords, placeWords } from "../../vamt/static/js/views/waiting.js";

const queue = { position: 1, minutes: /** @type {number | null} */ (5), desks: 1, for_clerk: "" };

test("her place", () => {
  assert.equal(placeWords(queue), "You are next.");
  assert.equal(placeWords({ ...queue, position: 2 }), "1 person is before you.");
  assert.equal(placeWords({ ...queue, position: 4 }), "3 people are before you.");
});

test("the estimate is honest", () => {
  assert.equal(estimateWords({ ...queue, desks: 0 }), "Nobody is at a desk at the moment. Your place is kept.");
  assert.equal(estimateWords({ ...queue, minutes: null }), "We cannot say yet how long it will take.");
  assert.equal(estimateWords({ ...queue, minutes: 0 }), "It will be your turn any moment.");
  assert.equal(estimateWords({ ...queue, minutes: 0, position: 2 }), "It will not take long.");
  assert.equal(estimateWords({ ...queue, minutes: 1 }), "It takes about 1 minute.");
});

test("the countdown is told in the last hour only, and rounded up", () => {
  assert.equal(countdownWords(3601), "");
  assert.equal(countdownWords(3600), "in 60 minutes");
  assert.equal(countdownWords(61), "in 2 minutes");
  assert.equal(countdownWords(59), "in less than a minute");
  assert.equal(countdownWords(0), "");
});

test("every state of an appointment has a screen", () => {
  /** @type {[import("../../vamt/static/js/types").AppointmentState, string][]} */
  const screens = [
    ["reserved", "appointment"], ["confirmed", "appointment"], ["checked_in", "waiting"], ["called", "called"],
    ["in_visit", "visit"], ["parked", "parked"], ["finished", "finished"], ["missed", "missed"],
    ["cancelled", "cancelled"], ["anonymised", "finished"],
  ];
  for (const [state, screen] of screens) assert.equal(screenOf(state), screen);
});

test("initials", () => {
  assert.equal(initials("Fatima El Amrani"), "FA");
  assert.equal(initials("  Şule  "), "Ş");
  assert.equal(initials("Dr. (Anja) Keller-Öz"), "DK");
  assert.equal(initials(""), "");
  assert.equal(initials("1 2"), "");
});

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";

/** @type {[string, number, string][]} */
const browsers = [
  [`${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, 5, "ios"],
  [`${IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1`, 5, "ios_other"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, 5, "ios"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, 0, "safari"],
  [`${MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36`, 0, "chromium"],
  ["Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36", 5, "android"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", 0, "firefox"],
];
for (const [agent, touch, browser] of browsers) {
  test(`the browser of ${agent.slice(-40)} (${touch}) is ${browser}`, () => {
    assert.equal(browserOf(agent, touch), browser);
  });
}

const here = /** @type {const} */ ({ browser: "chromium", inApp: false });

test("nothing is wrong while a device works or is not wanted", () => {
  assert.equal(troubleOf({ camera: "ok", microphone: "ok" }, here), null);
  assert.equal(troubleOf({ camera: "off", microphone: "off" }, here), null);
  assert.equal(troubleOf({ camera: "unknown", microphone: "unknown" }, here), null);
});

test("what is said names what is lacking, and a permission comes first", () => {
  const denied = troubleOf({ camera: "denied", microphone: "missing" }, here);
  assert.equal(denied?.lacks, "both");
  assert.match(denied?.title ?? "", /blocks/);
  assert.equal(denied?.steps.length, 3);
  const busy = troubleOf({ camera: "busy", microphone: "ok" }, here);
  assert.deepEqual([busy?.lacks, busy?.title], ["camera", "The camera is in use"]);
  const missing = troubleOf({ camera: "ok", microphone: "missing" }, here);
  assert.deepEqual([missing?.lacks, missing?.title], ["microphone", "We find no microphone"]);
});

test("inside an app the way out of it is told, whatever the browser says", () => {
  const trouble = troubleOf({ camera: "missing", microphone: "missing" }, { ...here, inApp: true });
  assert.equal(trouble?.title, "This page is open inside an app");
  assert.equal(trouble?.inApp, true);
  const onIphone = troubleOf({ camera: "busy", microphone: "ok" }, { browser: "ios", inApp: true });
  assert.match(onIphone?.steps[1] ?? "", /Safari/);
});
