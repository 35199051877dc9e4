// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { FingerprintWords, commitment, fourNumbers } from "../../vamt/static/js/fingerprint_words.js";
import { FakeClock } from "./fakes.js";

/** @typedef {Record<string, string>} Said */
/** @typedef {(said: Said) => Said | null} Way a message on it: as sent, changed, or lost (null) */

const CLERK = "AA:11";
const CITIZEN = "BB:22";
const MIDDLE = "CC:33";
const KNOWN = [22, 47, 58, 29]; // computed with another program

let made = 0;
const newNonce = () => (++made).toString(16).padStart(32, "0");

/**
 * One page; what it says goes into `out`.
 *
 * @param {"clerk" | "citizen"} role
 * @param {string} mine
 * @param {string} theirs
 * @param {FakeClock} clock
 */
function page(role, mine, theirs, clock) {
  /** @type {Said[]} */ const out = [];
  const words = new FingerprintWords({
    role, fingerprints: { mine, theirs }, send: (said) => out.push(said), newNonce, clock,
  });
  return { words, out };
}

/** Wait until the page has done what it had to. @param {ReturnType<typeof page>} one */
const done = (one) => one.words.receive(null);

/**
 * Carry messages to and fro until nobody has any.
 *
 * @param {ReturnType<typeof page>} clerk
 * @param {ReturnType<typeof page>} citizen
 * @param {{toClerk?: Way, toCitizen?: Way}} [ways]
 */
async function talk(clerk, citizen, { toClerk = (said) => said, toCitizen = (said) => said } = {}) {
  await done(clerk);
  await done(citizen);
  while (clerk.out.length + citizen.out.length) {
    for (const said of clerk.out.splice(0).map(toCitizen)) if (said) await citizen.words.receive(said);
    for (const said of citizen.out.splice(0).map(toClerk)) if (said) await clerk.words.receive(said);
  }
}

function pair() {
  const clock = new FakeClock();
  return { clock, clerk: page("clerk", CLERK, CITIZEN, clock), citizen: page("citizen", CITIZEN, CLERK, clock) };
}

/** @param {...ReturnType<typeof page>} pages */
const shown = (...pages) => pages.map(({ words }) => `${words.progress} ${words.numbers}`);

test("both pages show the same four numbers below 64", async () => {
  const { clock, clerk, citizen } = pair();
  await talk(clerk, citizen);
  assert.equal(clerk.words.progress, "words");
  assert.equal(clerk.words.numbers.length, 4);
  assert.ok(clerk.words.numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 64));
  assert.deepEqual(citizen.words.numbers, clerk.words.numbers);
  assert.equal(clock.timers.size, 0);
});

test("the words are those that were agreed on: a page of next year computes the same", async () => {
  const [clerkNonce, citizenNonce] = ["1".repeat(32), "2".repeat(32)];
  const of = { clerk: CLERK, citizen: CITIZEN, clerkNonce, citizenNonce };
  assert.deepEqual(await fourNumbers(of), KNOWN);
  for (const other of [{ clerk: MIDDLE }, { citizen: MIDDLE }, { clerkNonce: citizenNonce }, { citizenNonce: clerkNonce }]) {
    assert.notDeepEqual(await fourNumbers({ ...of, ...other }), KNOWN);
  }
});

test("somebody in between who passes everything on gives himself away", async () => {
  const clock = new FakeClock();
  const clerk = page("clerk", CLERK, MIDDLE, clock);
  const citizen = page("citizen", CITIZEN, MIDDLE, clock);
  await talk(clerk, citizen);
  assert.deepEqual([clerk.words.progress, citizen.words.progress], ["words", "words"]);
  assert.notDeepEqual(clerk.words.numbers, citizen.words.numbers);
});

test("somebody in between who speaks with each for himself gives himself away", async () => {
  const clock = new FakeClock();
  const clerk = page("clerk", CLERK, MIDDLE, clock);
  const citizen = page("citizen", CITIZEN, MIDDLE, clock);
  await talk(clerk, page("citizen", MIDDLE, CLERK, clock));
  await talk(page("clerk", MIDDLE, CITIZEN, clock), citizen);
  assert.deepEqual([clerk.words.progress, citizen.words.progress], ["words", "words"]);
  assert.notDeepEqual(clerk.words.numbers, citizen.words.numbers);
});

test("a number chosen after the other's is known does not fit the commitment", async () => {
  const { clerk, citizen } = pair();
  await talk(clerk, citizen, {
    toCitizen: (said) => (said.reveal ? { reveal: "f".repeat(32) } : said),
  });
  assert.deepEqual(shown(citizen), ["wrong "]);
  await citizen.words.receive({ commit: await commitment("f".repeat(32)) });
  assert.deepEqual(shown(citizen), ["wrong "], "no second try");
});

test("the clerk's number is not told before the citizen's has come", async () => {
  const { clerk } = pair();
  await done(clerk);
  await clerk.words.receive({ ask: "words" });
  await clerk.words.receive({ nonce: "too short" });
  await clerk.words.receive({ reveal: "f".repeat(32), commit: "f".repeat(64) });
  assert.ok(clerk.out.length && clerk.out.every((said) => Object.keys(said).join() === "commit"));
});

test("the citizen's number is not told before the clerk's page is bound", async () => {
  const { citizen } = pair();
  await done(citizen);
  await citizen.words.receive({ reveal: "f".repeat(32) });
  await citizen.words.receive({ commit: "no hash" });
  await citizen.words.receive(null);
  assert.ok(citizen.out.length && citizen.out.every((said) => Object.keys(said).join() === "ask"));
});

test("the citizen's first number counts, a second one changes nothing", async () => {
  const { clerk, citizen } = pair();
  await talk(clerk, citizen);
  const before = shown(clerk);
  await clerk.words.receive({ nonce: "e".repeat(32) });
  assert.deepEqual(shown(clerk), before);
  assert.deepEqual(clerk.out, []);
});

test("a new commitment means a new number of the citizen's", async () => {
  const { citizen } = pair();
  await done(citizen);
  await citizen.words.receive({ commit: await commitment("a".repeat(32)) });
  await citizen.words.receive({ commit: await commitment("b".repeat(32)) });
  const nonces = citizen.out.flatMap(({ nonce }) => nonce ?? []);
  assert.equal(new Set(nonces).size, 2);
});

for (const lost of ["ask", "commit", "nonce", "reveal"]) {
  test(`a lost "${lost}" is said again`, async () => {
    const { clock, clerk, citizen } = pair();
    let times = 2;
    /** @type {Way} */ const way = (said) => (lost in said && times-- > 0 ? null : said);
    for (let second = 0; second < 4; second += 1) {
      await talk(clerk, citizen, { toClerk: way, toCitizen: way });
      await clock.advance(1000);
    }
    assert.deepEqual(shown(clerk), shown(citizen));
    assert.equal(clerk.words.progress, "words");
    assert.equal(clock.timers.size, 0);
  });
}

test("a page that has to begin anew takes the other one along", async () => {
  for (const role of /** @type {const} */ (["clerk", "citizen"])) {
    const both = pair();
    const { clock } = both;
    await talk(both.clerk, both.citizen);
    const before = shown(both.clerk);
    both[role].words.close();
    both[role] = role === "clerk" ? page("clerk", CLERK, CITIZEN, clock) : page("citizen", CITIZEN, CLERK, clock);
    for (let second = 0; second < 3; second += 1) {
      await talk(both.clerk, both.citizen);
      await clock.advance(1000);
    }
    assert.deepEqual(shown(both.clerk), shown(both.citizen), role);
    assert.equal(both.clerk.words.progress, "words");
    assert.notDeepEqual(shown(both.clerk), before, "with new numbers");
  }
});

test("nobody gets as many guesses as he likes", async () => {
  const { clerk, citizen } = pair();
  await talk(clerk, citizen);
  for (let guess = 0; guess < 8; guess += 1) {
    await clerk.words.receive({ ask: "words" });
    await clerk.words.receive({ nonce: "d".repeat(32) });
    await citizen.words.receive({ commit: await commitment(String(guess).repeat(32)) });
  }
  assert.deepEqual(shown(clerk, citizen), ["wrong ", "wrong "]);
});

test("what is closed says nothing any more", async () => {
  const { clock, clerk, citizen } = pair();
  await done(clerk);
  clerk.words.close();
  citizen.words.close();
  clerk.out.length = citizen.out.length = 0;
  await clerk.words.receive({ ask: "words" });
  await clock.advance(5000);
  assert.deepEqual([...clerk.out, ...citizen.out], []);
});
