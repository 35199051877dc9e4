// @ts-check
/** The form of a visit on one page: joined, left, remembered over a reload, forgotten. */

import assert from "node:assert/strict";
import test from "node:test";

import { FormFilling } from "../../vamt/static/js/form_filling.js";
import { settle } from "./fakes.js";

/** @typedef {import("../../vamt/static/js/types").VisitView} VisitView */

/** A tab's storage: its keys are its own properties, as a browser's. @returns {Storage} */
function storage() {
  return Object.defineProperties(/** @type {any} */ ({}), {
    getItem: { value: function (/** @type {string} */ key) { return this[key] ?? null; } },
    setItem: { value: function (/** @type {string} */ key, /** @type {string} */ value) { this[key] = value; } },
    removeItem: { value: function (/** @type {string} */ key) { delete this[key]; } },
  });
}

/** @param {"" | "open" | "finished" | "closed" | null} state @param {string} [id] @returns {VisitView} */
const visit = (state, id = "v1") => /** @type {any} */ ({ id, form: state === null ? null : { state, offers: [] } });

function page(kept = storage()) {
  const link = new EventTarget();
  /** @type {[string, any][]} */ const asked = [];
  const filling = new FormFilling({
    link,
    storage: kept,
    async request(event, data) {
      asked.push([event, data]);
      if (event === "form_join") {
        return { form: { version: 0, cells: {}, seen: 0, saved: 0, fields: [], focus: "street", words: {} } };
      }
      const { field, value } = /** @type {any} */ (data);
      return { cell: { entries: [{ value, version: 1, author: "x" }] }, field };
    },
  });
  /** @param {string} event @param {object} detail */
  const told = (event, detail) => link.dispatchEvent(new CustomEvent(event, { detail }));
  const events = () => asked.map(([event]) => event);
  return { filling, asked, events, told, kept };
}

test("it joins with the visit, once, and again when the line is back or the form is opened again", async () => {
  const { filling, events, told } = page();
  filling.follow("citizen:1", visit(null));
  assert.deepEqual(events(), []);
  for (const state of /** @type {const} */ (["open", "open", "finished"])) filling.follow("citizen:1", visit(state));
  await settle();
  assert.deepEqual(events(), ["form_join"]);
  assert.equal(filling.focus, "street");
  filling.follow("citizen:1", visit("open"));
  told("down", {});
  told("up", {});
  assert.deepEqual(events(), ["form_join", "form_join", "form_join"]);
  filling.follow("citizen:1", null);
  assert.equal(filling.form, null);
});

test("what the other side does is shown, and calls for attention", async () => {
  const { filling, told } = page();
  let called = 0;
  filling.addEventListener("called", () => (called += 1));
  filling.follow("citizen:1", visit("open"));
  await settle();
  told("form_focused", { field: "town" });
  told("form_focused", { field: "" });
  told("form_pointed", { field: "town" });
  assert.deepEqual([filling.focus, filling.pointed, called], ["", { field: "town", count: 1 }, 2]);
  told("form_edited", { field: "town", cell: { entries: [{ value: "Gmünd", version: 1, author: "clerk:1/q" }] } });
  assert.equal(filling.form?.value("town"), "Gmünd");
  told("form_faults", { faults: { town: "missing" } });
  assert.deepEqual([...filling.wrong], ["town"]);
});

test("what was typed without a line is told to wait, and outlives a reload", async () => {
  const first = page();
  first.filling.follow("citizen:1", visit("open"));
  await settle();
  first.told("down", {});
  first.filling.form?.type("town", "Gmünd");
  assert.equal(first.filling.waits, true);
  const second = page(first.kept);
  second.filling.follow("citizen:1", visit("open"));
  assert.equal(second.filling.form?.value("town"), "Gmünd");
});

test("nothing of another visit, or of one that is over, stays in the tab", async () => {
  const { filling, kept } = page();
  kept.setItem("vamt", "not ours");
  filling.follow("clerk:1", visit("open"));
  filling.form?.type("town", "Gmünd");
  assert.deepEqual(Object.keys(kept).sort(), ["vamt", "vamt-form-v1"]);
  filling.follow("clerk:1", visit("open", "v2"));
  assert.deepEqual(Object.keys(kept).sort(), ["vamt", "vamt-form-v2"]);
  filling.forget();
  assert.deepEqual(Object.keys(kept), ["vamt"]);
});

test("a browser that keeps nothing does no harm", async () => {
  const blocked = /** @type {any} */ (new Proxy({}, { get() { throw new Error("blocked"); }, ownKeys() { throw new Error("blocked"); } }));
  const { filling } = page(blocked);
  filling.follow("citizen:1", visit("open"));
  filling.form?.type("town", "Gmünd");
  filling.forget();
  assert.equal(filling.form, null);
});
