// @ts-check
// Who else is in the visit, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { company, roleWords } from "../../vamt/static/js/company.js";

/** @typedef {import("../../vamt/static/js/types").Peer} Peer */
/** @typedef {import("../../vamt/static/js/types").GuestView} GuestView */

/** @param {string} id @param {import("../../vamt/static/js/types").Seat} seat @param {string} name */
const peer = (id, seat, name) => ({ id, seat, name, epoch: 1, online: true });
const ADA = peer("citizen:1", "citizen", "Ada");
const ANJA = peer("clerk:1", "clerk", "Anja Keller");
const OLENA = peer("guest:1", "guest", "Olena");

/**
 * @param {Partial<GuestView>} [more]
 * @returns {GuestView}
 */
const guest = (more) => ({ id: "1", name: "Olena", role: "interpreter", state: "present", online: true, ...more });

/** @param {string} id @param {object} [more] */
function leg(id, more = {}) {
  return { id, state: "connected", remote: { of: id }, peerStatus: { audio: true, video: "camera" }, ...more };
}

/**
 * What `company` reads of a call.
 *
 * @param {string} main
 * @param {...ReturnType<typeof leg>} legs
 */
function call(main, ...legs) {
  const fake = { main: leg(main), legs: new Map(legs.map((one) => [one.id, one])) };
  return /** @type {import("../../vamt/static/js/call.js").Call} */ (/** @type {unknown} */ (fake));
}

/** @param {{peers?: Peer[], guests?: GuestView[], chat_shared?: boolean}} [more] */
const visit = (more = {}) => ({
  clerk: "Anja Keller", peers: [ADA, ANJA], guests: /** @type {GuestView[]} */ ([]), chat_shared: false, ...more,
});
/** @param {{peers?: Peer[], chat_shared?: boolean}} [more] */
const three = (more = {}) => visit({ peers: [ADA, ANJA, OLENA], guests: [guest()], ...more });

test("two alone have no company", () => {
  assert.deepEqual(company(visit(), call("clerk:1"), "citizen:1"), {
    others: [], invited: "", present: "", reading: "",
  });
});

test("whoever is neither oneself nor the main picture is shown small", () => {
  /** @param {string} mine @param {string} main */
  const shown = (mine, main) => company(three(), call(main, leg("guest:1"), leg("citizen:1")), mine)
    .others.map(({ id }) => id);
  assert.deepEqual(shown("citizen:1", "clerk:1"), ["guest:1"]);
  assert.deepEqual(shown("clerk:1", "citizen:1"), ["guest:1"]);
  assert.deepEqual(shown("guest:1", "clerk:1"), ["citizen:1"]);
});

test("a guest has her role beside her name, and the stream of her own leg", () => {
  const [other] = company(three(), call("clerk:1", leg("guest:1")), "citizen:1").others;
  assert.deepEqual(other, {
    id: "guest:1", name: "Olena", role: roleWords("interpreter"), remote: { of: "guest:1" },
    pictured: true, note: "",
  });
});

test("what is to be known of her stands beside her picture", () => {
  /** @param {object | null} more of her leg; null: there is none yet */
  const note = (more, online = true) => {
    const peers = [ADA, ANJA, { ...OLENA, online }];
    const legs = more ? [leg("guest:1", more)] : [];
    return company(three({ peers }), call("clerk:1", ...legs), "citizen:1").others[0];
  };
  assert.equal(note({ peerStatus: { audio: false, video: "camera" } }).note, "Microphone off");
  assert.equal(note({ peerStatus: { audio: true, video: "off" } }).pictured, false);
  assert.equal(note({ state: "connecting", peerStatus: null }).note, "connecting …");
  assert.equal(note({ state: "unstable" }).note, "weak network");
  assert.equal(note({ state: "failed" }).note, "weak network");
  assert.equal(note(null).note, "connecting …");
  assert.equal(note(null).remote, null);
  assert.equal(note({ state: "failed" }, false).note, "not connected");
  assert.equal(note({}, false).note, ""); // media outlive the line to the town hall
});

test("the citizen reads who is asked in, and that she may object", () => {
  const { invited } = company(visit({ guests: [guest({ state: "invited" })] }), call("clerk:1"), "citizen:1");
  assert.equal(
    invited,
    "Anja Keller would like Olena to join and interpret. If you do not want that, please say so.",
  );
  for (const state of /** @type {const} */ (["present", "away", "left"])) {
    assert.equal(company(visit({ guests: [guest({ state })] }), call("clerk:1"), "citizen:1").invited, "");
  }
});

test("each role is asked in with words of its own", () => {
  const roles = /** @type {const} */ (["interpreter", "companion", "colleague"]);
  const said = roles.map((role) =>
    company(visit({ guests: [guest({ role, state: "invited" })] }), call("clerk:1"), "citizen:1").invited);
  assert.equal(new Set(said).size, 3);
});

test("all are told who is here, as soon as somebody has joined", () => {
  const { present } = company(three(), call("clerk:1"), "citizen:1");
  assert.equal(present, "In this conversation: you, Anja Keller, Olena (interpreting).");
});

test("that guests read the chat is said only while there is a guest", () => {
  assert.equal(company(three({ chat_shared: true }), call("clerk:1"), "citizen:1").reading, "Everybody here reads the chat.");
  assert.equal(company(visit({ chat_shared: true }), call("clerk:1"), "citizen:1").reading, "");
  assert.equal(company(three(), call("clerk:1"), "citizen:1").reading, "");
});
