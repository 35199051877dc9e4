// @ts-check
/**
 * Her camera, microphone and loudspeaker: opening, choosing, muting, and saying in one word why
 * something cannot be had. A missing or denied device never ends anything. No DOM.
 *
 * Everything that opens or stops a device waits for its turn: phones give a camera to one taker
 * at a time, and iOS ends the older capture when a second one begins.
 */

import { constraints, facingOf, looksAway, reasonOf } from "./capture.js";
import { Meter } from "./meter.js";

export { isInAppBrowser } from "./capture.js";

/** @typedef {import("./types").Ability} Ability */
/** @typedef {import("./types").DevicesState} DevicesState */
/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {import("./capture.js").Wish} Wish */

/**
 * Event `change`: detail is the DevicesState; tracks or the list of devices may be others now.
 */
export class Devices extends EventTarget {
  /** @type {MediaDevices | undefined} */ #media;
  /** @type {Permissions | undefined} */ #permissions;
  /** @type {Record<Kind, MediaStreamTrack | null>} */ #open = { audio: null, video: null };
  /** @type {Record<Kind, Ability>} */ #ability = { audio: "unknown", video: "unknown" };
  /** @type {Record<Kind, boolean>} */ #wanted = { audio: false, video: false };
  /** @type {Record<Kind, string>} */ #id = { audio: "", video: "" };
  /** @type {"user" | "environment"} */ #facing = "user";
  #speakerId = "";
  #muted = false;
  #cameraOff = false;
  #closed = false;
  /** @type {Promise<unknown>} */ #turn = Promise.resolve();
  /** @type {Meter} */ #meter;
  #onDeviceChange = () => void this.#inTurn(() => this.#lookForMissing());

  /**
   * @param {object} [options]
   * @param {MediaDevices} [options.mediaDevices] missing where the page is no secure context
   * @param {Permissions} [options.permissions]
   * @param {Meter} [options.meter]
   * @param {() => MediaStream} [options.createStream]
   */
  constructor({
    mediaDevices = globalThis.navigator?.mediaDevices,
    permissions = globalThis.navigator?.permissions,
    meter = new Meter(),
    createStream = () => new MediaStream(),
  } = {}) {
    super();
    this.#media = mediaDevices;
    this.#permissions = permissions;
    this.#meter = meter;
    /** Her own picture and sound; one object for all the time, for the preview. */
    this.stream = createStream();
    this.#media?.addEventListener?.("devicechange", this.#onDeviceChange);
  }

  /** @returns {DevicesState} */
  get state() {
    const off = this.#cameraOff && this.#ability.video === "ok";
    return {
      camera: off ? "off" : this.#ability.video,
      microphone: this.#ability.audio,
      muted: this.#muted,
      cameraOff: this.#cameraOff,
      cameraId: this.#id.video,
      microphoneId: this.#id.audio,
      speakerId: this.#speakerId,
    };
  }

  /** @returns {import("./types").OwnTracks} what can be sent */
  get tracks() {
    return { ...this.#open };
  }

  /** Whether the open camera looks away from the person; her own picture is then not mirrored. */
  get rear() {
    return this.#facing === "environment";
  }

  /**
   * Ask for camera and microphone, in one question. Falls back to the microphone alone, then to
   * the camera alone, then to nothing; never fails.
   *
   * @param {{audio?: boolean, video?: boolean}} [wanted]
   * @returns {Promise<DevicesState>}
   */
  open({ audio = true, video = true } = {}) {
    return this.#inTurn(async () => {
      this.#wanted = { audio, video };
      this.#cameraOff = false;
      this.#stop("audio");
      this.#stop("video");
      this.#ability = { audio: audio ? "missing" : "off", video: video ? "missing" : "off" };
      if (this.#media?.getUserMedia && (audio || video)) await this.#ask(audio, video);
      this.#tell();
      return this.state;
    });
  }

  /**
   * What there is to choose from. Labels are empty until the person has given permission.
   *
   * @returns {Promise<import("./types").DeviceList>}
   */
  async list() {
    const found = await this.#enumerate();
    /** @param {MediaDeviceKind} kind */
    const of = (kind) => found
      .filter((info) => info.kind === kind && info.deviceId !== "communications")
      .map((info, index) => ({
        id: info.deviceId,
        label: info.label,
        number: index + 1,
        rear: kind === "videoinput" && looksAway(info),
      }));
    return {
      cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput"),
    };
  }

  /**
   * Use other devices; what is not named stays as it is. Where the new one cannot be opened the
   * old one comes back.
   *
   * @param {{camera?: string, microphone?: string, speaker?: string}} wanted ids from `list()`
   * @returns {Promise<DevicesState>}
   */
  choose({ camera, microphone, speaker }) {
    return this.#inTurn(async () => {
      if (speaker !== undefined) this.#speakerId = speaker;
      if (microphone !== undefined) await this.#swap("audio", { id: microphone, exact: true });
      if (camera !== undefined) {
        this.#cameraOff = false;
        await this.#swap("video", { id: camera, exact: true });
      }
      this.#tell();
      return this.state;
    });
  }

  /**
   * Front camera to rear camera and back; where the browser knows no sides, the next camera.
   *
   * @returns {Promise<DevicesState>}
   */
  flip() {
    return this.#inTurn(async () => {
      const facing = this.#facing === "user" ? "environment" : "user";
      const { cameras } = await this.list();
      const sided = cameras.find((camera) => camera.rear === (facing === "environment"));
      const at = cameras.findIndex((camera) => camera.id === this.#id.video);
      const next = cameras[(at + 1) % cameras.length];
      this.#cameraOff = false;
      if (!cameras.some((camera) => camera.rear) && next) {
        await this.#swap("video", { id: next.id, exact: true });
      } else if (facing === "environment" || !sided) {
        // Of several rear cameras the phone knows best which is the main one.
        await this.#swap("video", { facing, exact: true });
      } else {
        await this.#swap("video", { id: sided.id, exact: true });
      }
      this.#tell();
      return this.state;
    });
  }

  /** @param {boolean} muted the microphone stays open but gives silence: unmuting is instant */
  setMuted(muted) {
    this.#muted = muted;
    if (this.#open.audio) this.#open.audio.enabled = !muted;
    this.#tell();
  }

  /**
   * Off really closes the camera: its lamp goes out, and that is what people trust.
   *
   * @param {boolean} off
   * @returns {Promise<DevicesState>}
   */
  setCameraOff(off) {
    return this.#inTurn(async () => {
      if (off) {
        this.#cameraOff = true;
        this.#stop("video");
      } else if (!this.#open.video) {
        this.#wanted.video = true;
        this.#ability.video = await this.#reopen("video", this.#lastWish("video"));
        this.#cameraOff = this.#ability.video !== "ok";
      }
      this.#tell();
      return this.state;
    });
  }

  /**
   * How loud the microphone is now. Call it first after a click: browsers start no audio before.
   *
   * @returns {number} 0..1, of -60 to 0 dBFS
   */
  level() {
    return this.#muted ? 0 : this.#meter.level(this.#open.audio);
  }

  /** Let go of everything. */
  close() {
    this.#closed = true;
    this.#media?.removeEventListener?.("devicechange", this.#onDeviceChange);
    this.#stop("audio");
    this.#stop("video");
    this.#meter.close();
  }

  /**
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  #inTurn(act) {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  /**
   * The first question, both kinds at once, and what can still be had when it fails.
   *
   * @param {boolean} audio
   * @param {boolean} video
   */
  async #ask(audio, video) {
    const reason = await this.#take(audio, video);
    if (reason === "ok") return;
    if (!audio || !video) {
      this.#ability[audio ? "audio" : "video"] = reason;
      return;
    }
    const [microphone, camera] = await Promise.all([
      this.#permission("microphone"), this.#permission("camera"),
    ]);
    this.#ability = { audio: reason, video: reason };
    if (reason === "denied" && microphone === "denied" && camera === "denied") return;
    if (reason !== "denied" || microphone !== "denied") {
      this.#ability.audio = await this.#take(true, false);
      if (this.#ability.audio === "ok") return;
    }
    // She has said no twice where the browser keeps no record: a third question would pester.
    const pester = reason === "denied" && this.#ability.audio === "denied" && camera !== "granted";
    if (!pester || microphone === "denied") this.#ability.video = await this.#take(false, true);
  }

  /**
   * @param {boolean} audio
   * @param {boolean} video
   * @param {Wish} [wish] for the one kind asked for
   * @returns {Promise<Ability>} "ok", and the tracks are in place, or why not
   */
  async #take(audio, video, wish) {
    try {
      const stream = await /** @type {MediaDevices} */ (this.#media).getUserMedia({
        audio: audio && constraints("audio", wish ?? this.#lastWish("audio")),
        video: video && constraints("video", wish ?? this.#lastWish("video")),
      });
      for (const track of stream.getTracks()) this.#adopt(track);
      return "ok";
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** @param {MediaStreamTrack} track */
  #adopt(track) {
    if (this.#closed) {
      track.stop(); // she left while the question was on the screen
      return;
    }
    const kind = track.kind === "audio" ? "audio" : "video";
    this.#stop(kind);
    this.#open[kind] = track;
    this.#ability[kind] = "ok";
    const settings = track.getSettings();
    this.#id[kind] = settings.deviceId ?? "";
    if (kind === "audio") track.enabled = !this.#muted;
    else this.#facing = facingOf(track, settings);
    track.addEventListener("ended", () => this.#onEnded(kind, track), { once: true });
    this.stream.addTrack(track);
  }

  /** @param {Kind} kind */
  #stop(kind) {
    const track = this.#open[kind];
    if (!track) return;
    this.#open[kind] = null;
    this.stream.removeTrack(track);
    track.stop(); // fires no `ended`
  }

  /**
   * @param {Kind} kind
   * @param {Wish} wish
   * @returns {Promise<Ability>}
   */
  async #reopen(kind, wish) {
    if (!this.#media?.getUserMedia) return "missing";
    return this.#take(kind === "audio", kind === "video", wish);
  }

  /**
   * @param {Kind} kind
   * @param {Wish} wish
   */
  async #swap(kind, wish) {
    const before = this.#lastWish(kind);
    this.#wanted[kind] = true;
    this.#stop(kind); // phones open no second camera beside the first
    const reason = await this.#reopen(kind, wish);
    if (reason !== "ok" && (await this.#reopen(kind, before)) !== "ok") {
      this.#ability[kind] = reason;
    }
  }

  /**
   * Ended by something else than the page: unplugged, taken by a call, permission withdrawn.
   *
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  #onEnded(kind, track) {
    void this.#inTurn(async () => {
      if (this.#closed || this.#open[kind] !== track) return;
      this.#stop(kind);
      this.#ability[kind] = await this.#reopen(kind, this.#wishAfterLoss(kind));
      this.#tell();
    });
  }

  /** Something was plugged in or out: take what was missing so far. */
  async #lookForMissing() {
    const found = await this.#enumerate();
    for (const kind of /** @type {Kind[]} */ (["audio", "video"])) {
      const wanted = this.#wanted[kind] && !(kind === "video" && this.#cameraOff);
      if (this.#closed || !wanted || this.#ability[kind] !== "missing") continue;
      const wish = this.#wishAfterLoss(kind);
      const here = found.filter((info) => info.kind === `${kind}input`);
      if (here.some((info) => !wish.id || info.deviceId === wish.id)) {
        this.#ability[kind] = await this.#reopen(kind, wish);
      }
    }
    this.#tell();
  }

  /**
   * Sound goes on with whatever microphone is left; another camera might show what she does not
   * want to show, so only the one she had is taken.
   *
   * @param {Kind} kind
   * @returns {Wish}
   */
  #wishAfterLoss(kind) {
    return kind === "video" && this.#id.video ? { id: this.#id.video, exact: true } : {};
  }

  /**
   * @param {Kind} kind
   * @returns {Wish}
   */
  #lastWish(kind) {
    const id = this.#id[kind];
    if (id) return { id };
    return kind === "video" ? { facing: this.#facing } : {};
  }

  async #enumerate() {
    try {
      return (await this.#media?.enumerateDevices?.()) ?? [];
    } catch {
      return []; // Firefox rejects while the page is not fully active
    }
  }

  /**
   * @param {"camera" | "microphone"} name
   * @returns {Promise<PermissionState | "unknown">}
   */
  async #permission(name) {
    try {
      // not in TypeScript's list of names
      const descriptor = /** @type {PermissionDescriptor} */ (/** @type {unknown} */ ({ name }));
      return (await this.#permissions?.query(descriptor))?.state ?? "unknown";
    } catch {
      return "unknown"; // Firefox before 131 knows neither name
    }
  }

  #tell() {
    if (this.#closed) return;
    this.dispatchEvent(new CustomEvent("change", { detail: this.state }));
  }
}
