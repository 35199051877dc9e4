// @ts-check
/**
 * The page's line to the office: one Socket.IO namespace, requests that survive a lost network,
 * and signals to the other side of the visit. Knows the wire (vamt/protocol.py) and no DOM.
 *
 * A request is sent again after a reconnect until it is acknowledged, so everything sent here
 * must be harmless when it arrives twice; `say` carries an id made by the sender for that.
 */

import { browserClock } from "./clock.js";
import { t } from "./i18n.js";

/** @typedef {import("./types").Clock} Clock */
/** @typedef {import("./types").Signal} Signal */
/** @typedef {import("./types").Acknowledged} Acknowledged */
/** @typedef {import("socket.io-client").Socket} Socket */

export const PROTOCOL_VERSION = 2;

const FORM_EVENTS = /** @type {const} */ (["form_edited", "form_focused", "form_pointed", "form_saved", "form_faults"]);
const TRANSPORTS = ["websocket", "polling"]; // some firewalls still let only polling through
const POLLING_FIRST = [...TRANSPORTS].reverse(); // and what polling finds becomes a WebSocket
const POLLING_AFTER = 8000; // ms without a line
const GIVE_UP = 30_000; // ms a request waits for the line to come back
const SIGNAL_LIFE = 10_000; // ms; an older candidate or description is worth nothing
const SIGNALS_KEPT = 50;
const PROBE_PATIENCE = 400; // ms, while nothing is known of the line ...
const PROBE_PATIENCE_MIN = 250; // ... on a quick one, and longer on a slow one
const PROBE_PATIENCE_MAX = 2000;
const MOVED_GAP = 150; // ms; one change of network makes several events
const HANDSHAKE_PATIENCE = 10_000; // ms; a server that failed while connecting us says nothing
const RETRY_FIRST = 500; // ms until a handshake is tried again that the server could not serve
const RETRY_LAST = 8000;

/** The server (or the line) said no. `message` is meant for the person and already translated. */
export class Refused extends Error {
  /**
   * @param {string} key what it is, for programs: the server's `error`, or "offline"
   * @param {number} status HTTP-like; 503 where no server was reached
   * @param {string} message
   * @param {Record<string, unknown>} [extra] further fields of the error shape, e.g. `field`
   */
  constructor(key, status, message, extra = {}) {
    super(message);
    this.name = "Refused";
    this.key = key;
    this.status = status;
    this.extra = extra;
  }

  /** Whether loading the page anew helps: it is too old, or its seat has expired. */
  get reload() {
    return this.key === "protocol" || this.status === 401;
  }

  /**
   * Read the one error shape; anything else becomes a fault of ours.
   *
   * @param {unknown} shape
   */
  static from(shape) {
    const { error, status, message, ok, ...extra } = /** @type {Record<string, unknown>} */ (
      shape && typeof shape === "object" ? shape : {}
    );
    return new Refused(
      typeof error === "string" ? error : "internal",
      typeof status === "number" ? status : 500,
      typeof message === "string" && message
        ? message
        : t("Something went wrong on our side. Please try again."),
      extra,
    );
  }
}

/**
 * @typedef {object} Pending
 * @property {string} event
 * @property {object} data
 * @property {number} timeout
 * @property {boolean} retry
 * @property {boolean} sent on its way now, neither acknowledged nor given up
 * @property {unknown} timer
 * @property {(reply: Record<string, unknown>) => void} resolve
 * @property {(reason: Refused) => void} reject
 */

/**
 * One page's line. Events:
 *
 * - `state`: detail is the whole CitizenState or DeskState
 * - `signal`: detail is a Relayed
 * - `draft`: detail is a Drafted
 * - `advice`: detail is an Advice (desk)
 * - `ink`: detail is an InkPiece, with the signature it belongs to
 * - `form_edited`, `form_focused`, `form_pointed`, `form_saved`, `form_faults`: of the form that both
 *   fill in, see vamt/form_messages.py
 * - `replaced`: detail is a Replaced; the line is closed and stays so
 * - `refused`: detail is a Refused; the server does not want this page, the line stays closed
 * - `up`, `down`: the line came or went; after `down` it comes back by itself
 */
export class Link extends EventTarget {
  /** @type {Socket} */ #socket;
  /** @type {Clock} */ #clock;
  /** @type {Set<Pending>} */ #pending = new Set();
  /** @type {{message: Signal, at: number}[]} */ #signals = [];
  /** @type {Promise<boolean> | null} */ #probing = null;
  /** @type {unknown} */ #retry = null;
  /** @type {unknown} */ #handshake = null;
  #retries = 0;
  #attemptedAt = 0;
  #roundTrip = 0; // ms of the latest acknowledged probe or signal; 0: unknown
  #everUp = false;
  #webSocket = false; // one has worked here
  #downAt = 0;
  #closed = false;
  /** @type {Event[] | null} news kept for the page, which is not ready for them */ #held;

  /**
   * @param {object} options
   * @param {"/citizen" | "/desk" | "/guest"} options.namespace
   * @param {string} options.seat the page's seat token
   * @param {typeof import("socket.io-client").io} options.io
   * @param {boolean} [options.held] keep all events until `listen()`
   * @param {Clock} [options.clock]
   */
  constructor({ namespace, seat, io, held = false, clock = browserClock }) {
    super();
    this.#held = held ? [] : null;
    this.#clock = clock;
    this.#socket = io(namespace, {
      auth: { seat, protocol: PROTOCOL_VERSION },
      transports: [...TRANSPORTS],
      tryAllTransports: true,
      timeout: 5000,
      reconnectionDelay: 200,
      reconnectionDelayMax: 500, // a server that is back is seen within 0.6 s
      randomizationFactor: 0.2,
      reconnectionAttempts: Infinity,
    });
    const socket = this.#socket;
    socket.on("connect", () => this.#onUp());
    socket.on("disconnect", (reason) => this.#onDown(reason));
    socket.on("connect_error", (error) => this.#onConnectError(error));
    socket.on("state", (state) => this.#tell("state", state));
    socket.on("signal", (relayed) => this.#tell("signal", relayed));
    socket.on("draft", (drafted) => this.#tell("draft", drafted));
    socket.on("advice", (advice) => this.#tell("advice", advice));
    socket.on("ink", (piece) => this.#tell("ink", piece));
    for (const event of FORM_EVENTS) socket.on(event, (told) => this.#tell(event, told));
    socket.on("replaced", (replaced) => {
      this.#shut(new Refused("replaced", 409, t("This page is now open elsewhere.")));
      this.#tell("replaced", replaced);
    });
    socket.io.on("reconnect_attempt", () => this.#attempt());
    this.#attempt();
  }

  /** The page is ready: tell what has been held, in its order, and the rest as it comes. */
  listen() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) this.dispatchEvent(event);
  }

  /** Whether the line is up as far as the page knows. */
  get up() {
    return this.#socket.connected;
  }

  /**
   * Ask the server to do something.
   *
   * @param {string} event
   * @param {object} [data]
   * @param {object} [options]
   * @param {number} [options.timeout] milliseconds until the line is doubted
   * @param {boolean} [options.retry] send again when the line was lost; false: fail at once
   * @returns {Promise<Record<string, unknown>>} the acknowledgement
   * @throws {Refused} what the server said, or "offline" after 30 s without a line
   */
  request(event, data = {}, { timeout = 5000, retry = true } = {}) {
    return new Promise((resolve, reject) => {
      /** @type {Pending} */
      const pending = {
        event, data, timeout, retry, resolve, reject, sent: false, timer: null,
      };
      if (this.#closed || (!retry && !this.up)) {
        reject(offline());
        return;
      }
      this.#pending.add(pending);
      pending.timer = this.#clock.setTimeout(
        () => this.#settle(pending, () => reject(offline())), GIVE_UP,
      );
      this.#send(pending);
    });
  }

  /**
   * Send a signal to the other side: at once, or when the line is back within 10 s.
   * What was on its way when the line broke is sent again, in order.
   *
   * @param {Signal} message
   */
  signal(message) {
    if (this.#closed) return;
    this.#signals.push({ message, at: this.#clock.now() });
    if (this.#signals.length > SIGNALS_KEPT) this.#signals.shift();
    if (this.up) this.#flushSignals();
  }

  /**
   * Show the others what is being typed. Lost with a lost line: a later draft says it all.
   *
   * @param {import("./types").Draft} draft
   * @returns {boolean} whether there is a line
   */
  draft(draft) {
    if (this.#closed || !this.up) return false;
    this.#socket.emit("draft", draft);
    return true;
  }

  /**
   * Show the clerk a piece of a signature. Lost with a lost line: all is told again when it is back.
   *
   * @param {import("./types").InkPiece} piece
   * @returns {boolean} whether there is a line
   */
  ink(piece) {
    if (this.#closed || !this.up) return false;
    this.#socket.emit("ink", piece);
    return true;
  }

  /**
   * Find out whether the line is alive; a dead one is replaced at once. A page that has moved
   * from WLAN to mobile data hears nothing of it: the old socket just hangs, for 37 s with
   * Socket.IO's own heartbeat.
   *
   * @returns {Promise<boolean>} whether it was alive
   */
  probe() {
    if (this.#closed) return Promise.resolve(false);
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  /**
   * The page was shown again, or nothing comes from the other side: look at once.
   *
   * @param {object} [options]
   * @param {boolean} [options.moved] the device has another network: what was begun on the old
   *     one, or waits for its turn after failing there, is in vain
   */
  wake({ moved = false } = {}) {
    const fresh = this.#clock.now() - this.#attemptedAt < MOVED_GAP;
    if (moved && !this.up && !this.#closed && !fresh) this.#reopen();
    else void this.probe();
  }

  /** Leave for good; what was not acknowledged fails with "offline". */
  close() {
    this.#shut(offline());
  }

  async #probe() {
    const socket = this.#socket;
    if (!socket.connected) {
      // An attempt under way may hang on a network that is gone; a fresh one may not.
      if (this.#clock.now() - this.#attemptedAt > 1000) this.#reopen();
      return false;
    }
    const patience = Math.min(
      PROBE_PATIENCE_MAX,
      this.#roundTrip ? Math.max(PROBE_PATIENCE_MIN, 3 * this.#roundTrip) : PROBE_PATIENCE,
    );
    const started = this.#clock.now();
    const alive = await new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(false), patience);
      socket.emit("probe", {}, () => {
        this.#roundTrip = this.#clock.now() - started;
        this.#clock.clearTimeout(timer);
        resolve(true);
      });
    });
    if (!alive && socket.connected && !this.#closed) this.#reopen();
    return alive;
  }

  /** An attempt to connect begins. */
  #attempt() {
    this.#attemptedAt = this.#clock.now();
    if (this.#webSocket) {
      // In the middle of a change of networks a WebSocket fails at once, and polling after it hangs on
      // the network that is gone. Later polling alone tries, and what it finds becomes a WebSocket: of
      // one that has failed often Chromium holds the next back by 1 to 5 s (WebSocketThrottler).
      const away = this.#attemptedAt - this.#downAt;
      const { opts } = this.#socket.io;
      opts.transports = away < POLLING_AFTER ? ["websocket"] : [...POLLING_FIRST];
      opts.tryAllTransports = false;
    }
    this.#clock.clearTimeout(this.#handshake);
    this.#handshake = this.#clock.setTimeout(() => this.#reopen(), HANDSHAKE_PATIENCE);
  }

  #reopen() {
    this.#clock.clearTimeout(this.#retry);
    this.#socket.disconnect();
    this.#attempt();
    this.#socket.connect();
  }

  #onUp() {
    this.#everUp = true;
    this.#webSocket ||= this.#socket.io.engine?.transport.name === "websocket";
    this.#clock.clearTimeout(this.#handshake);
    this.#retries = 0;
    this.#tell("up");
    for (const pending of [...this.#pending]) this.#send(pending);
    this.#flushSignals();
  }

  /** @param {string} reason */
  #onDown(reason) {
    // What Socket.IO itself has put by (it does when its heartbeat is overdue) would be sent
    // a second time beside our own.
    this.#socket.sendBuffer = [];
    this.#downAt = this.#clock.now();
    for (const pending of [...this.#pending]) {
      if (!pending.retry && pending.sent) {
        this.#settle(pending, () => pending.reject(offline()));
      }
      pending.sent = false;
    }
    if (this.#closed) return;
    this.#tell("down");
    // Socket.IO does not come back by itself when the server closed the namespace.
    if (reason === "io server disconnect") this.#retryLater();
  }

  /** @param {Error & {data?: unknown}} error */
  #onConnectError(error) {
    if (this.#closed) return;
    if (this.#socket.active) {
      // No server reached, Socket.IO tries on. Where a proxy swallows WebSockets without a
      // word there is no error to fall back on, only the timeout: begin with polling then.
      if (error.message === "timeout" && !this.#everUp) {
        this.#socket.io.opts.transports = [...POLLING_FIRST];
      }
      return;
    }
    const refused = Refused.from(error.data);
    if (refused.status >= 500 || refused.status === 429) {
      this.#retryLater();
      return;
    }
    this.#shut(refused);
    this.#tell("refused", refused);
  }

  #retryLater() {
    const delay = Math.min(RETRY_LAST, RETRY_FIRST * 2 ** this.#retries++);
    this.#clock.clearTimeout(this.#retry);
    this.#retry = this.#clock.setTimeout(() => {
      this.#attempt();
      this.#socket.connect();
    }, delay * (0.8 + 0.4 * this.#clock.random()));
  }

  /** @param {Pending} pending */
  #send(pending) {
    if (!this.up || pending.sent) return;
    pending.sent = true;
    this.#socket.timeout(pending.timeout).emit(
      pending.event, pending.data,
      (/** @type {Error | null} */ error, /** @type {Acknowledged} */ reply) => {
        if (!this.#pending.has(pending)) return; // answered or given up meanwhile
        if (error) {
          this.#doubt(pending);
        } else if (reply?.ok) {
          this.#settle(pending, () => pending.resolve(reply));
        } else {
          this.#settle(pending, () => pending.reject(Refused.from(reply)));
        }
      },
    );
  }

  /**
   * No acknowledgement in time: look whether the line is dead, and send again.
   *
   * @param {Pending} pending
   */
  async #doubt(pending) {
    if (!pending.retry) {
      this.#settle(pending, () => pending.reject(offline()));
      return;
    }
    if (!pending.sent || !this.up) return; // the line broke; `up` sends it again
    if (await this.probe()) {
      pending.sent = false;
      if (this.#pending.has(pending)) this.#send(pending);
    }
  }

  #flushSignals() {
    const fresh = this.#clock.now() - SIGNAL_LIFE;
    const queue = this.#signals.splice(0).filter(({ at }) => at >= fresh);
    const sent = this.#clock.now();
    for (const entry of queue) {
      this.#socket.timeout(SIGNAL_LIFE).emit(
        "signal", entry.message,
        (/** @type {Error | null} */ error) => {
          if (!error) this.#roundTrip = Math.max(1, this.#clock.now() - sent);
          // Lost with the line, not merely late: Socket.IO fails these in their order.
          if (error && !this.up && !this.#closed) this.#signals.push(entry);
        },
      );
    }
  }

  /**
   * @param {Pending} pending
   * @param {() => void} tell
   */
  #settle(pending, tell) {
    this.#clock.clearTimeout(pending.timer);
    this.#pending.delete(pending);
    tell();
  }

  /** @param {Refused} reason */
  #shut(reason) {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.clearTimeout(this.#retry);
    this.#clock.clearTimeout(this.#handshake);
    this.#signals = [];
    this.#socket.disconnect();
    for (const pending of [...this.#pending]) {
      this.#settle(pending, () => pending.reject(reason));
    }
  }

  /**
   * @param {string} type
   * @param {unknown} [detail]
   */
  #tell(type, detail = null) {
    const event = new CustomEvent(type, { detail });
    if (this.#held) this.#held.push(event);
    else this.dispatchEvent(event);
  }
}

function offline() {
  return new Refused("offline", 503, t("No connection at the moment. Please try again."));
}
