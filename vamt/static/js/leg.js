// @ts-check
/**
 * The way to one other page of the visit: the connection that carries sound and picture, and the
 * one being built beside it when that has fallen silent. No DOM; facts come in by methods, news
 * go out through `tell`.
 *
 * A lost path is never mended, it is replaced. Waiting for the browser to call a connection
 * "failed" takes 16 s, "disconnected" 6 s, and after a switch from WLAN to mobile data it may
 * tell nothing at all; packets that stop are seen after 0.6 s, and a new connection searches at
 * once, where `restartIce()` on a living one tries a pair only every half second. The old one is
 * kept until the new one carries media, so nothing is lost when the path comes back by itself.
 *
 * Each connection has a number, one higher than any before between these two pages; `a` or `b`
 * behind it says which of the two offers. The higher number wins, of two equal ones `a`. What
 * belongs to an older connection is stale and ignored. How the leg stands is one table, `LEG`.
 */

import { Connection } from "./connection.js";
import { Pace } from "./pace.js";
import { Pulse } from "./pulse.js";
import { readStatus } from "./readings.js";

/** @typedef {import("./types").CallState} CallState */
/** @typedef {import("./types").Relayed} Relayed */
/** @typedef {import("./types").Clock} Clock */
/** @typedef {"make" | "connect" | "disturb" | "fail" | "leave" | "close"} LegEvent */

/** @type {Readonly<Record<CallState, Partial<Record<LegEvent, CallState>>>>} */
export const LEG = {
  idle: { make: "connecting", close: "closed" },
  connecting: { connect: "connected", fail: "failed", close: "closed" },
  connected: { disturb: "unstable", fail: "failed", close: "closed" },
  unstable: { connect: "connected", fail: "failed", close: "closed" },
  failed: { connect: "connected", close: "closed" },
  closed: {},
};

const LOOK_EVERY = 100; // ms between two looks at what arrives
const QUIET = 300; // ms without a packet until the own line to the office is doubted
const HOPELESS = 6000; // ms of silence until the person is told that the connection is lost
const FIRST_OFFER = 1000; // ms the answering side waits for the first offer
const SEARCH_GAP = 500; // ms; one network switch makes several events
const SEARCH_PATIENCE = 3000; // ms a search may take; TURN over TLS at 200 ms needs 2.3 s
const ADOPT_AFTER = 1000; // ms a new connection may be silent beside a living one
const KEEP_OLD = 2000; // ms the old connection is kept while the new one is still silent
const EARLY_KEPT = 64; // signals of a connection whose offer has not come yet

const RETRY_DELAYS = [0, 300, 1200, 2700, 4800, 7000];
const RETRY_JITTER = 0.2;

/**
 * How much longer than `SEARCH_PATIENCE` to wait before another connection is tried.
 *
 * @param {number} attempt 0 for the first
 * @param {number} [jitter] 0..1, adds up to a fifth
 * @returns {number} milliseconds; never ends
 */
export function retryDelay(attempt, jitter = 0) {
  const index = Math.min(Math.max(0, attempt), RETRY_DELAYS.length - 1);
  return Math.round((RETRY_DELAYS[index] ?? 0) * (1 + RETRY_JITTER * jitter));
}

/** @typedef {{number: number, by: string}} Name of a connection: "12a" is {number: 12, by: "a"} */

/**
 * @param {string} text
 * @returns {Name | null} null where it is none
 */
export function readName(text) {
  const [, number = "", by = ""] = /^(\d{1,9})([ab])$/.exec(text) ?? [];
  return by ? { number: Number(number), by } : null;
}

/** @param {Name} one @param {Name} other */
const newer = (one, other) =>
  one.number > other.number || (one.number === other.number && one.by < other.by);

/** @typedef {{name: Name, connection: Connection, made: number, connectedAt: number | null}} Try */

/**
 * @typedef {object} News what a leg tells; none of it is called after `close()`
 * @property {(part: {connection: string} & import("./connection.js").Part) => void} send
 * @property {() => void} change its state
 * @property {() => void} remote other tracks are in `remote` now
 * @property {() => void} peerstatus
 * @property {() => void} quality it is another one
 * @property {() => void} quiet nothing arrives any more: is the own line to the office alive?
 * @property {(kind: string, value: unknown) => void} message of the other page
 * @property {(error: unknown) => void} fault for the log, the leg mends itself
 */

export class Leg {
  /** @type {CallState} */ #state = "idle";
  /** @type {Clock} */ #clock;
  /** @type {News} */ #tell;
  /** @type {() => RTCIceServer[]} */ #iceServers;
  /** @type {RTCCertificate | null} */ #certificate;
  /** @type {(config: RTCConfiguration) => RTCPeerConnection} */ #createPeerConnection;
  /** @type {Pace} */ #pace;
  /** @type {Try | null} carries media, or did */ #live = null;
  /** @type {Try | null} is to replace it */ #next = null;
  /** @type {Connection | null} has been replaced, kept for a moment */ #old = null;
  /** @type {Name} the newest connection either side has shown */ #newest;
  /** @type {{name: Name, message: Relayed}[]} */ #early = [];
  /** @type {import("./types").OwnTracks} */ #tracks = { audio: null, video: null };
  /** @type {import("./types").MediaStatus} */ #status = { audio: false, video: "off" };
  /** @type {unknown} */ #timer = null;
  /** @type {unknown} */ #lookTimer = null;
  #attempt = 0;
  #wanted = false; // a try, as soon as the gap since the last one allows
  #talking = false;
  #pulse = new Pulse();
  #quiet = false;

  /**
   * @param {object} options
   * @param {string} options.id of the other page's person
   * @param {import("./types").Seat} options.seat
   * @param {boolean} options.offers makes the first offer; the other page waits for it
   * @param {number} options.epoch of the other page
   * @param {number} options.myEpoch of this page
   * @param {number} options.number of the last connection these two pages have had; 0: none
   * @param {() => RTCIceServer[]} options.iceServers
   * @param {RTCCertificate | null} options.certificate
   * @param {(config: RTCConfiguration) => RTCPeerConnection} options.createPeerConnection
   * @param {() => MediaStream} options.createStream
   * @param {Clock} options.clock
   * @param {News} options.tell
   */
  constructor({
    id, seat, offers, epoch, myEpoch, number, iceServers, certificate, createPeerConnection, createStream,
    clock, tell,
  }) {
    this.id = id;
    this.seat = seat;
    this.offers = offers;
    this.epoch = epoch;
    this.myEpoch = myEpoch;
    /** Whether the other page has its line to the office. */
    this.online = true;
    this.#newest = { number, by: "b" };
    this.#iceServers = iceServers;
    this.#certificate = certificate;
    this.#createPeerConnection = createPeerConnection;
    this.#clock = clock;
    this.#tell = tell;
    this.#pace = new Pace({ clock, change: () => this.#state !== "closed" && tell.quality() });
    /** What is seen and heard of the other side; one object for the whole leg. */
    this.remote = createStream();
    /** @type {import("./types").MediaStatus | null} null while unknown */
    this.peerStatus = null;
    /** Whether the town's relay has given this page an address. */
    this.relayReached = false;
    this.since = clock.now();
  }

  get state() {
    return this.#state;
  }

  /** Seconds it has been in this state. */
  get stateFor() {
    return (this.#clock.now() - this.since) / 1000;
  }

  /** The number of the newest connection, for a leg between the same pages later on. */
  get number() {
    return this.#newest.number;
  }

  /** How good the conversation is, and what helps. */
  get quality() {
    return this.#pace.quality;
  }

  get fingerprints() {
    return this.#live?.connection.fingerprints ?? null;
  }

  /** Begin: offer, or wait for the offer. */
  start() {
    this.#enter("make");
    if (this.offers) this.#try();
    else this.#schedule(FIRST_OFFER);
  }

  /** @param {boolean} talking whether media are to flow: until then only the browser watches */
  setTalking(talking) {
    if (talking === this.#talking || this.#state === "closed") return;
    this.#talking = talking;
    this.#clock.clearTimeout(this.#lookTimer);
    this.#lookTimer = talking ? this.#clock.setTimeout(() => this.#look(), LOOK_EVERY) : null;
    this.#pulse.begin(this.#clock.now());
    if (!talking) this.peerStatus = null; // told anew before the next call's media
    this.#follow();
  }

  /**
   * A signal from the other page.
   *
   * @param {Relayed} message
   * @returns {Promise<void>} when it is taken in
   */
  async receive(message) {
    const name = readName(message.connection);
    if (!name || this.#state === "closed") return;
    const known = [this.#next, this.#live].find((one) => one && same(one.name, name));
    if (known) {
      await known.connection.receive(message);
    } else if (!newer(name, this.#newest)) {
      // Stale. But an offer says that the other side searches, and has not seen our newer one.
      if (message.description?.type === "offer") this.#next?.connection.resend();
    } else if (message.description?.type === "offer") {
      await this.#join(name, message);
    } else {
      this.#early.push({ name, message });
      if (this.#early.length > EARLY_KEPT) this.#early.shift();
    }
  }

  /**
   * Send these tracks from now on, without a new negotiation; null sends nothing.
   *
   * @param {import("./types").OwnTracks} tracks
   * @returns {Promise<void>}
   */
  async setTracks(tracks) {
    const { audio, video, ahead, next } = this.#tracks;
    const same = tracks.audio === audio && tracks.video === video;
    if (same && tracks.ahead === ahead && tracks.next === next) return;
    this.#tracks = { ...tracks };
    await Promise.all(this.#connections.map((each) => this.#send(each)));
  }

  /** @param {import("./types").MediaStatus} status of what is sent; told to the other side */
  setStatus(status) {
    if (status.audio === this.#status.audio && status.video === this.#status.video) return;
    this.#status = { ...status };
    for (const connection of this.#connections) connection.setStatus(status);
  }

  /**
   * Say something to the other page, directly; lost while there is no connection.
   *
   * @param {string} kind
   * @param {unknown} value anything JSON can carry, 16 kB at most
   */
  send(kind, value) {
    this.#live?.connection.say(kind, value);
  }

  /** The device has another network, or the line has come back: search, if there is a need. */
  renew() {
    if (this.#state === "closed") return;
    this.#attempt = 0;
    const latest = this.#next ?? this.#live;
    const wait = latest ? latest.made + SEARCH_GAP - this.#clock.now() : 0;
    if (wait <= 0) {
      this.#try();
    } else {
      this.#wanted = true;
      this.#schedule(wait);
    }
  }

  /** The own or the other line is back: what was lost with it is made good. */
  resume() {
    if (this.#next?.connection.unanswered) this.#next.connection.resend();
    else if (this.#state !== "connected") this.renew();
  }

  /** @returns {Promise<import("./types").Path>} which way picture and sound take */
  async path() {
    return (await this.#live?.connection.path()) ?? "unknown";
  }

  /** For good; leaves no timers. */
  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#lookTimer);
    this.#lookTimer = null;
    this.#enter("close");
    for (const connection of [...this.#connections, this.#old]) connection?.close();
    this.#live = this.#next = this.#old = null;
    this.#follow();
    this.#early = [];
    for (const track of this.remote.getTracks()) this.remote.removeTrack(track);
  }

  get #connections() {
    return [this.#live, this.#next].flatMap((one) => (one ? [one.connection] : []));
  }

  /** Build a connection of our own beside the present one. */
  #try() {
    const name = { number: this.#newest.number + 1, by: this.offers ? "a" : "b" };
    this.#wanted = false;
    this.#build(name, true);
    this.#attempt += 1;
    this.#schedule(SEARCH_PATIENCE + retryDelay(this.#attempt, this.#clock.random()));
  }

  /**
   * Take a connection the other side offers, instead of one of ours that is still searching.
   *
   * @param {Name} name
   * @param {Relayed} offer
   */
  async #join(name, offer) {
    const next = this.#build(name, false);
    this.#schedule(SEARCH_PATIENCE + retryDelay(this.#attempt, this.#clock.random()));
    const early = this.#early.filter((one) => same(one.name, name));
    this.#early = this.#early.filter((one) => newer(one.name, name));
    await next?.receive(offer);
    for (const { message } of early) await next?.receive(message);
  }

  /**
   * @param {Name} name
   * @param {boolean} offers
   * @returns {Connection | null} null where the browser has none to give
   */
  #build(name, offers) {
    this.#next?.connection.close();
    this.#next = null;
    this.#newest = name;
    const now = this.#clock.now();
    try {
      const connection = new Connection({
        offers,
        iceServers: this.#iceServers(),
        certificate: this.#certificate,
        createPeerConnection: this.#createPeerConnection,
        clock: this.#clock,
        tell: this.#outlets(name),
      });
      this.#next = { name, connection, made: now, connectedAt: null };
      connection.setStatus(this.#status);
      void this.#send(connection);
      return connection;
    } catch (error) {
      // No WebRTC at all (iOS Lockdown Mode, some in-app browsers): the rest of the visit works.
      this.#tell.fault(error);
      this.#enter("fail");
      return null;
    }
  }

  /**
   * @param {Name} name
   * @returns {import("./connection.js").Outlets}
   */
  #outlets(name) {
    const id = `${name.number}${name.by}`;
    const mine = () => [this.#next, this.#live].find((one) => one && same(one.name, name));
    return {
      send: (part) => this.#tell.send({ connection: id, ...part }),
      state: (state) => this.#onConnection(mine() ?? null, state),
      tracks: () => this.#live && same(this.#live.name, name) && this.#show(),
      message: (kind, value) => {
        if (kind === "status") this.#onStatus(readStatus(value));
        else this.#tell.message(kind, value);
      },
      relayed: () => {
        this.relayReached = true;
      },
      fault: (error) => this.#tell.fault(error),
    };
  }

  /** @param {Connection} connection */
  async #send(connection) {
    try {
      await connection.setTracks(this.#tracks);
    } catch (error) {
      if (this.#state !== "closed") this.#tell.fault(error);
    }
  }

  /**
   * What the browser says of a connection; slower than what we see ourselves, but never wrong.
   *
   * @param {Try | null} one null: it has been replaced
   * @param {RTCPeerConnectionState} state
   */
  #onConnection(one, state) {
    if (!one) return;
    const living = this.#state === "connected";
    if (state === "connected") {
      one.connectedAt ??= this.#clock.now();
      if (one === this.#next && !living) this.#adopt();
      else if (one === this.#live) {
        this.#pulse.move(this.#clock.now());
        this.#arrived();
      }
    } else if (one === this.#live && /^(disconnected|failed)$/.test(state)) {
      if (living) this.#lost();
      if (state === "failed") this.#enter("fail");
    } else if (one === this.#next && state === "failed") {
      if (!living) this.#enter("fail");
      this.#schedule(retryDelay(this.#attempt, this.#clock.random()));
    }
  }

  /** The new connection takes over; the old one is kept until something has come over it. */
  #adopt() {
    const next = this.#next;
    if (!next) return;
    this.#old?.close();
    this.#old = this.#live?.connection ?? null;
    this.#live = next;
    this.#next = null;
    this.#pulse.move(this.#clock.now());
    this.#follow();
    this.#show();
    this.#arrived();
    if (this.#old) this.#schedule(KEEP_OLD);
  }

  #follow() {
    this.#pace.follow(this.#talking ? this.#live?.connection ?? null : null);
  }

  /** Tracks of the living connection are what is seen and heard. */
  #show() {
    const wanted = this.#live?.connection.tracks ?? [];
    for (const track of this.remote.getTracks()) {
      if (!wanted.includes(track)) this.remote.removeTrack(track);
    }
    for (const track of wanted) this.remote.addTrack(track);
    this.#tell.remote();
  }

  /** Something has arrived over the living connection. */
  #arrived() {
    this.#quiet = false;
    this.#attempt = 0;
    this.#enter("connect");
  }

  /** Look whether packets still arrive, and whether a new connection carries some already. */
  async #look() {
    const timer = this.#lookTimer;
    try {
      await this.#count();
    } catch (error) {
      if (this.#state !== "closed") this.#tell.fault(error);
    }
    // Stopped, or begun anew, while the browser was counting.
    if (timer !== this.#lookTimer) return;
    this.#lookTimer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY);
  }

  async #count() {
    const live = this.#live;
    if (live && live.connectedAt !== null) {
      const { all, media } = await live.connection.packets();
      if (live !== this.#live || this.#state === "closed") return;
      const now = this.#clock.now();
      if (this.#pulse.count(all, now)) this.#onPackets(media);
      else if (this.#expecting) this.#onSilence(this.#pulse.silence(now));
    }
    await this.#compare();
  }

  /** Whether the other side says that it sends anything. */
  get #expecting() {
    return this.peerStatus !== null && (this.peerStatus.audio || this.peerStatus.video !== "off");
  }

  /** @param {number} media packets of sound and picture over the living connection */
  #onPackets(media) {
    const now = this.#clock.now();
    const wasLost = this.#state !== "connected";
    this.#arrived();
    if (this.#old && media) {
      this.#old.close();
      this.#old = null;
    }
    // The path has come back by itself before the new one was found.
    if (wasLost && this.#next?.connectedAt === null && now - this.#next.made > SEARCH_GAP) {
      this.#next.connection.close();
      this.#next = null;
    }
  }

  /** @param {number} silence milliseconds */
  #onSilence(silence) {
    if (silence > QUIET && !this.#quiet && this.#pulse.dense) {
      this.#quiet = true;
      this.#tell.quiet();
    }
    if (silence > this.#pulse.limit && this.#state === "connected") this.#lost();
    if (silence > HOPELESS && this.#state === "unstable") this.#enter("fail");
  }

  /** Whether the connection beside the living one has anything to give. */
  async #compare() {
    const next = this.#next;
    if (!next?.connection.connected || next.connectedAt === null) return;
    const { media } = await next.connection.packets();
    if (next !== this.#next) return;
    const waited = this.#clock.now() - next.connectedAt;
    if (media || waited > ADOPT_AFTER || this.#state !== "connected") this.#adopt();
  }

  #lost() {
    this.#enter("disturb");
    this.#quiet = true;
    this.#tell.quiet();
    if (!this.#next || this.#clock.now() - this.#next.made > SEARCH_PATIENCE) this.#try();
  }

  /** @param {import("./types").MediaStatus | null} status */
  #onStatus(status) {
    if (!status) return;
    this.peerStatus = status;
    this.#pulse.sparse = status.sparse ?? false;
    this.#tell.peerstatus();
  }

  /** @param {LegEvent} event */
  #enter(event) {
    const next = LEG[this.#state][event];
    if (!next || next === this.#state) return;
    this.#state = next;
    this.since = this.#clock.now();
    if (next !== "closed") this.#tell.change();
  }

  /** @param {number} delay milliseconds until it is checked whether another try is due */
  #schedule(delay) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#old?.close();
      this.#old = null;
      if (this.#next?.connection.connected) {
        this.#adopt();
      } else if (this.#state === "connected" && !this.#wanted) {
        this.#next?.connection.close(); // nobody needs it any more
        this.#next = null;
      } else if (this.online || this.#wanted) {
        this.#try();
      } else {
        this.#schedule(SEARCH_PATIENCE); // nobody there to answer; `resume` comes when she does
      }
    }, delay);
  }
}

/** @param {Name} one @param {Name} other */
function same(one, other) {
  return one.number === other.number && one.by === other.by;
}
