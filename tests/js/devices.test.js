// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Devices } from "../../vamt/static/js/devices.js";
import { FakeClock, FakePage, FakeStream, FakeTrack, settle } from "./fakes.js";

const FRONT = { kind: "videoinput", deviceId: "front", label: "facing front" };
const REAR = { kind: "videoinput", deviceId: "rear", label: "facing back" };
const MIC = { kind: "audioinput", deviceId: "mic", label: "Mikrofon" };
const HEADSET = { kind: "audioinput", deviceId: "headset", label: "Headset" };
const SPEAKER = { kind: "audiooutput", deviceId: "speaker", label: "" };

/** A machine with these devices; `refuse` names the error per kind, if any. */
class Machine extends EventTarget {
  /** @type {{audio: string, video: string}} */ refuse = { audio: "", video: "" };
  /** @type {any[]} */ asked = [];
  /** @type {FakeTrack[]} */ given = [];
  /** @type {Record<string, string>} */ permissions = {};

  /** @param {any[]} found */
  constructor(...found) {
    super();
    this.found = found;
  }

  async enumerateDevices() {
    return this.found;
  }

  /** @param {any} wanted */
  async getUserMedia(wanted) {
    this.asked.push(wanted);
    await null;
    /** @type {FakeTrack[]} */ const tracks = [];
    for (const kind of /** @type {const} */ (["audio", "video"])) {
      if (!wanted[kind]) continue;
      if (this.refuse[kind]) throw named(this.refuse[kind]);
      const { deviceId, facingMode } = wanted[kind];
      const fitting = this.found.filter((one) => one.kind === `${kind}input`
        && (!deviceId?.exact || one.deviceId === deviceId.exact)
        && (!facingMode?.exact || (one === REAR) === (facingMode.exact === "environment")));
      const info = fitting.find((one) => one.deviceId === deviceId?.ideal) ?? fitting[0];
      if (!info) throw named("NotFoundError");
      tracks.push(new FakeTrack(kind, {
        deviceId: info.deviceId,
        ...(kind === "video" && { facingMode: info === REAR ? "environment" : "user" }),
      }));
    }
    this.given.push(...tracks);
    return new FakeStream(tracks);
  }

  get live() {
    return this.given.filter((track) => track.readyState === "live")
      .map((track) => track.settings.deviceId).sort();
  }
}

/** @param {string} name */
const named = (name) => Object.assign(new Error(name), { name });

/** @param {Machine | undefined} machine */
function devicesOf(machine) {
  const clock = new FakeClock();
  const page = new FakePage();
  const devices = new Devices({
    mediaDevices: /** @type {any} */ (machine),
    permissions: /** @type {any} */ ({
      query: async (/** @type {{name: string}} */ { name }) => {
        const state = machine?.permissions[name];
        if (!state) throw new TypeError(name);
        return { state };
      },
    }),
    meter: /** @type {any} */ ({ level: () => 0.5, close: () => {} }),
    createStream: () => /** @type {any} */ (new FakeStream()),
    page: /** @type {any} */ (page),
    clock,
  });
  /** @type {any[]} */ const told = [];
  devices.addEventListener("change", (event) => {
    told.push(/** @type {CustomEvent} */ (event).detail);
  });
  return { devices, told, clock, page };
}

test("camera and microphone are asked for in one question", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices, told } = devicesOf(machine);
  const state = await devices.open();
  assert.equal(machine.asked.length, 1);
  assert.deepEqual(state, {
    camera: "ok", microphone: "ok", muted: false, cameraOff: false,
    cameraId: "front", microphoneId: "mic", speakerId: "", lost: "",
  });
  assert.deepEqual(told, [state]);
  assert.equal(devices.stream.getTracks().length, 2);
  assert.equal(devices.tracks.audio?.kind, "audio");
  assert.equal(devices.rear, false);
});

/** @type {[string, string, string, Record<string, string>, string, string, number][]} */
const troubles = [
  // name, refusal of sound, of picture, permissions, microphone, camera, questions
  ["camera busy", "", "NotReadableError", {}, "ok", "busy", 2],
  ["camera denied", "", "NotAllowedError", {}, "ok", "denied", 2],
  ["microphone busy", "NotReadableError", "", {}, "busy", "ok", 3],
  ["microphone denied for good", "NotAllowedError", "",
    { microphone: "denied", camera: "granted" }, "denied", "ok", 2],
  ["both denied for good: no further question", "NotAllowedError", "NotAllowedError",
    { microphone: "denied", camera: "denied" }, "denied", "denied", 1],
  ["denied twice: no third question", "NotAllowedError", "NotAllowedError", {},
    "denied", "denied", 2],
  ["nothing there", "NotFoundError", "NotFoundError", {}, "missing", "missing", 3],
];
for (const [name, audio, video, permissions, microphone, camera, questions] of troubles) {
  test(`what can be had when: ${name}`, async () => {
    const machine = new Machine(FRONT, MIC);
    machine.refuse = { audio, video };
    machine.permissions = permissions;
    const { devices } = devicesOf(machine);
    const state = await devices.open();
    assert.deepEqual([state.microphone, state.camera], [microphone, camera]);
    assert.equal(machine.asked.length, questions);
  });
}

test("no secure context: nothing, in plain words", async () => {
  const { devices } = devicesOf(undefined);
  const state = await devices.open();
  assert.deepEqual([state.microphone, state.camera], ["missing", "missing"]);
  assert.deepEqual(await devices.list(), { cameras: [], microphones: [], speakers: [] });
  await devices.setCameraOff(false);
  await devices.flip();
  assert.equal(devices.level(), 0.5);
  devices.close();
});

test("only what is wanted is asked for", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices } = devicesOf(machine);
  const state = await devices.open({ video: false });
  assert.equal(machine.asked[0].video, false);
  assert.deepEqual([state.microphone, state.camera], ["ok", "off"]);
});

test("the list numbers devices by kind and knows rear cameras", async () => {
  const { devices } = devicesOf(new Machine(FRONT, MIC, REAR, SPEAKER));
  const { cameras, microphones, speakers } = await devices.list();
  assert.deepEqual(cameras, [
    { id: "front", label: "facing front", number: 1, rear: false },
    { id: "rear", label: "facing back", number: 2, rear: true },
  ]);
  assert.equal(microphones.length, 1);
  assert.deepEqual(speakers, [{ id: "speaker", label: "", number: 1, rear: false }]);
});

test("one device is changed without touching the other", async () => {
  const machine = new Machine(FRONT, REAR, MIC, HEADSET);
  const { devices } = devicesOf(machine);
  await devices.open();
  const before = devices.tracks;
  await devices.choose({ microphone: "headset" });
  assert.equal(devices.tracks.video, before.video);
  assert.deepEqual(machine.live, ["front", "headset"]);
  const state = await devices.choose({ speaker: "speaker" });
  assert.deepEqual([state.microphoneId, state.speakerId], ["headset", "speaker"]);
  assert.equal(machine.asked.length, 2);
});

test("when the chosen camera cannot be had the old one comes back", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  const state = await devices.choose({ camera: "gone" });
  assert.deepEqual([state.camera, state.cameraId], ["ok", "front"]);
});

test("flipping goes to the rear camera and back", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  await devices.flip();
  assert.deepEqual([machine.live, devices.rear], [["mic", "rear"], true]);
  await devices.flip();
  assert.deepEqual([machine.live, devices.rear], [["front", "mic"], false]);
});

test("to show a document the rear camera is taken, in its full resolution, and given back", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  await devices.lend();
  assert.deepEqual([machine.live, devices.rear], [["mic", "rear"], true]);
  assert.deepEqual(machine.asked.at(-1).video.width, { ideal: 1920 });
  await devices.takeBack();
  assert.deepEqual([machine.live, devices.rear], [["front", "mic"], false]);
  assert.deepEqual(machine.asked.at(-1).video.width, { ideal: 1280 });
});

test("a camera that was switched off meanwhile stays off", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  await devices.lend();
  await devices.setCameraOff(true);
  await devices.takeBack();
  assert.deepEqual(machine.live, ["mic"]);
});

test("where no camera has sides flipping takes the next one", async () => {
  const desk = { ...FRONT, deviceId: "desk", label: "Document" };
  const machine = new Machine({ ...FRONT, label: "USB" }, desk, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  const state = await devices.flip();
  assert.equal(state.cameraId, "desk");
});

test("camera off closes the camera, on opens the same one again", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  await devices.choose({ camera: "rear" });
  const off = await devices.setCameraOff(true);
  assert.deepEqual([off.camera, off.cameraOff, off.microphone], ["off", true, "ok"]);
  assert.deepEqual([machine.live, devices.tracks.video], [["mic"], null]);
  const on = await devices.setCameraOff(false);
  assert.deepEqual([on.camera, on.cameraOff], ["ok", false]);
  assert.deepEqual(machine.asked.at(-1).video.deviceId, { ideal: "rear" });
});

test("a camera that cannot be opened again says why", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices } = devicesOf(machine);
  await devices.open();
  await devices.setCameraOff(true);
  machine.refuse.video = "NotReadableError";
  const state = await devices.setCameraOff(false);
  assert.deepEqual([state.camera, state.cameraOff], ["busy", true]);
});

test("muting keeps the microphone open, also across a change of it", async () => {
  const machine = new Machine(FRONT, MIC, HEADSET);
  const { devices } = devicesOf(machine);
  await devices.open();
  devices.setMuted(true);
  assert.equal(devices.tracks.audio?.enabled, false);
  assert.equal(devices.level(), 0);
  await devices.choose({ microphone: "headset" });
  assert.equal(devices.tracks.audio?.enabled, false);
  devices.setMuted(false);
  assert.equal(devices.tracks.audio?.enabled, true);
  assert.equal(devices.level(), 0.5);
});

test("a headset that runs out of power is followed by the next microphone", async () => {
  const machine = new Machine(HEADSET, MIC, FRONT);
  const { devices, told } = devicesOf(machine);
  await devices.open();
  machine.found = [MIC, FRONT];
  machine.given[0]?.die();
  await settle();
  assert.deepEqual(machine.live, ["front", "mic"]);
  assert.equal(told.at(-1).microphoneId, "mic");
});

test("an unplugged camera is not followed by another, but comes back when plugged in", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices, told } = devicesOf(machine);
  await devices.open();
  machine.found = [REAR, MIC];
  machine.given[1]?.die();
  await settle();
  assert.equal(told.at(-1).camera, "missing");
  assert.deepEqual(machine.live, ["mic"]);
  machine.found = [REAR, MIC, FRONT];
  machine.dispatchEvent(new Event("devicechange"));
  await settle();
  assert.deepEqual([told.at(-1).camera, told.at(-1).cameraId], ["ok", "front"]);
});

test("a microphone plugged in later is taken", async () => {
  const machine = new Machine(FRONT);
  const { devices, told } = devicesOf(machine);
  assert.equal((await devices.open()).microphone, "missing");
  machine.found = [FRONT, MIC];
  machine.dispatchEvent(new Event("devicechange"));
  await settle();
  assert.equal(told.at(-1).microphone, "ok");
});

test("after a phone call both are opened again, in one question, as she had them", async () => {
  const machine = new Machine(FRONT, REAR, MIC, HEADSET);
  const { devices, told, clock, page } = devicesOf(machine);
  await devices.open();
  await devices.choose({ camera: "rear", microphone: "headset" });
  devices.setMuted(true);
  const before = machine.asked.length;
  machine.refuse = { audio: "NotReadableError", video: "NotReadableError" };
  page.become("hidden");
  for (const track of machine.given.slice(-2)) track.die();
  await clock.advance(60_000);
  assert.equal(devices.state.lost, "both");
  assert.equal(devices.state.microphone, "busy");

  machine.refuse = { audio: "", video: "" };
  const during = machine.asked.length;
  page.become("visible");
  await clock.advance(2000);
  assert.equal(machine.asked.length, during + 1);
  assert.ok(during - before <= 6, "no pestering while she is on the phone");
  assert.deepEqual(machine.live, ["headset", "rear"]);
  assert.equal(devices.tracks.audio?.enabled, false);
  assert.equal(told.at(-1).lost, "");
});

test("the camera she has switched off stays off after a phone call", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices, clock, page } = devicesOf(machine);
  await devices.open();
  await devices.setCameraOff(true);
  page.become("hidden");
  machine.given[0]?.interrupt(true);
  await clock.advance(5000);
  assert.equal(devices.state.lost, "audio");
  page.become("visible");
  await clock.advance(1000);
  assert.deepEqual([machine.live, devices.state.lost, devices.state.cameraOff], [["mic"], "", true]);
});

test("what is muted is kept until there is something better", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices, clock } = devicesOf(machine);
  await devices.open();
  const kept = devices.tracks.audio;
  machine.refuse.audio = "NotReadableError";
  machine.given[0]?.interrupt(true);
  await clock.advance(2000);
  machine.dispatchEvent(new Event("devicechange"));
  await clock.advance(60_000);
  assert.equal(devices.tracks.audio, kept);
  assert.deepEqual([devices.state.microphone, devices.state.lost], ["ok", "audio"]);
});

test("the button opens what is lost or in use, and nothing else", async () => {
  const machine = new Machine(FRONT, MIC);
  machine.refuse.video = "NotReadableError";
  const { devices, clock } = devicesOf(machine);
  await devices.open();
  machine.given[0]?.interrupt(true);
  await clock.advance(2000);
  machine.refuse.video = "";
  const state = await devices.restore();
  assert.deepEqual([state.lost, state.camera, machine.live], ["", "ok", ["front", "mic"]]);
  const asked = machine.asked.length;
  await devices.restore();
  assert.equal(machine.asked.length, asked);
});

test("who opens and chooses at once is served in turn", async () => {
  const machine = new Machine(FRONT, REAR, MIC);
  const { devices } = devicesOf(machine);
  await Promise.all([devices.open(), devices.choose({ camera: "rear" }), devices.setCameraOff(true)]);
  assert.deepEqual(machine.live, ["mic"]);
  assert.equal(devices.state.cameraOff, true);
});

test("closing stops everything, also what is still being asked for", async () => {
  const machine = new Machine(FRONT, MIC);
  const { devices, told } = devicesOf(machine);
  const opening = devices.open();
  await null;
  devices.close();
  await opening;
  assert.deepEqual(machine.live, []);
  machine.dispatchEvent(new Event("devicechange"));
  await settle();
  assert.deepEqual(told, []);
});
