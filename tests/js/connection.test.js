// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "../../vamt/static/js/connection.js";
import { readStats, readStatus, sessionOf } from "../../vamt/static/js/readings.js";
import { FakePeerConnection, FakeStream } from "./fakes.js";

/** @param {any[]} entries */
const report = (...entries) => /** @type {any} */ (
  new Map(entries.map((entry) => [entry.id, entry]))
);

const MEDIA = [
  { id: "iv", type: "inbound-rtp", kind: "video", framesDecoded: 40, frameWidth: 640, frameHeight: 360 },
  { id: "ia", type: "inbound-rtp", kind: "audio", totalAudioEnergy: 1.5, packetsLost: 2, packetsReceived: 98 },
  { id: "ov", type: "outbound-rtp", kind: "video", framesEncoded: 39 },
];
const PATH = [
  { id: "t", type: "transport", selectedCandidatePairId: "p", bytesReceived: 1000, bytesSent: 900 },
  { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r", currentRoundTripTime: 0.06 },
  { id: "l", type: "local-candidate", candidateType: "host" },
  { id: "r", type: "remote-candidate", candidateType: "srflx" },
];

test("statistics are read from a report", () => {
  assert.deepEqual(readStats(report(...MEDIA, ...PATH)), {
    framesDecoded: 40, framesEncoded: 39, audioEnergy: 1.5, bytesIn: 1000, bytesOut: 900,
    roundTrip: 0.06, lost: 2, received: 98, path: "direct", width: 640, height: 360,
  });
});

test("one relayed end makes the path a relayed one; without a transport the pair itself counts", () => {
  const firefox = [
    { ...PATH[1], selected: true, bytesReceived: 5, bytesSent: 6 },
    { ...PATH[2], candidateType: "relay" }, PATH[3],
  ];
  const { path, bytesIn, bytesOut } = readStats(report(...firefox));
  assert.deepEqual([path, bytesIn, bytesOut], ["relayed", 5, 6]);
});

test("an empty report is all zeroes and unknown", () => {
  const { path, roundTrip, framesDecoded } = readStats(report());
  assert.deepEqual([path, roundTrip, framesDecoded], ["unknown", null, 0]);
});

test("loss is that since the last reading", async () => {
  /** @type {any} */ let pc;
  const nothing = () => {};
  const connection = new Connection({
    polite: true, iceServers: [],
    createPeerConnection: () => (pc = /** @type {any} */ (new FakePeerConnection())),
    createStream: () => /** @type {any} */ (new FakeStream()),
    tell: {
      send: nothing, state: nothing, tracks: nothing, status: nothing, mark: nothing,
      foreign: nothing, fault: nothing,
    },
  });
  const lost = [];
  for (const [packetsLost, packetsReceived] of [[0, 0], [10, 90], [10, 190], [5, 290]]) {
    pc.getStats = async () => report({
      id: "ia", type: "inbound-rtp", kind: "audio", packetsLost, packetsReceived,
    });
    lost.push((await connection.stats()).lost);
  }
  assert.deepEqual(lost, [null, 0.1, 0, 0]); // late packets take their loss back
});

test("the session id is read from any browser's description", () => {
  assert.equal(sessionOf("v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\n"),
    "4611731400430051336");
  assert.equal(sessionOf("v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 773 0 IN IP4 0.0.0.0\r\n"), "773");
  for (const odd of [undefined, "", "v=0\r\n"]) assert.equal(sessionOf(odd), "");
});

test("a status is believed only as far as it makes sense", () => {
  assert.deepEqual(readStatus('{"audio":true,"video":"screen"}'), { audio: true, video: "screen" });
  assert.equal(readStatus('{"audio":"yes","video":"screen"}'), null);
  assert.equal(readStatus(7), null);
});
