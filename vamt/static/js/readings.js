// @ts-check
/** What is read out of a connection: descriptions, the other side's status, counters. Pure. */

/** @typedef {import("./types").MediaStatus} MediaStatus */

/**
 * The SDP session id: one per RTCPeerConnection for all its life (RFC 9429 section 5.2.1), so
 * another one means the other side has made a new connection.
 *
 * @param {string | undefined} sdp
 * @returns {string} "" where there is none
 */
export function sessionOf(sdp) {
  return /^o=\S+ (\S+) /m.exec(sdp ?? "")?.[1] ?? "";
}

/**
 * Read what the other side says of itself; nothing of it is trusted.
 *
 * @param {unknown} data
 * @returns {MediaStatus | null} null where it makes no sense
 */
export function readStatus(data) {
  if (typeof data !== "string" || data.length > 1000) return null;
  try {
    const { audio, video } = JSON.parse(data);
    const known = video === "camera" || video === "screen" || video === "off";
    return typeof audio === "boolean" && known ? { audio, video } : null;
  } catch {
    return null;
  }
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
