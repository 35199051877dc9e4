// @ts-check
/**
 * One's own picture. A page has a single such <video> and moves it to where it is to be seen:
 * iOS Safari stops a camera that is shown in two places at once.
 */

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
      if (video.srcObject !== stream) video.srcObject = stream;
      video.classList.toggle("self-picture--mirrored", mirrored);
      if (stream && (moved || video.paused)) play();
    },
  };
}
