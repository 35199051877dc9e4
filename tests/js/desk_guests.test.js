// @ts-check
// How the desk speaks of guests.

import assert from "node:assert/strict";
import { test } from "node:test";

import { guestWords, isFull } from "../../vamt/static/js/views/desk_guests.js";
import { screenOf } from "../../vamt/static/js/views/guest_page.js";

/** @typedef {import("../../vamt/static/js/types").GuestStateName} State */

const STATES = /** @type {State[]} */ (["invited", "present", "away", "left", "removed", "ended"]);

/** @param {State} state @param {boolean} [online] */
const guest = (state, online = true) => ({ id: state, name: "", role: /** @type {const} */ ("companion"), state, online });

test("whether her page is open makes a difference where she is expected", () => {
  /** @param {State} state @param {boolean} online */
  const words = (state, online) => guestWords(guest(state, online));
  assert.notEqual(words("invited", true), words("invited", false));
  assert.notEqual(words("present", true), words("present", false));
  assert.equal(words("away", true), words("away", false));
  assert.equal(words("left", true), words("left", false));
});

test("two are as many as there can be; who has left takes no place", () => {
  /** @param {State[]} states */
  const guests = (...states) => states.map((state) => guest(state));
  assert.equal(isFull(guests()), false);
  assert.equal(isFull(guests("present")), false);
  assert.equal(isFull(guests("present", "left", "left")), false);
  assert.equal(isFull(guests("present", "invited")), true);
  assert.equal(isFull(guests("away", "invited")), true);
});

test("each state of a guest has its screen", () => {
  assert.deepEqual(STATES.map(screenOf), ["door", "visit", "door", "left", "over", "over"]);
});
