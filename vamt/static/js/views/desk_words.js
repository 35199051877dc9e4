// @ts-check
/** What the desk says about people, times and states, in plain words. Pure: no DOM, no clock. */

import { lang, t, tn } from "../i18n.js";

/**
 * @typedef {import("../types").DeskState} DeskState
 * @typedef {import("../types").Waiting} Waiting
 * @typedef {import("../types").Ability} Ability
 */

const ABSENCE_GRACE = 30; // seconds without a socket in which she still counts as present (rooms.py)

/**
 * @param {Waiting} person
 * @param {number} now Unix seconds by the server's clock
 */
export function isPresent(person, now) {
  return person.online || (person.absent_since !== null && now - person.absent_since < ABSENCE_GRACE);
}

/**
 * Whom "call the next person" would call, as the server decides it.
 *
 * @param {DeskState} desk
 * @param {number} now
 * @returns {Waiting | null}
 */
export function nextPerson(desk, now) {
  return desk.waiting.find((person) => !person.for_other && isPresent(person, now)) ?? null;
}

/**
 * Why nobody can be called now, or "" when somebody can.
 *
 * @param {DeskState} desk
 * @param {{now: number, up: boolean}} circumstances
 */
export function whyNotNext(desk, { now, up }) {
  if (desk.visit) return t("First end this visit or put it aside.");
  if (!up) return t("There is no connection to the server at the moment.");
  if (desk.me.state === "away") return t("Your desk is closed. Open it to call somebody.");
  if (desk.waiting.length === 0) return t("Nobody is waiting at the moment.");
  if (nextPerson(desk, now)) return "";
  return desk.waiting.every((person) => person.for_other)
    ? t("Everybody who waits is meant for a colleague.")
    : t("Nobody who waits is connected at the moment.");
}

/**
 * Whether the clerk may call this person now: her desk must be open and free, too.
 *
 * @param {DeskState} desk
 * @param {Waiting} person
 */
export function mayCall(desk, person) {
  return desk.visit === null && desk.me.state !== "away" && person.may.includes("call");
}

/**
 * Whether somebody expected today should have been here by now. By the browser's own clock and
 * zone: whoever works at the town's desk from another zone sees the button an hour off, no worse.
 *
 * @param {import("../types").DayEntry} entry
 * @param {number} now
 */
export function isOverdue(entry, now) {
  const [hours, minutes] = entry.time.split(":").map(Number);
  const due = new Date(now * 1000).setHours(hours, minutes, 0, 0);
  return entry.state === "confirmed" && now * 1000 > due;
}

/** @param {number} seconds */
export function span(seconds) {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 60) return tn("%(n)s min", "%(n)s min", minutes, { n: minutes });
  return t("%(h)s h %(m)s min", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** @param {number} seconds @returns {string} m:ss, or h:mm:ss from an hour on */
export function stopwatch(seconds) {
  const whole = Math.floor(Math.max(0, seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${parts.join(":")}` : `${Number(parts[0])}:${parts[1]}`;
}

/** @param {Waiting} person @param {number} now */
export function waitingTime(person, now) {
  const seconds = now - person.since;
  return seconds < 60 ? t("has just come") : t("waiting for %(time)s", { time: span(seconds) });
}

/**
 * When she came, and how long ago that is.
 *
 * @param {Waiting} person
 * @param {number} now
 */
export function arrival(person, now) {
  const time = new Date(person.since * 1000).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const seconds = now - person.since;
  return seconds < 60
    ? t("%(time)s (just now)", { time })
    : t("%(time)s (%(span)s)", { time, span: span(seconds) });
}

/**
 * How her line is, or "" while she is connected.
 *
 * @param {Waiting} person
 * @param {number} now
 */
export function absence(person, now) {
  if (person.online) return "";
  const seconds = person.absent_since === null ? 0 : now - person.absent_since;
  return seconds < 60 ? t("not connected") : t("not connected for %(time)s", { time: span(seconds) });
}

/** @param {Ability} ability */
export function cameraWords(ability) {
  switch (ability) {
    case "ok": return t("Camera ready");
    case "denied": return t("Camera not allowed");
    case "missing": return t("No camera");
    case "busy": return t("Camera in use elsewhere");
    case "off": return t("Camera switched off");
    default: return t("Camera not tried yet");
  }
}

/** @param {Ability} ability */
export function microphoneWords(ability) {
  switch (ability) {
    case "ok": return t("Microphone ready");
    case "denied": return t("Microphone not allowed");
    case "missing": return t("No microphone");
    case "busy": return t("Microphone in use elsewhere");
    case "off": return t("Microphone switched off");
    default: return t("Microphone not tried yet");
  }
}

/** @param {Ability} ability whether the clerk should expect a visit without it */
export function isTrouble(ability) {
  return ability === "denied" || ability === "missing" || ability === "busy";
}

/** @param {import("../types").DeskView} desk */
export function deskWords(desk) {
  if (desk.state === "busy") return t("in a visit");
  if (!desk.online) return t("not there");
  return desk.state === "free" ? t("free") : t("on a break");
}

/** @param {import("../types").AppointmentState} state */
export function appointmentWords(state) {
  switch (state) {
    case "reserved": return t("is being booked");
    case "confirmed": return t("expected");
    case "checked_in": return t("waiting");
    case "called": return t("being called");
    case "in_visit": return t("in a visit");
    case "parked": return t("put aside");
    case "finished": return t("finished");
    case "missed": return t("did not appear");
    case "cancelled": return t("cancelled");
    default: return t("closed");
  }
}

/**
 * What is to be told about who hands over, or "".
 *
 * @param {Waiting} person
 */
export function reservation(person) {
  if (person.for_me) {
    return person.from_clerk
      ? t("For you, from %(name)s", { name: person.from_clerk })
      : t("Waiting for you");
  }
  return person.for_other ? t("Waiting for a colleague") : "";
}

/**
 * Why camera and microphone are still to be switched on, or why they cannot be; "" when all is well.
 *
 * @param {boolean} asked the browser has been asked for them
 * @param {import("../types").DevicesState} devices
 */
export function mediaTrouble(asked, { camera, microphone }) {
  if (!asked) {
    return t("So that people can see and hear you, the desk needs your camera and microphone.");
  }
  if (camera === "denied" || microphone === "denied") {
    return t("The browser does not allow the camera or the microphone. Click the camera or lock sign beside the address to allow them. You can work without: by chat.");
  }
  if (camera === "busy" || microphone === "busy") {
    return t("Another program uses the camera or the microphone. Close it and try again.");
  }
  return "";
}
