// @ts-check
/**
 * Calling for attention beyond the page: the tab's title, vibration, a notification, and a screen
 * that stays on while she waits. All of it is optional; no browser has everything.
 */

import { t } from "../i18n.js";

const TITLE_PACE = 1000; // ms
const VIBRATION = [400, 200, 400, 200, 800];
const VIBRATION_PACE = 4000; // ms
const WAKE_PACE = 15_000; // ms between two requests that were refused

/** @returns {"ask" | "granted" | "no"} */
export function notifiable() {
  // Chrome on Android only notifies from a service worker; `new Notification` throws there.
  if (!("Notification" in window) || /Android/.test(navigator.userAgent)) return "no";
  if (Notification.permission === "granted") return "granted";
  return Notification.permission === "default" ? "ask" : "no";
}

/** Call it in a click. */
export async function askToNotify() {
  if (notifiable() === "ask") await Notification.requestPermission();
}

export class Attention {
  #timers = /** @type {number[]} */ ([]);
  /** @type {Notification | null} */ #notification = null;
  /** @type {(() => void) | null} */ #silence = null;
  #title = "";
  #bell = 0; // timer

  /** @param {() => (() => void)} ring starts the bell, returns what stops it */
  constructor(ring) {
    this.ring = ring;
  }

  /** @param {string} clerk her name; starting twice is the same as once */
  start(clerk) {
    if (this.#timers.length) return;
    this.#title = document.title;
    const call = t("You are being called!");
    const who = clerk ? t("%(name)s is calling you", { name: clerk }) : this.#title;
    let told = false;
    const alternate = () => {
      told = !told;
      document.title = told ? `☎ ${call}` : who;
    };
    // Chrome blocks vibration before the first tap, with an error in its console.
    const vibrate = () => navigator.userActivation?.hasBeenActive !== false && navigator.vibrate?.(VIBRATION);
    alternate();
    vibrate();
    this.#timers = [window.setInterval(alternate, TITLE_PACE), window.setInterval(vibrate, VIBRATION_PACE)];
    // Ten oscillators are made in as many milliseconds: the button to accept comes first.
    this.#bell = window.setTimeout(() => {
      this.#silence = this.ring();
    });
    if (document.hidden) this.#notify(call, clerk);
  }

  stop() {
    if (!this.#timers.length) return;
    for (const timer of this.#timers) window.clearInterval(timer);
    this.#timers = [];
    window.clearTimeout(this.#bell);
    document.title = this.#title;
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(0);
    this.#silence?.();
    this.#silence = null;
    this.#notification?.close();
    this.#notification = null;
  }

  /** @param {string} title @param {string} clerk */
  #notify(title, clerk) {
    if (notifiable() !== "granted") return;
    try {
      const body = clerk ? t("%(name)s is calling you", { name: clerk }) : "";
      this.#notification = new Notification(title, { body, tag: "called", requireInteraction: true });
      this.#notification.onclick = () => window.focus();
    } catch {
      // a browser that wants a service worker for it: the bell and the title are left
    }
  }
}

/** Keeps the screen on while wanted and while the page is seen (the browser lets go when it is not). */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */ #lock = null;
  #asking = false;
  #askedAt = -Infinity;

  /** @param {boolean} wanted safe to call with every state */
  async keep(wanted) {
    if (!wanted) {
      this.#lock?.release().catch(() => {});
      this.#lock = null;
      return;
    }
    if (this.#asking || document.hidden || (this.#lock && !this.#lock.released)) return;
    if (!this.#lock && performance.now() - this.#askedAt < WAKE_PACE) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    try {
      this.#lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#lock = null; // battery saver, or no permission: the screen may darken, her place is kept
    } finally {
      this.#asking = false;
    }
  }
}
