// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { telHref } from "../../vamt/static/js/views/parts.js";
import { ownPictureWords, soundTrouble } from "../../vamt/static/js/views/sound_trouble.js";

/** @typedef {import("../../vamt/static/js/types").DevicesState} DevicesState */
/** @typedef {import("../../vamt/static/js/types").CallState} CallState */

/** @type {DevicesState} */
const fine = {
  camera: "ok", microphone: "ok", muted: false, cameraOff: false, cameraId: "", microphoneId: "", speakerId: "",
  lost: "",
};

/** @type {[string, Partial<DevicesState>, {call?: CallState, stopped?: boolean}, RegExp | null][]} */
const cases = [
  ["all is well", {}, {}, null],
  ["a phone call took the microphone", { lost: "audio" }, {}, /^Anja cannot hear you at the moment/],
  ["it took both", { lost: "both" }, { call: "unstable" }, /^Anja cannot hear you at the moment/],
  ["muted anyway", { lost: "audio", muted: true }, {}, null],
  ["in use elsewhere", { microphone: "busy" }, {}, /^Anja cannot hear you$/],
  ["the other's sound has stopped", {}, { stopped: true }, /^You hear nothing/],
  ["the camera alone", { lost: "video" }, {}, /^Your camera was interrupted/],
  ["no call to be heard in", { lost: "both" }, { call: "connecting", stopped: true }, null],
];
for (const [name, devices, facts, expected] of cases) {
  test(`interrupted: ${name}`, () => {
    const found = soundTrouble({
      call: "connected", stopped: false, name: "Anja", devices: { ...fine, ...devices }, ...facts,
    });
    if (expected) assert.match(found?.title ?? "", expected);
    else assert.equal(found, null);
  });
}

test("the small picture says why there is none", () => {
  const words = (/** @type {Partial<DevicesState>} */ devices) => ownPictureWords({ ...fine, ...devices });
  assert.equal(words({}), "You");
  assert.equal(words({ cameraOff: true, camera: "off" }), "Your camera is off");
  assert.equal(words({ cameraOff: true, camera: "busy" }), "Camera in use");
  assert.equal(words({ lost: "both" }), "Camera interrupted");
  assert.equal(words({ camera: "denied" }), "Camera not allowed");
  assert.equal(words({ camera: "missing" }), "No camera");
  assert.equal(words({ camera: "unknown" }), "Your camera is off");
});

test("a telephone number is dialled as she wrote it, without what is only for reading", () => {
  assert.equal(telHref("+49 (0) 7171 603-0"), "tel:+4971716030");
  assert.equal(telHref("(07171) 60 30/12"), "tel:07171603012");
  assert.equal(telHref(""), "tel:");
});
