// @ts-check
/** The same table of cases as tests/unit/test_forms.py. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { asked, check, faultOf, plain } from "../../vamt/static/js/form_rules.js";

/**
 * @typedef {{key: string, kind?: string, required?: boolean, choices?: string[],
 *   when?: {field: string, values: string[]}}} Written
 */

const table = JSON.parse(readFileSync(new URL("../form_rules.json", import.meta.url), "utf8"));

/** @param {Written} written @returns {import("../../vamt/static/js/form_rules.js").Rule} */
const field = ({ key, kind = "text", required = false, choices = [], when = undefined }) =>
  ({ key, kind, required, choices: choices.map((value) => [value, value]), when: when ?? null });

for (const [kind, typed, fault, kept] of table.values) {
  test(`${kind} ${JSON.stringify(typed)}`, () => {
    const wanted = field({ key: "x", kind, choices: ["new", "old"] });
    assert.deepEqual([faultOf(wanted, typed), plain(kind, typed)], [fault, kept]);
    assert.equal(faultOf(wanted, kept), fault);
  });
}

for (const [kind, length, fault] of table.long) {
  test(`${kind} of ${length} characters`, () => {
    assert.equal(faultOf(field({ key: "x", kind }), "😀".repeat(length)), fault);
  });
}

for (const [number, { fields, values, asked: keys, faults }] of table.forms.entries()) {
  test(`form ${number}`, () => {
    const rules = fields.map(field);
    assert.deepEqual(asked(rules, values).map(({ key }) => key), keys);
    assert.deepEqual(check(rules, values), faults);
  });
}
