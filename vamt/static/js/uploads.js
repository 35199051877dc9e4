// @ts-check
/** Files on their way to the office, one after the other, each with its progress. No DOM. */

import { t } from "./i18n.js";

/**
 * @typedef {object} Upload
 * @property {string} id      of this page, not the office's
 * @property {string} title   the file's name
 * @property {"waiting" | "sending" | "checking" | "failed"} state
 * @property {number} progress 0..1
 * @property {string} why     in words, when it has failed
 *
 * @typedef {(file: File, progress: (share: number) => void) => Promise<string>} Send
 *          resolves with "" or with the words of a refusal
 */

const FILE_SIZE = 12 * 1024 ** 2; // bytes; the office says so, too, but only after they have been sent
const PATIENCE = 12 * 60_000; // ms, longer than the office waits for a file and looks at it

export class Uploads extends EventTarget {
  /** @type {Upload[]} */ list = [];
  /** @type {{upload: Upload, file: File}[]} */ #queue = [];
  #busy = false;
  #count = 0;
  /** @type {Send} */ #send;

  /** @param {Send} send */
  constructor(send) {
    super();
    this.#send = send;
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      /** @type {Upload} */
      const upload = { id: `up-${++this.#count}`, title: file.name, state: "waiting", progress: 0, why: "" };
      this.list = [...this.list, upload];
      this.#queue.push({ upload, file });
    }
    this.#changed();
    void this.#run();
  }

  /** Forget one that has failed. @param {string} id */
  dismiss(id) {
    this.list = this.list.filter((one) => one.id !== id || one.state !== "failed");
    this.#changed();
  }

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { upload, file } = next;
      upload.state = "sending";
      this.#changed();
      const why = await this.#try(upload, file);
      if (why) Object.assign(upload, { state: "failed", why });
      else this.list = this.list.filter((one) => one !== upload);
      this.#changed();
    }
    this.#busy = false;
  }

  /**
   * Whatever becomes of one file, the next one is sent.
   *
   * @param {Upload} upload @param {File} file
   */
  async #try(upload, file) {
    if (file.size > FILE_SIZE) return t("This file is too large (%(n)s MB at most).", { n: FILE_SIZE / 1024 ** 2 });
    try {
      return await this.#send(file, (share) => {
        upload.progress = share;
        if (share >= 1) upload.state = "checking";
        this.#changed();
      });
    } catch {
      return t("That did not work. Please try again.");
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Send a file as a form. XMLHttpRequest, because fetch tells nothing of the progress of a request.
 *
 * @param {() => string} url
 * @returns {Send}
 */
export function sender(url) {
  return (file, progress) => new Promise((done) => {
    const request = new XMLHttpRequest();
    const failed = () => done(t("That did not work. Please try again."));
    const form = new FormData();
    form.append("file", file);
    request.open("POST", url());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.timeout = PATIENCE;
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      if (request.status === 200) done("");
      else if (typeof request.response?.message === "string") done(request.response.message);
      else failed();
    });
    for (const event of ["error", "abort", "timeout"]) request.addEventListener(event, failed);
    request.send(form);
  });
}
