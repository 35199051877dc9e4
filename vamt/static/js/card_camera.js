// @ts-check
/**
 * The camera that sees the document. A telephone's rear camera, which focuses better and has no
 * mirror: it opens no second one beside the first, so the call shows that picture meanwhile. On a
 * computer the same camera once more, in its full resolution. No DOM.
 */

import { constraints } from "./capture.js";

/** @typedef {import("./devices.js").Devices} Devices */

/** What has been opened for the document, and how it is given back. */
export class CardCamera {
  /** @type {Devices} */ #devices;
  /** @type {MediaDevices | undefined} */ #media;
  /** @type {MediaStreamTrack | null} one of our own, beside the call's */ #own = null;
  #lent = false; // the call's camera looks at the document
  #asked = 0;

  /**
   * @param {Devices} devices
   * @param {MediaDevices | undefined} [media]
   */
  constructor(devices, media = globalThis.navigator?.mediaDevices) {
    this.#devices = devices;
    this.#media = media;
  }

  /** Whether the picture is not to be mirrored: the camera looks away from her. */
  get rear() {
    return this.#lent ? this.#devices.rear : this.#own?.getSettings().facingMode === "environment";
  }

  /** @returns {MediaStreamTrack | null} what the document is seen by now */
  get track() {
    return this.#lent ? this.#devices.tracks.video : this.#own;
  }

  /** @returns {Promise<MediaStreamTrack | null>} null where no camera could be opened */
  async open() {
    if (this.track?.readyState === "live") return this.track;
    const asked = ++this.#asked;
    const { cameras } = await this.#devices.list();
    const open = this.#devices.tracks.video;
    if (open && cameras.some(({ rear }) => rear)) {
      this.#lent = true;
      await this.#devices.lend();
      if (asked !== this.#asked) await this.#devices.takeBack(); // given up meanwhile
    } else {
      const own = await this.#openOwn(open);
      if (asked === this.#asked) this.#own = own;
      else own?.stop();
    }
    return asked === this.#asked ? this.track : null;
  }

  /** The call's camera is as it was before. */
  async close() {
    this.#asked += 1;
    this.#own?.stop();
    this.#own = null;
    if (!this.#lent) return;
    this.#lent = false;
    await this.#devices.takeBack();
  }

  /** @param {MediaStreamTrack | null} beside the call's */
  async #openOwn(beside) {
    const id = beside?.getSettings().deviceId;
    /** @type {import("./capture.js").Wish} */
    const wish = { ...(id ? { id, exact: true } : { facing: "environment" }), large: true };
    try {
      const stream = await this.#media?.getUserMedia({ audio: false, video: constraints("video", wish) });
      return stream?.getTracks()[0] ?? null;
    } catch {
      return beside?.clone() ?? null; // what the call has is better than nothing
    }
  }
}
