// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { pathTrouble, pathWords, relayOf } from "../../vamt/static/js/views/path_trouble.js";

/** @typedef {import("../../vamt/static/js/views/path_trouble.js").PathFacts} PathFacts */

/** @param {Partial<PathFacts>} facts */
const trouble = (facts) => pathTrouble({
  call: "connecting", seconds: 8, met: false, socket: true, otherOnline: true, relay: "unknown", able: true,
  ...facts,
});

/** @type {[string, Partial<PathFacts>, string][]} */
const cases = [
  ["a search that may still find", { seconds: 6.9 }, ""],
  ["a search that takes too long", {}, "networks"],
  ["the browser has given up before they ever met", { call: "failed", seconds: 2 }, "networks"],
  ["torn off a moment ago", { call: "failed", seconds: 2, met: true }, ""],
  ["torn off and not found again", { call: "failed", met: true }, "lost"],
  ["no relay in the town", { relay: "none" }, "no_relay"],
  ["a relay that is not reached from here", { relay: "unreached" }, "own_network"],
  ["a relay that was reached", { relay: "reached" }, "networks"],
  ["the own line down before anything else", { socket: false, otherOnline: false, relay: "none" }, "own_line"],
  ["the other page gone", { otherOnline: false, relay: "none" }, "away"],
  ["a browser without video calls", { call: "failed", seconds: 0, able: false }, "browser"],
  ["nobody to connect with for long", { call: "idle" }, "networks"],
  ["a good call", { call: "connected", seconds: 99, relay: "none" }, ""],
  ["a weak call", { call: "unstable", seconds: 99, socket: false }, ""],
  ["a call that is over", { call: "closed", able: false }, ""],
];
for (const [name, facts, expected] of cases) {
  test(`the reason: ${name}`, () => assert.equal(trouble(facts), expected));
}

test("the relay is known from the town's list and from what was gathered", () => {
  const stun = { urls: "stun:turn.example:3478" };
  const turn = { urls: ["stun:turn.example:3478", "turns:turn.example:443?transport=tcp"] };
  assert.equal(relayOf([]), "none");
  assert.equal(relayOf([stun], true), "none");
  assert.equal(relayOf([stun, turn]), "unknown");
  assert.equal(relayOf([turn], false), "unreached");
  assert.equal(relayOf([{ urls: "turn:turn.example" }], true), "reached");
});

test("every reason has words for both, and the citizen something to do about a network", () => {
  for (const reason of /** @type {const} */ (["browser", "own_line", "away", "lost", "no_relay", "own_network", "networks"])) {
    for (const me of /** @type {const} */ (["citizen", "clerk", "guest"])) {
      const words = pathWords(reason, { me: /** @type {any} */ (me), name: "Anja", handheld: true });
      assert.ok(words?.title && words.text, `${reason} ${me}`);
      const network = ["lost", "no_relay", "own_network", "networks"].includes(reason);
      assert.equal((words?.steps.length ?? 0) > 0, network && me !== "clerk", `${reason} ${me}`);
    }
  }
  assert.equal(pathWords("", { me: "citizen", name: "Anja", handheld: true }), null);
  assert.match(pathWords("away", { me: "clerk", name: "Anja", handheld: false })?.title ?? "", /Anja/);
  const help = (/** @type {boolean} */ handheld) => pathWords("networks", { me: "citizen", name: "Anja", handheld });
  assert.match(help(true)?.steps[0] ?? "", /^Switch WLAN off/);
  assert.match(help(false)?.steps[0] ?? "", /^Go on with your phone/);
});
