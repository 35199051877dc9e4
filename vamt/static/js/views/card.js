// @ts-check
/**
 * What the citizen sees while a document is checked: the question, the camera with the outline and
 * one instruction at a time, and afterwards a note beside the call. DOM only.
 */

import { cardOutline } from "../card_outline.js";
import { t } from "../i18n.js";
import { adviceWords, whyWords } from "./card_words.js";
import { attach, mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../card_check.js").CardState} CardState
 *
 * @typedef {object} CardCallbacks
 * @property {() => void} allow
 * @property {() => void} refuse
 * @property {() => void} again
 */

const SPOKEN = 2500; // ms between two instructions that a screen reader reads out
const STILL_QUALITY = 0.92;
const CORNER = 0.04; // of the outline's width: how round its corners are

/**
 * @param {HTMLElement} page
 * @param {CardCallbacks} callbacks
 * @param {() => MediaStream} [createStream]
 */
export function createCard(page, callbacks, createStream = () => new MediaStream()) {
  const root = part(page, "card", HTMLElement);
  const video = part(root, "card-video", HTMLVideoElement);
  const clerk = part(root, "card-clerk", HTMLVideoElement);
  const overlay = part(root, "card-overlay", SVGSVGElement);
  const stream = createStream();
  let phase = "none";
  let saidAt = -Infinity;
  let side = "";
  /** @type {CardState | null} */ let state = null;

  for (const [name, act] of /** @type {const} */ ([
    ["card-allow", callbacks.allow], ["card-refuse", callbacks.refuse], ["card-stop", callbacks.refuse],
    ["card-again", callbacks.again], ["card-done-stop", callbacks.refuse],
  ])) part(root, name, HTMLButtonElement).addEventListener("click", act);
  for (const event of ["loadedmetadata", "resize"]) video.addEventListener(event, () => state && drawOutline(state));

  /** @param {CardState} now @param {string} name the clerk's */
  function drawQuestion({ check }, name) {
    if (!check) return;
    write(part(root, "card-why", HTMLElement), check.reads
      ? t("%(name)s checks who you are. The town's server looks on: it tells you how to hold the document and reads its two or three lines for machines, to compare them with what you have entered.", { name })
      : t("%(name)s checks who you are. The town's server looks on: it tells you how to hold the document.", { name }));
    write(part(root, "card-who", HTMLElement), t("Only %(name)s and, during the check, the town's server see the document. Sound is never taken.", { name }));
    write(part(root, "card-kept", HTMLElement), check.keep_hours
      ? t("A copy with what is not needed blackened is kept, encrypted, for %(n)s hours at most. Everything else is forgotten at once.", { n: check.keep_hours })
      : t("No picture is kept. When the check is over, everything seen and read is forgotten."));
  }

  /** @param {CardState} now */
  function drawLive(now) {
    const { check } = now;
    const words = instruction(now);
    write(part(root, "card-advice", HTMLElement), words);
    mark(part(root, "card-picto", HTMLElement), "data-advice", pictogram(now));
    mark(root, "data-good", now.advice === "good" || now.advice === "reading");
    for (const one of /** @type {const} */ (["front", "back"])) {
      const step = part(root, `card-${one}`, HTMLElement);
      show(step, (check?.sides.length ?? 0) > 1 && check?.sides.includes(one) === true);
      const taken = now.taken.includes(one);
      mark(step, "data-taken", taken);
      if (now.phase === "live" && !taken && now.side === one) mark(step, "aria-current", "step");
      else step.removeAttribute("aria-current");
      write(part(step, `card-${one}-state`, HTMLElement), taken ? t("done") : "");
    }
    speak(words, now.side);
    drawOutline(now);
  }

  /** Politely and not too often; a new side at once. @param {string} words @param {string} wanted */
  function speak(words, wanted) {
    const voice = part(root, "card-voice", HTMLElement);
    const at = performance.now();
    if (at - saidAt < SPOKEN && wanted === side) return;
    side = wanted;
    if (voice.textContent === words) return;
    saidAt = at;
    write(voice, words);
  }

  /** @param {CardState} now */
  function drawOutline({ check, outline }) {
    const { videoWidth: width, videoHeight: height } = video;
    if (!width || !check) return;
    mark(overlay, "viewBox", `0 0 ${width} ${height}`);
    const wanted = cardOutline(width, height, check.document);
    const frame = part(overlay, "card-wanted", SVGRectElement);
    for (const name of /** @type {const} */ (["x", "y", "width", "height"])) mark(frame, name, String(wanted[name]));
    mark(frame, "rx", String(CORNER * wanted.width));
    const seen = part(overlay, "card-seen", SVGPolygonElement);
    show(seen, outline !== null);
    if (outline) mark(seen, "points", outline.map(([x, y]) => `${x * width},${y * height}`).join(" "));
  }

  return {
    /** The camera's picture now, in its full resolution, as JPEG; empty where there is none. */
    async still() {
      const canvas = page.ownerDocument.createElement("canvas");
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d")?.drawImage(video, 0, 0);
      /** @type {Blob | null} */
      const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", STILL_QUALITY));
      return (await jpeg?.arrayBuffer()) ?? new ArrayBuffer(0);
    },
    /**
     * @param {CardState} now
     * @param {{name: string, mirrored: boolean, remote: MediaStream | null}} around the clerk's name,
     *        whether the camera looks at her, the clerk's picture
     */
    render(now, { name, mirrored, remote }) {
      state = now;
      const came = now.phase !== phase;
      phase = now.phase;
      const live = phase === "waiting" || phase === "starting" || phase === "live" || phase === "trouble";
      mark(root, "data-phase", phase);
      show(root, phase !== "none");
      show(part(root, "card-question", HTMLElement), phase === "asked");
      show(part(root, "card-live", HTMLElement), live);
      show(part(root, "card-banner", HTMLElement), phase === "live");
      show(part(root, "card-done", HTMLElement), phase === "done");
      drawQuestion(now, name);
      if (live) drawLive(now);
      show(part(root, "card-steer", HTMLElement), phase !== "trouble");
      show(part(root, "card-trouble", HTMLElement), phase === "trouble");
      write(part(root, "card-trouble-text", HTMLElement), phase === "trouble" ? whyWords(now.why) : "");
      write(part(root, "card-done-text", HTMLElement), phase === "done"
        ? t("Thank you, that is all. %(name)s looks at the pictures.", { name }) : "");
      const code = now.check?.code ?? "";
      show(part(root, "card-code", HTMLElement), phase === "done" && code !== "");
      write(part(root, "card-code-digits", HTMLElement), code.replace(/(\d{3})(?=\d)/g, "$1 "));

      const [shown] = stream.getTracks();
      if (shown !== (now.track ?? undefined)) {
        if (shown) stream.removeTrack(shown);
        if (now.track) stream.addTrack(now.track);
      }
      attach(video, live ? stream : null);
      attach(clerk, live ? remote : null);
      mark(part(root, "card-mirror", HTMLElement), "data-mirrored", mirrored);
      if (came && phase === "asked") part(root, "card-title", HTMLElement).focus();
      if (came && phase === "starting") part(root, "card-stop", HTMLButtonElement).focus();
    },
  };
}

/** @param {CardState} state */
function instruction({ phase, advice, side, check }) {
  switch (phase) {
    case "waiting": return t("Others are being looked at. Please wait a moment; before you: %(n)s", { n: check?.before ?? 1 });
    case "starting": return t("One moment, the camera is being connected …");
    case "live": return adviceWords(advice || "no_card", side);
    default: return "";
  }
}

/** @param {CardState} state */
function pictogram({ phase, advice, side }) {
  if (phase !== "live") return "wait";
  if (advice === "other_side" || advice === "no_card" || advice === "") return side === "back" ? "back" : "front";
  return advice === "reading" ? "good" : advice;
}
