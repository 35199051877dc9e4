/**
 * The page's end of a capture with the project's own CardPeer. The camera is a canvas, so that it is
 * known to the millisecond when a card comes and rests; instants are Unix milliseconds.
 */

import { CardPeer } from "/static/js/card_peer.js";

const FPS = 15;
const SWEEP = 600; // ms in which a card comes or goes
const canvas = document.querySelector("canvas");
const paper = canvas.getContext("2d");
const now = () => performance.timeOrigin + performance.now();

/** @type {Record<string, ImageBitmap>} */
const pictures = {};
/** what is held before the camera, since when */
let held = { side: "", since: 0, width: 0 };
let events = [];
let peer = null;

const load = async (name) => createImageBitmap(await (await fetch(`/pictures/${name}.png`)).blob());

/** A hand's tremor, about 1 px of a 720p picture. */
const tremor = () => (Math.random() - 0.5) * 3;

function draw() {
  paper.drawImage(pictures.room, 0, 0, canvas.width, canvas.height);
  if (!held.side) return;
  const card = pictures[held.side];
  const width = held.width, height = (width * card.height) / card.width;
  const out = Math.max(0, 1 - (now() - held.since) / SWEEP);
  paper.save();
  paper.translate(canvas.width / 2 + tremor(), canvas.height / 2 + tremor() + out * canvas.height);
  paper.rotate(0.025);
  paper.drawImage(card, -width / 2, -height / 2, width, height);
  paper.restore();
}

async function still() {
  const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  return jpeg.arrayBuffer();
}

window.bench = {
  async ready() {
    for (const name of ["room", "front", "back"]) pictures[name] = await load(name);
    setInterval(draw, 1000 / FPS);
    return true;
  },
  /** Connect; resolves when the server sees the picture. */
  async begin(id) {
    events = [];
    held = { side: "", since: 0, width: 0 };
    const [track] = canvas.captureStream(FPS).getVideoTracks();
    peer = new CardPeer({
      still, iceServers: [],
      offer: async (sdp) => {
        const answer = await fetch(`/offer/${id}`, { method: "POST", body: sdp });
        if (!answer.ok) throw new Error("refused");
        return answer.text();
      },
    });
    const note = (kind) => (event) => events.push({ kind, at: now(), ...event.detail });
    for (const kind of ["connected", "advice", "taken", "over"]) peer.addEventListener(kind, note(kind));
    await peer.start(track);
  },
  /** A side comes before the camera; the instant at which it will rest. */
  hold(side) {
    held = { side, since: now(), width: 930 };
    return held.since + SWEEP;
  },
  /** A card appears from one frame to the next, too far away to be taken; this instant. */
  appear() {
    held = { side: "front", since: 0, width: 480 };
    draw();
    return now();
  },
  /** The room is empty. */
  clear() {
    held = { side: "", since: 0, width: 0 };
  },
  end() {
    peer?.close();
  },
  events: () => events,
};
