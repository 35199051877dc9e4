// @ts-check
/** Small pictures of further people in the visit, and who is here or about to come. DOM only. */

import { initials, mark, part, show, write } from "./parts.js";
import { createPlayback } from "./playback.js";

/**
 * @param {HTMLElement} root the stage
 */
export function createCompany(root) {
  const list = part(root, "company", HTMLUListElement);
  const template = part(root, "company-tile", HTMLTemplateElement);
  const notice = part(root, "company-notice", HTMLElement);
  const present = part(root, "company-present", HTMLElement);
  const reading = part(root, "company-reading", HTMLElement);
  /** @type {Map<string, {tile: HTMLElement, playback: ReturnType<typeof createPlayback>}>} */
  const tiles = new Map();

  /** @param {string} id */
  function add(id) {
    const tile = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const video = part(tile, "company-video", HTMLVideoElement);
    const draw = () => mark(tile, "data-playing", video.videoWidth > 0);
    for (const event of ["loadeddata", "resize", "emptied"]) video.addEventListener(event, draw);
    draw();
    list.append(tile);
    const made = { tile, playback: createPlayback(video, draw) };
    tiles.set(id, made);
    return made;
  }

  // Blocked sound comes with the next click anywhere.
  for (const event of ["pointerup", "keyup"]) {
    root.ownerDocument.addEventListener(event, () => {
      for (const { playback } of tiles.values()) if (playback.blocked) playback.restart();
    });
  }

  return {
    /**
     * @param {import("../company.js").Company} company
     * @param {string} speaker "" for the browser's own choice
     */
    render({ others, invited, present: here, reading: readers }, speaker) {
      for (const [id, { tile, playback }] of tiles) {
        if (others.some((other) => other.id === id)) continue;
        playback.stop();
        tile.remove();
        tiles.delete(id);
      }
      for (const other of others) {
        const { tile, playback } = tiles.get(other.id) ?? add(other.id);
        playback.show(other.remote);
        playback.setSpeaker(speaker);
        mark(tile, "data-picture", other.pictured && other.remote !== null);
        write(part(tile, "company-initials", HTMLElement), initials(other.name));
        write(part(tile, "company-name", HTMLElement), other.name);
        const words = [other.role, other.note].filter(Boolean).join(" · ");
        write(part(tile, "company-note", HTMLElement), words);
      }
      show(list, others.length > 0);
      write(notice, invited);
      show(notice, invited !== "");
      write(present, here);
      write(reading, readers);
      show(reading, readers !== "");
    },
    /** Let go of the pictures: the visit is over or put aside. */
    close() {
      this.render({ others: [], invited: "", present: "", reading: "" }, "");
    },
  };
}
