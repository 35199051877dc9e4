// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { cardOutline } from "../../vamt/static/js/card_outline.js";

/** The table that tests/capture/test_sight.py holds the server to: [width, height, shown, x, y, width, height]. */
const TABLE = JSON.parse(readFileSync(new URL("../capture/outlines.json", import.meta.url), "utf8"));

test("the outline on the preview is where the server looks for the card", () => {
  for (const [width, height, shown, ...expected] of TABLE) {
    const { x, y, width: wide, height: high } = cardOutline(width, height, shown);
    [x, y, wide, high].forEach((value, n) => assert.ok(Math.abs(value - expected[n]) < 0.06, `${width} x ${height} ${shown}`));
  }
});

test("the whole outline is in the picture, whatever its shape", () => {
  for (const [width, height] of [[1280, 720], [720, 1280], [320, 240], [100, 2000]]) {
    for (const shown of ["id_card", "passport"]) {
      const box = cardOutline(width, height, shown);
      assert.ok(box.x > 0 && box.y > 0 && box.x + box.width < width && box.y + box.height < height);
    }
  }
});
