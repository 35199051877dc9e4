// @ts-check
/** What is read out of a connection: descriptions, the other side's status, counters. Pure. */

/** @typedef {import("./types").MediaStatus} MediaStatus */

const MESSAGE_LENGTH = 16_000; // characters

/**
 * The SHA-256 fingerprint of the certificate a description names (RFC 8122).
 *
 * @param {string | undefined} sdp
 * @returns {string} 32 bytes in upper-case hex with colons; "" where there is none
 */
export function fingerprintOf(sdp) {
  return /^a=fingerprint:sha-256 ([0-9A-F:]{95})\s*$/im.exec(sdp ?? "")?.[1]?.toUpperCase() ?? "";
}

/**
 * Read what the other page says over the data channel; nothing of it is trusted.
 *
 * @param {unknown} data
 * @returns {{kind: string, value: unknown} | null} null where it makes no sense
 */
export function readMessage(data) {
  if (typeof data !== "string" || data.length > MESSAGE_LENGTH) return null;
  try {
    const { kind, value } = JSON.parse(data);
    return typeof kind === "string" ? { kind, value } : null;
  } catch {
    return null;
  }
}

/**
 * What the other side says of its camera and microphone.
 *
 * @param {unknown} value
 * @returns {MediaStatus | null} null where it makes no sense
 */
export function readStatus(value) {
  if (!value || typeof value !== "object") return null;
  const { audio, video, held, sparse } = /** @type {Record<string, unknown>} */ (value);
  const known = video === "camera" || video === "screen" || video === "off";
  if (typeof audio !== "boolean" || !known) return null;
  return { audio, video, ...(held === true && { held }), ...(sparse === true && { sparse }) };
}

/**
 * Packets that have arrived so far: `media` of sound and picture, `all` of any kind (reports and
 * messages too), which is the same as `media` where the browser does not count them (Firefox).
 *
 * @param {RTCStatsReport} report
 * @returns {{all: number, media: number}}
 */
export function readPackets(report) {
  let media = 0;
  let all = 0;
  for (const entry of report.values()) {
    if (entry.type === "transport") all += entry.packetsReceived ?? 0;
    else if (entry.type === "inbound-rtp") media += entry.packetsReceived ?? 0;
  }
  return { all: all || media, media };
}

/**
 * Which way picture and sound take.
 *
 * @param {RTCStatsReport} report
 * @returns {import("./types").Path}
 */
export function readPath(report) {
  const pair = pairOf(report);
  const ends = pair ? [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)] : [];
  if (!ends.length || !ends.every(Boolean)) return "unknown";
  return ends.some((end) => end.candidateType === "relay") ? "relayed" : "direct";
}

/**
 * The pair of candidates in use.
 *
 * @param {RTCStatsReport} report
 * @returns {any} undefined while there is none
 */
function pairOf(report) {
  const entries = [...report.values()];
  const transport = entries.find((e) => e.type === "transport" && e.selectedCandidatePairId);
  // Firefox before 124 has no transport entry but marks the pair itself.
  return transport
    ? report.get(transport.selectedCandidatePairId)
    : entries.find((e) => e.type === "candidate-pair" && e.selected);
}

/**
 * What adaptation and the quality meter go by, as counters of the whole connection.
 *
 * @typedef {object} Counters
 * @property {Map<string, {lost: number, sent: number, at: number}>} reports  of the other side, by
 *     stream: packets lost and sent so far, and when the report came
 * @property {number | null} available   bits a second the browser believes in
 * @property {number | null} roundTrip   seconds, the slower of media reports and path checks
 * @property {boolean} tcp               a relay carries it over TCP or TLS, for either side
 * @property {boolean} busy              this device is too slow to send the picture as it should
 * @property {number} lost               packets of sound not received
 * @property {number} received           packets of sound
 * @property {number} samples            of sound played
 * @property {number} concealed          samples made up, without those of pauses (DTX)
 * @property {number} buffered           seconds all samples have waited in the buffer
 * @property {number} emitted            samples that have left the buffer
 */

/**
 * @param {RTCStatsReport} report
 * @param {Counters | null} [before] what was read last: a report of the other side comes every one
 *     to five seconds, and stands for all that was sent since the one before it
 * @returns {Counters}
 */
export function readCounters(report, before = null) {
  /** @type {Counters} */
  const found = {
    reports: new Map(), available: null, roundTrip: null, tcp: false, busy: false,
    lost: 0, received: 0, samples: 0, concealed: 0, buffered: 0, emitted: 0,
  };
  for (const entry of report.values()) {
    if (entry.type === "remote-inbound-rtp") {
      const own = report.get(entry.localId);
      if (own && entry.packetsLost !== undefined) {
        const known = before?.reports.get(entry.id);
        const sent = (own.packetsSent ?? 0) - (own.retransmittedPacketsSent ?? 0);
        const fresh = { lost: entry.packetsLost, sent, at: entry.timestamp };
        found.reports.set(entry.id, known && known.at === fresh.at ? known : fresh);
      }
      found.roundTrip = Math.max(found.roundTrip ?? 0, entry.roundTripTime ?? 0) || null;
    } else if (entry.type === "outbound-rtp" && entry.kind === "video") {
      found.busy = entry.qualityLimitationReason === "cpu";
    } else if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      found.lost += entry.packetsLost ?? 0;
      found.received += entry.packetsReceived ?? 0;
      found.samples += entry.totalSamplesReceived ?? 0;
      found.concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
      found.buffered += entry.jitterBufferDelay ?? 0;
      found.emitted += entry.jitterBufferEmittedCount ?? 0;
    }
  }
  const pair = pairOf(report);
  if (pair) {
    found.available = pair.availableOutgoingBitrate ?? null;
    found.roundTrip = Math.max(found.roundTrip ?? 0, pair.currentRoundTripTime ?? 0) || null;
    found.tcp = overTcp(report.get(pair.localCandidateId)) || overTcp(report.get(pair.remoteCandidateId));
  }
  return found;
}

/**
 * Whether a relay is reached over TCP or TLS. Of the other side's only the priority is known: all
 * browsers give such relays the type preference 0 or 1 in its top byte (Chromium, Safari: UDP 2;
 * Firefox: UDP 5).
 *
 * @param {any} candidate
 */
function overTcp(candidate) {
  if (candidate?.candidateType !== "relay") return candidate?.protocol === "tcp";
  if (candidate.relayProtocol) return candidate.relayProtocol !== "udp";
  return candidate.priority !== undefined && candidate.priority >>> 24 < 2;
}

/**
 * What happened between two readings of one connection.
 *
 * @param {Counters | null} before null: at the first reading, which says nothing of loss yet
 * @param {Counters} now
 * @returns {import("./types").Reading}
 */
export function compare(before, now) {
  let sent = 0;
  let lost = 0;
  for (const [id, report] of now.reports) {
    const known = before?.reports.get(id);
    if (!known) continue;
    sent += Math.max(0, report.sent - known.sent);
    lost += Math.max(0, report.lost - known.lost);
  }
  const grown = (/** @type {"lost" | "received" | "samples" | "concealed" | "buffered" | "emitted"} */ key) =>
    now[key] - (before?.[key] ?? now[key]);
  return {
    sent,
    lost: Math.min(lost, sent),
    available: now.available === null ? null : now.available / 1000,
    roundTrip: now.roundTrip,
    tcp: now.tcp,
    busy: now.busy,
    missed: share(grown("lost"), grown("lost") + grown("received")),
    concealed: share(grown("concealed"), grown("samples")),
    buffer: grown("emitted") > 0 ? grown("buffered") / grown("emitted") : null,
  };
}

/** @param {number} some @param {number} all */
function share(some, all) {
  return all > 0 ? Math.min(1, Math.max(0, some / all)) : null;
}
