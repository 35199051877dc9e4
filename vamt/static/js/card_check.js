// @ts-check
/**
 * The identity check on the citizen's page: from the question to the last picture. Follows the
 * office's state, opens the camera and the connection when she has allowed it, and lets go of both
 * when it is over, whatever ended it. No DOM.
 */

/**
 * @typedef {import("./types").CheckView} CheckView
 * @typedef {import("./card_peer.js").CardPeer} CardPeer
 *
 * @typedef {object} CardState
 * @property {"none" | "asked" | "waiting" | "starting" | "live" | "done" | "trouble"} phase
 * @property {CheckView | null} check
 * @property {import("./types").Side} side that is wanted
 * @property {readonly import("./types").Side[]} taken
 * @property {string} advice "" before the first
 * @property {[number, number][] | null} outline where the card was seen
 * @property {string} why in phase "trouble"; see `whyWords`
 * @property {MediaStreamTrack | null} track the camera that sees the document
 */

/** Event `change`: the state is another. */
export class CardCheck extends EventTarget {
  /** @type {(event: "check_allow" | "check_refuse") => Promise<unknown>} */ #request;
  /** @type {import("./card_camera.js").CardCamera} */ #camera;
  /** @type {(id: string, track: MediaStreamTrack) => CardPeer} */ #createPeer;
  /** @type {CheckView | null} */ #check = null;
  /** @type {CardPeer | null} */ #peer = null;
  #tried = false; // for the capture there is now
  #connected = false;
  #advice = "";
  /** @type {[number, number][] | null} */ #outline = null;
  /** @type {import("./types").Side | null} */ #side = null;
  /** @type {import("./types").Side[]} told by the server itself, ahead of the office */ #taken = [];
  #why = ""; // what went wrong on this page

  /**
   * @param {object} options
   * @param {(event: "check_allow" | "check_refuse") => Promise<unknown>} options.request
   * @param {import("./card_camera.js").CardCamera} options.camera
   * @param {(id: string, track: MediaStreamTrack) => CardPeer} options.createPeer not started yet
   */
  constructor({ request, camera, createPeer }) {
    super();
    this.#request = request;
    this.#camera = camera;
    this.#createPeer = createPeer;
  }

  /** @returns {CardState} */
  get state() {
    const check = this.#check;
    return {
      phase: this.#phase(),
      check,
      side: this.#side ?? check?.side ?? "front",
      taken: [...new Set([...this.#taken, ...(check?.taken ?? [])])],
      advice: this.#advice,
      outline: this.#outline,
      why: this.#why || check?.why || "",
      track: this.#camera.track,
    };
  }

  /**
   * The office's view of it, with every state.
   *
   * @param {CheckView | null} check
   */
  follow(check) {
    const open = check?.state === "asked" || check?.state === "allowed";
    const before = this.#check;
    this.#check = open ? check : null;
    if (!check || !open || before?.id !== check.id) this.#letGo();
    else if (isNew(before, check)) this.#drop();
    if (!open || check?.state !== "allowed") return this.#tell();
    if (check.capture === "none" || check.capture === "resting") this.#letGo({ why: this.#why });
    else if (!this.#peer && !this.#tried && !isLoading(check)) void this.#connect(check);
    this.#tell();
  }

  /** She agrees. From her click: the browser may ask for the camera. */
  async allow() {
    this.#why = "";
    this.#tried = false;
    void this.#camera.open().then(() => this.#tell());
    await this.#ask("check_allow");
  }

  /** Once more after trouble. */
  async again() {
    await this.allow();
    if (this.#check) this.follow(this.#check); // the capture may be there still
  }

  /** She does not agree, or no longer. The visit goes on. */
  async refuse() {
    this.#letGo();
    await this.#ask("check_refuse");
  }

  /** The page takes no part any more. */
  close() {
    this.#check = null;
    this.#letGo();
  }

  /** @param {"check_allow" | "check_refuse"} event */
  async #ask(event) {
    this.#tell();
    await this.#request(event).catch(() => {}); // the state that comes says what is
  }

  #phase() {
    const check = this.#check;
    if (!check) return "none";
    if (check.state === "asked") return "asked";
    if (check.capture === "resting") return "done";
    if (this.#why || (check.capture === "none" && check.why)) return "trouble";
    if (check.capture === "waiting") return "waiting";
    return this.#connected ? "live" : "starting";
  }

  /** @param {CheckView} check */
  async #connect(check) {
    this.#tried = true;
    const track = await this.#camera.open();
    if (this.#check?.id !== check.id || !this.#tried || this.#peer) return; // over meanwhile
    if (!track) return this.#fail("camera");
    const peer = this.#createPeer(check.id, track);
    this.#peer = peer;
    const own = (/** @type {(event: Event) => void} */ act) => (/** @type {Event} */ event) => {
      if (this.#peer === peer) act(event);
    };
    peer.addEventListener("connected", own(() => {
      this.#connected = true;
      this.#tell();
    }));
    peer.addEventListener("advice", own((event) => {
      const said = /** @type {CustomEvent} */ (event).detail;
      this.#side = said.side;
      this.#advice = said.advice;
      this.#outline = said.outline;
      this.#tell();
    }));
    peer.addEventListener("taken", own((event) => {
      this.#taken.push(/** @type {CustomEvent} */ (event).detail.side);
      this.#tell();
    }));
    peer.addEventListener("over", own((event) => {
      const { why } = /** @type {CustomEvent<{why: string}>} */ (event).detail;
      if (why === "done" || why === "ended") this.#letGo();
      else this.#fail(why);
      this.#tried = true; // the office says when there is another
    }));
    this.#tell();
    await peer.start(track);
  }

  /** @param {string} why */
  #fail(why) {
    this.#letGo({ why });
    this.#tell();
  }

  /** The capture is another: its connection ends, the camera stays. */
  #drop() {
    this.#peer?.close();
    this.#peer = null;
    this.#connected = false;
    this.#tried = false;
    this.#advice = "";
    this.#outline = null;
    this.#side = null;
    this.#taken = [];
    this.#why = "";
  }

  /** @param {{why?: string}} [kept] */
  #letGo({ why = "" } = {}) {
    const tried = this.#tried;
    this.#drop();
    this.#why = why;
    this.#tried = why !== "" && tried;
    void this.#camera.close().then(() => this.#tell());
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Whether nobody could answer an offer yet: others go first, or the server's eyes are being loaded.
 *
 * @param {CheckView} check
 */
function isLoading({ capture }) {
  return capture === "starting" || capture === "waiting";
}

/**
 * Whether another capture has taken the place of the one before.
 *
 * @param {CheckView} before
 * @param {CheckView} now
 */
function isNew(before, now) {
  return isLoading(now) && !isLoading(before) && before.state !== "asked";
}
