// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { DeskMedia } from "../../vamt/static/js/desk_media.js";

/** Notes what it is told to open. */
class NotedDevices extends EventTarget {
  /** @type {any[]} */ opened = [];
  cameras = [{ id: "1", label: "Camera" }];
  /** @param {any} [wanted] */
  async open(wanted = "both") {
    this.opened.push(wanted);
  }
  async list() {
    return { cameras: this.cameras, microphones: [], speakers: [] };
  }
}

/** @param {boolean} permitted */
function begin(permitted) {
  const devices = new NotedDevices();
  const media = new DeskMedia(/** @type {any} */ (devices), async () => permitted);
  return { devices, media };
}

test("what the browser permits is opened without a click, and only that", async () => {
  for (const [permitted, talking, opened] of [[true, false, 1], [false, true, 1], [false, false, 0]]) {
    const { devices, media } = begin(Boolean(permitted));
    await media.openIfGranted(Boolean(talking));
    assert.deepEqual([devices.opened.length, media.asked, media.askable], [opened, opened === 1, opened === 0]);
  }
});

test("asked once, they are opened again after a break, which lets them go", async () => {
  const { devices, media } = begin(false);
  media.release(); // nothing to let go
  await media.open();
  assert.deepEqual(media.list.cameras, devices.cameras);
  media.release();
  await media.openIfGranted(false);
  assert.deepEqual(devices.opened, ["both", { audio: false, video: false }, "both"]);
});

test("another camera is in the list at once", async () => {
  const { devices, media } = begin(true);
  devices.cameras = [];
  const told = new Promise((resolve) => media.addEventListener("change", resolve));
  devices.dispatchEvent(new Event("change"));
  await told;
  assert.deepEqual(media.list.cameras, []);
});
