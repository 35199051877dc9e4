// @ts-check
/**
 * The town's pictures in the waiting room: one after the other, slowly, with their captions.
 * Stands still where the person wants no motion, when the page is not seen, and when paused.
 */

import { t } from "./i18n.js";
import { mark, part, prefersStillness, show, write } from "./views/parts.js";

/** @typedef {{url: string, caption: string, alt: string}} Picture */

const PACE = 9000; // ms a picture stays

/**
 * @param {HTMLElement} root
 * @param {readonly Picture[]} pictures
 */
export function createSlideshow(root, pictures) {
  const frame = part(root, "slides-frame", HTMLElement);
  const images = pictures.map((picture) => {
    const image = document.createElement("img");
    image.className = "slides__picture";
    image.alt = picture.alt;
    image.decoding = "async";
    return image;
  });
  frame.append(...images);

  let current = 0;
  let paused = prefersStillness();
  let visible = false;
  let timer = 0;

  /** @param {number} index */
  function load(index) {
    const image = images[index];
    if (image && !image.getAttribute("src")) image.src = pictures[index].url;
  }

  /** @param {number} step */
  function go(step) {
    current = (current + step + images.length) % images.length;
    draw();
  }

  function draw() {
    load(current);
    if (visible) load((current + 1) % images.length);
    images.forEach((image, index) => {
      mark(image, "data-shown", index === current);
      mark(image, "aria-hidden", index !== current);
    });
    write(part(root, "slides-caption", HTMLElement), pictures[current]?.caption ?? "");
    show(part(root, "slides-pause-icon", HTMLElement), !paused);
    show(part(root, "slides-play-icon", HTMLElement), paused);
    write(
      part(root, "slides-pause-label", HTMLElement),
      paused ? t("Play the slide show") : t("Pause the slide show"),
    );
    show(part(root, "slides-pause", HTMLElement), images.length > 1);
    show(part(root, "slides-back", HTMLElement), images.length > 1);
    show(part(root, "slides-forward", HTMLElement), images.length > 1);
    window.clearTimeout(timer);
    if (visible && !paused && !document.hidden && images.length > 1) timer = window.setTimeout(() => go(1), PACE);
  }

  part(root, "slides-back", HTMLButtonElement).addEventListener("click", () => go(-1));
  part(root, "slides-forward", HTMLButtonElement).addEventListener("click", () => go(1));
  part(root, "slides-pause", HTMLButtonElement).addEventListener("click", () => {
    paused = !paused;
    draw();
  });
  document.addEventListener("visibilitychange", draw);

  return {
    /** @param {{visible: boolean}} state */
    render(state) {
      const wanted = state.visible && images.length > 0;
      if (wanted === visible) return;
      visible = wanted;
      show(root, visible);
      draw();
    },
  };
}
