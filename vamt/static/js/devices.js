// @ts-check
/**
 * Her camera, microphone and loudspeaker: opening, choosing, muting, and saying in one word why
 * something cannot be had. A missing or denied device never ends anything. No DOM.
 *
 * Everything that opens or stops a device waits for its turn: phones give a camera to one taker
 * at a time, and iOS ends the older capture when a second one begins.
 */

import {
  constraints, deviceList, devicesFound, facingOf, otherCamera, permissionOf, reasonOf,
} from "./capture.js";
import { Meter } from "./meter.js";
import { TrackWatch } from "./track_watch.js";

export { isInAppBrowser } from "./capture.js";

/** @typedef {import("./types").Ability} Ability */
/** @typedef {import("./types").DevicesState} DevicesState */
/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {import("./capture.js").Wish} Wish */

const KINDS = /** @type {Kind[]} */ (["audio", "video"]);

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
  /** @type {Wish | null} the camera to come back to, while another shows a document */ #before = null;
  #speakerId = "";
  #muted = false;
  #cameraOff = false;
  #closed = false;
  /** @type {Promise<unknown>} */ #turn = Promise.resolve();
  /** @type {Meter} */ #meter;
  /** @type {TrackWatch} */ #watch;
  #onDeviceChange = () => {
    void this.#inTurn(() => this.#lookForMissing());
    this.#watch.again();
  };

  /**
   * @param {object} [options]
   * @param {MediaDevices} [options.mediaDevices] missing where the page is no secure context
   * @param {Permissions} [options.permissions]
   * @param {Meter} [options.meter]
   * @param {() => MediaStream} [options.createStream]
   * @param {Document} [options.page] whether it is seen decides when a lost device is tried again
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({
    mediaDevices = globalThis.navigator?.mediaDevices,
    permissions = globalThis.navigator?.permissions,
    meter = new Meter(),
    createStream = () => new MediaStream(),
    page,
    clock,
  } = {}) {
    super();
    this.#media = mediaDevices;
    this.#permissions = permissions;
    this.#meter = meter;
    const renew = (/** @type {Kind[]} */ kinds) => this.#inTurn(() => this.#renew(kinds));
    this.#watch = new TrackWatch({ renew, tell: () => this.#tell(), page, clock });
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
      lost: this.#watch.lost,
    };
  }

  /** @returns {import("./types").OwnTracks} what can be sent */
  get tracks() {
    return { ...this.#open };
  }

  /** Whether the microphone is open and yet gives nothing. */
  get silent() {
    return this.#watch.lostKinds.includes("audio");
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
      for (const kind of KINDS) this.#stop(kind);
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
    return deviceList(await devicesFound(this.#media));
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
      const { cameras } = await this.list();
      this.#cameraOff = false;
      await this.#swap("video", otherCamera(cameras, this.#id.video, this.#facing));
      this.#tell();
      return this.state;
    });
  }

  /**
   * The rear camera in its full resolution, to show a document; `takeBack` ends it.
   *
   * @returns {Promise<DevicesState>}
   */
  lend() {
    return this.#inTurn(async () => {
      this.#before ??= this.#lastWish("video");
      await this.#swap("video", { facing: "environment", exact: true, large: true });
      this.#tell();
      return this.state;
    });
  }

  /**
   * The camera as it was before `lend`, unless she has switched it off meanwhile.
   *
   * @returns {Promise<DevicesState>}
   */
  takeBack() {
    return this.#inTurn(async () => {
      const before = this.#before;
      this.#before = null;
      if (before && this.#open.video) await this.#swap("video", before);
      this.#tell();
      return this.state;
    });
  }

  /**
   * What was interrupted and did not come back by itself, or was in use, once more. From a click: the browser may
   * ask again then, and the other program may be closed by now.
   *
   * @returns {Promise<DevicesState>}
   */
  restore() {
    return this.#inTurn(async () => {
      const lost = this.#watch.lostKinds;
      const kinds = KINDS.filter((kind) => lost.includes(kind) || this.#ability[kind] === "busy");
      for (const kind of kinds) this.#release(kind);
      await this.#renew(kinds);
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
        this.#ability.video = await this.#take({ video: this.#lastWish("video") });
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
    for (const kind of KINDS) this.#stop(kind);
    this.#watch.close();
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
    const wishes = {
      ...(audio && { audio: this.#lastWish("audio") }), ...(video && { video: this.#lastWish("video") }),
    };
    const reason = await this.#take(wishes);
    if (reason === "ok") return;
    if (!audio || !video) {
      this.#ability[audio ? "audio" : "video"] = reason;
      return;
    }
    const [microphone, camera] = await Promise.all([
      permissionOf(this.#permissions, "microphone"), permissionOf(this.#permissions, "camera"),
    ]);
    this.#ability = { audio: reason, video: reason };
    if (reason === "denied" && microphone === "denied" && camera === "denied") return;
    if (reason !== "denied" || microphone !== "denied") {
      this.#ability.audio = await this.#take({ audio: wishes.audio });
      if (this.#ability.audio === "ok") return;
    }
    // She has said no twice where the browser keeps no record: a third question would pester.
    const pester = reason === "denied" && this.#ability.audio === "denied" && camera !== "granted";
    if (!pester || microphone === "denied") this.#ability.video = await this.#take({ video: wishes.video });
  }

  /**
   * @param {Partial<Record<Kind, Wish>>} wishes by kind; what is not named is not asked for
   * @returns {Promise<Ability>} "ok", and the tracks are in place, or why not
   */
  async #take({ audio, video }) {
    if (!this.#media?.getUserMedia) return "missing";
    try {
      const stream = await this.#media.getUserMedia({
        audio: audio ? constraints("audio", audio) : false,
        video: video ? constraints("video", video) : false,
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
    this.#release(kind);
    this.#open[kind] = track;
    this.#ability[kind] = "ok";
    const settings = track.getSettings();
    this.#id[kind] = settings.deviceId ?? "";
    if (kind === "audio") track.enabled = !this.#muted;
    else this.#facing = facingOf(track, settings);
    this.#watch.follow(kind, track);
    this.stream.addTrack(track);
  }

  /** @param {Kind} kind let go of on purpose, not lost */
  #stop(kind) {
    this.#watch.drop(kind);
    this.#release(kind);
  }

  /** @param {Kind} kind */
  #release(kind) {
    const track = this.#open[kind];
    if (!track) return;
    this.#open[kind] = null;
    this.stream.removeTrack(track);
    track.stop(); // fires no `ended`
  }

  /**
   * @param {Kind} kind
   * @param {Wish} wish
   */
  async #swap(kind, wish) {
    const before = this.#lastWish(kind);
    this.#wanted[kind] = true;
    this.#stop(kind); // phones open no second camera beside the first
    const reason = await this.#take({ [kind]: wish });
    if (reason === "ok" || (await this.#take({ [kind]: before })) === "ok") return;
    this.#ability[kind] = reason;
  }

  /**
   * Open again what was lost, in one question where it is both. What is only muted stays until
   * there is something better: it may come back by itself.
   *
   * @param {Kind[]} kinds
   * @returns {Promise<Partial<Record<Kind, Ability>>>} what came of each
   */
  async #renew(kinds) {
    const due = kinds.filter((kind) => !this.#closed && this.#wants(kind));
    for (const kind of due) if (this.#open[kind]?.readyState === "ended") this.#release(kind);
    const wishes = due.map((kind) => /** @type {const} */ ([kind, this.#wishAfterLoss(kind)]));
    const both = due.length > 1 ? await this.#take(Object.fromEntries(wishes)) : "unknown";
    /** @type {Partial<Record<Kind, Ability>>} */ const got = {};
    for (const [kind, wish] of wishes) {
      got[kind] = both === "ok" ? both : await this.#take({ [kind]: wish });
      if (!this.#open[kind]) this.#ability[kind] = got[kind];
    }
    return got;
  }

  /** @param {Kind} kind */
  #wants(kind) {
    return this.#wanted[kind] && !(kind === "video" && this.#cameraOff);
  }

  /** Something was plugged in or out: take what was missing so far. */
  async #lookForMissing() {
    const found = await devicesFound(this.#media);
    for (const kind of KINDS) {
      if (this.#closed || !this.#wants(kind) || this.#ability[kind] !== "missing") continue;
      const wish = this.#wishAfterLoss(kind);
      const here = found.some(
        (info) => info.kind === `${kind}input` && (!wish.exact || info.deviceId === wish.id));
      if (here) this.#ability[kind] = await this.#take({ [kind]: wish });
    }
    this.#tell();
  }

  /**
   * Sound goes on with whatever microphone is left, hers first; another camera might show what
   * she does not want to show, so only the one she had is taken.
   *
   * @param {Kind} kind
   * @returns {Wish}
   */
  #wishAfterLoss(kind) {
    const exact = kind === "video" && this.#id.video !== "";
    return { ...this.#lastWish(kind), ...(exact && { exact }) };
  }

  /**
   * @param {Kind} kind
   * @returns {Wish}
   */
  #lastWish(kind) {
    if (this.#id[kind]) return { id: this.#id[kind] };
    return kind === "video" ? { facing: this.#facing } : {};
  }

  #tell() {
    if (this.#closed) return;
    this.dispatchEvent(new CustomEvent("change", { detail: this.state }));
  }
}
