// @ts-check
/**
 * With what she takes part: camera and microphone as she wants them, over reloads and pauses, and
 * what the office is told of it. No DOM; `Devices` does the opening.
 */

import { writeMemory } from "./memory.js";
import { bothPermitted } from "./permissions.js";

/** @typedef {import("./memory.js").Memory} Memory */

/** Event `change`: anything a view shows of it is another. */
export class CitizenMedia extends EventTarget {
  /** @type {import("./devices.js").Devices} */ #devices;
  /** @type {Memory} */ #memory;
  /** @type {(devices: import("./types").DevicesReport) => Promise<unknown>} */ #report;
  #reported = "";

  /**
   * @param {object} options
   * @param {import("./devices.js").Devices} options.devices
   * @param {Memory} options.memory
   * @param {(devices: import("./types").DevicesReport) => Promise<unknown>} options.report
   */
  constructor({ devices, memory, report }) {
    super();
    this.#devices = devices;
    this.#memory = memory;
    this.#report = report;
    /** She was asked, or the browser let us open them without. */
    this.started = false;
    this.opening = false;
    /** @type {import("./types").DeviceList} */
    this.list = { cameras: [], microphones: [], speakers: [] };
    devices.addEventListener("change", () => {
      const open = this.hasMicrophone || devices.state.camera === "ok";
      if (open && !memory.opened) this.remember({ opened: true });
      this.report();
      void this.look();
    });
  }

  get mode() {
    return this.#memory.mode;
  }

  get hasMicrophone() {
    return this.#devices.state.microphone === "ok";
  }

  /** @param {Partial<Memory>} kept */
  remember(kept) {
    Object.assign(this.#memory, kept);
    writeMemory(this.#memory);
    this.#tell();
  }

  /** Open what she wants to take part with; the browser may ask her for permission. */
  async open() {
    const { mode, cameraOff, muted } = this.#memory;
    this.started = true;
    this.opening = true;
    this.#tell();
    this.#devices.setMuted(muted);
    await this.#devices.open({ audio: mode !== "text", video: mode === "video" && !cameraOff });
    this.opening = false;
    this.report();
    await this.look();
  }

  /** Open unless that was done, or she wants to write only. */
  async openOnce() {
    if (!this.started && this.mode !== "text") await this.open();
  }

  /**
   * After a reload or a pause: open again where nobody needs to be asked.
   *
   * @param {boolean} talking in the visit: then a question is better than silence
   */
  async reopen(talking) {
    if (this.started || this.mode === "text") return;
    if (talking || this.#memory.opened || (await bothPermitted())) await this.openOnce();
  }

  /** Let go of camera and microphone: their lamps go out. */
  release() {
    if (!this.started) return;
    this.started = false;
    void this.#devices.open({ audio: false, video: false });
  }

  /**
   * @param {boolean} muted
   * @returns {Promise<boolean>} false where there is no microphone to be had
   */
  async mute(muted) {
    this.remember({ muted });
    if (muted || this.hasMicrophone) {
      this.#devices.setMuted(muted);
      return true;
    }
    this.remember({ mode: this.mode === "text" ? "sound" : this.mode });
    await this.open();
    return this.hasMicrophone;
  }

  /**
   * @param {boolean} off
   * @returns {Promise<boolean>} false where there is no camera to be had
   */
  async setCameraOff(off) {
    this.remember(off ? { cameraOff: true } : { cameraOff: false, mode: "video" });
    this.started = true;
    await this.#devices.setCameraOff(off);
    return off || this.#devices.state.camera === "ok";
  }

  /** What there is to choose from may be another now. */
  async look() {
    this.list = await this.#devices.list();
    this.#tell();
  }

  /** Tell the office what her devices can do, so that nobody is surprised. */
  report() {
    if (!this.started || this.opening) return;
    const { camera, microphone } = this.#devices.state;
    const reported = `${camera} ${microphone}`;
    if (reported === this.#reported) return;
    this.#reported = reported;
    this.#report({ camera, microphone }).catch(() => {
      this.#reported = ""; // with the next change
    });
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
