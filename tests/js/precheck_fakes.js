// @ts-check
/** A network for the check before the waiting room: two ends of one page, and what lies between. */

/**
 * @typedef {object} Net how the network of this test is
 * @property {"mapped" | "public" | "refused" | "dead"} stun
 * @property {"passes" | "none" | "mute" | "dead"} relay  none: no relay is given; mute: given, but
 *   nothing passes; dead: no answer at all
 * @property {(number: number) => boolean} loses
 * @property {(number: number) => number} delay  ms there and back
 * @property {number} [room]                     bytes the browser takes before its line is full
 */

class FakeChannel extends EventTarget {
  bufferedAmount = 0;
  binaryType = "blob";
  /** @type {FakeChannel | null} */ other = null;
  sent = 0;

  /** @param {Net} net @param {import("./fakes.js").FakeClock} clock */
  constructor(net, clock) {
    super();
    this.net = net;
    this.clock = clock;
  }

  /** @param {ArrayBuffer} data */
  send(data) {
    const number = this.sent++;
    if (this.net.room !== undefined) this.bufferedAmount += data.byteLength;
    if (this.net.loses(number)) return;
    this.clock.setTimeout(() => {
      this.bufferedAmount = Math.max(0, this.bufferedAmount - data.byteLength);
      this.other?.dispatchEvent(new MessageEvent("message", { data }));
    }, this.net.delay(number));
  }
}

/** One end of a connection as far as the check uses it. */
export class FakeEnd extends EventTarget {
  /** @type {FakeChannel | null} */ channel = null;
  /** @type {any} */ localDescription = null;
  /** @type {any} */ remoteDescription = null;
  closed = false;
  /** @type {unknown[]} */ candidates = [];

  /** @param {RTCConfiguration} config @param {Net} net @param {import("./fakes.js").FakeClock} clock */
  constructor(config, net, clock) {
    super();
    this.config = config;
    this.net = net;
    this.clock = clock;
  }

  /** @param {string} _label @param {RTCDataChannelInit} [init] */
  createDataChannel(_label, init) {
    this.init = init;
    this.channel = new FakeChannel(this.net, this.clock);
    return this.channel;
  }

  async createOffer() {
    return { type: "offer", end: this };
  }

  async createAnswer() {
    return { type: "answer", end: this };
  }

  /** @param {any} description */
  async setLocalDescription(description) {
    this.localDescription = description;
    this.clock.setTimeout(() => this.#gather(), 20);
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.dispatchEvent(new Event("signalingstatechange"));
    this.#meet();
  }

  /** @param {unknown} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("InvalidStateError");
    this.candidates.push(candidate);
    this.#meet();
  }

  close() {
    this.closed = true;
  }

  #gather() {
    const { stun, relay } = this.net;
    if (this.config.iceTransportPolicy === "relay") {
      if (relay === "dead") return;
      if (relay !== "none") this.#find("relay");
      this.#find(null);
      return;
    }
    this.#find("host");
    if (stun === "dead") return;
    if (stun === "mapped") this.#find("srflx");
    if (stun === "refused") this.dispatchEvent(new Event("icecandidateerror"));
    this.#find(null);
  }

  /** @param {string | null} type null: there are no more */
  #find(type) {
    const candidate = type === null ? null : { type, candidate: `candidate:${type}` };
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }

  /** Both ends know each other's way: the channel opens. */
  #meet() {
    const other = /** @type {FakeEnd} */ (this.remoteDescription?.end);
    if (this.net.relay !== "passes" || !this.candidates.length || !other.candidates.length) return;
    const [offering, answering] = this.channel ? [this, other] : [other, this];
    const near = /** @type {FakeChannel} */ (offering.channel);
    if (near.other) return;
    near.other = new FakeChannel(this.net, this.clock);
    answering.dispatchEvent(Object.assign(new Event("datachannel"), { channel: near.other }));
    near.dispatchEvent(new Event("open"));
  }
}
