// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { TrackWatch, pauseBefore } from "../../vamt/static/js/track_watch.js";
import { FakeClock, FakePage, FakeTrack, settle } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").Ability} Ability */

/** A watch over one track; `answer` is what every attempt comes to ("ok" brings a new track). */
function watched(/** @type {"audio" | "video"} */ kind) {
  const clock = new FakeClock();
  const page = new FakePage();
  const facts = {
    answer: /** @type {Ability} */ ("ok"), muted: false, tries: /** @type {number[]} */ ([]), told: 0,
    track: new FakeTrack(kind),
  };
  const watch = new TrackWatch({
    page: /** @type {any} */ (page), clock,
    tell: () => facts.told += 1,
    renew: async (kinds) => {
      facts.tries.push(clock.now());
      if (facts.answer === "ok") {
        facts.track = new FakeTrack(kind);
        facts.track.muted = facts.muted;
        watch.follow(kind, /** @type {any} */ (facts.track));
      }
      return Object.fromEntries(kinds.map((each) => [each, facts.answer]));
    },
  });
  watch.follow(kind, /** @type {any} */ (facts.track));
  return { watch, clock, page, facts };
}

test("the pauses grow, and end", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(pauseBefore), [0, 1000, 2000, 4000, 8000, null]);
});

test("a short silence, as when the headset changes, is nothing to speak of", async () => {
  const { watch, clock, facts } = watched("audio");
  facts.track.interrupt(true);
  await clock.advance(1000);
  facts.track.interrupt(false);
  await clock.advance(60_000);
  assert.deepEqual([facts.tries, facts.told, watch.lost], [[], 0, ""]);
});

test("muted in a page that is seen: told, but not opened behind her back", async () => {
  const { watch, clock, facts } = watched("video");
  facts.track.interrupt(true);
  await clock.advance(60_000);
  assert.deepEqual([facts.tries, facts.told, watch.lost], [[], 1, "video"]);
  facts.track.interrupt(false);
  assert.deepEqual([facts.tries, watch.lost], [[], ""]);
});

test("a microphone given back by the system is opened again: iOS says it lives when it is dumb", async () => {
  const { watch, clock, facts } = watched("audio");
  facts.track.interrupt(true);
  await clock.advance(5000);
  facts.track.interrupt(false);
  await settle();
  assert.deepEqual([facts.tries, watch.lost], [[5000], ""]);
});

test("muted out of sight: opened when she is back, after a moment for the browser", async () => {
  const { watch, clock, page, facts } = watched("audio");
  page.become("hidden");
  facts.track.interrupt(true);
  await clock.advance(20_000);
  assert.deepEqual([facts.tries, watch.lost], [[], "audio"]);
  page.become("visible");
  await clock.advance(1000);
  assert.deepEqual([facts.tries, watch.lost], [[20_700], ""]);
});

test("a page from the browser's back list is a page seen again", async () => {
  const { clock, page, facts } = watched("audio");
  facts.track.interrupt(true);
  await clock.advance(2000);
  page.defaultView.dispatchEvent(new Event("pageshow"));
  await clock.advance(1000);
  assert.deepEqual(facts.tries, [2700]);
});

test("ended: at once, then with growing pauses, then only for a new cause", async () => {
  const { watch, clock, facts } = watched("audio");
  facts.answer = "busy";
  facts.track.die();
  await clock.advance(120_000);
  assert.deepEqual(facts.tries, [0, 1000, 3000, 7000, 15_000]);
  assert.equal(watch.lost, "audio");
  facts.answer = "ok";
  watch.again();
  await settle();
  assert.deepEqual([facts.tries.length, watch.lost], [6, ""]);
});

test("a new track that is muted as well does not count", async () => {
  const { watch, clock, page, facts } = watched("audio");
  facts.track.interrupt(true);
  await clock.advance(2000);
  facts.muted = true;
  page.become("visible");
  await clock.advance(2500);
  assert.deepEqual([facts.tries, watch.lost], [[2700, 3700], "audio"]);
  facts.muted = false;
  await clock.advance(2000);
  assert.deepEqual([facts.tries.length, watch.lost], [3, ""]);
});

test("a permission taken back is hers to give again: no further question", async () => {
  const { watch, clock, page, facts } = watched("video");
  facts.answer = "denied";
  facts.track.die();
  await clock.advance(60_000);
  page.become("visible");
  await clock.advance(60_000);
  assert.deepEqual([facts.tries, watch.lost], [[0], "video"]);
});

test("refused out of sight is no refusal of hers", async () => {
  const { watch, clock, page, facts } = watched("audio");
  page.become("hidden");
  facts.answer = "denied";
  facts.track.die();
  await clock.advance(5000);
  facts.answer = "ok";
  page.become("visible");
  await clock.advance(1000);
  assert.deepEqual([facts.tries, watch.lost], [[0, 5700], ""]);
});

test("what was let go on purpose is not missed, and a closed watch rests", async () => {
  const { watch, clock, page, facts } = watched("video");
  facts.track.interrupt(true);
  watch.drop("video");
  facts.track.die();
  await clock.advance(60_000);
  assert.deepEqual([facts.tries, facts.told, watch.lost], [[], 0, ""]);
  watch.close();
  page.become("visible");
  await clock.advance(60_000);
  assert.deepEqual(facts.tries, []);
});
