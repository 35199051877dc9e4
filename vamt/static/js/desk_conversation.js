// @ts-check
/**
 * The desk's half of a call: which visit the connection belongs to, and what of the clerk it
 * sends: nothing while it rings, then camera and sound, or the screen. No DOM.
 */

import { Call } from "./call.js";
import { RING } from "./ringing.js";

/**
 * @typedef {import("./types").DeskState} DeskState
 * @typedef {import("./devices.js").Devices} Devices
 *
 * @typedef {object} Called
 * @property {string} id   of the person
 * @property {number} at   Unix seconds by the server's clock
 */

/**
 * The visit that the clerk's click begins, as far as it is known before the office has written it
 * down: her picture may be here by then.
 *
 * @param {DeskState} desk
 * @param {Called | null} called
 * @returns {Pick<DeskState, "visit" | "appointment"> | null} null where there is none, or the office knows
 */
export function visitAhead(desk, called) {
  const peer = desk.ready.find(({ id }) => id === called?.id);
  const appointment = desk.waiting.find(({ id }) => `citizen:${id}` === called?.id);
  if (desk.visit || !called || !peer || !appointment) return null;
  return {
    appointment,
    visit: {
      id: "",
      state: "ringing",
      clerk: desk.me.name,
      citizen: peer.name,
      service: appointment.service,
      peers: [peer],
      since: called.at,
      guests: [],
      chat_shared: false,
      identity: "none",
      check: null,
      signature: null,
      form: null,
    },
  };
}

/**
 * Events:
 *
 * - `change`: something the stage shows is another one
 * - `quiet`: nothing arrives any more from somebody
 */
export class Conversation extends EventTarget {
  /** @type {Call} */ #call;
  /** @type {Devices} */ #devices;
  /** @type {MediaStream | null} the shared screen */ #screen = null;
  /** @type {DeskState | null} the latest */ #desk = null;
  #visit = "";
  #open = false;
  /** @type {Called | null} whoever the clerk has just called, until the office has answered */ #called = null;

  /**
   * @param {object} options
   * @param {Devices} options.devices
   * @param {(message: import("./types").Signal) => void} options.signal
   * @param {(options: ConstructorParameters<typeof Call>[0]) => Call} [options.createCall]
   */
  constructor({ devices, signal, createCall = (options) => new Call(options) }) {
    super();
    this.#devices = devices;
    this.#call = createCall({ signal });
    for (const event of ["change", "remote", "peerstatus", "quality"]) {
      this.#call.addEventListener(event, () => {
        if (!this.#visit && !this.#called) return;
        if (event === "peerstatus") this.#send();
        this.#tell();
      });
    }
    this.#call.addEventListener("quiet", () => this.dispatchEvent(new Event("quiet")));
    devices.addEventListener("change", () => this.#send());
  }

  /** The page's legs; see `call.js`. */
  get call() {
    return this.#call;
  }

  /** @returns {import("./types").CallState} */
  get state() {
    return this.#call.main?.state ?? "idle";
  }

  get called() {
    return this.#called;
  }

  /** What is seen and heard of the citizen; null while that is nothing. */
  get remote() {
    return filled(this.#call.main?.remote);
  }

  get peerStatus() {
    return this.#call.main?.peerStatus ?? null;
  }

  /** Whether she has accepted: what she sends tells it before the office does. */
  get answered() {
    const status = this.peerStatus;
    return this.#open || (status !== null && (status.audio || status.video !== "off"));
  }

  get sharing() {
    return this.#screen !== null;
  }

  /** What the clerk sees of what she sends; null while that is nothing. */
  get local() {
    return this.#screen ?? filled(this.#devices.stream);
  }

  /** How good the conversation is, and what helps; null without one. */
  get quality() {
    return this.#call.main?.quality ?? null;
  }

  /** Whether pictures and sound go to and fro, whatever the line to the server does. */
  get talking() {
    return this.state === "connected" || this.state === "unstable";
  }

  /**
   * Follow the desk's state: begin, go on with, or leave a call, and be ready for the next one.
   * Safe with every state.
   *
   * @param {DeskState} desk
   */
  follow(desk) {
    const visit = desk.visit;
    this.#desk = desk;
    if (visit) this.#called = null;
    if ((visit?.id ?? "") !== this.#visit) this.#leave(visit?.id ?? "");
    this.#open = visit?.state === "open";
    if (!this.#open) this.stopSharing();
    this.#send();
    this.#call.setIceServers(desk.ice);
    this.#connect(desk);
  }

  /**
   * The clerk has clicked: whoever she calls hears it directly, and her picture sets out, if the path
   * is made already. The office takes a tenth of a second to let it ring, and so does a picture to begin.
   *
   * @param {string | null} appointment null: the next one's
   * @param {number} at  Unix seconds by the server's clock
   */
  expect(appointment, at) {
    const id = this.#desk?.ready[0]?.id;
    this.#called = id && (appointment === null || id === `citizen:${appointment}`) ? { id, at } : null;
    if (this.#desk) this.#connect(this.#desk);
    this.#ring(true);
  }

  /** The office has refused the call. */
  expectNobody() {
    this.#ring(false);
    this.#called = null;
    if (this.#desk) this.#connect(this.#desk);
  }

  /** @param {import("./types").Relayed} message */
  handleSignal(message) {
    void this.#call.handleSignal(message);
  }

  /** The computer has another network now. */
  networkChanged() {
    this.#call.networkChanged();
  }

  /** The line to the office is back. */
  resume() {
    this.#call.resume();
  }

  /**
   * Show a window or the whole screen instead of the camera.
   *
   * @throws {DOMException} where the browser or the system refuses; not when the clerk cancels
   */
  async share() {
    if (!this.#open || this.#screen) return;
    const visit = this.#visit;
    /** @type {MediaStream} */
    let screen;
    try {
      screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") return;
      throw error;
    }
    const track = screen.getVideoTracks()[0];
    if (!track || visit !== this.#visit || !this.#open) {
      for (const each of screen.getTracks()) each.stop(); // the visit ended while she chose
      return;
    }
    track.contentHint = "detail"; // text stays sharp, movement may stutter
    // The browser has a button of its own to stop.
    track.addEventListener("ended", () => this.#screen === screen && this.stopSharing());
    this.#screen = screen;
    this.#send();
    this.#tell();
  }

  stopSharing() {
    if (!this.#screen) return;
    for (const track of this.#screen.getTracks()) track.stop();
    this.#screen = null;
    this.#send();
    this.#tell();
  }

  /** Hang up for good; the devices stay open. */
  close() {
    this.#leave("");
    this.#call.close();
  }

  /** @param {string} visit the next one's id, or "" */
  #leave(visit) {
    this.#open = false;
    this.stopSharing();
    this.#visit = visit;
    this.#tell();
  }

  /** @param {DeskState} desk */
  #connect({ id: mine, epoch, visit, ready }) {
    const others = visit
      ? visit.peers.filter(({ id }) => id !== mine).map((peer) => ({ ...peer, talking: true }))
      : ready.map((peer) => ({ ...peer, talking: peer.id === this.#called?.id }));
    this.#call.setPeers(others, mine, epoch);
  }

  /** @param {boolean} on see `ringing.js` */
  #ring(on) {
    this.#call.legs.get(this.#called?.id ?? "")?.send(RING, on);
  }

  /** The clerk's picture is on its way while it rings, to be there when she accepts; no sound. */
  #send() {
    const { audio, video } = this.#devices.tracks;
    const screen = this.#screen?.getVideoTracks()[0] ?? null;
    const answered = this.answered;
    const tracks = { audio: answered ? audio : null, video: screen ?? video, ahead: !answered };
    void this.#call.setTracks(tracks);
    this.#call.setStatus({
      audio: tracks.audio !== null && !this.#devices.state.muted && !this.#devices.silent,
      video: tracks.video === null ? "off" : screen ? "screen" : "camera",
    });
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * An empty stream in a <video> keeps the page's `load` event waiting (Chromium 156), so that a
 * desk without a camera would seem to load for ever.
 *
 * @param {MediaStream | undefined} stream
 */
function filled(stream) {
  return stream?.getTracks().length ? stream : null;
}
