// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { deskFeeWords, readAmount } from "../../vamt/static/js/views/desk_fees.js";
import { feeWords, plainAmount, surplusWords } from "../../vamt/static/js/views/fees.js";

/** @typedef {import("../../vamt/static/js/types").ChargeState} ChargeState */

const SHOWN = /** @type {ChargeState[]} */ (["asked", "promised", "paid", "waived"]);

test("every state has words of its own on both sides; a reason is told", () => {
  for (const words of [
    SHOWN.map((state) => feeWords({ state, reason: "Rente", later: false, returned: false }, false)),
    SHOWN.map((state) => deskFeeWords({ state, reason: "Rente", later: false, returned: false }, "Ayşe")),
  ]) {
    assert.equal(new Set(words).size, SHOWN.length);
    assert.ok(words.every(Boolean));
    assert.match(words[3], /Rente/);
  }
  assert.match(deskFeeWords({ state: "promised", reason: "", later: false, returned: false }, "Ayşe"), /Ayşe/);
});

test("a fee that is paid afterwards is asked for when the visit is over", () => {
  const asked = { state: /** @type {ChargeState} */ ("asked"), reason: "", later: true, returned: false };
  assert.match(feeWords(asked, false), /after the visit/);
  assert.equal(feeWords(asked, true), feeWords({ ...asked, later: false, returned: false }, true));
  assert.match(deskFeeWords(asked, "Ayşe"), /Ayşe pays after the visit/);
  const paid = { ...asked, state: /** @type {ChargeState} */ ("paid") };
  assert.equal(feeWords(paid, false), feeWords({ ...paid, later: false, returned: false }, false));
});

test("a payment that was taken back is told of on both sides, until it is paid", () => {
  const back = { state: /** @type {ChargeState} */ ("asked"), reason: "", later: true, returned: true };
  assert.match(feeWords(back, false), /taken your payment back/);
  assert.match(deskFeeWords(back, "Ayşe"), /taken the payment back/);
  const paid = { ...back, state: /** @type {ChargeState} */ ("paid") };
  assert.doesNotMatch(feeWords(paid, true) + deskFeeWords(paid, "Ayşe"), /back/);
});

test("what has come and is not owed is told, and only that", () => {
  assert.equal(surplusWords(""), "");
  assert.match(surplusWords("9,00 €"), /^9,00 €/);
});

test("an amount is copied as German banks take it", () => {
  assert.deepEqual([900, 3070, 5, 123456].map(plainAmount), ["9,00", "30,70", "0,05", "1234,56"]);
});

test("an amount is read as people write it", () => {
  const good = { "12,50": 1250, "12.50": 1250, "12": 1200, "1.234,5": 123450, " 9,00 € ": 900, "0,07": 7, "19,99": 1999 };
  for (const [text, cents] of Object.entries(good)) assert.equal(readAmount(text), cents, text);
  for (const text of ["", "zwölf", "-5", "1,234,5", "12,505", "12.3.4", "1e3", "99999999"]) {
    assert.equal(readAmount(text), 0, text);
  }
});
