// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  constraints, facingOf, isInAppBrowser, looksAway, reasonOf,
} from "../../vamt/static/js/capture.js";
import { FakeTrack } from "./fakes.js";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36";

/** @type {[boolean, string, string][]} */
const browsers = [
  [true, "Facebook, iOS", `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0;FBBV/1]`],
  [true, "Facebook, Android", `${PIXEL}; wv) ${CHROME} [FB_IAB/FB4A;FBAV/500.0;]`],
  [true, "Instagram, iOS", `${IPHONE} Mobile/15E148 Instagram 380.0.0 (iPhone16,1)`],
  [true, "Gmail, iOS", `${IPHONE} Mobile/15E148`],
  [true, "Google app, iOS", `${IPHONE} GSA/370.0 Mobile/15E148 Safari/604.1`],
  [true, "WebView, Android", `${PIXEL}; wv) ${CHROME}`],
  [true, "Line", `${IPHONE} Safari/604.1 Line/15.0.0`],
  [false, "Safari, iOS", `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`],
  [false, "Chrome, iOS", `${IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1`],
  [false, "Chrome, Android", `${PIXEL}) ${CHROME.replace("Version/4.0 ", "")}`],
  [false, "Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"],
  [false, "nothing", ""],
];

for (const [inside, name, userAgent] of browsers) {
  test(`${name} is ${inside ? "inside another program" : "a browser"}`, () => {
    assert.equal(isInAppBrowser(userAgent), inside);
  });
}

test("every failure of getUserMedia has its word", () => {
  /** @type {[string, string][]} */
  const words = [
    ["NotAllowedError", "denied"], ["SecurityError", "denied"], ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"], ["TypeError", "missing"], ["NotReadableError", "busy"],
    ["AbortError", "busy"], ["InvalidStateError", "unknown"],
  ];
  for (const [name, word] of words) assert.equal(reasonOf({ name }), word);
  for (const odd of [null, undefined, "denied"]) assert.equal(reasonOf(odd), "unknown");
});

test("a named camera is asked for by its id, otherwise by its side", () => {
  assert.deepEqual(constraints("video", {}).facingMode, { ideal: "user" });
  const named = constraints("video", { id: "c2", facing: "user", exact: true });
  assert.deepEqual([named.deviceId, named.facingMode], [{ exact: "c2" }, undefined]);
  assert.deepEqual([named.width, named.height, named.frameRate],
    [{ ideal: 1280 }, { ideal: 720 }, { ideal: 30 }]);
  assert.deepEqual(constraints("video", { facing: "environment", exact: true }).facingMode,
    { exact: "environment" });
});

test("the microphone is cleaned of echo and noise", () => {
  assert.deepEqual(constraints("audio", { id: "m1" }), {
    deviceId: { ideal: "m1" }, echoCancellation: true, noiseSuppression: true, autoGainControl: true,
  });
});

test("a rear camera is known by what it can or by its name", () => {
  /** @type {[boolean, string, string[] | undefined][]} */
  const cameras = [
    [true, "camera2 0, facing back", undefined], [false, "camera2 1, facing front", undefined],
    [true, "Rückkamera", undefined], [true, "Back Dual Wide Camera", undefined],
    [false, "Integrated Camera", undefined], [false, "Backlit FaceTime", undefined],
    [true, "", ["environment"]], [false, "back", ["user"]], [false, "", []],
  ];
  for (const [rear, label, facingMode] of cameras) {
    const info = /** @type {any} */ ({ label });
    if (facingMode) info.getCapabilities = () => ({ facingMode });
    assert.equal(looksAway(info), rear, label);
  }
});

test("which way an open camera looks", () => {
  /** @param {any} settings @param {string} label */
  const facing = (settings, label) => facingOf(
    /** @type {any} */ (new FakeTrack("video", settings, label)), settings,
  );
  assert.equal(facing({ facingMode: "environment" }, ""), "environment");
  assert.equal(facing({ facingMode: "user" }, "back"), "user");
  assert.equal(facing({}, "camera2 0, facing back"), "environment");
  assert.equal(facing({}, "USB"), "user");
});
