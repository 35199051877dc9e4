// @ts-check
/**
 * What is known about capturing without doing it: constraints to ask for, what a failure means,
 * which way a camera looks, and browsers that have none to give. No state.
 */

/** @typedef {import("./types").Ability} Ability */
/** @typedef {"audio" | "video"} Kind */

/**
 * @typedef {object} Wish which device to open; nothing named is the browser's own choice
 * @property {string} [id]
 * @property {"user" | "environment"} [facing] of a camera, where no id is named
 * @property {boolean} [exact] this one or none
 * @property {boolean} [large] in its full resolution, to show a document
 */

const REAR = new RegExp(
  "\\b(back|rear|environment|trasera|posteriore|arka)\\b|arri[eè]re|rück|achter|tylny|задн|خلفي", "i",
);

/** Words in the user agent of browsers inside other programs, which often give no camera. */
const IN_APP = new RegExp(
  [
    "FBAN|FBAV|FB_IAB|Instagram|Snapchat|LinkedInApp|MicroMessenger|BytedanceWebview|TikTok",
    "\\bLine/|\\bGSA/|GmailiOS|Twitter for",
    "; wv\\)", // Android WebView
  ].join("|"),
);

/**
 * Whether the page runs inside another program (a mail or social app) instead of a browser.
 *
 * @param {string} userAgent
 * @returns {boolean}
 */
export function isInAppBrowser(userAgent) {
  if (IN_APP.test(userAgent)) return true;
  // Every real browser on iOS says Safari/; a bare WKWebView (Gmail, for one) does not.
  return /iPhone|iPad|iPod/.test(userAgent) && !/Safari\//.test(userAgent);
}

/**
 * Why getUserMedia failed, in one word.
 *
 * @param {unknown} error
 * @returns {Ability}
 */
export function reasonOf(error) {
  switch (/** @type {{name?: string} | null} */ (error)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
    case "TypeError": // no such devices at all, in old browsers
      return "missing";
    case "NotReadableError": // another program has the camera (Windows), or the driver failed
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

/**
 * What to ask the browser for.
 *
 * @param {Kind} kind
 * @param {Wish} wish
 * @returns {MediaTrackConstraints}
 */
export function constraints(kind, { id, facing, exact = false, large = false }) {
  const strict = (/** @type {string} */ value) => (exact ? { exact: value } : { ideal: value });
  const device = id ? { deviceId: strict(id) } : {};
  if (kind === "audio") {
    return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }
  return {
    ...device,
    ...(!id && { facingMode: strict(facing ?? "user") }),
    width: { ideal: large ? 1920 : 1280 },
    height: { ideal: large ? 1080 : 720 },
    frameRate: { ideal: 30 },
  };
}

/**
 * Whether a camera looks away from the person.
 *
 * @param {MediaDeviceInfo} info
 * @returns {boolean}
 */
export function looksAway(info) {
  const capable = /** @type {{getCapabilities?: () => MediaTrackCapabilities}} */ (info);
  const sides = capable.getCapabilities?.().facingMode;
  return sides?.length ? sides.includes("environment") : REAR.test(info.label);
}

/**
 * @param {MediaDevices | undefined} media
 * @returns {Promise<MediaDeviceInfo[]>}
 */
export async function devicesFound(media) {
  try {
    return (await media?.enumerateDevices?.()) ?? [];
  } catch {
    return []; // Firefox rejects while the page is not fully active
  }
}

/**
 * What there is to choose from.
 *
 * @param {MediaDeviceInfo[]} found
 * @returns {import("./types").DeviceList}
 */
export function deviceList(found) {
  /** @param {MediaDeviceKind} kind */
  const of = (kind) => found
    .filter((info) => info.kind === kind && info.deviceId !== "communications")
    .map((info, index) => ({
      id: info.deviceId,
      label: info.label,
      number: index + 1,
      rear: kind === "videoinput" && looksAway(info),
    }));
  return { cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput") };
}

/**
 * Front camera to rear camera and back; where the browser knows no sides, the next camera.
 *
 * @param {import("./types").Device[]} cameras
 * @param {string} id of the open one
 * @param {"user" | "environment"} facing of the open one
 * @returns {Wish}
 */
export function otherCamera(cameras, id, facing) {
  const next = cameras[(cameras.findIndex((camera) => camera.id === id) + 1) % cameras.length];
  if (next && !cameras.some(({ rear }) => rear)) return { id: next.id, exact: true };
  const front = cameras.find(({ rear }) => !rear);
  // Of several rear cameras the phone knows best which is the main one.
  if (facing === "user" || !front) return { facing: facing === "user" ? "environment" : "user", exact: true };
  return { id: front.id, exact: true };
}

/**
 * @param {Permissions | undefined} permissions
 * @param {"camera" | "microphone"} name
 * @returns {Promise<PermissionState | "unknown">}
 */
export async function permissionOf(permissions, name) {
  try {
    // not in TypeScript's list of names
    const descriptor = /** @type {PermissionDescriptor} */ (/** @type {unknown} */ ({ name }));
    return (await permissions?.query(descriptor))?.state ?? "unknown";
  } catch {
    return "unknown"; // Firefox before 131 knows neither name
  }
}

/**
 * Which way an open camera looks.
 *
 * @param {MediaStreamTrack} track
 * @param {MediaTrackSettings} settings
 * @returns {"user" | "environment"}
 */
export function facingOf(track, settings) {
  const rear = settings.facingMode ? settings.facingMode === "environment" : REAR.test(track.label);
  return rear ? "environment" : "user";
}
