// @ts-check
/**
 * The page's second connection, to the town's own server, while a document is looked at: a picture
 * goes out and words come back. Beside the call, which goes on. No DOM.
 *
 * Every attempt is a new connection; the server answers without trickling, so the offer is sent
 * when the own addresses are known, or after a moment: what is found later reaches it anyway, by
 * the checks that come from there.
 */

import { browserClock } from "./clock.js";
import { gathered } from "./gathering.js";

/** @typedef {import("./types").Side} Side */

const CONNECT = 15_000; // ms until it is given up
const PART = 16 * 1024; // bytes of one message, as in vamt/capture/wire.py
const LINES = 720; // of the picture that goes out, on its shorter side
const KILOBITS = 2500;

/**
 * Events:
 *
 * - `advice`: detail {side, advice, outline}
 * - `taken`: detail {side}
 * - `connected`: the server sees the picture from now on
 * - `over`: detail {why}; nothing more will come. A key of WHY in vamt/capture/wire.py
 */
export class CardPeer extends EventTarget {
  /** @type {(sdp: string) => Promise<string>} */ #offer;
  /** @type {() => Promise<ArrayBuffer>} */ #still;
  /** @type {RTCPeerConnection} */ #connection;
  /** @type {RTCDataChannel} */ #channel;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {unknown} */ #timer = null;
  #over = false;

  /**
   * @param {object} options
   * @param {(sdp: string) => Promise<string>} options.offer brings the offer to the office
   * @param {() => Promise<ArrayBuffer>} options.still the camera's picture now as JPEG; empty: cannot
   * @param {RTCIceServer[]} options.iceServers the town's own
   * @param {(config: RTCConfiguration) => RTCPeerConnection} [options.createPeerConnection]
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({
    offer, still, iceServers,
    createPeerConnection = (config) => new RTCPeerConnection(config),
    clock = browserClock,
  }) {
    super();
    this.#offer = offer;
    this.#still = still;
    this.#clock = clock;
    this.#connection = createPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#channel = this.#connection.createDataChannel("capture");
    this.#channel.binaryType = "arraybuffer";
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
    this.#channel.addEventListener("close", () => this.#end("ended"));
    this.#connection.addEventListener("connectionstatechange", () => this.#onState());
  }

  /** @param {MediaStreamTrack} track of the camera that sees the document; not stopped here */
  async start(track) {
    try {
      track.contentHint = "detail"; // sharp before smooth
      const line = this.#connection.addTransceiver(track, {
        direction: "sendonly",
        sendEncodings: [{ maxBitrate: KILOBITS * 1000, scaleResolutionDownBy: scaleOf(track) }],
      });
      this.#timer = this.#clock.setTimeout(() => this.#end("path"), CONNECT);
      await this.#connection.setLocalDescription(await this.#connection.createOffer());
      await keepResolution(line.sender);
      await gathered(this.#connection, this.#clock);
      if (this.#over) return;
      const sdp = await this.#offer(this.#connection.localDescription?.sdp ?? "");
      if (!this.#over) await this.#connection.setRemoteDescription({ type: "answer", sdp });
    } catch {
      this.#end("path"); // no office, no answer, or none that this browser understands
    }
  }

  /** Let go of the connection; the camera stays open. */
  close() {
    this.#over = true;
    this.#clock.clearTimeout(this.#timer);
    this.#connection.close();
  }

  #onState() {
    const state = this.#connection.connectionState;
    if (state === "connected") {
      this.#clock.clearTimeout(this.#timer);
      this.dispatchEvent(new Event("connected"));
    } else if (state === "failed") {
      this.#end("path");
    }
  }

  /** @param {unknown} data */
  #hear(data) {
    if (this.#over || typeof data !== "string") return;
    const message = /** @type {Record<string, unknown>} */ (JSON.parse(data));
    switch (message.kind) {
      case "still":
        void this.#sendStill();
        break;
      case "end":
      case "error":
        this.#end(String(message.why));
        break;
      default: // advice, taken
        this.dispatchEvent(new CustomEvent(String(message.kind), { detail: message }));
    }
  }

  async #sendStill() {
    const jpeg = await this.#still().catch(() => new ArrayBuffer(0));
    if (this.#over || this.#channel.readyState !== "open") return;
    this.#channel.send(JSON.stringify({ kind: "still", bytes: jpeg.byteLength }));
    for (let at = 0; at < jpeg.byteLength; at += PART) this.#channel.send(jpeg.slice(at, at + PART));
  }

  /** @param {string} why */
  #end(why) {
    if (this.#over) return;
    this.close();
    this.dispatchEvent(new CustomEvent("over", { detail: { why } }));
  }
}

/** By how much the picture has to shrink to be 720 lines high. @param {MediaStreamTrack} track */
function scaleOf(track) {
  const { width = 1280, height = 720 } = track.getSettings();
  return Math.max(1, Math.min(width, height) / LINES);
}

/** @param {RTCRtpSender} sender */
async function keepResolution(sender) {
  try {
    const parameters = sender.getParameters();
    Object.assign(parameters, { degradationPreference: "maintain-resolution" });
    await sender.setParameters(parameters);
  } catch {
    // a wish only: contentHint says the same where this is not known
  }
}
