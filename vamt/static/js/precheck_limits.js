// @ts-check
/**
 * What the findings of a check mean: the one table of limits, and the grade of each step. Pure; the
 * citizen's page and the desk both read it, so that both say the same of one line.
 */

/**
 * @typedef {import("./types").Checked} Checked
 * @typedef {"microphone" | "camera" | "office" | "path" | "speed"} Step
 * @typedef {"good" | "weak" | "bad" | "unknown"} Grade   unknown: not tried, or nothing to try
 * @typedef {"" | "office" | "blocked" | "detour" | "lossy" | "slow" | "late"} Why
 * @typedef {{grade: Grade, why: Why}} Verdict
 */

/** @type {readonly Step[]} in the order they are shown */
export const STEPS = ["microphone", "camera", "office", "path", "speed"];

/*
 * Packets are counted there and back, over one browser's way to the relay and home again: what is
 * lost so is about twice what one of the two in a call would lose.
 *
 * | limit           | because                                                                     |
 * |-----------------|-----------------------------------------------------------------------------|
 * | lossy  0.10     | 5 % each way: measured, sound is whole, the picture begins to freeze         |
 * |                 | between 5 % (none in 27 s) and 10 % (6 times)                               |
 * | broken 0.36     | 20 % each way: beyond it speech is lost even with doubled packets            |
 * |                 | (measured: 1.3 % of it made up at 20 %, 3.5 % at 30 %)                      |
 * | narrow 500      | kbit/s: sound with doubled packets 60, a small picture 250, and as much air, |
 * |                 | since a line that is full delays all it carries                             |
 * | closed 100      | kbit/s: sound with doubled packets and its headers; below it words drop out  |
 * | late   600      | ms there and back: 300 ms one way, where people begin to talk over each      |
 * |                 | other (ITU-T G.114 names 150 good and 400 the end)                          |
 */
export const LIMITS = Object.freeze({ lossy: 0.1, broken: 0.36, narrow: 500, closed: 100, late: 600 });

/** @type {Record<Checked["camera"] | Checked["microphone"], Grade>} */
const DEVICE = { ok: "good", silent: "weak", black: "weak", frozen: "weak", none: "unknown" };

/** @returns {Checked} before anything was looked at */
export function unchecked() {
  return {
    camera: "none", microphone: "none", socket: "unknown", stun: "unknown", relay: "unknown",
    round_trip: null, kbps: null, loss: null,
  };
}

/**
 * Whether packets of a call find a way through her network.
 *
 * @param {Checked} found
 * @returns {Verdict}
 */
function pathOf({ stun, relay }) {
  if (relay === "ok") return { grade: "good", why: "" };
  if (relay === "failed") {
    return stun === "ok" ? { grade: "weak", why: "detour" } : { grade: "bad", why: "blocked" };
  }
  // no relay, or none before the waiting room opens: perhaps it helps then, so this is no "bad"
  if (stun === "failed") return { grade: "weak", why: "detour" };
  return { grade: stun === "ok" ? "good" : "unknown", why: "" };
}

/**
 * @param {Checked} found
 * @returns {Verdict}
 */
function speedOf({ loss, kbps, round_trip: late }) {
  if (loss === null && kbps === null) return { grade: "unknown", why: "" };
  if (loss !== null && loss > LIMITS.broken) return { grade: "bad", why: "lossy" };
  if (kbps !== null && kbps < LIMITS.closed) return { grade: "bad", why: "slow" };
  if (loss !== null && loss > LIMITS.lossy) return { grade: "weak", why: "lossy" };
  if (kbps !== null && kbps < LIMITS.narrow) return { grade: "weak", why: "slow" };
  if (late !== null && late > LIMITS.late) return { grade: "weak", why: "late" };
  return { grade: "good", why: "" };
}

/**
 * @param {Step} step
 * @param {Checked} found
 * @returns {Verdict}
 */
export function verdictOf(step, found) {
  switch (step) {
    case "microphone":
      return { grade: DEVICE[found.microphone], why: "" };
    case "camera":
      return { grade: DEVICE[found.camera], why: "" };
    case "office":
      return found.socket === "failed"
        ? { grade: "bad", why: "office" }
        : { grade: found.socket === "ok" ? "good" : "unknown", why: "" };
    case "path":
      return pathOf(found);
    default:
      return speedOf(found);
  }
}

/**
 * The line as a whole, devices aside: the worst of its steps, the first one among equals.
 *
 * @param {Checked} found
 * @returns {Verdict}
 */
export function lineVerdict(found) {
  const steps = /** @type {const} */ (["office", "path", "speed"]).map((step) => verdictOf(step, found));
  return (
    steps.find(({ grade }) => grade === "bad")
    ?? steps.find(({ grade }) => grade === "weak")
    ?? steps.find(({ grade }) => grade === "good")
    ?? { grade: "unknown", why: "" }
  );
}
