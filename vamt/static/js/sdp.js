// @ts-check
/**
 * What can be wished for only in the text of a description, since no browser has an API for it.
 * Pure: text in, text out; what is not understood stays as it is.
 *
 * A sender goes by the other side's description as *it* was told it: the first codec of the media
 * line is the one it sends, and the parameters behind it are how. So only the copy handed to
 * `setRemoteDescription` is changed, never what goes over the wire, and each side chooses for what
 * it sends without asking the other.
 *
 * Tried in Chromium 156: `encoding.codec = audio/red` in setParameters is accepted and changes
 * nothing (24 kbit/s before and after, on the wire too). The order of the payload types does: an
 * own offer answered with the known description in another order switches RED on (24 -> 50 kbit/s)
 * and off again within 10 ms, without a message to the other side, which would have to go over the
 * very network that is bad. At most 14 ms of sound are made up.
 */

/**
 * @typedef {object} Wishes
 * @property {boolean} red     every packet of sound carries the one before it as well (RFC 2198)
 * @property {boolean} dtx     pauses of speech are hardly sent
 * @property {number} [start]  kbit/s the browser begins with, instead of 300
 * @property {number} [floor]  kbit/s it takes for granted whatever is lost. Chromium reads it beside
 *     the sound, too (its voice engine sets the limits of the whole connection), so that the picture
 *     need not begin anew
 */

/**
 * The other side's description as our own sender is to see it.
 *
 * @param {string} sdp
 * @param {Wishes} wishes
 * @returns {string}
 */
export function shape(sdp, { red, dtx, start = 0, floor = 0 }) {
  return sections(sdp).map((section) => {
    if (section.startsWith("m=audio")) return sound(section, red, dtx, floor);
    if (section.startsWith("m=video") && start) return picture(section, start);
    return section;
  }).join("");
}

/**
 * The other side's latest description as the answer to another offer of ours that changes nothing:
 * an offer leaves open which side opens the DTLS connection, an answer must say who did.
 *
 * @param {string} theirs
 * @param {string} ours  the own description of the same negotiation
 * @returns {string}
 */
export function asAnswer(theirs, ours) {
  const role = /^a=setup:(active|passive)\r?$/m.exec(ours)?.[1];
  if (!role) return theirs; // ours was the offer, so theirs says it already
  return theirs.replace(/^a=setup:\S+/gm, `a=setup:${role === "active" ? "passive" : "active"}`);
}

/** @param {string} sdp */
function sections(sdp) {
  return sdp.split(/^(?=m=)/m);
}

/**
 * @param {string} section
 * @param {string} name in lower case
 * @returns {string[]} payload types
 */
function payloads(section, name) {
  return [...section.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)]
    .filter(([, , codec = ""]) => codec.toLowerCase() === name)
    .map(([, payload = ""]) => payload);
}

/** @param {string} section @returns {string | null} payload type of Opus in RED; Firefox has none */
function redOf(section) {
  const [opus] = payloads(section, "opus");
  const red = payloads(section, "red").find((each) => new RegExp(`^a=fmtp:${each} ${opus}/${opus}`, "m").test(section));
  return opus && red ? red : null;
}

/**
 * @param {string} section
 * @param {boolean} red
 * @param {boolean} dtx
 * @param {number} floor
 */
function sound(section, red, dtx, floor) {
  const [opus] = payloads(section, "opus");
  if (!opus) return section;
  const told = withParameters(section, opus, {
    useinbandfec: "1",
    usedtx: dtx ? "1" : "",
    "x-google-min-bitrate": floor ? String(floor) : "",
  });
  const redundant = redOf(told);
  if (!redundant) return told;
  return told.replace(/^(m=audio \d+ \S+ )(.+?)(\r?)$/m, (_, head, list, end) => {
    const order = list.split(" ").filter((/** @type {string} */ each) => each !== redundant);
    order.splice(order.indexOf(opus) + (red ? 0 : 1), 0, redundant);
    return head + order.join(" ") + end;
  });
}

/**
 * @param {string} section
 * @param {number} start
 */
function picture(section, start) {
  return ["vp8", "vp9", "h264", "av1"]
    .flatMap((name) => payloads(section, name))
    .reduce((text, each) => withParameters(text, each, { "x-google-start-bitrate": String(start) }), section);
}

/**
 * Set parameters of a codec; an empty one is taken away.
 *
 * @param {string} section
 * @param {string} payload
 * @param {Record<string, string>} wanted
 */
function withParameters(section, payload, wanted) {
  const line = new RegExp(`^a=fmtp:${payload} (.*?)(\\r?)$`, "m");
  const known = new Map((line.exec(section)?.[1] ?? "").split(";").filter(Boolean).map((each) => {
    const [key = "", ...value] = each.trim().split("=");
    return [key, value.join("=")];
  }));
  for (const [key, value] of Object.entries(wanted)) {
    if (value) known.set(key, value);
    else known.delete(key);
  }
  const text = [...known].map(([key, value]) => (value ? `${key}=${value}` : key)).join(";");
  if (line.test(section)) {
    return section.replace(line, (_, __, end) => (text ? `a=fmtp:${payload} ${text}${end}` : ""));
  }
  const map = new RegExp(`^(a=rtpmap:${payload} [^\\r\\n]*)(\\r?\\n)`, "m");
  return text ? section.replace(map, `$1$2a=fmtp:${payload} ${text}$2`) : section;
}
