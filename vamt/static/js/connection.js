// @ts-check
/**
 * One RTCPeerConnection between two pages: perfect negotiation, two media lines that are there
 * from the first offer on, and a data channel for each side's own status and small messages. It
 * never looks for a new path: a lost one gets a new Connection beside it, see `leg.js`. No DOM.
 *
 * Sound and picture come and go by replaceTrack alone: the media lines are negotiated `sendrecv`
 * without tracks before anybody is called, so ICE and DTLS are done when she accepts, and the
 * first picture needs no further round trip.
 */

import { FLOOR, OPENING, START, settingsOf } from "./adaptation.js";
import { fingerprintOf, readCounters, readMessage, readPackets, readPath } from "./readings.js";
import { asAnswer, shape } from "./sdp.js";
import { sendPicture, sendSound } from "./sending.js";

/** @typedef {import("./types").MediaStatus} MediaStatus */
/** @typedef {import("./types").OwnTracks} OwnTracks */

const LABEL = "seat";
const CHANNEL = 0; // id of the negotiated data channel, the same on both sides
const CANDIDATES_KEPT = 100;

/**
 * @typedef {object} Part of a negotiation
 * @property {RTCSessionDescriptionInit | null} [description]
 * @property {RTCIceCandidateInit | null} [candidate]
 */

/**
 * @typedef {object} Outlets what a connection tells; none of them is called after `close()`
 * @property {(part: Part) => void} send
 * @property {(state: RTCPeerConnectionState) => void} state
 * @property {() => void} tracks the receivers' tracks are there; once
 * @property {(kind: string, value: unknown) => void} message over the data channel, e.g. the other
 *     side's `status`
 * @property {() => void} relayed the relay has given this page an address
 * @property {(error: unknown) => void} fault
 */

export class Connection {
  /** @type {RTCPeerConnection} */ #pc;
  /** @type {RTCDataChannel} */ #channel;
  /** @type {RTCConfiguration} */ #config;
  /** @type {Outlets} */ #tell;
  /** @type {{audio: RTCRtpTransceiver | null, video: RTCRtpTransceiver | null}} */
  #lines = { audio: null, video: null };
  /** @type {OwnTracks} */ #tracks = { audio: null, video: null };
  /** @type {Record<"audio" | "video", MediaStreamTrack | null>} what the senders were given last */
  #given = { audio: null, video: null };
  /** @type {MediaStatus} */ #status = { audio: false, video: "off" };
  /** @type {RTCIceCandidateInit[]} come before the first description */ #early = [];
  /** @type {Promise<void>} */ #received = Promise.resolve();
  /** @type {Promise<void>} */ #tuned = Promise.resolve();
  /** @type {import("./adaptation.js").Pace} what the network allows */
  #pace = { level: "normal", red: false, heavy: false };
  #opening = true; // the first pictures are small
  /** @type {unknown} */ #openingTimer = null;
  /** @type {import("./types").Clock} */ #clock;
  #shaped = { red: false, dtx: false, floor: 0 }; // how the sound is sent
  #taken = ""; // the other side's latest description, as it came
  #rigid = false; // this browser does not let its sound be changed
  #offers = false;
  #makingOffer = false;
  #ignoreOffer = false;
  #settingRemoteAnswer = false;
  #closed = false;

  /**
   * @param {object} options
   * @param {boolean} options.offers makes the lines and the first offer, and does not yield when
   *     both offer at once later on
   * @param {RTCIceServer[]} options.iceServers
   * @param {RTCCertificate | null} options.certificate the page's own, null: one for this alone
   * @param {(config: RTCConfiguration) => RTCPeerConnection} options.createPeerConnection
   * @param {import("./types").Clock} options.clock
   * @param {Outlets} options.tell
   */
  constructor({ offers, iceServers, certificate, createPeerConnection, clock, tell }) {
    this.#offers = offers;
    this.#clock = clock;
    this.#tell = tell;
    this.#config = { iceServers, bundlePolicy: "max-bundle" };
    if (certificate) this.#config.certificates = [certificate];
    const pc = (this.#pc = createPeerConnection(this.#config));
    pc.onnegotiationneeded = () => {
      if (offers || pc.remoteDescription) void this.#offer();
    };
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate) return;
      if (/ typ relay\b/.test(candidate.candidate)) tell.relayed();
      tell.send({ candidate: candidate.toJSON() });
    };
    pc.onconnectionstatechange = () => {
      this.#open();
      tell.state(pc.connectionState);
    };
    this.#channel = pc.createDataChannel(LABEL, { negotiated: true, id: CHANNEL });
    this.#channel.onopen = () => this.#sendStatus();
    this.#channel.onmessage = ({ data }) => {
      const message = readMessage(data);
      if (message) tell.message(message.kind, message.value);
    };
    if (offers) {
      // Of no common stream: for the sake of lips Chromium would hold the sound back until the
      // picture is there, at 20 % loss by 0.9 s and growing (0.18 s without).
      this.#lines.audio = pc.addTransceiver("audio", { direction: "sendrecv" });
      this.#lines.video = pc.addTransceiver("video", { direction: "sendrecv" });
      this.#tell.tracks();
    }
  }

  /** Whether media can flow now. */
  get connected() {
    return this.#pc.connectionState === "connected";
  }

  /** Whether an own offer waits for its answer. */
  get unanswered() {
    return this.#pc.signalingState === "have-local-offer";
  }

  /**
   * Take what the other side sent; in the order of its coming, one after the other.
   *
   * @param {Part} part
   * @returns {Promise<void>} when it is taken in; never rejects
   */
  receive(part) {
    this.#received = this.#received.then(async () => {
      if (this.#closed) return;
      try {
        if (part.description) await this.#describe(part.description);
        else if (part.candidate) await this.#addCandidate(part.candidate);
      } catch (error) {
        if (!this.#closed) this.#tell.fault(error);
      }
    });
    return this.#received;
  }

  /** Send the own description again as it is now, with the candidates found since. */
  resend() {
    const description = this.#pc.localDescription;
    if (!description || this.#closed) return;
    this.#tell.send({ description: { type: description.type, sdp: description.sdp } });
  }

  /**
   * Send these tracks from now on; null sends nothing.
   *
   * @param {OwnTracks} tracks
   * @returns {Promise<void>}
   */
  async setTracks(tracks) {
    this.#tracks = { ...tracks };
    this.#hint();
    if (this.#closed) return;
    // side by side: a round trip to the encoder is a tenth of the first picture
    await Promise.all([this.#give("audio"), this.#give("video"), this.#tune()]);
  }

  /** @param {"audio" | "video"} kind */
  async #give(kind) {
    const line = this.#lines[kind];
    const track = this.#tracks[kind];
    if (!line || this.#given[kind] === track) return;
    this.#given[kind] = track;
    this.#open();
    await line.sender.replaceTrack(track);
  }

  /** Once pictures can leave, their full size is soon to follow. */
  #open() {
    if (!this.#opening || this.#openingTimer !== null || !this.#given.video || !this.connected) return;
    this.#openingTimer = this.#clock.setTimeout(() => {
      this.#opening = false;
      void this.#tune();
    }, OPENING.ms);
  }

  /** @param {MediaStatus} status told to the other side, and deciding how the picture is sent */
  setStatus(status) {
    this.#status = { ...status };
    this.#hint();
    this.#sendStatus();
    void this.#tune();
  }

  /**
   * Send as the network allows from now on. To be said again: what cannot be done yet is done then.
   *
   * @param {import("./adaptation.js").Pace} pace
   */
  adapt({ level, red, heavy }) {
    if (this.#closed) return;
    const before = this.#pace;
    if (level !== before.level || red !== before.red || heavy !== before.heavy) {
      this.#pace = { level, red, heavy };
      this.#sendStatus();
      void this.#tune();
    }
    this.#reshape();
  }

  /** Whether a picture is sent, or would be on a better line. */
  get pictured() {
    return this.#tracks.video !== null;
  }

  /**
   * Say something to the other page over the data channel; dropped while that is not open.
   *
   * @param {string} kind
   * @param {unknown} value anything JSON can carry
   */
  say(kind, value) {
    if (this.#channel.readyState !== "open") return;
    try {
      this.#channel.send(JSON.stringify({ kind, value }));
    } catch (error) {
      if (!this.#closed) this.#tell.fault(error); // its buffer is full
    }
  }

  /** The receivers' tracks: what arrives over this connection. */
  get tracks() {
    const { audio, video } = this.#lines;
    return [audio, video].flatMap((line) => (line ? [line.receiver.track] : []));
  }

  /** SHA-256 fingerprints of both certificates, null until both are known. */
  get fingerprints() {
    const mine = fingerprintOf(this.#pc.localDescription?.sdp);
    const theirs = fingerprintOf(this.#pc.remoteDescription?.sdp);
    return mine && theirs ? { mine, theirs } : null;
  }

  /** @returns {Promise<{all: number, media: number}>} packets that have arrived so far */
  async packets() {
    return readPackets(await this.#pc.getStats());
  }

  /**
   * What adaptation goes by.
   *
   * @param {import("./readings.js").Counters | null} before  what was read last
   * @returns {Promise<import("./readings.js").Counters>}
   */
  async counters(before) {
    return readCounters(await this.#pc.getStats(), before);
  }

  /** @returns {Promise<import("./types").Path>} which way picture and sound take */
  async path() {
    return readPath(await this.#pc.getStats());
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.clearTimeout(this.#openingTimer);
    const pc = this.#pc;
    pc.onnegotiationneeded = pc.onicecandidate = pc.ontrack = null;
    pc.onconnectionstatechange = null;
    this.#channel.onopen = this.#channel.onmessage = null;
    this.#channel.close();
    pc.close();
  }

  async #offer() {
    const pc = this.#pc;
    this.#makingOffer = true;
    try {
      await pc.setLocalDescription();
      if (this.#closed) return;
      this.resend();
    } catch (error) {
      if (!this.#closed) this.#tell.fault(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  /**
   * Perfect negotiation as in WebRTC 1.0 section 10.7.
   *
   * @param {RTCSessionDescriptionInit} description
   */
  async #describe(description) {
    const pc = this.#pc;
    const ready = !this.#makingOffer
      && (pc.signalingState === "stable" || this.#settingRemoteAnswer);
    const offered = description.type === "offer";
    this.#ignoreOffer = this.#offers && offered && !ready;
    if (this.#ignoreOffer) return;
    if (!offered && pc.signalingState === "stable") return; // came twice: resent after a break
    if (offered && this.#taken === description.sdp) {
      this.resend(); // and so did this: our answer was lost with the line
      return;
    }
    this.#settingRemoteAnswer = !offered;
    try {
      this.#taken = description.sdp ?? "";
      const { type, sdp = "" } = description;
      const wishes = this.#wishes;
      await pc.setRemoteDescription({ type, sdp: shape(sdp, { ...wishes, start: START }) });
      this.#shaped = wishes;
    } finally {
      this.#settingRemoteAnswer = false;
    }
    if (this.#closed) return;
    if (offered) {
      await this.#join();
      await pc.setLocalDescription();
      if (this.#closed) return;
      this.resend();
    }
    for (const candidate of this.#early.splice(0)) await this.#addCandidate(candidate);
    await this.#tune();
  }

  /** On the answering side: take the offered lines and send on them too. */
  async #join() {
    if (this.#lines.audio) return;
    for (const line of this.#pc.getTransceivers()) {
      const kind = line.receiver.track.kind === "audio" ? "audio" : "video";
      if (this.#lines[kind]) continue;
      this.#lines[kind] = line;
      line.direction = "sendrecv";
      await this.#give(kind);
    }
    this.#tell.tracks();
  }

  /** @param {RTCIceCandidateInit} candidate */
  async #addCandidate(candidate) {
    if (!this.#pc.remoteDescription) {
      if (this.#early.length < CANDIDATES_KEPT) this.#early.push(candidate);
      return;
    }
    try {
      await this.#pc.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#ignoreOffer && !this.#closed) this.#tell.fault(error);
    }
  }

  get #settings() {
    return settingsOf(this.#pace, this.#status.video === "screen", this.#tracks.ahead, this.#opening);
  }

  get #wishes() {
    const { red, dtx } = this.#settings;
    return { red, dtx, floor: this.#pace.heavy ? FLOOR : 0 };
  }

  /** The other side has to know when little comes on purpose, or it takes that for a lost path. */
  #sendStatus() {
    const { active, dtx } = this.#settings;
    const held = this.#status.video !== "off" && !active;
    const sparse = dtx && (held || this.#status.video === "off");
    this.say("status", { ...this.#status, ...(held && { held }), ...(sparse && { sparse }) });
  }

  /** Tell the encoder what the picture is: a face moves, a screen has small print. */
  #hint() {
    const { video } = this.#tracks;
    const hint = this.#status.video === "screen" ? "detail" : "motion";
    if (video && "contentHint" in video && video.contentHint !== hint) video.contentHint = hint;
  }

  /** @returns {Promise<void>} when both senders are told */
  #tune() {
    // In turn: the browser refuses parameters read before somebody else's change.
    this.#tuned = this.#tuned.then(async () => {
      await sendSound(this.#lines.audio);
      const picture = this.#tracks.video ?? this.#tracks.next ?? null;
      await sendPicture(this.#lines.video, picture, this.#settings, this.#status.video === "screen");
    });
    return this.#tuned;
  }

  /**
   * Send sound otherwise (RED, DTX) by negotiating with oneself: an offer that changes nothing,
   * answered with the other side's known description in another order. See `sdp.js` for why. In
   * turn with what comes from the other side, so that the two do not meet.
   */
  #reshape() {
    const { red, dtx, floor } = this.#wishes;
    const { red: hadRed, dtx: hadDtx, floor: hadFloor } = this.#shaped;
    if (red === hadRed && dtx === hadDtx && floor === hadFloor) return;
    this.#received = this.#received.then(async () => {
      const pc = this.#pc;
      if (this.#closed || this.#rigid || !this.connected || pc.signalingState !== "stable") return;
      const wishes = this.#wishes;
      const known = asAnswer(pc.remoteDescription?.sdp ?? "", pc.localDescription?.sdp ?? "");
      const sdp = shape(known, wishes);
      try {
        if (sdp !== known) await this.#answerOneself(sdp);
        this.#shaped = wishes;
      } catch (error) {
        if (this.#closed) return;
        this.#rigid = true; // sound goes on as it was
        this.#tell.fault(error);
        await pc.setLocalDescription({ type: "rollback" }).catch(() => {});
      }
    });
  }

  /** @param {string} sdp */
  async #answerOneself(sdp) {
    this.#makingOffer = true;
    try {
      await this.#pc.setLocalDescription();
      await this.#pc.setRemoteDescription({ type: "answer", sdp });
    } finally {
      this.#makingOffer = false;
    }
  }
}
