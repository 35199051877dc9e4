// @ts-check
/**
 * How good a conversation is, in three words, and the one thing that helps. Pure; what the page
 * says of it is in `views/quality_words.js`.
 */

/** @typedef {"good" | "weak" | "bad"} Quality */
/**
 * @typedef {"" | "theirs" | "camera" | "router" | "mobile" | "place" | "cable" | "network" | "programs"} Action
 *     "": none is needed; "theirs": it is the other side's line; "network": another one than this
 */

/**
 * @typedef {object} Facts
 * @property {import("./types").Reading} reading
 * @property {number} loss                            of what we send, as the rule of adaptation sees it
 * @property {import("./adaptation.js").Level} level  of the picture sent
 * @property {boolean} camera                         a picture is sent, or would be
 * @property {"wifi" | "cellular" | "ethernet" | "unknown"} access  where the browser tells
 */

/**
 * @typedef {object} Judgement
 * @property {Quality} level
 * @property {Action} action
 * @property {number} since      when the level was reached, ms
 * @property {number} actedAt    when the action was first advised
 * @property {number} concealed  smoothed
 * @property {number} missed     smoothed
 * @property {number} pending    readings in a row that speak for another level
 * @property {number} age        readings so far
 */

// STOI of speech by what is made up of it: 2 % .97, 5 % .93, 10 % .88 (docs/netlab.md, default page).
const CONCEALED = { weak: 0.025, bad: 0.08 };
// With RED 10 % loss is hardly heard, 30 % leaves 3.5 % made up; the picture suffers before.
const LOSS = { weak: 0.08, bad: 0.25 };
// ITU-T G.114: up to 150 ms one way nobody notices, from 400 ms on people talk into each other.
const DELAY = { weak: 0.8, bad: 1.4 };
const OURS = 0.03; // loss of what we send from which on it is our line, too
const SMOOTH = 0.3;
const FIRST = 5; // readings: a buffer that fills for the first time makes up some sound
const WORSE_AFTER = 2; // readings
const BETTER_AFTER = 5;
const TRY_FOR = 25_000; // ms an advice has to help before the next one is given

/** @returns {Judgement} at the beginning of a call */
export function hopeful() {
  return { level: "good", action: "", since: 0, actedAt: 0, concealed: 0, missed: 0, pending: 0, age: 0 };
}

/**
 * @param {Facts} facts
 * @param {Judgement} history
 * @param {number} now ms
 * @returns {Judgement}
 */
export function judge(facts, history, now) {
  const { reading } = facts;
  const age = history.age + 1;
  if (age <= FIRST) return { ...history, age };
  const smooth = (/** @type {"concealed" | "missed"} */ key) => {
    const value = reading[key];
    return value === null ? history[key] : history[key] + SMOOTH * (value - history[key]);
  };
  const seen = { ...history, age, concealed: smooth("concealed"), missed: smooth("missed") };
  const level = levelOf(facts, seen);
  if (level === history.level) return advise({ ...seen, pending: 0 }, facts, now);
  const worse = RANK[level] > RANK[history.level];
  const pending = history.pending + 1;
  if (pending < (worse ? WORSE_AFTER : BETTER_AFTER)) return advise({ ...seen, pending }, facts, now);
  return advise({ ...seen, level, since: now, pending: 0 }, facts, now);
}

const RANK = { good: 0, weak: 1, bad: 2 };

/**
 * @param {Facts} facts
 * @param {Judgement} seen
 * @returns {Quality}
 */
function levelOf({ reading, loss, level, camera }, { concealed }) {
  const delay = (reading.roundTrip ?? 0) + (reading.buffer ?? 0);
  if (concealed > CONCEALED.bad || loss > LOSS.bad || delay > DELAY.bad) return "bad";
  const narrow = camera && (level === "tiny" || level === "held");
  if (concealed > CONCEALED.weak || loss > LOSS.weak || delay > DELAY.weak || narrow || reading.busy) return "weak";
  return "good";
}

/**
 * One advice at a time; the next one where the first has not helped.
 *
 * @param {Judgement} seen
 * @param {Facts} facts
 * @param {number} now
 * @returns {Judgement}
 */
function advise(seen, facts, now) {
  if (seen.level === "good") return { ...seen, action: "", actedAt: 0 };
  const list = remedies(facts, seen);
  const at = list.indexOf(seen.action);
  if (at < 0) return { ...seen, action: list[0] ?? "", actedAt: now };
  if (now - seen.actedAt < TRY_FOR || list.length < 2) return seen;
  return { ...seen, action: list[(at + 1) % list.length] ?? "", actedAt: now };
}

/**
 * What may help, the most likely first.
 *
 * @param {Facts} facts
 * @param {Judgement} seen
 * @returns {Action[]}
 */
function remedies({ reading, loss, level, camera, access }, { missed, concealed }) {
  if (reading.busy) return ["programs"];
  const narrow = level === "tiny" || level === "held";
  if (loss < OURS && !narrow && (missed > OURS || concealed > CONCEALED.weak)) return ["theirs"];
  /** @type {Action[]} */
  const list = [];
  if (reading.tcp) list.push("network");
  if (access === "cellular") list.push("place");
  else if (access === "ethernet") list.push("network");
  else if (access === "wifi") list.push("router", "mobile");
  else list.push("router", "cable");
  // A held picture takes nothing any more: switching it off is no help.
  if (camera && level !== "held") list.splice(narrow ? 0 : 1, 0, "camera");
  return [...new Set(list)];
}
