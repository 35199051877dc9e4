// @ts-check
/**
 * Ways through her network: one to the outside (STUN), one through the town's relay (TURN), and
 * how packets fare on that one. All of it between two ends in this page; nobody else takes part.
 */

import { pause } from "./patience.js";

/**
 * @typedef {import("./types").Clock} Clock
 * @typedef {import("./types").Found} Found
 * @typedef {(config: RTCConfiguration) => RTCPeerConnection} CreateConnection
 *
 * @typedef {object} Flow what came back of the packets
 * @property {number | null} kbps        as fast as they came in, null where too few did
 * @property {number} loss               0..1
 * @property {number | null} round_trip  ms, the middle one
 */

const PACKET = 1000; // bytes, one datagram on every network
const EVERY = 10; // ms from one packet to the next: 800 kbit/s, above all the limits
const SENDING = 1600; // ms; 160 packets tell 1 % of loss
const TAIL = 500; // ms for what is still on its way
const BURST = 8; // packets made up for at once when the page was busy
const FULL = 4 * PACKET; // bytes that wait in the browser already: the line is full, so no more

/**
 * The servers of one kind.
 *
 * @param {readonly RTCIceServer[]} ice
 * @param {"stun" | "turn"} kind
 * @returns {RTCIceServer[]}
 */
export function serversOf(ice, kind) {
  return ice
    .map((server) => ({
      ...server,
      urls: [server.urls].flat().filter((url) => new RegExp(`^${kind}s?:`, "i").test(url)),
    }))
    .filter(({ urls }) => urls.length > 0);
}

/**
 * Whether STUN shows a way out. Where a computer has a public address itself there is no mapped
 * one to be found; then no complaint is as good.
 *
 * @param {RTCIceServer[]} iceServers
 * @param {CreateConnection} create
 * @param {AbortSignal} signal
 * @returns {Promise<Found>} never settles where no server answers
 */
export async function findWayOut(iceServers, create, signal) {
  const connection = open(create, { iceServers }, signal);
  connection.createDataChannel("check");
  /** @type {Promise<Found>} */
  const found = new Promise((resolve) => {
    let usable = false;
    let refused = false;
    connection.addEventListener("icecandidateerror", () => (refused = true));
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type === "srflx") resolve("ok");
      else if (candidate?.candidate) usable = true;
      else if (!candidate) resolve(usable && !refused ? "ok" : "failed");
    });
  });
  await connection.setLocalDescription(await connection.createOffer());
  return found;
}

/**
 * A line from this page through the relay and back to it.
 *
 * @param {RTCIceServer[]} iceServers
 * @param {CreateConnection} create
 * @param {AbortSignal} signal closes both ends
 * @returns {Promise<{near: RTCDataChannel, far: RTCDataChannel} | null>} null where no relay was
 *   given; never settles where one was and nothing comes through
 */
export async function openRelay(iceServers, create, signal) {
  /** @type {RTCConfiguration} */
  const config = { iceServers, iceTransportPolicy: "relay" };
  const [a, b] = [open(create, config, signal), open(create, config, signal)];
  const refused = Promise.race([exchange(a, b), exchange(b, a)]);
  const near = a.createDataChannel("check", { ordered: false, maxRetransmits: 0 });
  /** @type {Promise<RTCDataChannel>} */
  const far = new Promise((resolve) => b.addEventListener("datachannel", ({ channel }) => resolve(channel)));
  const opened = new Promise((resolve) => near.addEventListener("open", resolve));
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(/** @type {RTCSessionDescription} */ (a.localDescription));
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(/** @type {RTCSessionDescription} */ (b.localDescription));
  const ends = Promise.all([far, opened]).then(([channel]) => ({ near, far: channel }));
  return Promise.race([ends, refused]);
}

/**
 * Send packets at an even pace and see what comes back.
 *
 * @param {{near: RTCDataChannel, far: RTCDataChannel}} line
 * @param {Clock} clock
 * @param {AbortSignal} signal
 * @returns {Promise<Flow>}
 */
export async function sendPackets({ near, far }, clock, signal) {
  /** @type {number[]} */
  const sent = [];
  /** @type {{number: number, at: number}[]} */
  const came = [];
  far.binaryType = "arraybuffer";
  far.addEventListener("message", ({ data }) => {
    came.push({ number: new DataView(data).getUint32(0), at: clock.now() });
  });
  const begun = clock.now();
  while (!signal.aborted && clock.now() - begun < SENDING) {
    const due = Math.floor((clock.now() - begun) / EVERY) + 1;
    for (let made = 0; sent.length < due && made < BURST && near.bufferedAmount < FULL; made++) {
      const packet = new DataView(new ArrayBuffer(PACKET));
      packet.setUint32(0, sent.length);
      sent.push(clock.now());
      near.send(packet.buffer);
    }
    await pause(clock, EVERY, signal);
  }
  await pause(clock, TAIL, signal);
  return flowOf(sent, came);
}

/**
 * Lost is what is missing before the last that came: what is later may be on its way still.
 *
 * @param {readonly number[]} sent when each packet left
 * @param {readonly {number: number, at: number}[]} came in the order they came
 * @returns {Flow}
 */
export function flowOf(sent, came) {
  if (came.length === 0) return { kbps: null, loss: 1, round_trip: null };
  const last = Math.max(...came.map(({ number }) => number));
  const times = came.map(({ number, at }) => at - sent[number]).sort((a, b) => a - b);
  const lasted = came[came.length - 1].at - came[0].at;
  return {
    kbps: lasted > 0 ? Math.round(((came.length - 1) * PACKET * 8) / lasted) : null,
    loss: 1 - came.length / (last + 1),
    round_trip: Math.round(times[Math.floor(times.length / 2)]),
  };
}

/**
 * @param {CreateConnection} create
 * @param {RTCConfiguration} config
 * @param {AbortSignal} signal
 */
function open(create, config, signal) {
  const connection = create(config);
  signal.addEventListener("abort", () => connection.close());
  return connection;
}

/**
 * Hand the candidates of one end to the other, when that knows what they belong to.
 *
 * @param {RTCPeerConnection} from
 * @param {RTCPeerConnection} to
 * @returns {Promise<null>} settles when the relay gave this end nothing
 */
function exchange(from, to) {
  let given = 0;
  /** @type {RTCIceCandidate[]} */
  const early = [];
  const hand = (/** @type {RTCIceCandidate} */ candidate) => {
    to.addIceCandidate(candidate).catch(() => {}); // one of a kind it does not know
  };
  to.addEventListener("signalingstatechange", () => {
    if (to.remoteDescription) early.splice(0).forEach(hand);
  });
  return new Promise((resolve) => {
    from.addEventListener("icecandidate", ({ candidate }) => {
      if (!candidate) {
        if (given === 0) resolve(null);
      } else if (candidate.candidate) {
        given += 1;
        if (to.remoteDescription) hand(candidate);
        else early.push(candidate);
      }
    });
  });
}
