// @ts-check
/**
 * The call as one page sees it: which connection belongs to the person on the other side, how it
 * stands, and when to look for a new path. No DOM; facts come in by set*() and handle*(), news go
 * out as events. Media outlive signalling: nothing here ends because a socket was lost.
 *
 * One connection belongs to one pair of epochs (mine, the other page's). A reloaded page has a
 * new epoch and gets a new connection; the clerk's side makes the lines and offers, the citizen's
 * side answers and is the polite one when both offer at once.
 *
 * How the call stands is one table, `CALL`, and `#enter` is the only place that assigns it.
 */

import { browserClock } from "./clock.js";
import { Connection } from "./connection.js";

/** @typedef {import("./types").CallState} CallState */
/** @typedef {import("./types").Peer} Peer */
/** @typedef {import("./types").Relayed} Relayed */
/** @typedef {import("./types").Clock} Clock */

/** @typedef {"make" | "connect" | "disturb" | "fail" | "leave" | "close"} CallEvent */

/** @type {Readonly<Record<CallState, Partial<Record<CallEvent, CallState>>>>} */
export const CALL = {
  idle: { make: "connecting", close: "closed" },
  connecting: {
    make: "connecting", connect: "connected", fail: "failed", leave: "idle", close: "closed",
  },
  connected: {
    make: "connecting", disturb: "unstable", fail: "failed", leave: "idle", close: "closed",
  },
  unstable: {
    make: "connecting", connect: "connected", fail: "failed", leave: "idle", close: "closed",
  },
  failed: { make: "connecting", connect: "connected", leave: "idle", close: "closed" },
  closed: {},
};

/** What the browser says of a connection, as an event of the call. */
const NEWS = /** @type {Partial<Record<RTCPeerConnectionState, CallEvent>>} */ ({
  connected: "connect", disconnected: "disturb", failed: "fail",
});

const UNSTABLE_PATIENCE = 2000; // ms: most disturbances pass by themselves
const ANSWER_PATIENCE = 3000; // ms until an offer without an answer counts as lost
const OFFER_PATIENCE = 1000; // ms the citizen's side waits for the first offer
const SEARCH_PATIENCE = 3000; // ms a search may take; TURN over TLS at 200 ms needs 2.3 s
const SEARCH_GAP = 500; // ms; one network switch makes several browser events
const POLITE_GRACE = 300; // ms, so that both sides do not begin at the same instant
const EARLY_KEPT = 64; // signals from a pair of epochs not known yet
const EARLY_LIFE = 10_000; // ms

const RESTART_DELAYS = [0, 300, 1200, 2700, 4800, 7000];
const RESTART_JITTER = 0.2;

/**
 * How long to wait before looking for a new path again.
 *
 * @param {number} attempt 0 for the first
 * @param {number} [jitter] 0..1, adds up to a fifth
 * @returns {number} milliseconds; never ends
 */
export function restartDelay(attempt, jitter = 0) {
  const index = Math.min(Math.max(0, attempt), RESTART_DELAYS.length - 1);
  return Math.round((RESTART_DELAYS[index] ?? 0) * (1 + RESTART_JITTER * jitter));
}

/**
 * Events:
 *
 * - `change`: detail {state, since}
 * - `remote`: detail is `remote`; new tracks are in it (once per connection). The stream object
 *   is always the same one.
 * - `peerstatus`: detail is the other side's MediaStatus, null while unknown
 * - `fault`: detail is an error of the browser's; for the log, the call mends itself
 */
export class Call extends EventTarget {
  /** @type {CallState} */ #state = "idle";
  /** @type {Clock} */ #clock;
  /** @type {import("./types").Seat} */ #seat;
  /** @type {(message: import("./types").Signal) => void} */ #signal;
  /** @type {RTCIceServer[]} */ #iceServers;
  /** @type {(config: RTCConfiguration) => RTCPeerConnection} */ #createPeerConnection;
  /** @type {() => MediaStream} */ #createStream;
  /** @type {Connection | null} */ #connection = null;
  #myEpoch = 0;
  #peerEpoch = 0;
  /** the epoch the server still told when a newer page of the peer had already written */
  #outdated = 0;
  #peerOnline = false;
  /** @type {import("./types").OwnTracks} */ #tracks = { audio: null, video: null };
  /** @type {import("./types").MediaStatus} */ #status = { audio: false, video: "off" };
  /** @type {{message: Relayed, at: number}[]} */ #early = [];
  /** @type {unknown} */ #timer = null;
  #attempt = 0;
  #wanted = false; // a search, as soon as the gap since the last one allows
  #searchedAt = -Infinity;

  /**
   * @param {object} options
   * @param {import("./types").Seat} options.seat
   * @param {(message: import("./types").Signal) => void} options.signal
   * @param {RTCIceServer[]} [options.iceServers] the town's own; there is no public default
   * @param {(config: RTCConfiguration) => RTCPeerConnection} [options.createPeerConnection]
   * @param {() => MediaStream} [options.createStream]
   * @param {Clock} [options.clock]
   */
  constructor({
    seat,
    signal,
    iceServers = [],
    createPeerConnection = (config) => new RTCPeerConnection(config),
    createStream = () => new MediaStream(),
    clock = browserClock,
  }) {
    super();
    this.#seat = seat;
    this.#signal = signal;
    this.#iceServers = iceServers;
    this.#createPeerConnection = createPeerConnection;
    this.#createStream = createStream;
    this.#clock = clock;
    /** What is seen and heard of the other side; one object for the whole call. */
    this.remote = createStream();
    /** @type {import("./types").CallMarks} */
    this.marks = {};
    /** @type {import("./types").MediaStatus | null} */
    this.peerStatus = null;
    this.since = clock.now();
  }

  get state() {
    return this.#state;
  }

  /** @param {RTCIceServer[]} servers as in the latest state; passwords for TURN run out */
  setIceServers(servers) {
    if (JSON.stringify(servers) === JSON.stringify(this.#iceServers)) return;
    this.#iceServers = servers;
    try {
      this.#connection?.setIceServers(servers);
    } catch (error) {
      this.#tell("fault", error);
    }
  }

  /**
   * Who sits on the other side, as in the latest state. Safe to call with every state.
   *
   * @param {Peer | null} peer null when nobody is there (any more): the connection is closed
   * @param {number} myEpoch of this page
   */
  setPeer(peer, myEpoch) {
    if (this.#state === "closed") return;
    if (!peer || !peer.epoch) {
      this.#outdated = 0;
      this.#peerEpoch = 0;
      this.#peerOnline = false;
      this.#disconnect();
      this.#enter("leave");
      return;
    }
    const cameBack = peer.online && !this.#peerOnline;
    this.#peerOnline = peer.online;
    const late = this.#outdated === peer.epoch && this.#myEpoch === myEpoch;
    if (!late && (peer.epoch !== this.#peerEpoch || myEpoch !== this.#myEpoch)) {
      this.#outdated = 0;
      this.#connect(peer.epoch, myEpoch);
    } else if (cameBack && this.#connection && !this.#connection.connected) {
      if (this.#connection.unanswered) this.#connection.resend();
      else if (this.#seat === "clerk") this.networkChanged();
    }
  }

  /**
   * A signal from the other side. What belongs to a page not known yet waits for it.
   *
   * @param {Relayed} message
   * @returns {Promise<void>}
   */
  async handleSignal(message) {
    if (this.#state === "closed" || message.from === this.#seat) return;
    const mine = message.to_epoch === this.#myEpoch;
    if (mine && message.epoch > this.#peerEpoch && message.description
      && this.#seat === "citizen" && this.#peerEpoch) {
      // The clerk's new page wrote before the server told of it.
      this.#outdated = this.#peerEpoch;
      this.#connect(message.epoch, this.#myEpoch);
    }
    if (mine && message.epoch === this.#peerEpoch && this.#connection) {
      await this.#connection.receive(message);
      return;
    }
    this.#early.push({ message, at: this.#clock.now() });
    if (this.#early.length > EARLY_KEPT) this.#early.shift();
  }

  /**
   * Send these tracks from now on, without a new negotiation; null sends nothing.
   *
   * @param {import("./types").OwnTracks} tracks
   * @returns {Promise<void>}
   */
  async setTracks(tracks) {
    this.#tracks = { ...tracks };
    try {
      await this.#connection?.setTracks(this.#tracks);
    } catch (error) {
      this.#tell("fault", error);
    }
  }

  /** @param {import("./types").MediaStatus} status of what is sent; told to the other side */
  setStatus(status) {
    if (status.audio === this.#status.audio && status.video === this.#status.video) return;
    this.#status = { ...status };
    this.#connection?.setStatus(status);
  }

  /** The device has another network now: look for a path there, while the old one may go on. */
  networkChanged() {
    if (!this.#connection) return;
    this.#attempt = 0;
    const wait = this.#searchedAt + SEARCH_GAP - this.#clock.now();
    if (wait > 0) {
      this.#wanted = true;
      this.#schedule(wait);
    } else {
      this.#search();
    }
  }

  /** The own line to the office is back: what may have been lost with it is made good. */
  resume() {
    if (this.#connection?.unanswered) this.#connection.resend();
    else if (this.#state === "unstable" || this.#state === "failed") this.networkChanged();
  }

  /** @returns {Promise<import("./types").CallStats | null>} null without a connection */
  async stats() {
    return (await this.#connection?.stats()) ?? null;
  }

  /** For good; leaves no listeners and no timers. */
  close() {
    this.#disconnect();
    this.#early = [];
    this.#enter("close");
  }

  /**
   * @param {number} peerEpoch
   * @param {number} myEpoch
   */
  #connect(peerEpoch, myEpoch) {
    this.#disconnect();
    this.#peerEpoch = peerEpoch;
    this.#myEpoch = myEpoch;
    this.marks = {};
    this.#enter("make");
    try {
      this.#connection = new Connection({
        polite: this.#seat === "citizen",
        iceServers: this.#iceServers,
        createPeerConnection: this.#createPeerConnection,
        createStream: this.#createStream,
        tell: this.#outlets(peerEpoch, myEpoch),
      });
    } catch (error) {
      // No WebRTC at all (iOS Lockdown Mode, some in-app browsers): the rest of the visit works.
      this.#tell("fault", error);
      this.#enter("fail");
      return;
    }
    this.#connection.setStatus(this.#status);
    void this.setTracks(this.#tracks);
    this.#schedule(this.#seat === "clerk" ? ANSWER_PATIENCE : OFFER_PATIENCE);
    this.#takeEarly();
  }

  /**
   * @param {number} peerEpoch
   * @param {number} myEpoch
   * @returns {import("./connection.js").Outlets}
   */
  #outlets(peerEpoch, myEpoch) {
    const to = this.#seat === "clerk" ? "citizen" : "clerk";
    return {
      send: (part) => this.#signal({ to, to_epoch: peerEpoch, ...part }),
      state: (state) => {
        const event = NEWS[state];
        if (event) this.#enter(event);
      },
      tracks: (tracks) => {
        for (const track of tracks) this.remote.addTrack(track);
        this.#tell("remote", this.remote);
      },
      status: (status) => this.#setPeerStatus(status),
      mark: (name) => {
        this.marks[name] ??= this.#clock.now();
      },
      foreign: (description) => this.#replace(description, peerEpoch, myEpoch),
      fault: (error) => this.#tell("fault", error),
    };
  }

  /**
   * The same page on the other side has made a new connection (called again before both pages
   * had seen the pause in between). The clerk offers anew, the citizen takes the new offer.
   *
   * @param {RTCSessionDescriptionInit} description
   * @param {number} peerEpoch
   * @param {number} myEpoch
   */
  #replace(description, peerEpoch, myEpoch) {
    const offered = description.type === "offer";
    if (this.#seat === "citizen" && !offered) return;
    this.#connect(peerEpoch, myEpoch);
    if (this.#seat === "citizen") void this.#connection?.receive({ description });
  }

  #disconnect() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#attempt = 0;
    this.#wanted = false;
    this.#searchedAt = -Infinity;
    if (!this.#connection) return;
    this.#connection.close();
    this.#connection = null;
    for (const track of this.remote.getTracks()) this.remote.removeTrack(track);
    this.#setPeerStatus(null);
  }

  #takeEarly() {
    const fresh = this.#clock.now() - EARLY_LIFE;
    for (const { message, at } of this.#early.splice(0)) {
      if (at >= fresh) void this.handleSignal(message);
    }
  }

  /** @param {CallEvent} event */
  #enter(event) {
    const next = CALL[this.#state][event];
    if (!next) return;
    const changed = next !== this.#state;
    this.#state = next;
    if (next === "connected") {
      this.#attempt = 0;
    } else if (next === "unstable") {
      this.#schedule(UNSTABLE_PATIENCE + this.#grace);
    } else if (next === "failed") {
      this.#schedule(restartDelay(this.#attempt, this.#clock.random()) + this.#grace);
    }
    if (!changed) return;
    this.since = this.#clock.now();
    this.#tell("change", { state: next, since: this.since });
  }

  get #grace() {
    return this.#seat === "citizen" ? POLITE_GRACE : 0;
  }

  /** Look for a new path now, and again if this one leads nowhere. */
  #search() {
    if (!this.#connection) return;
    this.#wanted = false;
    this.#searchedAt = this.#clock.now();
    this.#connection.restart();
    this.#attempt += 1;
    this.#schedule(SEARCH_PATIENCE + restartDelay(this.#attempt, this.#clock.random()));
  }

  #plead() {
    void this.#connection?.plead();
    this.#attempt += 1;
    this.#schedule(ANSWER_PATIENCE + restartDelay(this.#attempt, this.#clock.random()));
  }

  /** @param {number} delay milliseconds until it is checked whether a search is due */
  #schedule(delay) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      const lost = this.#state === "unstable" || this.#state === "failed";
      if (lost || this.#wanted || this.#connection?.unanswered) this.#search();
      else if (this.#seat === "citizen" && this.#state === "connecting") this.#plead();
    }, delay);
  }

  /** @param {import("./types").MediaStatus | null} status */
  #setPeerStatus(status) {
    if (!status && !this.peerStatus) return;
    this.peerStatus = status;
    this.#tell("peerstatus", status);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
