// @ts-check
/** How loud a microphone is, for the bar that moves while she tries it. No DOM. */

const FLOOR = -60; // dBFS shown as 0
const SAMPLES = 1024; // 21 ms at 48 kHz

/**
 * @typedef {object} Listening
 * @property {MediaStreamTrack} track
 * @property {AudioNode} source
 */

export class Meter {
  /** @type {() => AudioContext} */ #createContext;
  /** @type {AudioContext | null} */ #context = null;
  /** @type {AnalyserNode | null} */ #analyser = null;
  /** @type {Listening | null} */ #listening = null;
  #samples = new Float32Array(SAMPLES);

  /** @param {() => AudioContext} [createContext] */
  constructor(createContext = () => new AudioContext()) {
    this.#createContext = createContext;
  }

  /**
   * How loud it is now. The first call opens the audio context, so make it after a click:
   * browsers start none before.
   *
   * @param {MediaStreamTrack | null} track
   * @returns {number} 0..1 for -60..0 dBFS; 0 where nothing can be measured
   */
  level(track) {
    if (!track) return 0;
    try {
      const analyser = this.#listen(track);
      analyser.getFloatTimeDomainData(this.#samples);
    } catch {
      return 0; // no WebAudio: the bar stays empty, the call is not affected
    }
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
    return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power + 1e-12)) / FLOOR));
  }

  /** Let go of the microphone and the audio context. */
  close() {
    this.#listening?.source.disconnect();
    this.#listening = null;
    void this.#context?.close().catch(() => {});
    this.#context = this.#analyser = null;
  }

  /**
   * @param {MediaStreamTrack} track
   * @returns {AnalyserNode}
   */
  #listen(track) {
    const context = (this.#context ??= this.#createContext());
    // "suspended", or "interrupted" by a phone call on iOS
    if (context.state !== "running") void context.resume().catch(() => {});
    if (!this.#analyser) {
      this.#analyser = context.createAnalyser();
      this.#analyser.fftSize = SAMPLES;
    }
    if (this.#listening?.track !== track) {
      this.#listening?.source.disconnect();
      const source = context.createMediaStreamSource(new MediaStream([track]));
      source.connect(this.#analyser); // and no further: nobody wants to hear herself
      this.#listening = { track, source };
    }
    return this.#analyser;
  }
}
