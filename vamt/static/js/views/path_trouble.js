// @ts-check
/**
 * Why no picture and no sound come about, and what helps: chosen from facts, in plain words. Pure.
 *
 * A connection that does not come tells nobody why. What this page knows: whether the town has a
 * relay, whether its own network let the page reach it, and whose line is down. The rest is the
 * other network. Everybody is given something to do, and the clerk a number to call.
 */

import { t } from "../i18n.js";

/**
 * @typedef {"" | "browser" | "own_line" | "away" | "lost" | "no_relay" | "own_network" | "networks"} PathTrouble
 *   browser: no WebRTC at all; own_line, away: one's own or the other's line to the office is down;
 *   lost: there was a call; no_relay: two networks with no direct path, and no relay in the town;
 *   own_network: this network does not even let the relay through; networks: it is the other, or both
 *
 * @typedef {"none" | "unreached" | "reached" | "unknown"} Relay
 *
 * @typedef {object} PathFacts
 * @property {import("../types").CallState} call
 * @property {number} seconds      it has been in this state, and both lines up if they are
 * @property {boolean} met         they have seen each other in this visit
 * @property {boolean} socket      one's own line to the office is up
 * @property {boolean} otherOnline
 * @property {Relay} relay
 * @property {boolean} able        the browser can hold video calls
 *
 * @typedef {object} PathWords
 * @property {string} title
 * @property {string} text
 * @property {string[]} steps   what helps, the best first; may be empty
 */

const PATIENCE = 7; // s: TURN over TLS at 200 ms takes 2.3 s, and after 10 s people give up
const GIVEN_UP = 2; // s in which another try may still find what the browser has not

/**
 * Whether the relay the town offers has been reached from here.
 *
 * @param {readonly RTCIceServer[]} ice as in the latest state
 * @param {boolean} [gathered] an address on the relay was given to this page; undefined: not known
 * @returns {Relay}
 */
export function relayOf(ice, gathered) {
  if (!ice.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)))) return "none";
  if (gathered === undefined) return "unknown";
  return gathered ? "reached" : "unreached";
}

/**
 * The reason to be told now, "" while there is none or it is too early to say.
 *
 * @param {PathFacts} facts
 * @returns {PathTrouble}
 */
export function pathTrouble({ call, seconds, met, socket, otherOnline, relay, able }) {
  if (call === "connected" || call === "unstable" || call === "closed") return "";
  if (!able) return "browser";
  // What was torn off a moment ago is usually found again; what never came has had its time.
  if (seconds < (call === "failed" && !met ? GIVEN_UP : PATIENCE)) return "";
  if (!socket) return "own_line";
  if (!otherOnline) return "away";
  if (relay === "none") return "no_relay";
  if (relay === "unreached") return "own_network";
  return met ? "lost" : "networks";
}

/**
 * @param {PathTrouble} trouble
 * @param {{me: import("../types").ChatLine["seat"], name: string, handheld: boolean}} who reads: name of the
 *     other person; handheld: on a phone or tablet
 * @returns {PathWords | null} null where there is nothing to say
 */
export function pathWords(trouble, { me, name, handheld }) {
  if (!trouble) return null;
  return me === "clerk" ? clerkWords(trouble, name) : citizenWords(trouble, name, handheld);
}

/**
 * @param {Exclude<PathTrouble, "">} trouble
 * @param {string} name
 * @param {boolean} handheld
 * @returns {PathWords}
 */
function citizenWords(trouble, name, handheld) {
  const networks = [
    handheld
      ? t("Switch WLAN off and use mobile data, or try another WLAN.")
      : t("Go on with your phone and its mobile data, or try another network."),
    t("Switch off a VPN, if you use one."),
  ];
  const writing = t("We keep trying. Meanwhile you can write to each other.");
  switch (trouble) {
    case "browser":
      return {
        title: t("This browser cannot hold video calls"),
        text: t("Please open this page in another browser, such as Safari, Chrome or Firefox. Here you can write to each other."),
        steps: [],
      };
    case "own_line":
      return {
        title: t("Your device has no connection"),
        text: t("Please check your WLAN or your mobile data. As soon as it is back we go on by ourselves."),
        steps: [],
      };
    case "away":
      return {
        title: t("%(name)s is not connected at the moment", { name }),
        text: t("The call goes on by itself as soon as the other line is back. Please stay on this page."),
        steps: [],
      };
    case "lost":
      return { title: t("The video call has broken off"), text: writing, steps: networks };
    case "own_network":
      return { title: t("Your network does not let the video call through"), text: writing, steps: networks };
    default:
      return { title: t("The networks do not let the video call through"), text: writing, steps: networks };
  }
}

/**
 * @param {Exclude<PathTrouble, "">} trouble
 * @param {string} name
 * @returns {PathWords}
 */
function clerkWords(trouble, name) {
  switch (trouble) {
    case "browser":
      return {
        title: t("This browser cannot hold video calls"),
        text: t("Please use a current Chrome, Edge or Firefox. Until then you can write, or call by telephone."),
        steps: [],
      };
    case "own_line":
      return {
        title: t("Your desk has no connection"),
        text: t("Please check the network of this computer. As soon as it is back the call goes on by itself."),
        steps: [],
      };
    case "away":
      return {
        title: t("The page of %(name)s is not connected", { name }),
        text: t("The call goes on by itself as soon as it is back."),
        steps: [],
      };
    case "lost":
      return {
        title: t("The video call has broken off"),
        text: t("We keep trying. %(name)s reads what helps; meanwhile you can write, or call by telephone.", { name }),
        steps: [],
      };
    case "no_relay":
      return {
        title: t("No direct path between the two networks (firewall)"),
        text: t("A relay server (TURN) would help; none is set up for this office. Please tell your IT. Until then you can write, or call by telephone."),
        steps: [],
      };
    case "own_network":
      return {
        title: t("The network of your office does not let the video call through"),
        text: t("A firewall blocks the way to the relay server. Please tell your IT. Until then you can write, or call by telephone."),
        steps: [],
      };
    default:
      return {
        title: t("The two networks let no connection through (firewall)"),
        text: t("We keep trying. %(name)s reads what helps, such as mobile data instead of WLAN. Meanwhile you can write, or call by telephone.", { name }),
        steps: [],
      };
  }
}
