// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { CardCamera } from "../../vamt/static/js/card_camera.js";
import { FakeStream, FakeTrack } from "./fakes.js";

/** @param {{rear?: boolean, open?: boolean, refuse?: boolean}} [facts] */
function machine({ rear = false, open = true, refuse = false } = {}) {
  /** @type {string[]} */ const done = [];
  /** @type {any[]} */ const asked = [];
  const track = Object.assign(new FakeTrack("video", { deviceId: "cam" }), {
    clone: () => new FakeTrack("video", { deviceId: "clone" }),
  });
  const devices = /** @type {any} */ ({
    rear,
    tracks: { audio: null, video: open ? track : null },
    list: async () => ({ cameras: [{ rear: false }, ...(rear ? [{ rear: true }] : [])] }),
    lend: async () => done.push("lend"),
    takeBack: async () => done.push("take back"),
  });
  const media = /** @type {any} */ ({
    async getUserMedia(/** @type {any} */ wanted) {
      asked.push(wanted);
      if (refuse) throw new Error("NotReadableError");
      return new FakeStream([new FakeTrack("video", { deviceId: "second" })]);
    },
  });
  return { camera: new CardCamera(devices, media), done, asked, track };
}

test("a telephone shows the document with its rear camera, and the call sees it", async () => {
  const { camera, done, asked, track } = machine({ rear: true });
  assert.equal(await camera.open(), track);
  assert.equal(camera.rear, true);
  await camera.open(); // twice is once
  await camera.close();
  assert.deepEqual([done, asked.length, camera.track], [["lend", "take back"], 0, null]);
});

test("a computer opens its camera once more, as large as it can be", async () => {
  const { camera, asked, done } = machine();
  const own = await camera.open();
  assert.equal(own?.getSettings().deviceId, "second");
  assert.deepEqual([asked[0].video.deviceId, asked[0].video.width], [{ exact: "cam" }, { ideal: 1920 }]);
  await camera.close();
  assert.deepEqual([own?.readyState, done], ["ended", []]);
});

test("where it opens only once the call's picture is used beside the call", async () => {
  const { camera } = machine({ refuse: true });
  assert.equal((await camera.open())?.getSettings().deviceId, "clone");
});

test("who takes part without a camera shows the document all the same, to nobody else", async () => {
  const { camera, asked, done } = machine({ open: false });
  assert.ok(await camera.open());
  assert.deepEqual([asked[0].video.facingMode, done], [{ ideal: "environment" }, []]);
});

test("no camera at all", async () => {
  const { camera } = machine({ open: false, refuse: true });
  assert.equal(await camera.open(), null);
});

test("given up while it opens, nothing stays open", async () => {
  const { camera } = machine();
  const opening = camera.open();
  await camera.close();
  assert.equal(await opening, null);
  assert.equal(camera.track, null);
});
