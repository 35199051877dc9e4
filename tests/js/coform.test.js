// @ts-check
/** One form, two pages: what each shows, what it keeps, and that nothing typed gets lost. */

import assert from "node:assert/strict";
import test from "node:test";

import { CoForm } from "../../vamt/static/js/coform.js";
import { FakeClock, settle } from "./fakes.js";

/**
 * @typedef {import("../../vamt/static/js/types").FormEntry} Entry
 * @typedef {import("../../vamt/static/js/types").FormSnapshot} Snapshot
 */

/** The rules of vamt/coform.py. */
class Office {
  version = 0;
  /** @type {Record<string, {entries: Entry[]}>} */ cells = {};
  /** @type {Record<string, number>} */ seen = {};
  stored = { version: 0, cells: this.cells, seen: this.seen };

  /** @param {string} author @param {{number: number, field: string, value: string, base: number}} edit */
  write(author, { number, field, value, base }) {
    const before = this.seen[author] ?? 0;
    if (number > before + 1) throw Object.assign(new Error("gap"), { status: 409, key: "form_gap" });
    if (number <= before) return false;
    const unseen = (this.cells[field]?.entries ?? [])
      .filter((one) => one.author !== author && one.version > base && one.value !== value);
    this.version += 1;
    this.cells = { ...this.cells, [field]: { entries: [...unseen, { value, version: this.version, author }] } };
    this.seen = { ...this.seen, [author]: number };
    return true;
  }

  save() {
    this.stored = { version: this.version, cells: this.cells, seen: this.seen };
  }

  crash() {
    ({ version: this.version, cells: this.cells, seen: this.seen } = this.stored);
  }

  /** @param {string} author @returns {Snapshot} */
  snapshot(author) {
    const { version, cells } = this;
    const [seen, saved] = [this.seen[author] ?? 0, this.stored.seen[author] ?? 0];
    return {
      version, cells, seen, saved, fields: [], focus: "", language: "de", direction: "ltr", beside: "tr",
      beside_direction: "ltr", words: {},
    };
  }
}

/** A page on a line that answers when the test says so. @param {object} [options] @param {any} [options.kept] */
function page({ kept = null } = {}) {
  const clock = new FakeClock();
  const office = new Office();
  const state = { kept, down: false, refuse: /** @type {any} */ (null), joins: 0, sent: /** @type {any[]} */ ([]) };
  const form = new CoForm({
    seat: "citizen:1",
    clock,
    newId: () => "page-of-sixteen-letters",
    memory: { read: () => state.kept, write: (value) => void (state.kept = value) },
    async join(name) {
      state.joins += 1;
      if (state.down) throw { status: 503, key: "offline" };
      if (state.refuse) throw state.refuse;
      return office.snapshot(`citizen:1/${name}`);
    },
    async send(edit) {
      state.sent.push(edit);
      if (state.down) throw { status: 503, key: "offline" };
      if (state.refuse) throw state.refuse;
      office.write(`citizen:1/${edit.page}`, edit);
      return office.cells[edit.field];
    },
  });
  /** @param {string} field @param {string} value @param {number} base */
  const other = (field, value, base) => {
    office.write("clerk:1/q", { number: (office.seen["clerk:1/q"] ?? 0) + 1, field, value, base });
    form.receive(field, office.cells[field].entries);
  };
  return { clock, office, state, form, other };
}

test("nothing is sent before the form is there, then the latest of each field", async () => {
  const { form, state, office, clock } = page();
  form.type("street", "M");
  form.type("street", "Ma");
  form.type("town", "G");
  assert.equal(form.value("street"), "Ma");
  assert.deepEqual(state.sent, []);
  await form.resume();
  await clock.advance(200);
  assert.deepEqual(state.sent.map(({ number, field, value }) => [number, field, value]), [[1, "street", "Ma"], [2, "town", "G"]]);
  assert.equal(office.cells.street.entries[0].value, "Ma");
  assert.ok(form.settled && form.unsaved);
});

test("the first letter goes at once, quick typing leaves every 50 ms and the last letter counts", async () => {
  const { form, state, clock } = page();
  await form.resume();
  for (const text of ["a", "ab", "abc", "abcd"]) {
    form.type("street", text);
    await settle();
  }
  assert.deepEqual(state.sent.map(({ value }) => value), ["a"]);
  await clock.advance(50);
  assert.deepEqual(state.sent.map(({ value }) => value), ["a", "abcd"]);
});

test("what the other side writes is shown, and does not disturb what is typed", async () => {
  const { form, other, clock } = page();
  await form.resume();
  other("street", "Markt", 0);
  assert.equal(form.value("street"), "Markt");
  form.type("street", "Markt 1");
  await clock.advance(100);
  assert.deepEqual(form.conflict("street"), [], "she had seen it");
  const typed = form.value("street");
  other("town", "Gmünd", 0);
  assert.equal(form.value("street"), typed);
});

test("two who have not seen each other: both values, the own one in the field, until one chooses", async () => {
  const { form, other, office, clock, state } = page();
  await form.resume();
  state.down = true;
  form.type("street", "Markt 1");
  await settle();
  other("street", "Markt 2", 0);
  assert.equal(form.value("street"), "Markt 1", "what she types is not taken from her");
  state.down = false;
  await clock.advance(1000);
  assert.deepEqual(form.conflict("street"), [{ value: "Markt 1", mine: true }, { value: "Markt 2", mine: false }]);
  form.type("street", "Markt 1a");
  await clock.advance(100);
  assert.deepEqual(form.conflict("street").map(({ value }) => value), ["Markt 1a", "Markt 2"]);
  form.choose("street", "Markt 2");
  await clock.advance(100);
  assert.deepEqual(form.conflict("street"), []);
  assert.equal(form.value("street"), "Markt 2");
  assert.equal(office.cells.street.entries.length, 1);
});

test("an answer that got lost: the same edit counts once", async () => {
  const { form, office, state, clock } = page();
  await form.resume();
  form.type("street", "a");
  await settle();
  state.down = true;
  form.type("street", "ab");
  await clock.advance(60);
  office.write("citizen:1/page-of-sixteen-letters", state.sent[1]); // it did arrive
  state.down = false;
  await form.resume();
  await clock.advance(100);
  assert.equal(office.version, 2);
  assert.ok(form.settled);
});

test("what is not on disk is sent again to an office that has crashed", async () => {
  const { form, office, clock } = page();
  await form.resume();
  form.type("street", "a");
  await clock.advance(60);
  office.save();
  form.saved("page-of-sixteen-letters", 1);
  assert.equal(form.unsaved, false);
  form.type("street", "ab");
  form.type("town", "c");
  await clock.advance(200);
  form.pause();
  office.crash();
  assert.equal(office.cells.street.entries[0].value, "a");
  await form.resume();
  await clock.advance(200);
  assert.deepEqual([office.cells.street.entries[0].value, office.cells.town.entries[0].value], ["ab", "c"]);
});

test("a reload keeps what was not saved, as the same author, and nothing else", async () => {
  const first = page();
  await first.form.resume();
  first.form.type("street", "a");
  await first.clock.advance(60);
  first.form.pause();
  first.form.type("town", "b");
  const { kept } = first.state;
  assert.deepEqual(Object.keys(kept), ["page", "pending"]);

  const second = page({ kept });
  assert.equal(second.form.value("town"), "b");
  await second.form.resume();
  await second.clock.advance(200);
  assert.deepEqual(second.state.sent.map(({ field, value }) => [field, value]), [["street", "a"], ["town", "b"]]);
  second.form.forget();
  assert.equal(second.state.kept, null);
});

test("strange things in the browser's memory are no pending edits", () => {
  for (const kept of ["x", 7, { page: 1 }, { page: "x" }]) assert.equal(page({ kept }).form.unsaved, false);
});

test("a value the office will not have is given up, the next one is sent", async () => {
  const { form, state, office, clock } = page();
  await form.resume();
  state.refuse = { status: 422, key: "invalid" };
  form.type("strange", "x");
  await settle();
  state.refuse = null;
  form.type("street", "a");
  await clock.advance(1000);
  assert.equal(office.cells.street.entries[0].value, "a");
  assert.equal(office.cells.strange, undefined);
});

test("where the form is closed nothing is sent and nothing is lost", async () => {
  const { form, state, office, clock } = page();
  await form.resume();
  state.refuse = { status: 409, key: "form_over" };
  form.type("street", "a");
  await clock.advance(10_000);
  assert.deepEqual([form.closed, state.sent.length, form.value("street")], [true, 1, "a"]);
  state.refuse = null;
  await form.resume();
  await clock.advance(100);
  assert.deepEqual([form.closed, office.cells.street.entries[0].value], [false, "a"]);
});

test("too quick, or a fault of the office: after a moment once more", async () => {
  const { form, state, office, clock } = page();
  await form.resume();
  for (const status of [429, 500]) {
    state.refuse = { status, key: "x" };
    form.type("street", `after ${status}`);
    await clock.advance(100);
    state.refuse = null;
    await clock.advance(5000);
    assert.equal(office.cells.street.entries[0].value, `after ${status}`);
  }
});

/**
 * Chance of one's own, so that a failing run can be repeated (mulberry32).
 *
 * @param {number} seed
 */
function chanceOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Two pages typing ten keys a second over delaying lines that break, an office that crashes. */
class World {
  clock = new FakeClock();
  office = new Office();
  /** @type {{author: string, field: string, value: string, before: string[]}[]} */ log = [];
  typing = true;

  /** @param {number} seed */
  constructor(seed) {
    this.chance = chanceOf(seed);
    this.pages = ["citizen:1", "clerk:1"].map((seat) => this.page(seat));
    for (const one of this.pages) {
      this.connect(one);
      this.later(50, 200, () => this.type(one));
      this.later(1000, 4000, () => this.cut(one));
    }
    this.later(250, 250, () => this.save());
    this.later(2000, 9000, () => this.crash());
  }

  /** @param {number} least @param {number} most @param {() => void} act */
  later(least, most, act) {
    this.clock.setTimeout(act, least + this.chance() * (most - least));
  }

  /** @param {string} seat */
  page(seat) {
    const line = { up: false, connection: 0, to: 0, from: 0, fail: new Set() };
    const author = `${seat}/page-of-sixteen-letters`;
    /** @param {"to" | "from"} way @param {() => void} act */
    const travel = (way, act) => {
      const { connection } = line;
      line[way] = Math.max(this.clock.now() + 50 + this.chance() * 300, line[way] + 0.001);
      this.clock.setTimeout(() => line.up && line.connection === connection && act(), line[way] - this.clock.now());
    };
    /** @template T @param {() => T} act @returns {Promise<T>} */
    const ask = (act) => new Promise((resolve, reject) => {
      const fail = () => reject({ status: 503, key: "offline" });
      if (!line.up) return fail();
      line.fail.add(fail);
      travel("to", () => {
        /** @type {() => void} */ let answer;
        try {
          const value = act();
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        travel("from", () => {
          line.fail.delete(fail);
          answer();
        });
      });
    });
    const form = new CoForm({
      seat,
      clock: this.clock,
      newId: () => "page-of-sixteen-letters",
      memory: { read: () => null, write: () => {} },
      join: () => ask(() => this.office.snapshot(author)),
      send: (edit) => ask(() => {
        if (this.office.write(author, edit)) this.relay(one, edit.field);
        return this.office.cells[edit.field];
      }),
    });
    const one = { author, line, form, travel };
    return one;
  }

  /** @param {ReturnType<World["page"]>} from @param {string} field */
  relay(from, field) {
    const { entries } = this.office.cells[field];
    for (const other of this.pages) if (other !== from) other.travel("from", () => other.form.receive(field, entries));
  }

  /** @param {ReturnType<World["page"]>} page */
  type(page) {
    if (!this.typing) return;
    const field = "abc"[Math.floor(this.chance() * 3)];
    const against = page.form.conflict(field);
    const before = against.length ? against.map(({ value }) => value) : [page.form.value(field)];
    if (against.length && this.chance() < 0.3) {
      const { value } = against[Math.floor(this.chance() * against.length)];
      page.form.choose(field, value);
      this.log.push({ author: page.author, field, value, before });
    } else {
      const value = `${page.author[1]}${this.log.length}`;
      page.form.type(field, value);
      this.log.push({ author: page.author, field, value, before });
    }
    const thinks = this.chance() < 0.03;
    this.later(thinks ? 1000 : 50, thinks ? 2000 : 150, () => this.type(page));
  }

  /** @param {ReturnType<World["page"]>} page */
  connect(page) {
    if (page.line.up) return;
    Object.assign(page.line, { up: true, connection: page.line.connection + 1, to: 0, from: 0 });
    void page.form.resume();
  }

  /** @param {ReturnType<World["page"]>} page */
  lose({ line, form }) {
    line.up = false;
    form.pause();
    for (const fail of line.fail) fail();
    line.fail.clear();
  }

  /** @param {ReturnType<World["page"]>} page */
  cut(page) {
    if (!this.typing) return;
    this.lose(page);
    this.later(300, 3000, () => this.connect(page));
    this.later(3000, 8000, () => this.cut(page));
  }

  save() {
    this.office.save();
    for (const { author, form, travel } of this.pages) {
      const number = this.office.seen[author] ?? 0;
      travel("from", () => form.saved("page-of-sixteen-letters", number));
    }
    this.later(250, 250, () => this.save());
  }

  crash() {
    this.office.crash();
    for (const page of this.pages) {
      this.lose(page);
      this.later(300, 1000, () => this.connect(page));
    }
  }

  get lost() {
    const last = new Map(this.log.map((one) => [`${one.author} ${one.field}`, one]));
    return [...last.values()].filter(({ author, field, value }) =>
      !this.office.cells[field].entries.some((entry) => entry.value === value)
      && !this.log.some((other) => other.author !== author && other.field === field && other.before.includes(value)));
  }
}

test("two pages, bad lines, a crash: both end with the same and nothing is lost", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new World(seed);
    await world.clock.advance(10_000);
    world.typing = false;
    await world.clock.advance(15_000);
    assert.ok(world.log.length > 100);
    for (const field of "abc") {
      const shown = world.pages.map(({ form }) => form.conflict(field).map(({ value }) => value).sort());
      assert.deepEqual(shown[0], shown[1], `seed ${seed}: what stands in ${field}`);
      if (!shown[0].length) assert.equal(world.pages[0].form.value(field), world.pages[1].form.value(field));
    }
    assert.ok(world.pages.every(({ form }) => form.settled && !form.unsaved), `seed ${seed}: all is on disk`);
    assert.deepEqual(world.lost, [], `seed ${seed}`);
  }
});
