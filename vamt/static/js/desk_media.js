// @ts-check
/**
 * The clerk's camera and microphone: opened where nobody needs to be asked, else with a click, and
 * let go in a break. No DOM; `Devices` does the opening.
 */

import { bothPermitted } from "./permissions.js";

/** Event `change`: anything a view shows of it is another. */
export class DeskMedia extends EventTarget {
  /** @type {import("./devices.js").Devices} */ #devices;
  /** @type {() => Promise<boolean>} */ #permitted;

  /**
   * @param {import("./devices.js").Devices} devices
   * @param {() => Promise<boolean>} [permitted]
   */
  constructor(devices, permitted = bothPermitted) {
    super();
    this.#devices = devices;
    this.#permitted = permitted;
    /** They have been opened, or that was tried. */
    this.asked = false;
    /** It is known that the browser would have to ask the clerk. */
    this.askable = false;
    /** @type {import("./types").DeviceList} */
    this.list = { cameras: [], microphones: [], speakers: [] };
    devices.addEventListener("change", () => void this.look());
  }

  /** Open both; the browser may ask the clerk. */
  async open() {
    this.asked = true;
    this.#tell();
    await this.#devices.open();
    await this.look();
  }

  /**
   * Open without a question where the browser remembers the answer, or has been asked before.
   *
   * @param {boolean} talking reloaded in the middle of a visit: a question is better than a black picture
   */
  async openIfGranted(talking) {
    if (this.asked || talking || (await this.#permitted())) return this.open();
    this.askable = true;
    this.#tell();
  }

  /** Let go of both: the camera's lamp goes out. */
  release() {
    if (this.asked) void this.#devices.open({ audio: false, video: false });
  }

  /** What there is to choose from may be another now. */
  async look() {
    this.list = await this.#devices.list();
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
