// @ts-check
/**
 * The citizen's side of a signature: what the office asks for, what stands on the pad, and what she
 * does about it. Strokes are told while they are drawn; what counts is what she hands in at last.
 * Knows no DOM.
 */

import { browserClock } from "./clock.js";
import { LEAST_LENGTH, InkTeller, lengthOf } from "./ink.js";
import { t } from "./i18n.js";
import { Refused } from "./protocol.js";

/**
 * @typedef {import("./types").SignatureView} SignatureView
 * @typedef {import("./ink.js").Stroke} Stroke
 *
 * @typedef {object} SigningState
 * @property {SignatureView | null} wanted   what she is asked to sign now
 * @property {"" | "signed" | "refused" | "withdrawn"} outcome  of what this page has shown to her
 * @property {"draw" | "type"} way
 * @property {number} strokes     on the pad
 * @property {boolean} busy       it is on its way to the office
 * @property {string} trouble     why it could not be handed in, in words
 *
 * @typedef {Pick<import("./ink_peer.js").InkPeer, "post" | "close" | "addEventListener">} Peer
 */

const ON_THE_WAY = 200; // ms that strokes may take by their own way, so that they are seen before the end

/** Event `change`: another state. */
export class Signing extends EventTarget {
  /** @type {(event: "sign_agree" | "sign_done" | "sign_refuse", data?: object) => Promise<unknown>} */ #request;
  /** @type {InkTeller} */ #teller;
  /** @type {(id: string) => Peer} */ #connect;
  /** @type {Peer | null} the quicker way for ink; one try for each request */ #peer = null;
  /** @type {SignatureView | null} */ #wanted = null;
  /** @type {SigningState["outcome"]} */ #outcome = "";
  /** @type {SigningState["way"]} */ #way = "draw";
  /** @type {readonly Stroke[]} */ #strokes = [];
  /** @type {Promise<unknown> | null} */ #agreed = null;
  /** @type {import("./types").Clock} */ #clock;
  #busy = false;
  #trouble = "";
  #clerk = "";

  /**
   * @param {object} options
   * @param {(event: "sign_agree" | "sign_done" | "sign_refuse", data?: object) => Promise<unknown>} options.request
   * @param {(piece: import("./types").InkPiece) => boolean} options.ink through the office; false: no line
   * @param {(id: string) => Peer} options.connect the second connection, for this request
   * @param {import("./types").Clock} [options.clock]
   */
  constructor({ request, ink, connect, clock = browserClock }) {
    super();
    this.#clock = clock;
    this.#connect = connect;
    this.#request = request;
    this.#teller = new InkTeller({ line: ink, clock });
  }

  /** @returns {SigningState} */
  get state() {
    return {
      wanted: this.#wanted,
      outcome: this.#outcome,
      way: this.#way,
      strokes: this.#strokes.length,
      busy: this.#busy,
      trouble: this.#trouble,
    };
  }

  /** @param {import("./types").VisitView | null} visit as in the latest state */
  follow(visit) {
    const view = visit?.signature ?? null;
    const open = view && (view.state === "asked" || view.state === "signing") ? view : null;
    const before = this.#wanted;
    if (before && open?.id !== before.id) this.#end(view?.id === before.id ? view.state : "withdrawn");
    if (!visit) this.#outcome = "";
    if (open && open.id !== before?.id) this.#begin();
    this.#wanted = open;
    const clerk = visit?.peers.find(({ seat }) => seat === "clerk");
    const page = clerk?.online ? `${clerk.id} ${clerk.epoch}` : "";
    if (open && page && page !== this.#clerk) this.#teller.again(); // her page has seen nothing yet
    this.#clerk = page;
    this.#join();
  }

  /** The line to the office is back. */
  resume() {
    if (this.#wanted) this.#teller.again();
  }

  /** @param {readonly Stroke[]} strokes all that stands on the pad */
  draw(strokes) {
    if (!this.#wanted) return;
    void this.#agree();
    this.#strokes = strokes;
    this.#teller.show(strokes);
    this.#say("");
  }

  /** @param {"draw" | "type"} way */
  choose(way) {
    this.#way = way;
    if (way === "type") void this.#agree();
    this.#say("");
  }

  /** @param {{name: string, confirmed: boolean}} typed where she types in place of drawing */
  async sign({ name, confirmed }) {
    if (!this.#wanted || this.#busy) return;
    const drawn = this.#way === "draw";
    if (drawn && !this.#strokes.length) return this.#say(t("Please sign in the field first."));
    if (drawn && lengthOf(this.#strokes) < LEAST_LENGTH) {
      return this.#say(t("That is very short. Please sign with your whole name, or type it."));
    }
    if (!drawn && !name.trim()) return this.#say(t("Please type your name."));
    if (!drawn && !confirmed) return this.#say(t("Please confirm that your typed name is your signature."));
    const { id } = this.#wanted;
    await this.#hand("sign_done", drawn ? { id, strokes: this.#strokes, typed: "" } : { id, strokes: [], typed: name });
  }

  async refuse() {
    if (this.#wanted) await this.#hand("sign_refuse", { id: this.#wanted.id });
  }

  /** She has read what came of it. */
  dismiss() {
    this.#outcome = "";
    this.dispatchEvent(new Event("change"));
  }

  /** @param {"sign_done" | "sign_refuse"} event @param {object} data */
  async #hand(event, data) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("");
    try {
      if (event === "sign_done") {
        await this.#agree();
        await this.#seen();
      }
      await this.#request(event, data);
    } catch (error) {
      this.#trouble = error instanceof Refused ? error.message : t("That did not work. Please try again.");
    } finally {
      this.#busy = false;
      this.dispatchEvent(new Event("change"));
    }
  }

  /** She has begun, and the town's server is there: strokes may take the quicker way. */
  #join() {
    if (this.#peer || this.#wanted?.state !== "signing" || !this.#wanted.ready) return;
    const peer = this.#connect(this.#wanted.id);
    this.#peer = peer;
    peer.addEventListener("open", () => this.#peer === peer && this.#teller.use((piece) => peer.post(piece)));
    peer.addEventListener("over", () => this.#peer === peer && this.#teller.use(null));
  }

  /** She has begun: the clerk is told, once. */
  #agree() {
    if (this.#wanted?.state === "signing") return Promise.resolve();
    this.#agreed ??= this.#request("sign_agree", { id: this.#wanted?.id });
    this.#agreed.catch(() => (this.#agreed = null));
    return this.#agreed;
  }

  /** The rest of the strokes has had the time to arrive: mostly since she lifted her finger. */
  async #seen() {
    this.#teller.flush();
    const rest = this.#teller.toldAt + ON_THE_WAY - this.#clock.now();
    if (this.#peer && rest > 0) await new Promise((done) => this.#clock.setTimeout(() => done(null), rest));
  }

  #begin() {
    this.#teller.clear();
    this.#peer?.close();
    this.#peer = null;
    this.#strokes = [];
    this.#way = "draw";
    this.#agreed = null;
    this.#busy = false;
    this.#trouble = "";
    this.#outcome = "";
  }

  /** @param {SignatureView["state"]} state */
  #end(state) {
    this.#begin();
    this.#outcome = state === "signed" || state === "refused" ? state : "withdrawn";
  }

  /** @param {string} trouble */
  #say(trouble) {
    this.#trouble = trouble;
    this.dispatchEvent(new Event("change"));
  }
}
