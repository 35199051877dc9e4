// @ts-check
/**
 * One's own picture. A page has a single such <video> and moves it to where it is to be seen:
 * iOS Safari stops a camera that is shown in two places at once.
 */

import { attach } from "./parts.js";

/** @param {HTMLVideoElement} video */
export function createSelfPicture(video) {
  // `muted` as an attribute is not reflected when the element is cloned or moved by scripts.
  video.muted = true;

  function play() {
    video.play().catch(() => {}); // hidden, or replaced meanwhile: the next render plays it
  }

  return {
    /**
     * @param {{stream: MediaStream | null, mirrored: boolean, slot?: Element | null}} state
     *        `mirrored` for a camera that looks at the person; `slot` is where to show it
     */
    render({ stream, mirrored, slot }) {
      const moved = slot && video.parentElement !== slot;
      if (moved) slot.append(video);
      video.classList.toggle("self-picture--mirrored", mirrored);
      if (attach(video, stream) && (moved || video.paused)) play();
    },
  };
}
