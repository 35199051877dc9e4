// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { notices } from "../../vamt/static/js/views/stage_words.js";

/** @typedef {import("../../vamt/static/js/views/stage.js").StageState} StageState */

/** @param {Partial<StageState & {met: boolean, stuck: boolean}>} facts */
function words(facts) {
  const state = {
    name: "Anja", call: "connected", socket: true, otherOnline: true, quality: { level: "good", action: "" },
    peerStatus: { audio: true, video: "camera" }, chatOpen: false, unread: 0, drafts: [], ...facts,
  };
  return notices(/** @type {StageState} */ (state)).map(({ text }) => text);
}

test("a good call needs one word", () => {
  assert.deepEqual(words({}), ["Good connection"]);
});

test("the state of the connection comes first, then the other person", () => {
  assert.deepEqual(words({ quality: { level: "weak", action: "router" }, peerStatus: { audio: false, video: "camera" } }), [
    "Weak connection. What helps: go closer to your Wi-Fi router.", "The microphone of Anja is off.",
  ]);
});

const drafts = [{ id: "a", name: "Anja", text: "Gu" }];

/** @type {[string, Partial<StageState>, RegExp | undefined][]} */
const second = [
  ["camera off", { peerStatus: { audio: true, video: "off" } }, /^The camera of Anja is off/],
  ["both off", { peerStatus: { audio: false, video: "off" } }, /^Camera and microphone/],
  ["screen", { peerStatus: { audio: true, video: "screen" } }, /shows you the screen\.$/],
  ["screen, muted", { peerStatus: { audio: false, video: "screen" } }, /the microphone is off/],
  ["picture paused", { peerStatus: { audio: true, video: "camera", held: true } }, /picture of Anja is paused/],
  ["status unknown", { peerStatus: null }, undefined],
  ["own line down", { socket: false }, /call goes on/],
  ["own line down, no call", { socket: false, call: "connecting" }, /No line/],
  ["the other's line down", { otherOnline: false }, /^Anja has lost the line.*goes on/],
  ["she writes", { drafts, peerStatus: { audio: false, video: "off" } }, /^Anja is writing to you/],
  ["she writes, the chat is open", { drafts, chatOpen: true }, undefined],
  ["she has written", { unread: 1 }, /new message/],
  ["she has written, the chat is open", { unread: 1, chatOpen: true }, undefined],
  ["she writes while the own line is down", { drafts, socket: false }, /call goes on/],
  ["the other gone", { otherOnline: false, call: "unstable" }, /^Anja is away/],
];
for (const [name, facts, expected] of second) {
  test(`the second line: ${name}`, () => {
    const [, text] = words(facts);
    if (expected) assert.match(text, expected);
    else assert.equal(text, undefined);
  });
}

test("before anything is measured the call is connected, and the bars are not drawn", () => {
  const state = {
    name: "Anja", call: "connected", socket: true, otherOnline: true, quality: null, peerStatus: null, drafts: [],
  };
  assert.deepEqual(notices(/** @type {any} */ (state)), [{ text: "Connected", tone: "good" }]);
});

test("every state of the call has words", () => {
  for (const call of /** @type {const} */ (["idle", "connecting", "connected", "unstable", "failed", "closed"])) {
    assert.notEqual(words({ call })[0], "");
  }
  assert.match(words({ call: "connecting", otherOnline: false })[0], /^Waiting for Anja/);
  assert.match(words({ call: "connecting", stuck: true })[0], /^No connection yet/);
  assert.match(words({ call: "failed" })[0], /^No connection yet/);
  assert.match(words({ call: "failed", met: true })[0], /^The connection was lost/);
});
