// @ts-check
/** When an offer to a server that takes no later candidates may be sent. No DOM. */

const PATIENCE = 300; // ms until it is sent with what is known

/**
 * Until all own addresses are known, or the moment is over: what is found later reaches the server
 * anyway, by the checks that come from there.
 *
 * @param {RTCPeerConnection} connection
 * @param {import("./types").Clock} clock
 * @returns {Promise<void>}
 */
export function gathered(connection, clock) {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, PATIENCE);
    const look = () => {
      if (connection.iceGatheringState !== "complete") return;
      clock.clearTimeout(timer);
      resolve();
    };
    connection.addEventListener("icegatheringstatechange", look);
    look();
  });
}
