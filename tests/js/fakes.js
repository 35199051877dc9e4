// @ts-check
/** Stand-ins for the browser and the network: a clock, peer connections, sockets, devices. */

/** @typedef {import("../../vamt/static/js/types").Clock} Clock */

/** Let everything that is due now happen, promises included. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A clock that moves when told to.
 *
 * @implements {Clock}
 */
export class FakeClock {
  #now = 0;
  /** @type {Map<number, {at: number, act: () => void}>} */ timers = new Map();
  #ids = 0;

  now() {
    return this.#now;
  }

  /** @param {() => void} act @param {number} delay */
  setTimeout(act, delay) {
    this.timers.set(++this.#ids, { at: this.#now + delay, act });
    return this.#ids;
  }

  /** @param {unknown} timer */
  clearTimeout(timer) {
    this.timers.delete(/** @type {number} */ (timer));
  }

  random() {
    return 0;
  }

  /** @param {number} ms */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.timers]
        .filter(([, { at }]) => at <= end)
        .sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].act();
    }
    this.#now = end;
    await settle();
  }
}

export class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  contentHint = "";
  readyState = "live";

  /**
   * @param {"audio" | "video"} kind
   * @param {{deviceId?: string, width?: number, height?: number, facingMode?: string}} [settings]
   * @param {string} [label]
   */
  constructor(kind, settings = {}, label = "") {
    super();
    this.kind = kind;
    this.settings = settings;
    this.label = label;
  }

  getSettings() {
    return this.settings;
  }

  stop() {
    this.readyState = "ended";
  }

  /** The system takes the device away for a while, or gives it back. @param {boolean} muted */
  interrupt(muted) {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }

  /** Ended by something else than the page. */
  die() {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

/** As much of a document as is asked whether it is seen. */
export class FakePage extends EventTarget {
  visibilityState = "visible";
  defaultView = new EventTarget();

  /** @param {"visible" | "hidden"} state */
  become(state) {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

export class FakeStream {
  /** @param {any[]} [tracks] */
  constructor(tracks = []) {
    this.tracks = new Set(tracks);
  }

  getTracks() {
    return [...this.tracks];
  }

  /** @param {any} track */
  addTrack(track) {
    this.tracks.add(track);
  }

  /** @param {any} track */
  removeTrack(track) {
    this.tracks.delete(track);
  }
}

/** A page's certificate; its fingerprint is this pair of digits, 32 times. @param {string} pair */
export const fakeCertificate = (pair) => /** @type {any} */ ({ print: Array(32).fill(pair).join(":") });

class FakeSender {
  /** @type {any} */ track = null;
  /** @type {any} */ parameters = { encodings: [{}] };
  replaced = 0;

  /** @param {any} track */
  async replaceTrack(track) {
    this.track = track;
    this.replaced += 1;
  }

  getParameters() {
    return structuredClone(this.parameters);
  }

  /** @param {any} parameters */
  async setParameters(parameters) {
    this.parameters = parameters;
  }
}

/** The part of RTCPeerConnection that negotiates; media flow when a test says so. */
export class FakePeerConnection {
  static made = 0;
  signalingState = "stable";
  connectionState = "new";
  /** @type {any} */ localDescription = null;
  /** @type {any} */ remoteDescription = null;
  /** @type {any} */ onnegotiationneeded = null;
  /** @type {any} */ onicecandidate = null;
  /** @type {any} */ onconnectionstatechange = null;
  /** @type {any[]} */ transceivers = [];
  /** @type {any[]} */ candidates = [];
  /** @type {any} */ channel = null;
  packets = { all: 0, media: 0 };
  closed = false;
  #version = 0;
  #needed = false;

  /** @param {any} [config] */
  constructor(config) {
    this.config = config;
    this.session = ++FakePeerConnection.made;
  }

  /** @param {string} kind @param {any} [init] */
  addTransceiver(kind, init = {}) {
    const line = {
      direction: init.direction ?? "sendrecv",
      sender: new FakeSender(),
      receiver: { track: new FakeTrack(/** @type {"audio"} */ (kind)) },
    };
    this.transceivers.push(line);
    if (this.signalingState === "stable") this.#ask();
    return line;
  }

  getTransceivers() {
    return this.transceivers;
  }

  /** @param {string} label @param {any} options */
  createDataChannel(label, options) {
    this.channel = {
      label, ...options, readyState: "connecting", sent: /** @type {string[]} */ ([]),
      send(/** @type {string} */ data) {
        this.sent.push(data);
      },
      close() {
        this.readyState = "closed";
      },
    };
    this.#ask();
    return this.channel;
  }

  async createOffer() {
    return { type: "offer", sdp: this.#sdp() };
  }

  /** @param {any} [description] */
  async setLocalDescription(description) {
    await null;
    if (this.closed) throw new Error("closed");
    if (description?.type === "rollback") {
      this.#become("stable");
      return;
    }
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: this.#sdp() };
    this.#needed = false;
    this.#become(type === "offer" ? "have-local-offer" : "stable");
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    await null;
    if (this.closed) throw new Error("closed");
    if (description.type === "answer" && this.signalingState !== "have-local-offer") {
      throw new Error("InvalidStateError");
    }
    this.remoteDescription = description;
    if (description.type === "offer") {
      this.#become("have-remote-offer");
      if (!this.transceivers.length) {
        for (const kind of ["audio", "video"]) this.addTransceiver(kind, { direction: "recvonly" });
      }
    } else {
      this.#become("stable");
    }
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("InvalidStateError");
    if (candidate.candidate === "bad") throw new Error("OperationError");
    this.candidates.push(candidate);
  }

  /** The counters a test has moved with `arrive`, as Chromium names them. */
  async getStats() {
    return new Map([
      { id: "t", type: "transport", packetsReceived: this.packets.all },
      { id: "i", type: "inbound-rtp", kind: "video", packetsReceived: this.packets.media },
    ].map((entry) => [entry.id, entry]));
  }

  /** Packets come in. @param {number} media of sound and picture @param {number} [others] reports */
  arrive(media, others = 0) {
    this.packets.media += media;
    this.packets.all += media + others;
  }

  /** The other page says something over the data channel. @param {unknown} data */
  hear(data) {
    this.channel.onmessage?.({ data: typeof data === "string" ? data : JSON.stringify(data) });
  }

  close() {
    this.closed = true;
    this.signalingState = "closed";
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** @param {string} candidate */
  find(candidate) {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate }) } });
  }

  openChannel() {
    this.channel.readyState = "open";
    this.channel.onopen?.();
  }

  /** @param {string} state */
  #become(state) {
    this.signalingState = state;
    if (state === "stable" && this.#needed) this.#ask();
  }

  #ask() {
    this.#needed = true;
    setImmediate(() => {
      if (this.#needed && this.signalingState === "stable") this.onnegotiationneeded?.();
    });
  }

  #sdp() {
    const setup = this.signalingState === "have-remote-offer" ? "active" : "actpass";
    const codecs = {
      audio: ["111 63", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1",
        "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"],
      video: ["96", "a=rtpmap:96 VP8/90000"],
    };
    const lines = this.transceivers.flatMap((line) => {
      const kind = /** @type {"audio" | "video"} */ (line.receiver.track.kind);
      const [payloads, ...attributes] = codecs[kind];
      return [`m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloads}`, `a=${line.direction}`, `a=setup:${setup}`, ...attributes];
    }).join("\r\n");
    const print = this.config?.certificates?.[0]?.print;
    const fingerprint = print ? `a=fingerprint:sha-256 ${print}\r\n` : "";
    return `v=0\r\no=- ${this.session} ${++this.#version} IN IP4 127.0.0.1\r\n${fingerprint}${lines}\r\n`;
  }
}

/**
 * @typedef {object} Emitted
 * @property {string} event
 * @property {any} data
 * @property {((...args: any[]) => void) | null} ack null once answered
 * @property {number | null} timeout
 */

/** A Socket.IO client socket; the test plays the server. */
export class FakeSocket {
  connected = false;
  active = true;
  /** @type {any[]} */ sendBuffer = [];
  io = { opts: /** @type {any} */ ({}), on: () => {}, engine: { transport: { name: "websocket" } } };
  /** @type {Emitted[]} */ emitted = [];
  connects = 0;
  /** @type {Map<string, ((...args: any[]) => void)[]>} */ #listeners = new Map();
  /** @type {number | null} */ #timeout = null;

  /** @param {string} event @param {(...args: any[]) => void} act */
  on(event, act) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), act]);
  }

  /** What the server, or Socket.IO itself, tells. @param {string} event @param {any[]} args */
  tell(event, ...args) {
    for (const act of this.#listeners.get(event) ?? []) act(...args);
  }

  /** @param {number} ms */
  timeout(ms) {
    this.#timeout = ms;
    return this;
  }

  /** @param {string} event @param {any} data @param {(...args: any[]) => void} [ack] */
  emit(event, data, ack) {
    this.emitted.push({ event, data, ack: ack ?? null, timeout: this.#timeout });
    this.#timeout = null;
  }

  connect() {
    this.connects += 1;
    this.active = true;
  }

  disconnect() {
    this.active = false;
    if (this.connected) this.drop("io client disconnect");
  }

  come() {
    this.connected = this.active = true;
    this.tell("connect");
  }

  /** @param {string} [reason] */
  drop(reason = "transport close") {
    this.connected = false;
    this.tell("disconnect", reason);
    for (const entry of this.emitted) {
      if (entry.timeout !== null) entry.ack?.(new Error("socket has been disconnected"));
      entry.ack = null;
    }
  }

  /** Answer the latest of its kind. @param {string} event @param {any} reply */
  answer(event, reply) {
    const entry = this.#waiting(event);
    const ack = entry?.ack;
    if (!entry || !ack) throw new Error(`nobody waits for ${event}`);
    entry.ack = null;
    if (entry.timeout === null) ack(reply);
    else ack(null, reply);
  }

  /** No acknowledgement came in time. @param {string} event */
  expire(event) {
    const entry = this.#waiting(event);
    const ack = entry?.ack;
    if (!entry || !ack) throw new Error(`nobody waits for ${event}`);
    entry.ack = null;
    ack(new Error("operation has timed out"));
  }

  /** @param {string} event */
  #waiting(event) {
    return [...this.emitted].reverse().find((one) => one.event === event && one.ack);
  }

  /** @param {string} event */
  count(event) {
    return this.emitted.filter((one) => one.event === event).length;
  }
}
