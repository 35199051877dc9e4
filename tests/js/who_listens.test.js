// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { WhoListens } from "../../vamt/static/js/who_listens.js";
import { settle } from "./fakes.js";

/** A leg whose messages arrive at the other page's call. */
class FakeLeg {
  /** @type {{mine: string, theirs: string} | null} */ fingerprints;
  way = "direct";
  /** @type {FakeCall | null} */ there = null;

  /** @param {string} mine @param {string} theirs */
  constructor(mine, theirs) {
    this.fingerprints = { mine, theirs };
  }

  /** @param {string} kind @param {unknown} value */
  send(kind, value) {
    queueMicrotask(() => this.there?.hear(kind, value));
  }

  async path() {
    return this.way;
  }
}

class FakeCall extends EventTarget {
  /** @type {FakeLeg | null} */ main = null;

  /** @param {string} kind @param {unknown} value @param {FakeLeg | null} [leg] */
  hear(kind, value, leg = this.main) {
    this.dispatchEvent(new CustomEvent("message", { detail: { leg, kind, value } }));
  }
}

function two() {
  const calls = { clerk: new FakeCall(), citizen: new FakeCall() };
  const pages = {
    clerk: new WhoListens({ call: /** @type {any} */ (calls.clerk), role: "clerk" }),
    citizen: new WhoListens({ call: /** @type {any} */ (calls.citizen), role: "citizen" }),
  };
  /** @param {string} clerk @param {string} citizen */
  function connect(clerk, citizen) {
    calls.clerk.main = new FakeLeg(clerk, citizen);
    calls.citizen.main = new FakeLeg(citizen, clerk);
    calls.clerk.main.there = calls.citizen;
    calls.citizen.main.there = calls.clerk;
    pages.citizen.follow();
    pages.clerk.follow();
  }
  function hangUp() {
    calls.clerk.main = calls.citizen.main = null;
    pages.clerk.follow();
    pages.citizen.follow();
  }
  return { calls, pages, connect, hangUp };
}

/** @param {WhoListens[]} pages */
const agreed = (...pages) => Promise.all(pages.map((page) => new Promise((resolve) => {
  const look = () => page.state.progress === "words" && resolve(undefined);
  page.addEventListener("change", look);
  look();
})));

test("two pages agree over their leg, and forget it with the visit", async () => {
  const { pages, connect, hangUp } = two();
  connect("AA", "BB");
  await agreed(pages.clerk, pages.citizen);
  assert.equal(pages.clerk.state.numbers.length, 4);
  assert.deepEqual(pages.clerk.state, pages.citizen.state);
  assert.equal(pages.clerk.state.path, "direct");
  hangUp();
  assert.deepEqual(pages.clerk.state, { progress: "working", numbers: [], path: "unknown" });
});

test("another certificate is another comparison; the same one is not", async () => {
  const { calls, pages, connect, hangUp } = two();
  connect("AA", "BB");
  await agreed(pages.clerk, pages.citizen);
  const { numbers } = pages.clerk.state;
  const leg = /** @type {FakeLeg} */ (calls.clerk.main);
  leg.fingerprints = null; // between two connections
  calls.clerk.dispatchEvent(new Event("change"));
  leg.fingerprints = { mine: "AA", theirs: "BB" };
  calls.clerk.dispatchEvent(new Event("change"));
  assert.equal(pages.clerk.state.numbers, numbers);
  leg.fingerprints = { mine: "AA", theirs: "CC" };
  calls.clerk.dispatchEvent(new Event("change"));
  assert.equal(pages.clerk.state.progress, "working");
  hangUp();
});

test("what a guest says, and other messages, are no part of it", async () => {
  const { calls, pages, connect, hangUp } = two();
  connect("AA", "BB");
  await agreed(pages.clerk, pages.citizen);
  const before = pages.citizen.state;
  const stranger = new FakeLeg("BB", "DD");
  calls.citizen.hear("words", { commit: "f".repeat(64) }, stranger);
  calls.citizen.hear("status", { commit: "f".repeat(64) });
  await settle();
  assert.deepEqual(pages.citizen.state, before);
  hangUp();
});

test("the way is looked at again when somebody wants to know", async () => {
  const { calls, pages, connect, hangUp } = two();
  connect("AA", "BB");
  await agreed(pages.clerk, pages.citizen);
  /** @type {FakeLeg} */ (calls.clerk.main).way = "relayed";
  await pages.clerk.look();
  assert.equal(pages.clerk.state.path, "relayed");
  hangUp();
});
