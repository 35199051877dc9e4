// @ts-check
/**
 * How sound and picture are sent, as the network allows: sound first. One table of settings, and
 * the pure rule that moves between its rows.
 *
 * Each side decides for what it sends, once a second, from what its browser knows: the loss the
 * other side reports, the bandwidth the browser believes in, the way there and back. Going down is
 * quick, going up is slow and one row at a time. Who goes up too early waits twice as long the next
 * time. Every figure here has the measurement that chose it beside it; those were taken with the
 * network lab (docs/netlab.md) at a round trip of 200 ms and 1 Mbit/s unless it says otherwise.
 */

/** @typedef {"normal" | "small" | "tiny" | "held"} Level */

/**
 * @typedef {object} Row
 * @property {boolean} active    whether the picture is sent at all
 * @property {number} kilobits   a second, at most
 * @property {number} fps        at most
 * @property {number} lines      of the picture's shorter side, at most
 * @property {string} layers     scalability mode: of L1T2 every second picture may be lost
 * @property {boolean} dtx       hardly send pauses of speech
 */

/** @type {readonly Level[]} from the best to the least */
export const LEVELS = ["normal", "small", "tiny", "held"];

/**
 * A camera's picture. Faces move, so it gets smaller before it stutters.
 *
 * @type {Readonly<Record<Level, Row>>}
 */
export const CAMERA = {
  // 360 lines begin at once where 720 begin as 180 (first picture 125 ms against 248 ms), and are
  // what Chromium sends for the first 45 s anyway. Without a bound 480 lines take 1.7 Mbit/s.
  normal: { active: true, kilobits: 900, fps: 30, lines: 360, layers: "L1T1", dtx: false },
  // 10 % loss: no freeze, with Chromium's own choice 6 in 27 s (2.4 s); 20 %: 3 (1.7 s) for 11 (4.9 s).
  // 15 fps in one layer froze 3 and 5 times, VP9 in three layers 4 to 5 times at 5 % already.
  small: { active: true, kilobits: 250, fps: 20, lines: 240, layers: "L1T2", dtx: false },
  // A link of 150 kbit/s: Opus and its headers take 45; Chromium by itself shows 8 to 10 fps there.
  tiny: { active: true, kilobits: 90, fps: 10, lines: 180, layers: "L1T2", dtx: true },
  // 30 % loss leaves Chromium's own choice 5 fps that stand still for 11 of 27 s; the bits are the sound's.
  held: { active: false, kilobits: 90, fps: 10, lines: 180, layers: "L1T2", dtx: true },
};

/**
 * A shared screen. Small print is of no use when it is blurred, so it stutters before it blurs:
 * `maintain-resolution` shows 1280x720 from the first frame on, where Chromium stays at 640x360 for 45 s.
 *
 * @type {Readonly<Record<Level, Row>>}
 */
export const SCREEN = {
  normal: { active: true, kilobits: 1500, fps: 15, lines: Infinity, layers: "L1T1", dtx: false },
  small: { active: true, kilobits: 350, fps: 5, lines: Infinity, layers: "L1T1", dtx: false },
  tiny: { active: true, kilobits: 120, fps: 2, lines: Infinity, layers: "L1T1", dtx: true },
  held: { active: false, kilobits: 120, fps: 2, lines: Infinity, layers: "L1T1", dtx: true },
};

/**
 * The small picture where every eighth packet is lost, so that most frames are a single one. Of the
 * same size: another one begins with a key frame, which takes a second and more to get through.
 */
const SPARE = { kilobits: 130, fps: 15 };

/**
 * A picture that nobody sees yet, sent while it rings to be there when she accepts. Few bits, since her
 * line carries the office's word too, and she may let it ring for a minute; but of its full size: with
 * 180 lines and 150 kbit/s Chromium kept to 480x270 for 4.2 s afterwards, below 300 it takes no 640x360.
 *
 * @type {Row}
 */
export const AHEAD = { active: true, kilobits: 320, fps: 15, lines: 360, layers: "L1T1", dtx: false };

/**
 * A camera's first pictures are small: a quarter of the work and of the bits, while everything waits for
 * both. `ms` after the first could leave, the size its row allows comes, with a key frame of its own.
 */
export const OPENING = { lines: 180, ms: 300 };

/**
 * kbit/s the browser takes for granted before it has measured. With Chromium's own 300 the first
 * pictures of a plain page are 480x270 (60 ms), or 640x360 a little coarser than ours (quantiser 25
 * against 22 in the first 3 s at 1 Mbit/s); 1000 and more would fill the queue of such a line.
 */
export const START = 700;

// The picture. Shares are of packets, bandwidths kbit/s, times ms, round trips s.
const LOSSY = 0.05; // loss from which on the small picture freezes less than a large one
const DROWNING = 0.1; // loss that is acted upon at once
const HEAVY = 0.12; // loss from which on frames are spared and the estimate is held up ...
const HEAVY_STILL = 0.08; // ... and down to which
/**
 * kbit/s Chromium's estimate is held at while much is lost and no queue grows: it shrinks with every
 * loss, the link does not. Without it 20 % loss leaves 150 after 20 s, less than sound with RED and the
 * small picture need, and the picture stands still again and again (longest freeze 1.1 to 1.9 s).
 */
export const FLOOR = 250;
const CALM = 0.03; // loss up to which a larger picture may be tried
/** @type {Readonly<Record<Level, number>>} bandwidth a row needs, its sound and headers included */
const NEEDS = { normal: 400, small: 170, tiny: 75, held: 0 };
/** @type {Readonly<Record<Level, number>>} and where that is no hindrance to try a better one:
 *  what is not used Chromium does not know of (half as much again as is sent), until it may send more */
const ENOUGH = { normal: 0, small: 290, tiny: 140, held: 60 };
const SWOLLEN = 0.25; // round trip above the least one that means a full queue on the way
const DROWNED = 1; // and one in which no picture has a place any more
const SWOLLEN_TCP = 0.12; // over TCP a lost packet holds up all behind it for a round trip and more
const PROOF = 2; // bad readings in a row before the picture gives way
const GRACE = 4000; // after a change only loss is judged: the browser probes for more, queues empty
const PATIENCE = 6000; // calm before a larger picture is tried
const PATIENCE_TCP = 15_000;
const PATIENCE_MOST = 60_000;
const PROVEN = 20_000; // a row that has held so long was no mistake

// Redundant sound. Chromium's FEC alone leaves 1.9 % of the sound made up at 10 % loss and 5 % at 20 %,
// RED 0.2 % and 1 to 1.5 %. It takes 30 kbit/s more: with 150 kbit/s in all, sound waits 0.35 s and 1.4 %
// are made up where without RED nothing is.
const RED_ON = 0.02;
const RED_OFF = 0.008;
const RED_ROOM = 250;
const RED_ROOM_LEAST = 60; // heavy loss on an empty queue shrinks Chromium's estimate, not the link
const RED_HEAVY = 0.08;
const RED_STAY = 10_000;

const KEPT = 0.65; // of what was told before: a mean over some 200 packets
const ENOUGH_SENT = 30; // packets to say anything
const RISE = 0.01; // s a second by which the least round trip is forgotten

/**
 * @typedef {object} State what the rule remembers
 * @property {Level} level
 * @property {boolean} red
 * @property {number} sent       packets the other side told of lately, the older the less they count
 * @property {number} lost       of them
 * @property {number} loss       the share that makes
 * @property {boolean} heavy     that is so much that frames are spared
 * @property {number | null} least   round trip, seconds
 * @property {number} changed    when the level was
 * @property {number} calmSince
 * @property {number} lossAt     when loss was last worth RED
 * @property {number} bad        readings in a row that want a lower level
 * @property {number} patience   before going up
 * @property {boolean} tried     the last change was upwards
 * @property {boolean} tcp
 */

/** @typedef {Pick<State, "level" | "red" | "heavy">} Pace what follows from it */

/**
 * The rule's memory at the beginning of a connection.
 *
 * @param {number} now ms
 * @param {State | null} [before] of the connection this one replaces: its picture is a good guess
 * @returns {State}
 */
export function begin(now, before = null) {
  return {
    level: before?.level === "held" ? "tiny" : before?.level ?? "normal",
    red: before?.red ?? false,
    sent: before?.sent ?? 0,
    lost: before?.lost ?? 0,
    loss: before?.loss ?? 0,
    heavy: before?.heavy ?? false,
    least: null,
    changed: now,
    calmSince: now,
    lossAt: now,
    bad: 0,
    patience: PATIENCE,
    tried: false,
    tcp: false,
  };
}

/**
 * @param {import("./types").Reading} reading of the time since the last one
 * @param {State} before
 * @param {number} now ms
 * @returns {State}
 */
export function decide(reading, before, now) {
  const kept = reading.sent ? KEPT : 1;
  const sent = before.sent * kept + reading.sent;
  const lost = before.lost * kept + reading.lost;
  const loss = sent < ENOUGH_SENT ? 0 : lost / sent;
  const least = reading.roundTrip === null
    ? before.least
    : Math.min(reading.roundTrip, (before.least ?? Infinity) + RISE);
  const swollen = reading.roundTrip !== null && least !== null
    && reading.roundTrip > least + (reading.tcp ? SWOLLEN_TCP : SWOLLEN);
  const heavy = loss >= (before.heavy ? HEAVY_STILL : HEAVY) && !swollen;
  const state = chooseRed({ ...before, sent, lost, loss, heavy, least, tcp: reading.tcp }, reading, swollen, now);
  if (reading.tcp && !before.tcp && before.level === "normal") {
    // Nobody sees a loss there until it has delayed everything behind it.
    return { ...state, level: "small", changed: now, calmSince: now, patience: PATIENCE_TCP };
  }
  return choosePicture(state, reading, swollen, now);
}

/**
 * @param {State} state
 * @param {import("./types").Reading} reading
 * @param {boolean} swollen
 * @param {number} now
 * @returns {State}
 */
function chooseRed(state, { available }, swollen, now) {
  const { loss } = state;
  const room = available === null || available >= (state.red ? RED_ROOM * 0.8 : RED_ROOM)
    || (loss >= RED_HEAVY && !swollen && available >= RED_ROOM_LEAST);
  const worth = loss >= (state.red ? RED_OFF : RED_ON);
  const lossAt = worth ? now : state.lossAt;
  const wanted = worth || (state.red && now - lossAt < RED_STAY);
  return { ...state, lossAt, red: wanted && room };
}

/**
 * @param {State} state
 * @param {import("./types").Reading} reading
 * @param {boolean} swollen
 * @param {number} now
 * @returns {State}
 */
function choosePicture(state, { available, roundTrip }, swollen, now) {
  const drowned = (roundTrip ?? 0) > (state.least ?? 0) + DROWNED;
  const at = LEVELS.indexOf(state.level);
  const settled = now - state.changed >= GRACE;
  const room = Math.max(available ?? Infinity, state.heavy ? FLOOR : 0);
  let wanted = settled ? LEVELS.findIndex((level) => room >= NEEDS[level]) : at;
  if (state.loss >= LOSSY) wanted = Math.max(wanted, 1);
  if (swollen && settled) wanted = Math.max(wanted, Math.min(at + 1, drowned ? 3 : 2));
  if (wanted > at) return goDown(state, wanted, now);

  // What a held picture would find the browser cannot know: it is tried, only not so soon.
  const enough = room >= ENOUGH[state.level] || state.level === "held";
  const calm = enough && !swollen && (state.level !== "small" || state.loss < CALM);
  if (!calm || at === 0) return { ...state, bad: 0, calmSince: now };
  const patience = room < ENOUGH[state.level] ? state.patience * 2 : state.patience;
  if (now - state.calmSince < patience) return { ...state, bad: 0 };
  const level = LEVELS[at - 1] ?? state.level;
  return { ...state, level, bad: 0, changed: now, calmSince: now, tried: true };
}

/**
 * @param {State} state
 * @param {number} wanted index of a lower level
 * @param {number} now
 * @returns {State}
 */
function goDown(state, wanted, now) {
  const bad = state.bad + 1;
  if (bad < PROOF && state.loss < DROWNING) return { ...state, bad, calmSince: now };
  const mistake = state.tried && now - state.changed < PROVEN;
  return {
    ...state,
    level: LEVELS[wanted] ?? state.level,
    bad: 0,
    changed: now,
    calmSince: now,
    tried: false,
    patience: mistake ? Math.min(state.patience * 2, PATIENCE_MOST) : PATIENCE,
  };
}

/**
 * The row that holds now.
 *
 * @param {Pick<State, "level" | "red"> & Partial<Pick<State, "heavy">>} state
 * @param {boolean} screen a screen is shared instead of a camera
 * @param {boolean} [ahead] nobody sees the picture yet
 * @param {boolean} [opening] it is about to begin
 * @returns {Row & {red: boolean}}
 */
export function settingsOf({ level, red, heavy = false }, screen, ahead = false, opening = false) {
  const spared = heavy && level === "small" && !screen;
  const row = { ...(screen ? SCREEN : CAMERA)[level], ...(spared && SPARE) };
  const settings = { ...(ahead && row.kilobits > AHEAD.kilobits ? AHEAD : row), red };
  const { lines } = settings;
  return { ...settings, lines: opening && !screen ? Math.min(lines, OPENING.lines) : lines };
}
