// @ts-check
/**
 * The call as one page sees it: a leg to each other page of the visit, and, while she waits, to
 * the pages she may soon be connected with. No DOM; facts come in by set*() and handle*(), news
 * go out as events. Media outlive signalling: nothing here ends because a socket was lost.
 *
 * One leg belongs to one pair of epochs (mine, the other page's): a reloaded page has a new epoch
 * and gets a new leg. Of two pages the one with the greater id offers, so a clerk offers to a
 * citizen and a guest to both. Tracks go only to legs that are talking.
 */

import { browserClock } from "./clock.js";
import { Leg } from "./leg.js";

/** @typedef {import("./types").Peer} Peer */
/** @typedef {import("./types").Relayed} Relayed */
/** @typedef {import("./types").Clock} Clock */
/** @typedef {Peer & {talking: boolean}} Partner `talking`: the visit is open, media flow */

const EARLY_KEPT = 64; // signals from a pair of epochs not known yet
const EARLY_LIFE = 10_000; // ms
const NUMBERS_KEPT = 50;

/** The page's certificate; one for all its connections, so that its fingerprint stays. */
const newCertificate = () => RTCPeerConnection.generateCertificate(
  /** @type {EcKeyGenParams} */ ({ name: "ECDSA", namedCurve: "P-256" }),
);

/**
 * Events; `detail.leg` is the Leg they are about:
 *
 * - `change`: its state is another
 * - `remote`: other tracks are in `leg.remote`. The stream object is always the same one.
 * - `peerstatus`: `leg.peerStatus` is another
 * - `quality`: `leg.quality` is another
 * - `message`: detail {leg, kind, value}, what the other page says directly
 * - `quiet`: nothing arrives any more over the leg; the own line may be dead, too
 * - `fault`: detail {leg, error} is an error of the browser's; for the log, the call mends itself
 */
export class Call extends EventTarget {
  /** @type {Map<string, Leg>} by the id of the other page's person */ legs = new Map();
  #mine = "";
  #myEpoch = 0;
  /** @type {(message: import("./types").Signal) => void} */ #signal;
  /** @type {RTCIceServer[]} */ #iceServers;
  /** @type {(config: RTCConfiguration) => RTCPeerConnection} */ #createPeerConnection;
  /** @type {() => MediaStream} */ #createStream;
  /** @type {Clock} */ #clock;
  /** @type {RTCCertificate | null} */ #certificate = null;
  #prepared = false; // the certificate has been made, or cannot be
  /** @type {readonly Partner[]} */ #partners = [];
  /** @type {import("./types").OwnTracks} */ #tracks = { audio: null, video: null };
  /** @type {import("./types").MediaStatus} */ #status = { audio: false, video: "off" };
  /** @type {Map<string, number>} of the last connection of a pair of pages */ #numbers = new Map();
  /** @type {{message: Relayed, at: number}[]} */ #early = [];
  #closed = false;

  /**
   * @param {object} options
   * @param {(message: import("./types").Signal) => void} options.signal
   * @param {RTCIceServer[]} [options.iceServers] the town's own; there is no public default
   * @param {(config: RTCConfiguration) => RTCPeerConnection} [options.createPeerConnection]
   * @param {() => Promise<RTCCertificate | null>} [options.createCertificate]
   * @param {() => MediaStream} [options.createStream]
   * @param {Clock} [options.clock]
   */
  constructor({
    signal,
    iceServers = [],
    createPeerConnection = (config) => new RTCPeerConnection(config),
    createCertificate = newCertificate,
    createStream = () => new MediaStream(),
    clock = browserClock,
  }) {
    super();
    this.#signal = signal;
    this.#iceServers = iceServers;
    this.#createPeerConnection = createPeerConnection;
    this.#createStream = createStream;
    this.#clock = clock;
    void this.#prepare(createCertificate);
  }

  /** The leg to whom the visit is about: the clerk at the citizen's and the guest's, the citizen at
   * the clerk's; null while there is no visit. */
  get main() {
    const [first] = this.#partners
      .filter(({ talking, seat }) => talking && seat !== "guest")
      .sort((one, other) => (one.seat < other.seat ? 1 : -1)); // a guest's is the clerk
    return (first && this.legs.get(first.id)) ?? null;
  }

  /** @param {RTCIceServer[]} servers as in the latest state, for new connections */
  setIceServers(servers) {
    this.#iceServers = servers;
  }

  /**
   * Who is to be connected with this page, as in the latest state. Safe to call with every state.
   *
   * @param {readonly Partner[]} partners without this page's own person
   * @param {string} mine id of this page's person
   * @param {number} myEpoch of this page
   */
  setPeers(partners, mine, myEpoch) {
    if (this.#closed) return;
    this.#partners = partners.filter(({ epoch }) => epoch);
    this.#mine = mine;
    this.#myEpoch = myEpoch;
    if (this.#prepared) this.#follow();
  }

  /**
   * A signal from another page. What belongs to a page not known yet waits for it.
   *
   * @param {Relayed} message
   * @returns {Promise<void>}
   */
  async handleSignal(message) {
    if (this.#closed) return;
    const leg = this.#legOf(message);
    if (leg) {
      await leg.receive(message);
      return;
    }
    this.#early.push({ message, at: this.#clock.now() });
    if (this.#early.length > EARLY_KEPT) this.#early.shift();
  }

  /** @param {Relayed} message @returns {Leg | null} the leg it belongs to */
  #legOf({ from, epoch, to_epoch }) {
    const leg = this.legs.get(from);
    return leg && epoch === leg.epoch && to_epoch === this.#myEpoch ? leg : null;
  }

  /**
   * Send these tracks to all who are in the visit, without a new negotiation; null sends nothing.
   *
   * @param {import("./types").OwnTracks} tracks
   * @returns {Promise<void>}
   */
  async setTracks(tracks) {
    this.#tracks = { ...tracks };
    await Promise.all(this.#partners.map(({ id, talking }) =>
      this.legs.get(id)?.setTracks(talking ? this.#tracks : this.#ready)));
  }

  /** @param {import("./types").MediaStatus} status of what is sent; told to the others */
  setStatus(status) {
    this.#status = { ...status };
    for (const leg of this.#talking) leg.setStatus(status);
  }

  /** The device has another network now: look for a path there, while the old one may go on. */
  networkChanged() {
    for (const leg of this.legs.values()) leg.renew();
  }

  /** The own line to the office is back: what may have been lost with it is made good. */
  resume() {
    for (const leg of this.legs.values()) leg.resume();
  }

  /** For good; leaves no listeners and no timers. */
  close() {
    this.#closed = true;
    this.#partners = [];
    this.#early = [];
    for (const leg of this.legs.values()) leg.close();
    this.legs.clear();
  }

  /** What a leg sends that does not talk yet: nothing, but it knows what is to come. */
  get #ready() {
    const { video, ahead } = this.#tracks;
    return { audio: null, video: null, next: video, ahead };
  }

  get #talking() {
    return this.#partners.flatMap(({ id, talking }) => (talking && this.legs.get(id)) || []);
  }

  /** @param {() => Promise<RTCCertificate | null>} create */
  async #prepare(create) {
    try {
      this.#certificate = await create();
    } catch {
      // Each connection makes one of its own then; without WebRTC at all, each leg says so.
    }
    this.#prepared = true;
    if (!this.#closed) this.#follow();
  }

  /** Make the legs what the partners ask for. */
  #follow() {
    for (const leg of [...this.legs.values()]) {
      const partner = this.#partners.find(({ id }) => id === leg.id);
      if (!partner || partner.epoch !== leg.epoch || leg.myEpoch !== this.#myEpoch) this.#drop(leg);
    }
    for (const partner of this.#partners) {
      const leg = this.legs.get(partner.id) ?? this.#add(partner);
      const cameBack = partner.online && !leg.online;
      leg.online = partner.online;
      leg.setTalking(partner.talking);
      void leg.setTracks(partner.talking ? this.#tracks : this.#ready);
      leg.setStatus(partner.talking ? this.#status : { audio: false, video: "off" });
      if (cameBack) leg.resume();
    }
    this.#takeEarly();
  }

  /** @param {Partner} partner */
  #add(partner) {
    /** @type {(type: string, detail?: object) => void} */
    const tell = (type, detail = {}) => {
      if (this.legs.get(partner.id) !== leg) return;
      this.dispatchEvent(new CustomEvent(type, { detail: { leg, ...detail } }));
    };
    const leg = new Leg({
      id: partner.id,
      seat: partner.seat,
      offers: this.#mine > partner.id,
      epoch: partner.epoch,
      myEpoch: this.#myEpoch,
      number: this.#numbers.get(this.#pair(partner)) ?? 0,
      iceServers: () => this.#iceServers,
      certificate: this.#certificate,
      createPeerConnection: this.#createPeerConnection,
      createStream: this.#createStream,
      clock: this.#clock,
      tell: {
        send: (part) => this.#signal({ to: partner.id, to_epoch: partner.epoch, ...part }),
        change: () => tell("change"),
        remote: () => tell("remote"),
        peerstatus: () => tell("peerstatus"),
        quality: () => tell("quality"),
        quiet: () => tell("quiet"),
        message: (kind, value) => tell("message", { kind, value }),
        fault: (error) => tell("fault", { error }),
      },
    });
    this.legs.set(partner.id, leg);
    leg.online = partner.online;
    leg.start();
    return leg;
  }

  /** @param {Leg} leg */
  #drop(leg) {
    const pair = this.#pair(leg, leg.myEpoch);
    this.#numbers.delete(pair);
    this.#numbers.set(pair, leg.number);
    for (const oldest of this.#numbers.keys()) {
      if (this.#numbers.size <= NUMBERS_KEPT) break;
      this.#numbers.delete(oldest);
    }
    this.legs.delete(leg.id);
    leg.close();
  }

  /** @param {{id: string, epoch: number}} other @param {number} [myEpoch] */
  #pair({ id, epoch }, myEpoch = this.#myEpoch) {
    return `${id} ${epoch} ${myEpoch}`;
  }

  #takeEarly() {
    const fresh = this.#clock.now() - EARLY_LIFE;
    for (const entry of this.#early.splice(0)) {
      if (entry.at < fresh) continue;
      const leg = this.#legOf(entry.message);
      if (leg) void leg.receive(entry.message);
      else this.#early.push(entry);
    }
  }
}
