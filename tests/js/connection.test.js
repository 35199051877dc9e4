// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "../../vamt/static/js/connection.js";
import { fingerprintOf, readMessage, readPackets, readPath, readStatus } from "../../vamt/static/js/readings.js";
import { FakeClock, FakePeerConnection, FakeTrack, fakeCertificate, settle } from "./fakes.js";

/** @param {any[]} entries */
const report = (...entries) => /** @type {any} */ (
  new Map(entries.map((entry) => [entry.id, entry]))
);

const PATH = [
  { id: "t", type: "transport", selectedCandidatePairId: "p" },
  { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r" },
  { id: "l", type: "local-candidate", candidateType: "host" },
  { id: "r", type: "remote-candidate", candidateType: "srflx" },
];

test("one relayed end makes the path a relayed one; without a transport the pair itself counts", () => {
  assert.equal(readPath(report(...PATH)), "direct");
  const relayed = { ...PATH[2], candidateType: "relay" };
  assert.equal(readPath(report(PATH[0], PATH[1], relayed, PATH[3])), "relayed");
  const firefox = { ...PATH[1], selected: true };
  assert.equal(readPath(report(firefox, relayed, PATH[3])), "relayed");
  for (const less of [[], PATH.slice(0, 1), PATH.slice(0, 3)]) assert.equal(readPath(report(...less)), "unknown");
});

/** One end, and what it has told. @param {boolean} offers @param {any} [certificate] */
function end(offers, certificate = null) {
  const clock = new FakeClock();
  const all = {
    pc: /** @type {any} */ (null),
    sent: /** @type {any[]} */ ([]),
    messages: /** @type {any[]} */ ([]),
    faults: /** @type {any[]} */ ([]),
    clock,
    tracks: 0,
    relayed: 0,
  };
  const connection = new Connection({
    offers, certificate, iceServers: [], clock,
    createPeerConnection: (config) => (all.pc = /** @type {any} */ (new FakePeerConnection(config))),
    tell: {
      send: (part) => all.sent.push(part),
      state: () => {},
      tracks: () => (all.tracks += 1),
      message: (kind, value) => all.messages.push([kind, value]),
      relayed: () => (all.relayed += 1),
      fault: (error) => all.faults.push(error),
    },
  });
  return Object.assign(all, { connection });
}

/** Offer and answer have come over. */
async function negotiated() {
  const offering = end(true, fakeCertificate("AA"));
  const answering = end(false, fakeCertificate("BB"));
  await settle();
  await answering.connection.receive(offering.sent[0]);
  await offering.connection.receive(answering.sent[0]);
  return { offering, answering };
}

test("an address on the relay is told of, and passed on like the others", async () => {
  const one = end(true);
  one.pc.find("candidate:1 1 udp 1 10.0.0.1 50000 typ host");
  assert.equal(one.relayed, 0);
  one.pc.find("candidate:2 1 udp 1 192.0.2.1 50000 typ relay raddr 0.0.0.0 rport 0");
  assert.deepEqual([one.relayed, one.sent.length], [1, 2]);
});

test("packets are counted by kind; a browser that does not count them all has those of media", async () => {
  const sound = { id: "a", type: "inbound-rtp", kind: "audio", packetsReceived: 50 };
  const picture = { id: "v", type: "inbound-rtp", kind: "video", packetsReceived: 30 };
  assert.deepEqual(readPackets(report(sound, picture, { id: "t", type: "transport", packetsReceived: 99 })),
    { all: 99, media: 80 });
  assert.deepEqual(readPackets(report(sound, picture, { id: "t", type: "transport" })),
    { all: 80, media: 80 });
  assert.deepEqual(readPackets(report({ id: "n", type: "inbound-rtp" })), { all: 0, media: 0 });
});

test("a fingerprint is read from any browser's description", () => {
  const print = Array(32).fill("0A").join(":");
  assert.equal(fingerprintOf(`v=0\r\na=fingerprint:sha-256 ${print}\r\na=setup:actpass\r\n`), print);
  assert.equal(fingerprintOf(`v=0\na=fingerprint:SHA-256 ${print.toLowerCase()}`), print);
  for (const odd of [undefined, "", "v=0\r\n", "a=fingerprint:sha-256 0A:0B\r\n",
    `a=fingerprint:sha-1 ${print}\r\n`]) assert.equal(fingerprintOf(odd), "");
});

test("a message is believed only as far as it makes sense", () => {
  assert.deepEqual(readMessage('{"kind":"text","value":[1]}'), { kind: "text", value: [1] });
  for (const odd of [7, null, "", "null", "7", "{", "[]", '{"kind":7}', '{"value":1}',
    JSON.stringify({ kind: "text", value: "x".repeat(16_000) })]) assert.equal(readMessage(odd), null);
});

test("a status is believed only as far as it makes sense", () => {
  assert.deepEqual(readStatus({ audio: true, video: "screen", more: 1 }), { audio: true, video: "screen" });
  assert.deepEqual(readStatus({ audio: true, video: "camera", held: true, sparse: 1 }),
    { audio: true, video: "camera", held: true });
  for (const odd of [7, null, undefined, "off", {}, { audio: "yes", video: "screen" },
    { audio: true, video: "hat" }]) assert.equal(readStatus(odd), null);
});

test("fingerprints are known when both descriptions are, each side's own first", async () => {
  const alone = end(true, fakeCertificate("AA"));
  await settle();
  assert.equal(alone.connection.fingerprints, null);
  const { offering, answering } = await negotiated();
  const [first, second] = ["AA", "BB"].map((two) => Array(32).fill(two).join(":"));
  assert.deepEqual(offering.connection.fingerprints, { mine: first, theirs: second });
  assert.deepEqual(answering.connection.fingerprints, { mine: second, theirs: first });
});

test("an offer that comes twice is answered twice and taken once", async () => {
  const { offering, answering } = await negotiated();
  const answered = answering.pc.localDescription.sdp;
  await answering.connection.receive(offering.sent[0]);
  assert.deepEqual(answering.sent.map(({ description }) => description.sdp), [answered, answered]);
  assert.equal(answering.tracks, 1);
  await offering.connection.receive(answering.sent[1]); // and so the answer does
  assert.deepEqual(offering.faults.concat(answering.faults), []);
  assert.equal(offering.connection.unanswered, false);
});

test("what is said goes out as JSON once the channel is open; a full buffer is a fault", async () => {
  const { offering, answering } = await negotiated();
  offering.connection.say("text", 1);
  offering.connection.setStatus({ audio: true, video: "camera" });
  assert.deepEqual(offering.pc.channel.sent, []);
  offering.pc.openChannel(); // tells the status it has
  offering.connection.say("text", [1]);
  const sent = offering.pc.channel.sent;
  assert.deepEqual(sent.map((/** @type {string} */ data) => JSON.parse(data)), [
    { kind: "status", value: { audio: true, video: "camera" } }, { kind: "text", value: [1] },
  ]);
  for (const data of [...sent, "{", '{"kind":1}']) answering.pc.hear(data);
  assert.deepEqual(answering.messages, [["status", { audio: true, video: "camera" }], ["text", [1]]]);
  offering.pc.channel.send = () => {
    throw new Error("OperationError");
  };
  offering.connection.say("text", 2);
  assert.equal(offering.faults.length, 1);
});

test("sound goes before picture, a large camera picture smaller at first, a screen sharp", async () => {
  const { answering: { connection, pc } } = await negotiated();
  const video = new FakeTrack("video", { height: 720 });
  await connection.setTracks(/** @type {any} */ ({ audio: new FakeTrack("audio"), video }));
  const [sound, picture] = pc.transceivers.map((/** @type {any} */ line) => line.sender);
  assert.equal(sound.parameters.encodings[0].priority, "high");
  assert.deepEqual([picture.parameters.encodings[0].scaleResolutionDownBy,
    picture.parameters.degradationPreference, video.contentHint], [4, "maintain-framerate", "motion"]);
  connection.setStatus({ audio: true, video: "screen" });
  await settle();
  assert.deepEqual([picture.parameters.encodings[0].scaleResolutionDownBy,
    picture.parameters.degradationPreference, video.contentHint], [1, "maintain-resolution", "detail"]);
});

test("the first pictures are small, and full size follows once they can leave", async () => {
  const { offering: { clock, connection, pc } } = await negotiated();
  const lines = () => 360 / pc.transceivers[1].sender.parameters.encodings[0].scaleResolutionDownBy;
  const video = /** @type {any} */ (new FakeTrack("video", { width: 640, height: 360 }));
  await connection.setTracks({ audio: null, video: null, next: video });
  await clock.advance(1000);
  assert.equal(lines(), 180); // nothing is sent yet
  await connection.setTracks({ audio: null, video });
  await clock.advance(1000);
  assert.equal(lines(), 180); // nothing can leave yet
  pc.become("connected");
  await clock.advance(299);
  assert.equal(lines(), 180);
  await clock.advance(1);
  assert.equal(lines(), 360);
  pc.become("disconnected");
  pc.become("connected");
  await connection.setTracks({ audio: null, video: null });
  await connection.setTracks({ audio: null, video });
  await settle();
  assert.deepEqual([lines(), clock.timers.size], [360, 0]); // once
});

test("a connection that is closed while it opens leaves no timer", async () => {
  const { offering: { clock, connection, pc } } = await negotiated();
  pc.become("connected");
  await connection.setTracks({ audio: null, video: /** @type {any} */ (new FakeTrack("video")) });
  assert.equal(clock.timers.size, 1);
  connection.close();
  assert.equal(clock.timers.size, 0);
});

test("what a sender was told it is not asked for again: that would stop the page", async () => {
  const { answering: { connection, pc } } = await negotiated();
  const camera = /** @type {any} */ (new FakeTrack("video", { width: 640, height: 480 }));
  await connection.setTracks({ audio: null, video: null, next: camera });
  const picture = pc.transceivers[1].sender;
  assert.equal(picture.parameters.encodings[0].scaleResolutionDownBy, 480 / 180);
  let asked = 0;
  for (const { sender } of pc.transceivers) {
    const { getParameters } = sender;
    sender.getParameters = () => {
      asked += 1;
      return getParameters.call(sender);
    };
  }
  const audio = /** @type {any} */ (new FakeTrack("audio"));
  await connection.setTracks({ audio, video: camera });
  connection.setStatus({ audio: true, video: "camera" });
  await settle();
  assert.deepEqual([asked, picture.track], [0, camera]);
  connection.adapt({ level: "tiny", red: false, heavy: false });
  await settle();
  assert.deepEqual([asked, picture.parameters.encodings[0].maxFramerate], [1, 10]);
});

test("a track that is sent already is not put in again", async () => {
  const { offering: { connection, pc } } = await negotiated();
  const audio = /** @type {any} */ (new FakeTrack("audio"));
  for (const video of [new FakeTrack("video"), new FakeTrack("video"), null]) {
    await connection.setTracks({ audio, video: /** @type {any} */ (video) });
  }
  assert.deepEqual(pc.transceivers.map((/** @type {any} */ line) => [line.sender.replaced, line.sender.track]),
    [[1, audio], [3, null]]);
});

test("a browser that refuses wishes about encoding sends all the same", async () => {
  const { offering: { connection, pc, faults } } = await negotiated();
  for (const { sender } of pc.transceivers) {
    sender.setParameters = async () => {
      throw new Error("NotSupportedError");
    };
  }
  const audio = new FakeTrack("audio");
  await connection.setTracks(/** @type {any} */ ({ audio, video: null }));
  assert.equal(pc.transceivers[0].sender.track, audio);
  assert.deepEqual(faults, []);
});

test("closed, it is silent, whatever still comes", async () => {
  const { offering, answering } = await negotiated();
  const { connection, pc } = offering;
  connection.close();
  connection.close();
  const told = [offering.sent.length, offering.messages.length];
  pc.hear({ kind: "text", value: 1 });
  pc.find("late");
  connection.resend();
  connection.say("text", 1);
  await connection.receive(answering.sent[0]);
  await connection.setTracks({ audio: null, video: null });
  assert.deepEqual([offering.sent.length, offering.messages.length], told);
  assert.deepEqual([pc.closed, pc.channel.readyState, offering.faults], [true, "closed", []]);
});

test("tracks given before the offer has come are sent with the answer", async () => {
  const offering = end(true);
  const answering = end(false);
  await settle();
  const [audio, video] = [new FakeTrack("audio"), new FakeTrack("video")];
  await answering.connection.setTracks(/** @type {any} */ ({ audio, video }));
  await answering.connection.receive(offering.sent[0]);
  assert.deepEqual(answering.pc.transceivers.map((/** @type {any} */ line) => line.sender.track), [audio, video]);
});

/** Two ends that carry media, with a camera. */
async function talking() {
  const both = await negotiated();
  for (const { connection, pc } of [both.offering, both.answering]) {
    pc.become("connected");
    pc.openChannel();
    connection.setStatus({ audio: true, video: "camera" });
    await connection.setTracks({ audio: null, video: /** @type {any} */ (new FakeTrack("video", { width: 640, height: 480 })) });
    pc.channel.sent.length = 0;
  }
  return both;
}

/** @param {any} pc the order of the codecs its sender goes by */
const order = (pc) => /^m=audio \S+ \S+ (.*?)\r$/m.exec(pc.remoteDescription.sdp)?.[1];

/** @param {any} pc */
const picture = (pc) => pc.transceivers[1].sender.parameters.encodings[0];

test("redundant sound comes and goes without a word to the other side", async () => {
  for (const end of Object.values(await talking())) {
    const sent = end.sent.length;
    assert.equal(order(end.pc), "111 63");
    end.connection.adapt({ level: "normal", red: true, heavy: false });
    await settle();
    assert.equal(order(end.pc), "63 111");
    assert.match(end.pc.remoteDescription.sdp, /a=setup:(active|passive)/);
    end.connection.adapt({ level: "normal", red: false, heavy: false });
    await settle();
    assert.equal(order(end.pc), "111 63");
    assert.deepEqual([end.pc.signalingState, end.sent.length, end.faults], ["stable", sent, []]);
  }
});

test("while much is lost the browser's estimate has a floor", async () => {
  const { pc, connection } = (await talking()).offering;
  for (const heavy of [true, false]) {
    connection.adapt({ level: "small", red: false, heavy });
    await settle();
    assert.equal(/x-google-min-bitrate=250/.test(pc.remoteDescription.sdp), heavy);
  }
});

test("what cannot be done before the connection stands is done when it is asked for again", async () => {
  const { offering: { connection, pc } } = await negotiated();
  connection.adapt({ level: "normal", red: true, heavy: false });
  await settle();
  assert.equal(order(pc), "111 63");
  pc.become("connected");
  connection.adapt({ level: "normal", red: true, heavy: false });
  await settle();
  assert.equal(order(pc), "63 111");
});

test("a browser that refuses keeps its sound as it was, and is not asked again", async () => {
  const { offering: { connection, pc, faults } } = await talking();
  const real = pc.setRemoteDescription;
  let asked = 0;
  pc.setRemoteDescription = async () => {
    asked += 1;
    throw new Error("no");
  };
  for (let i = 0; i < 3; i += 1) {
    connection.adapt({ level: "normal", red: true, heavy: false });
    await settle();
  }
  pc.setRemoteDescription = real;
  assert.deepEqual([asked, faults.length, pc.signalingState, order(pc)], [1, 1, "stable", "111 63"]);
});

test("the picture follows the table, and the other side is told why it stands still", async () => {
  const { offering: { clock, connection, pc } } = await talking();
  await clock.advance(1000);
  const said = () => pc.channel.sent.splice(0).map((/** @type {string} */ text) => JSON.parse(text).value);
  connection.adapt({ level: "small", red: false, heavy: false });
  await settle();
  assert.deepEqual(picture(pc), {
    active: true, maxBitrate: 250_000, maxFramerate: 20, scaleResolutionDownBy: 2, scalabilityMode: "L1T2",
  });
  assert.deepEqual(said(), [{ audio: true, video: "camera" }]);
  connection.adapt({ level: "held", red: false, heavy: false });
  await settle();
  assert.equal(picture(pc).active, false);
  assert.deepEqual(said(), [{ audio: true, video: "camera", held: true, sparse: true }]);
  assert.match(pc.remoteDescription.sdp, /usedtx=1/);
  connection.adapt({ level: "normal", red: false, heavy: false });
  await settle();
  assert.deepEqual([picture(pc).active, said()], [true, [{ audio: true, video: "camera" }]]);
});

test("what is held back of a picture nobody sends is not spoken of", async () => {
  const { offering: { connection, pc } } = await talking();
  connection.adapt({ level: "held", red: false, heavy: false });
  pc.channel.sent.length = 0;
  connection.setStatus({ audio: true, video: "off" });
  assert.deepEqual(JSON.parse(pc.channel.sent[0]).value, { audio: true, video: "off", sparse: true });
});

test("a shared screen keeps its size", async () => {
  const { offering: { connection, pc } } = await talking();
  connection.setStatus({ audio: true, video: "screen" });
  connection.adapt({ level: "small", red: false, heavy: false });
  await settle();
  assert.equal(picture(pc).scaleResolutionDownBy, 1);
  assert.equal(pc.transceivers[1].sender.parameters.degradationPreference, "maintain-resolution");
});

test("a sender without layers gets everything else", async () => {
  const { offering: { connection, pc } } = await talking();
  const sender = pc.transceivers[1].sender;
  const real = sender.setParameters.bind(sender);
  sender.setParameters = async (/** @type {any} */ parameters) => {
    if ("scalabilityMode" in parameters.encodings[0] && parameters.encodings[0].scalabilityMode === "L1T2") throw new Error("no");
    await real(parameters);
  };
  connection.adapt({ level: "small", red: false, heavy: false });
  await settle();
  assert.equal(picture(pc).maxBitrate, 250_000);
});

test("the first offer taken has a first bitrate for the picture, and none goes over the wire", async () => {
  const { offering, answering } = await negotiated();
  assert.match(offering.pc.remoteDescription.sdp, /a=fmtp:96 x-google-start-bitrate=\d+/);
  assert.match(answering.pc.remoteDescription.sdp, /a=fmtp:96 x-google-start-bitrate=\d+/);
  for (const { description } of [...offering.sent, ...answering.sent]) assert.doesNotMatch(description?.sdp ?? "", /start/);
});
