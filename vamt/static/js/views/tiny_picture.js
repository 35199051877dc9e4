// @ts-check
/** A tiny copy of what a <video> shows, to see whether there is anything in it. Stays in the page. */

const WIDTH = 32;
const HEIGHT = 24;

/**
 * @param {HTMLVideoElement} video
 * @returns {() => Uint8ClampedArray | null} RGBA, null while it shows nothing
 */
export function createTinyPicture(video) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return () => {
    if (!context || !video.srcObject || video.readyState < video.HAVE_CURRENT_DATA) return null;
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    return context.getImageData(0, 0, WIDTH, HEIGHT).data;
  };
}
