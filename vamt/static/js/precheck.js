// @ts-check
/**
 * The check before the waiting room: microphone, camera, line to the office, ways through her
 * network, speed and loss; side by side, each with its own patience, all of it under ten seconds.
 * It is advice: nothing waits for it. No DOM.
 */

import { browserClock } from "./clock.js";
import { pause, within } from "./patience.js";
import { listen, look } from "./precheck_devices.js";
import { unchecked } from "./precheck_limits.js";
import { findWayOut, openRelay, sendPackets, serversOf } from "./precheck_path.js";
import { measureSpeed } from "./precheck_speed.js";

/**
 * @typedef {import("./types").Checked} Checked
 * @typedef {import("./types").Clock} Clock
 * @typedef {import("./precheck_limits.js").Step} Step
 *
 * @typedef {object} Means what it looks with
 * @property {() => number | null} level               of the microphone, null where none is open
 * @property {() => Uint8ClampedArray | null} picture  a tiny copy of the camera's, null where none is open
 * @property {() => Promise<boolean>} probe            whether the line to the office answers
 * @property {string} url                              where bytes are to be had and sent for measuring
 * @property {import("./precheck_speed.js").Fetch} [fetch]
 * @property {import("./precheck_path.js").CreateConnection} [createConnection]
 * @property {Clock} [clock]
 */

/* ms. The longest way through: a relay found at the last moment and packets sent over it (7.1 s), or
   not found and bytes counted instead, which the end of it all cuts short. */
const WHOLE = 9500;
const LISTENING = 4000; // as long as people take to say something
const LOOKING = 2500; // cameras start with a second of darkness
const OFFICE = 3000; // a socket that hangs is replaced meanwhile (protocol.js)
const OFFICE_PAUSE = 500; // between two questions
const WAY_OUT = 3000; // STUN answers in a round trip; browsers ask a dead server for 9.5 s
const RELAY = 5000; // by TLS on 443 with 200 ms there and back it takes 2.2 s
const PACKETS = 3000; // what `sendPackets` takes, and air

/** Event `change`: another step is done, or it begins or ends. */
export class Precheck extends EventTarget {
  /** @type {Required<Means>} */ #means;
  /** @type {AbortController | null} */ #run = null;
  /** @type {Set<Step>} */ #done = new Set();

  /** @param {Means} means */
  constructor(means) {
    super();
    this.#means = {
      fetch: (url, init) => globalThis.fetch(url, init),
      createConnection: (config) => new RTCPeerConnection(config),
      clock: browserClock,
      ...means,
    };
    /** What is known so far; of the latest run. */
    this.found = unchecked();
    /** A run has ended, and not by being aborted. */
    this.complete = false;
  }

  get running() {
    return this.#run !== null;
  }

  /** @param {Step} step @returns {boolean} whether it has its result */
  done(step) {
    return this.#done.has(step);
  }

  /**
   * Look at everything, anew if it was done before.
   *
   * @param {readonly RTCIceServer[]} ice the page's own, as they are now
   * @returns {Promise<Checked | null>} null when it was aborted
   */
  async run(ice) {
    this.abort();
    const run = (this.#run = new AbortController());
    this.found = unchecked();
    this.complete = false;
    this.#done.clear();
    this.#tell();
    const { clock } = this.#means;
    await within(clock, run.signal, WHOLE, async (signal) => {
      await Promise.all([this.#hear(signal), this.#see(signal), this.#ask(signal), this.#walk(ice, signal)]);
    }, undefined);
    if (this.#run !== run) return null;
    this.#run = null;
    this.complete = true;
    this.#tell();
    return this.found;
  }

  /** Stop at once and let go of everything, e.g. because she is called. */
  abort() {
    this.#run?.abort();
    if (!this.#run) return;
    this.#run = null;
    this.#tell();
  }

  /** @param {AbortSignal} signal */
  async #hear(signal) {
    const { level, clock } = this.#means;
    const microphone = await within(clock, signal, LISTENING, (inner) => listen(level, clock, inner), "silent");
    this.#note(signal, { microphone }, "microphone");
  }

  /** @param {AbortSignal} signal */
  async #see(signal) {
    const { picture, clock } = this.#means;
    this.#note(signal, { camera: await look(picture, clock, LOOKING, signal) }, "camera");
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { probe, clock } = this.#means;
    const roundTrip = await within(clock, signal, OFFICE, async (inner) => {
      while (!inner.aborted) {
        const asked = clock.now();
        if (await probe()) return clock.now() - asked;
        await pause(clock, OFFICE_PAUSE, inner);
      }
      return null;
    }, null);
    const known = this.found.round_trip; // the relay's packets have told more than one question
    this.#note(signal, {
      socket: roundTrip === null ? "failed" : "ok",
      round_trip: known ?? (roundTrip === null ? null : Math.round(roundTrip)),
    }, "office");
  }

  /**
   * The ways through her network, then how they carry: over the relay, else to the server.
   *
   * @param {readonly RTCIceServer[]} ice
   * @param {AbortSignal} signal
   */
  async #walk(ice, signal) {
    const { createConnection: create, clock, fetch, url } = this.#means;
    const [stun, turn] = [serversOf(ice, "stun"), serversOf(ice, "turn")];
    const out = stun.length === 0 ? Promise.resolve() : within(
      clock, signal, WAY_OUT, (inner) => findWayOut(stun, create, inner), "failed",
    ).then((found) => this.#note(signal, { stun: found }));
    const relay = turn.length === 0 ? null : await within(
      // closed by the outer signal: the packets are to go this way
      clock, signal, RELAY, () => openRelay(turn, create, signal), null,
    );
    if (turn.length > 0) this.#note(signal, { relay: relay ? "ok" : "failed" });
    const path = out.then(() => this.#note(signal, {}, "path"));
    if (relay) {
      const flow = await within(clock, signal, PACKETS, (inner) => sendPackets(relay, clock, inner), null);
      this.#note(signal, flow ?? {}, "speed");
    } else {
      this.#note(signal, { kbps: await measureSpeed(url, fetch, clock, signal) }, "speed");
    }
    await path;
  }

  /**
   * @param {AbortSignal} signal of the run it belongs to: an aborted one has no say
   * @param {Partial<Checked>} found
   * @param {Step} [step] that is done with it
   */
  #note(signal, found, step) {
    if (signal.aborted) return;
    Object.assign(this.found, found);
    if (step) this.#done.add(step);
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
