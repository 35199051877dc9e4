// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { compare, readCounters } from "../../vamt/static/js/readings.js";

/** @param {any[]} entries */
const report = (...entries) => /** @type {any} */ (
  new Map(entries.map((entry) => [entry.id, entry]))
);

/** @param {object} [local] @param {object} [remote] @param {object} [pair] */
const path = (local = {}, remote = {}, pair = {}) => [
  { id: "t", type: "transport", selectedCandidatePairId: "p" },
  { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r",
    currentRoundTripTime: 0.06, availableOutgoingBitrate: 900_000, ...pair },
  { id: "l", type: "local-candidate", candidateType: "srflx", protocol: "udp", ...local },
  { id: "r", type: "remote-candidate", candidateType: "srflx", protocol: "udp", ...remote },
];

test("loss is that of all packets sent between two reports, however rare these are", () => {
  /** @type {import("../../vamt/static/js/readings.js").Counters | null} */ let before = null;
  /** @param {number} sent @param {number} lost @param {number} at @param {number} again */
  const next = (sent, lost, at, again = 0) => {
    const now = readCounters(report(
      { id: "o", type: "outbound-rtp", kind: "audio", packetsSent: sent + again, retransmittedPacketsSent: again },
      { id: "r", type: "remote-inbound-rtp", kind: "audio", localId: "o", packetsLost: lost, timestamp: at },
    ), before);
    const reading = compare(before, now);
    before = now;
    return [reading.lost, reading.sent];
  };
  assert.deepEqual(next(50, 5, 1000), [0, 0]);
  assert.deepEqual(next(100, 5, 1000), [0, 0]);
  assert.deepEqual(next(150, 5, 1000), [0, 0]);
  assert.deepEqual(next(200, 35, 5000, 40), [30, 150]);
  assert.deepEqual(next(250, 34, 6000, 40), [0, 50]); // one came late
});

test("sound made up is a share of the sound played, without the pauses of DTX", () => {
  /** @param {number} samples @param {number} made @param {number} quiet @param {number} lost */
  const heard = (samples, made, quiet, lost) => readCounters(report({
    id: "i", type: "inbound-rtp", kind: "audio", totalSamplesReceived: samples, concealedSamples: made,
    silentConcealedSamples: quiet, packetsLost: lost, packetsReceived: samples / 960,
    jitterBufferDelay: samples / 10, jitterBufferEmittedCount: samples,
  }));
  const { concealed, missed, buffer } = compare(heard(48_000, 0, 0, 0), heard(96_000, 24_000, 19_200, 50));
  assert.deepEqual([concealed, missed, buffer], [0.1, 0.5, 0.1]);
  assert.equal(compare(heard(96_000, 0, 0, 5), heard(96_000, 0, 0, 5)).concealed, null);
});

test("the slower of both round trips counts, and what the browser believes in is told in kbit/s", () => {
  const reports = { id: "ra", type: "remote-inbound-rtp", kind: "audio", timestamp: 1, roundTripTime: 0.4 };
  const { roundTrip, available } = compare(null, readCounters(report(...path(), reports)));
  assert.deepEqual([roundTrip, available], [0.4, 900]);
  const nothing = compare(null, readCounters(report()));
  assert.deepEqual([nothing.roundTrip, nothing.available, nothing.missed], [null, null, null]);
});

/** @type {[string, object, object, boolean][]} */
const ways = [
  ["direct", {}, {}, false],
  ["own relay, UDP", { candidateType: "relay", relayProtocol: "udp" }, {}, false],
  ["own relay, TLS", { candidateType: "relay", relayProtocol: "tls" }, {}, true],
  ["own relay, TCP", { candidateType: "relay", relayProtocol: "tcp" }, {}, true],
  ["other's relay, UDP, of Chromium", {}, { candidateType: "relay", priority: (2 << 24) + 7 }, false],
  ["other's relay, UDP, of Firefox", {}, { candidateType: "relay", priority: (5 << 24) + 7 }, false],
  ["other's relay, TLS", {}, { candidateType: "relay", priority: 65_535 }, true],
  ["other's relay, TCP", {}, { candidateType: "relay", priority: (1 << 24) + 65_535 }, true],
  ["ICE over TCP", { protocol: "tcp", candidateType: "host" }, {}, true],
];
for (const [name, local, remote, expected] of ways) {
  test(`whether TCP carries it: ${name}`, () => assert.equal(readCounters(report(...path(local, remote))).tcp, expected));
}

test("a device too slow for its picture says so", () => {
  const busy = { id: "o", type: "outbound-rtp", kind: "video", qualityLimitationReason: "cpu" };
  assert.equal(readCounters(report(busy)).busy, true);
  assert.equal(readCounters(report({ ...busy, qualityLimitationReason: "bandwidth" })).busy, false);
});
