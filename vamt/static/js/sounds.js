// @ts-check
/**
 * The office's few sounds, made by oscillators: no files to load, nothing to license. Every one
 * has a visible counterpart; where audio is not to be had nothing happens and nothing fails.
 *
 * An iPhone whose silent switch is on plays none of this; the vibration and the page must do.
 */

/**
 * @typedef {object} Note
 * @property {number} pitch Hz
 * @property {number} at seconds from the beginning
 * @property {number} length seconds
 * @property {number} loudness 0..1
 */

const RING_EVERY = 3000; // ms

/** A falling third, twice: heard in the next room, not alarming. @type {Note[]} */
const RING = [
  { pitch: 784, at: 0, length: 0.9, loudness: 0.5 },
  { pitch: 622, at: 0.35, length: 1.2, loudness: 0.5 },
  { pitch: 784, at: 1.1, length: 0.9, loudness: 0.5 },
  { pitch: 622, at: 1.45, length: 1.2, loudness: 0.5 },
];

/** Somebody has come in; soft, as it sounds all day. @type {Note[]} */
const ARRIVAL = [
  { pitch: 659, at: 0, length: 0.7, loudness: 0.18 },
  { pitch: 880, at: 0.12, length: 1.0, loudness: 0.14 },
];

/** Three notes up: does the loudspeaker work? @type {Note[]} */
const TEST = [
  { pitch: 523, at: 0, length: 0.6, loudness: 0.4 },
  { pitch: 659, at: 0.25, length: 0.6, loudness: 0.4 },
  { pitch: 784, at: 0.5, length: 1.1, loudness: 0.4 },
];

/** @type {AudioContext | null} */
let shared = null;

/** Call this in the handler of a click: browsers play nothing before one. */
export function unlock() {
  const context = open();
  if (!context) return;
  void context.resume().catch(() => {});
  try {
    // iOS before 15 counts only a sound started within the click itself.
    const silence = context.createBufferSource();
    silence.buffer = context.createBuffer(1, 1, context.sampleRate);
    silence.connect(context.destination);
    silence.start();
  } catch {
    // no sound then
  }
}

/**
 * Ring until stopped.
 *
 * @returns {() => void} stops it at once; may be called twice
 */
export function ring() {
  const context = open();
  if (!context) return () => {};
  /** @type {GainNode | null} */
  let round = null;
  let stopped = false;
  const play = () => whenRunning(context, () => {
    if (stopped) return;
    round?.disconnect();
    round = chime(context, RING);
  });
  play();
  const timer = setInterval(play, RING_EVERY);
  return () => {
    stopped = true;
    clearInterval(timer);
    round?.disconnect();
    round = null;
  };
}

/** One soft chime: somebody came into the waiting room. */
export function arrival() {
  const context = open();
  if (context) whenRunning(context, () => chime(context, ARRIVAL));
}

/**
 * Play three notes on the loudspeaker to be tried.
 *
 * @param {string} [speakerId] from Devices; "" is the browser's own choice
 * @returns {Promise<void>} when they have been played
 */
export async function testTone(speakerId = "") {
  const context = open();
  if (!context) return;
  /** @type {AudioContext & {setSinkId?: (id: string) => Promise<void>}} */
  const speaker = context;
  try {
    await context.resume();
    await speaker.setSinkId?.(speakerId); // Chrome 110; elsewhere the system's choice is used
  } catch {
    // that loudspeaker is gone: better on another one than not at all
  }
  chime(context, TEST);
  const end = Math.max(...TEST.map((note) => note.at + note.length));
  await new Promise((resolve) => setTimeout(resolve, end * 1000));
  // The bell rings where the system wants it: headphones chosen for the talk may lie in a drawer.
  await speaker.setSinkId?.("").catch(() => {});
}

/** @returns {AudioContext | null} */
function open() {
  try {
    return (shared ??= new AudioContext());
  } catch {
    return null;
  }
}

/**
 * Act now, or as soon as the browser lets the context run if that is at once: notes put by in a
 * suspended context would all sound together at the first click, minutes later.
 *
 * @param {AudioContext} context
 * @param {() => void} act
 */
function whenRunning(context, act) {
  if (context.state === "running") {
    act();
    return;
  }
  const asked = performance.now();
  context.resume().then(
    () => {
      if (performance.now() - asked < 500) act();
    },
    () => {},
  );
}

/**
 * @param {AudioContext} context
 * @param {Note[]} notes
 * @returns {GainNode} cutting it silences them
 */
function chime(context, notes) {
  const all = context.createGain();
  all.connect(context.destination);
  const start = context.currentTime + 0.02;
  for (const { pitch, at, length, loudness } of notes) {
    // A quieter octave above makes it a bell instead of a beep, and small loudspeakers play it.
    for (const [times, share] of /** @type {const} */ ([[1, 1], [2, 0.25]])) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = pitch * times;
      gain.gain.setValueAtTime(0, start + at);
      gain.gain.linearRampToValueAtTime(loudness * share, start + at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0005, start + at + length);
      tone.connect(gain).connect(all);
      tone.start(start + at);
      tone.stop(start + at + length);
    }
  }
  return all;
}
