// @ts-check
/**
 * When a page draws: once for all that happens before its next frame. A call that begins brings a
 * dozen events within a tenth of a second; drawing each of them kept sound and picture waiting for
 * longer than the network did.
 */

const NO_FRAME = 100; // ms; a page that nobody sees gets no frames, and still rings and has a title

/**
 * @param {() => void} draw  everything there is to draw
 * @returns {() => void} asks for it; to be called as often as anything changes
 */
export function drawn(draw) {
  let frame = 0;
  let timer = 0;
  function now() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = timer = 0;
    draw();
  }
  return () => {
    if (timer) return;
    frame = requestAnimationFrame(now);
    timer = window.setTimeout(now, NO_FRAME);
  };
}
