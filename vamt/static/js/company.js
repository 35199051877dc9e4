// @ts-check
/**
 * Who else is in the visit beside the two it is about, and who is about to come: from the state
 * and the call, in words. No DOM.
 */

import { t } from "./i18n.js";

/**
 * @typedef {import("./types").GuestView} GuestView
 * @typedef {import("./types").Peer} Peer
 *
 * @typedef {object} Other somebody whose picture is shown small
 * @property {string} id
 * @property {string} name
 * @property {string} role             in words; "" for clerk and citizen
 * @property {MediaStream | null} remote
 * @property {boolean} pictured        her picture is on its way
 * @property {string} note             what is to be known of her, or ""
 *
 * @typedef {object} Company
 * @property {readonly Other[]} others
 * @property {string} invited          who is about to join, in a sentence, or ""
 * @property {string} present          who is here, in a sentence; "" while it is just the two
 * @property {string} reading          that guests read the chat, or ""
 */

/** @param {GuestView["role"]} role */
export function roleWords(role) {
  if (role === "interpreter") return t("interpreting");
  return role === "companion" ? t("companion") : t("from the town hall");
}

/**
 * @param {string} clerk
 * @param {GuestView} guest
 */
function invitation(clerk, { name, role }) {
  if (role === "interpreter") return t("%(clerk)s would like %(name)s to join and interpret.", { clerk, name });
  return role === "companion"
    ? t("%(clerk)s would like %(name)s to join as a companion.", { clerk, name })
    : t("%(clerk)s would like %(name)s from the town hall to join.", { clerk, name });
}

/**
 * What is to be known of somebody beyond her picture.
 *
 * @param {Peer} peer
 * @param {import("./leg.js").Leg | undefined} leg
 */
function note({ online }, leg) {
  if (leg?.state === "connected") return leg.peerStatus?.audio === false ? t("Microphone off") : "";
  if (!online) return t("not connected");
  return leg?.state === "unstable" || leg?.state === "failed" ? t("weak network") : t("connecting …");
}

/**
 * @param {object} visit
 * @param {string} visit.clerk
 * @param {readonly Peer[]} visit.peers
 * @param {readonly GuestView[]} visit.guests
 * @param {boolean} visit.chat_shared
 * @param {import("./call.js").Call} call
 * @param {string} mine id of this page's person
 * @returns {Company}
 */
export function company({ clerk, peers, guests, chat_shared }, call, mine) {
  const role = (/** @type {string} */ id) => {
    const guest = guests.find((one) => `guest:${one.id}` === id);
    return guest ? roleWords(guest.role) : "";
  };
  const others = peers
    .filter(({ id }) => id !== mine && id !== call.main?.id)
    .map((peer) => {
      const leg = call.legs.get(peer.id);
      return {
        id: peer.id,
        name: peer.name,
        role: role(peer.id),
        remote: leg?.remote ?? null,
        pictured: leg?.peerStatus?.video !== "off",
        note: note(peer, leg),
      };
    });
  const asked = guests.filter(({ id, state }) => state === "invited" && `guest:${id}` !== mine);
  const invited = asked.map((guest) => invitation(clerk, guest));
  const names = peers.map(({ id, name }) => {
    const words = role(id);
    if (id === mine) return t("you");
    return words ? `${name} (${words})` : name;
  });
  const guested = peers.some(({ seat }) => seat === "guest");
  return {
    others,
    invited: invited.length ? [...invited, t("If you do not want that, please say so.")].join(" ") : "",
    present: guested ? t("In this conversation: %(names)s.", { names: names.join(", ") }) : "",
    reading: guested && chat_shared ? t("Everybody here reads the chat.") : "",
  };
}
