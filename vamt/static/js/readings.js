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
  const { audio, video } = /** @type {Record<string, unknown>} */ (value);
  const known = video === "camera" || video === "screen" || video === "off";
  return typeof audio === "boolean" && known ? { audio, video } : null;
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
 * The few counters the office looks at; `lost` and `received` are packets of sound so far.
 *
 * @param {RTCStatsReport} report
 * @returns {Omit<import("./types").CallStats, "lost"> & {lost: number, received: number}}
 */
export function readStats(report) {
  const result = {
    framesDecoded: 0, framesEncoded: 0, audioEnergy: 0, bytesIn: 0, bytesOut: 0,
    roundTrip: /** @type {number | null} */ (null), lost: 0, received: 0,
    path: /** @type {"direct" | "relayed" | "unknown"} */ ("unknown"), width: 0, height: 0,
  };
  const entries = [...report.values()];
  const transport = entries.find((e) => e.type === "transport" && e.selectedCandidatePairId);
  // Firefox before 124 has no transport entry but marks the pair itself.
  const pair = transport
    ? report.get(transport.selectedCandidatePairId)
    : entries.find((e) => e.type === "candidate-pair" && e.selected);
  for (const entry of entries) {
    if (entry.type === "inbound-rtp" && entry.kind === "video") {
      result.framesDecoded += entry.framesDecoded ?? 0;
      result.width = entry.frameWidth ?? 0;
      result.height = entry.frameHeight ?? 0;
    } else if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      result.audioEnergy += entry.totalAudioEnergy ?? 0;
      result.lost += entry.packetsLost ?? 0;
      result.received += entry.packetsReceived ?? 0;
    } else if (entry.type === "outbound-rtp" && entry.kind === "video") {
      result.framesEncoded += entry.framesEncoded ?? 0;
    }
  }
  if (pair) {
    const counted = transport?.bytesReceived === undefined ? pair : transport;
    result.bytesIn = counted.bytesReceived ?? 0;
    result.bytesOut = counted.bytesSent ?? 0;
    result.roundTrip = pair.currentRoundTripTime ?? null;
    const ends = [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)];
    if (ends.every(Boolean)) {
      result.path = ends.some((end) => end.candidateType === "relay") ? "relayed" : "direct";
    }
  }
  return result;
}
