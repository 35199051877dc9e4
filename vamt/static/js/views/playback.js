// @ts-check
/**
 * Playing the other's picture and sound. Browsers start sound only after a click, and a phone call
 * stops it; both are noticed here, mended by itself where that is allowed, and told where not.
 */

import { attach } from "./parts.js";

/**
 * @param {HTMLVideoElement} video
 * @param {() => void} changed `blocked` or `stopped` may be another now
 */
export function createPlayback(video, changed) {
  let blocked = false;
  let stopped = false;
  let ahead = false; // silent, before anybody sees it
  let speaker = "";

  async function play() {
    ahead = false;
    try {
      video.muted = false;
      await video.play();
      blocked = stopped = false;
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "AbortError") return; // another picture has come meanwhile: that one is played
      // Autoplay policy: without a click since the reload only a silent picture may start.
      blocked = name === "NotAllowedError";
      stopped = !blocked;
      if (blocked) {
        video.muted = true;
        video.play().catch(() => {}); // saving power, an iPhone plays not even that
      }
    }
    changed();
  }

  function goOn() {
    if (video.srcObject && video.paused && !blocked && !ahead && !document.hidden) void play();
  }
  video.addEventListener("pause", goOn);
  document.addEventListener("visibilitychange", goOn);
  window.addEventListener("pageshow", goOn);

  return {
    get blocked() {
      return blocked;
    },
    get stopped() {
      return stopped;
    },
    /**
     * Have the stream at hand, silent, before it is to be seen: a player takes its time to begin.
     *
     * @param {MediaStream | null} stream
     */
    prepare(stream) {
      ahead = video.muted = true;
      attach(video, stream);
    },
    /** @param {MediaStream | null} stream */
    show(stream) {
      if (attach(video, stream) && (video.paused || ahead) && !blocked) void play();
    },
    /** In a click: from the beginning, since after a phone call iOS may play on without a sound. */
    restart() {
      const stream = video.srcObject;
      video.srcObject = null;
      video.srcObject = stream;
      if (stream) void play();
    },
    /**
     * Play on the chosen loudspeaker, where the browser lets a page choose (not Safari before 18.4).
     *
     * @param {string} id "" for the browser's own choice
     */
    setSpeaker(id) {
      if (id === speaker || !("setSinkId" in video)) return;
      speaker = id;
      video.setSinkId(id).catch(() => {}); // unplugged: the browser's own choice stays
    },
    stop() {
      video.srcObject = null;
      blocked = stopped = ahead = false;
    },
  };
}
