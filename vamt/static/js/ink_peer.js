// @ts-check
/**
 * The page's second connection while somebody signs: a data channel to the town's own server, over
 * which strokes arrive sooner than through the office's line. Nothing depends on it. No DOM.
 */

import { browserClock } from "./clock.js";
import { gathered } from "./gathering.js";

const CONNECT = 10_000; // ms until it is given up

/** Events: `open`, strokes may be posted; `over`, no more of them. */
export class InkPeer extends EventTarget {
  /** @type {RTCPeerConnection} */ #connection;
  /** @type {RTCDataChannel} */ #channel;
  /** @type {import("./types").Clock} */ #clock;
  /** @type {unknown} */ #timer;
  #over = false;

  /**
   * @param {object} options
   * @param {(sdp: string) => Promise<string>} options.offer brings the offer to the office
   * @param {RTCIceServer[]} options.iceServers the town's own
   * @param {(config: RTCConfiguration) => RTCPeerConnection} [options.createPeerConnection]
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({
    offer, iceServers, createPeerConnection = (config) => new RTCPeerConnection(config), clock = browserClock,
  }) {
    super();
    this.#clock = clock;
    this.#connection = createPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#channel = this.#connection.createDataChannel("capture");
    this.#channel.addEventListener("open", () => {
      clock.clearTimeout(this.#timer);
      this.dispatchEvent(new Event("open"));
    });
    this.#channel.addEventListener("close", () => this.close());
    this.#connection.addEventListener("connectionstatechange", () => {
      if (this.#connection.connectionState === "failed") this.close();
    });
    this.#timer = clock.setTimeout(() => this.close(), CONNECT);
    this.#connect(offer).catch(() => this.close());
  }

  /**
   * @param {import("./types").InkPiece} piece
   * @returns {boolean} whether it is on its way
   */
  post(piece) {
    if (this.#over || this.#channel.readyState !== "open") return false;
    this.#channel.send(JSON.stringify({ kind: "ink", ...piece }));
    return true;
  }

  /** Let go of it; harmless twice. */
  close() {
    if (this.#over) return;
    this.#over = true;
    this.#clock.clearTimeout(this.#timer);
    this.#connection.close();
    this.dispatchEvent(new Event("over"));
  }

  /** @param {(sdp: string) => Promise<string>} offer */
  async #connect(offer) {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    await gathered(this.#connection, this.#clock);
    if (this.#over) return;
    const sdp = await offer(this.#connection.localDescription?.sdp ?? "");
    if (!this.#over) await this.#connection.setRemoteDescription({ type: "answer", sdp });
  }
}
