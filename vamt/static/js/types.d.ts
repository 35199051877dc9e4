/**
 * What crosses the wire, mirroring vamt/protocol.py field by field, and the values the inner
 * modules (protocol, call, devices) exchange with the views. Types only: nothing here runs.
 *
 *     @typedef {import("./types").CitizenState} CitizenState
 *
 * Instants are Unix seconds unless a field says RFC 3339.
 */

// --- the wire ------------------------------------------------------------------------------

export type Seat = "citizen" | "clerk" | "guest";
export type AppointmentState =
  | "reserved" | "confirmed" | "checked_in" | "called" | "in_visit"
  | "parked" | "finished" | "missed" | "cancelled" | "anonymised";
export type DeskName = "away" | "free" | "busy";
/** What a device can do; the reason why not in one word. */
export type Ability = "ok" | "denied" | "missing" | "busy" | "off" | "unknown";

/** Somebody to be connected with. A new `epoch` is a new page: connect anew. 0: never seen. */
export interface Peer {
  /** "citizen:<appointment>", "clerk:<id>", "guest:<id>" */
  id: string;
  seat: Seat;
  name: string;
  epoch: number;
  online: boolean;
}

export interface ChatLine {
  id: string;
  seat: Seat | `guest:${string}`;
  name: string;
  text: string;
  at: number;
}

/** Somebody who is invited into the visit; her peer's id is "guest:" and this one. */
export interface GuestView {
  id: string;
  name: string;
  role: "interpreter" | "companion" | "colleague";
  state: GuestStateName;
  online: boolean;
}

export type GuestStateName = "invited" | "present" | "away" | "left" | "removed" | "ended";

export type Side = "front" | "back";
export type DocumentName = "id_card" | "passport" | "residence_permit" | "other";
export type CheckResult = "genuine" | "doubtful" | "rejected";

/** One item of the clerk's checklist; `label` is in her language. */
export interface CheckItem {
  id: string;
  label: string;
  done: boolean;
}

/** Something read from the document beside what was entered. */
export interface ReadField {
  key: string;
  label: string;
  read: string;
  /** "" when nothing was */
  entered: string;
  verdict: "same" | "similar" | "different" | "missing" | "good" | "bad" | "look";
}

/** What only the desk learns of a check. */
export interface CheckDesk {
  /** pictures taken so far: with it a picture's address changes */
  takes: number;
  /** the machine-readable zone */
  zone: "" | "read" | "typed" | "doubtful";
  /** empty until the zone is read or typed */
  fields: ReadField[];
  items: CheckItem[];
  /** how the one-time code has come to her */
  code: "" | "mail" | "screen" | "ended";
  code_until: number;
  /** left */
  code_tries: number;
  /** what a copy would leave readable; empty: none may be kept */
  keeps: string[];
  /** when the copy's key is destroyed; null: none was kept */
  kept_until: number | null;
  reason: string;
  /** name of the clerk who asked */
  by: string;
}

/** The latest identity check of the visit. */
export interface CheckView {
  id: string;
  document: DocumentName;
  state: "asked" | "allowed" | "judged" | "refused" | "aborted";
  level: "look" | "checked" | "checked_code";
  /** that the document has */
  sides: Side[];
  /** that is looked for now */
  side: Side;
  taken: Side[];
  /** the town's server: not there, in line, starting, ready for an offer, looking, done looking */
  capture: "none" | "waiting" | "starting" | "ready" | "watching" | "resting";
  /** captures that go first while it is waiting */
  before: number;
  /** why it looks no longer: a key of WHY in vamt/capture/wire.py; "restart"; "" */
  why: string;
  /** the machine-readable zone is read */
  reads: boolean;
  /** how long a masked copy may be kept; 0: never */
  keep_hours: number;
  result: CheckResult | "";
  /** when it was asked for, or ended */
  at: number;
  /** the one-time code, for the citizen's page only */
  code: string;
  /** null on the citizen's page */
  desk: CheckDesk | null;
}

/** What would help the citizen now; event `advice` of /desk. */
export interface Advice {
  /** of the check */
  id: string;
  side: Side;
  advice: string;
  /** four corners, shares of width and height; null: no card found */
  outline: [number, number][] | null;
  /** since the first frame */
  seconds: number;
}

/** What the citizen is asked to sign, and what came of it. */
export interface SignatureView {
  id: string;
  state: "asked" | "signing" | "signed" | "refused" | "withdrawn";
  title: string;
  /** "" once it is over */
  text: string;
  /** the first 64 bits of the SHA-256 */
  hash: string;
  /** the sentence she agrees to by signing */
  consent: string;
  /** when it was asked for, or ended */
  at: number;
  /** the town's server waits for the page's second connection */
  ready: boolean;
  /** for the desk, once it is signed: whether it is what was seen while it was drawn */
  seen: "all" | "differs" | "nothing" | "";
  /** a typed name in place of strokes */
  typed: boolean;
}

/** A prepared text to be signed, for the clerk's choice. */
export interface SignatureText {
  title: string;
  text: string;
  /** code */
  language: string;
  /** in the clerk's language */
  language_name: string;
}

/** The visit as both sides see it; `since` is when it rang or was answered. */
export interface VisitView {
  id: string;
  state: "ringing" | "open";
  clerk: string;
  citizen: string;
  service: string;
  peers: Peer[];
  since: number;
  guests: GuestView[];
  chat_shared: boolean;
  /** what the errand asks */
  identity: "none" | CheckView["level"];
  check: CheckView | null;
  signature: SignatureView | null;
  /** null: there is none to fill in */
  form: FormView | null;
}

/** The form of the visit; its content goes by `form_join` and `form_edited`. */
export interface FormView {
  /** "": the clerk can begin one */
  state: "" | "open" | "finished" | "closed";
  offers: FormOffer[];
}

/** A value that is known from elsewhere; offered, never filled in by itself. */
export interface FormOffer {
  field: string;
  value: string;
  source: "booking" | "document";
}

/** A field of the form, worded for its reader; `beside` is for the other side, or "". */
export interface FormField {
  key: string;
  kind: FieldKind;
  required: boolean;
  label: string;
  beside: string;
  hint: string;
  /** [value, label, label beside] */
  choices: [string, string, string][];
  when: { field: string; values: string[] } | null;
}

/** What one author has written into a field. `author`: the seat, "/", the page. */
export interface FormEntry {
  value: string;
  version: number;
  author: string;
}

/** The whole form as it stands. */
export interface FormSnapshot {
  version: number;
  fields: FormField[];
  /** more than one entry is a conflict */
  cells: Record<string, { entries: FormEntry[] }>;
  /** the latest edit of this page that is in it */
  seen: number;
  /** the latest one of them that is on disk */
  saved: number;
  /** where the other side is; "" in no field */
  focus: string;
  language: string;
  direction: "ltr" | "rtl";
  /** code of the other side's language */
  beside: string;
  beside_direction: "ltr" | "rtl";
  /** what the page says around the fields */
  words: Record<string, string>;
}

/** A field of the data she gives for her errand; `choices` are pairs [value, label]. */
export interface Field {
  key: string;
  label: string;
  kind: FieldKind;
  required: boolean;
  value: string;
  hint: string;
  choices: [string, string][];
  autocomplete: string;
  /** asked only when an earlier field has one of these values; null: always */
  when: { field: string; values: string[] } | null;
}

export type FieldKind =
  | "text" | "address" | "date" | "choice" | "yes_no" | "number" | "email" | "phone" | "postcode" | "iban";

/** Her place; `minutes` is null when nobody can honestly say. */
export interface QueueView {
  position: number;
  minutes: number | null;
  desks: number;
  for_clerk: string;
}

/** An event her page may offer now; the server names the buttons that make sense. */
export type CitizenMay = "enter" | "leave" | "cancel" | "return" | "answer" | "park";

/** All the citizen's page needs: event `state` of /citizen. */
export interface CitizenState {
  now: number;
  state: AppointmentState;
  /** hers, as a peer */
  id: string;
  seat: Seat;
  epoch: number;
  name: string;
  service: string;
  /** RFC 3339, local to the town */
  start: string;
  /** RFC 3339, local to the town */
  end: string;
  when: string;
  opens: number;
  opens_words: string;
  papers: string[];
  fields: Field[];
  complete: boolean;
  queue: QueueView | null;
  visit: VisitView | null;
  ready: Peer[];
  chat: ChatLine[];
  ice: RTCIceServer[];
  may: CitizenMay[];
  /** language of service, papers, waivers and fields */
  texts: string;
  costs: { name: string; words: string; waivers: string[] }[];
  steps: string[];
  /** what she has signed, and what was handed to her */
  outcome: PaperView[];
  /** opens that beside the link, later; told in the visit only */
  code: string;
  documents: DocumentView[];
  /** she may send documents now */
  brings: boolean;
  fees: ChargeView[];
}

export type ChargeState = "asked" | "promised" | "paid" | "waived" | "cancelled";

/** What is asked for one errand. */
export interface ChargeView {
  id: string;
  service: string;
  name: string;
  channel: "electronic" | "paper" | "posted";
  /** the channel in words */
  way: string;
  state: ChargeState;
  cents: number;
  /** in words */
  amount: string;
  reference: string;
  reason: string;
  at: number;
  /** an amount in words, "" for none */
  surplus: string;
  /** while it is open, for the citizen */
  transfer: { name: string; iban: string; bic: string } | null;
  /** it can be paid at a provider, in a tab of its own */
  returned: boolean;
  later: boolean;
  online: boolean;
}

/** The fee of one errand, for the desk. */
export interface FeeView {
  service: string;
  name: string;
  choices: { channel: string; name: string; cents: number | null; amount: string }[];
  waivers: string[];
  charge: ChargeView | null;
  policy: string;
}

/** A document that the citizen has brought, or that was handed to her. */
export interface DocumentView {
  id: string;
  source: "citizen" | "desk";
  state: "arrived" | "accepted" | "again" | "handed";
  title: string;
  media: "application/pdf" | "image/jpeg";
  size: number;
  pages: number;
  /** the first pages, that are there as pictures */
  previews: number;
  /** why it is asked for again */
  reason: string;
  at: number;
}

/** A paper that came out of the visit. */
export interface PaperView {
  id: string;
  title: string;
  at: number;
  /** below the link of her page */
  path: string;
  kind: "signed" | "handed";
  media: string;
}

/** One line of the desk's queue (also used for parked people and the person in the visit). */
export interface Waiting {
  id: string;
  name: string;
  /** "" when none was given */
  phone: string;
  service: string;
  language: string;
  language_name: string;
  /** RFC 3339 */
  start: string;
  /** HH:MM, local */
  time: string;
  since: number;
  online: boolean;
  absent_since: number | null;
  complete: boolean;
  /** pairs [label, value] */
  data: [string, string][];
  camera: Ability;
  microphone: Ability;
  /** null: not checked within the last hours */
  checked: (Checked & { at: number }) | null;
  note: string;
  from_clerk: string;
  for_me: boolean;
  for_other: boolean;
  may: ("call" | "park" | "missed")[];
  /** what the errand asks, by name */
  steps: string[];
}

export interface DayEntry {
  id: string;
  time: string;
  end: string;
  name: string;
  service: string;
  language: string;
  state: AppointmentState;
  clerk: string;
  may: "missed"[];
}

/** A colleague's desk; `clerk` is her id. */
export interface DeskView {
  clerk: string;
  name: string;
  state: DeskName;
  online: boolean;
}

/** All the desk needs: event `state` of /desk. */
export interface DeskState {
  now: number;
  /** the clerk's, as a peer */
  id: string;
  seat: Seat;
  epoch: number;
  me: DeskView;
  waiting: Waiting[];
  parked: Waiting[];
  day: DayEntry[];
  desks: DeskView[];
  visit: VisitView | null;
  appointment: Waiting | null;
  ready: Peer[];
  chat: ChatLine[];
  ice: RTCIceServer[];
  /** of the person in the visit, the oldest first */
  documents: DocumentView[];
  /** what the visit has taken so far, step by step */
  clock: StepTime[];
  /** that can be issued now: [service, title] */
  certificates: [string, string][];
  /** of the town that can be filled in now: [service, title] */
  pdf_forms: [string, string][];
  fees: FeeView[];
}

/** How long a step of the visit has taken. */
export interface StepTime {
  /** in the clerk's language */
  name: string;
  /** up to `now` of the state */
  seconds: number;
  running: boolean;
}

/** All a guest's page needs, and all she learns: event `state` of /guest. */
export interface GuestState {
  now: number;
  state: GuestStateName;
  id: `guest:${string}`;
  seat: Seat;
  epoch: number;
  name: string;
  role: GuestView["role"];
  clerk: string;
  citizen: string;
  open: boolean;
  peers: Peer[];
  guests: GuestView[];
  chat_shared: boolean;
  chat: ChatLine[];
  ice: RTCIceServer[];
  may: ("come" | "leave")[];
}

/** What one page sends the other by way of the server, which never stores it. */
export interface Signal {
  /** a peer's id */
  to: string;
  to_epoch: number;
  /** which of the connections between the two pages, see leg.js */
  connection: string;
  description?: RTCSessionDescriptionInit | null;
  candidate?: RTCIceCandidateInit | null;
}

/** A `Signal` as it arrives: who sent it, and from which page. */
export interface Relayed {
  /** a peer's id */
  from: string;
  epoch: number;
  to_epoch: number;
  connection: string;
  description?: RTCSessionDescriptionInit | null;
  candidate?: RTCIceCandidateInit | null;
}

/** What is being typed, whole; an empty text takes it away. */
export interface Draft {
  /** of the message it will be */
  id: string;
  text: string;
}

/** A `Draft` as it arrives. */
export interface Drafted extends Draft {
  /** a peer's id */
  from: string;
  epoch: number;
}

/** Where the pen was: x and y in widths of the pad, milliseconds, pressure 0..1. */
export type InkPoint = [x: number, y: number, t: number, pressure: number];

/** A piece of a signature being drawn; the rule is in vamt/signature.py (`Ink`). */
export interface InkPiece {
  /** its number; -1: there are none any more */
  stroke: number;
  /** the number of the first point */
  first: number;
  points: InkPoint[];
}

/** An `InkPiece` as it arrives at the desk. */
export interface Inked extends InkPiece {
  /** the id of the request */
  signature: string;
}

export interface Replaced {
  reason: "newer_page" | "signed_out";
}

/** The one error shape, in acknowledgements and in a refused handshake. `message` is translated. */
export interface ErrorShape {
  ok: false;
  error: string;
  message: string;
  status: number;
  [extra: string]: unknown;
}

export type Acknowledged = { ok: true; [field: string]: unknown } | ErrorShape;

/** What her devices can do, sent as event `devices`. */
export interface DevicesReport {
  camera: Ability;
  microphone: Ability;
}

export type Found = "ok" | "failed" | "unknown";

/** What the check before the waiting room found, sent as event `checked`. */
export interface Checked {
  camera: "ok" | "black" | "frozen" | "none";
  microphone: "ok" | "silent" | "none";
  socket: Found;
  stun: Found;
  relay: Found;
  /** ms there and back */
  round_trip: number | null;
  /** of the slower direction */
  kbps: number | null;
  /** 0..1, there and back */
  loss: number | null;
}

/** What a client may send, by event. */
export interface CitizenRequests {
  enter: {};
  leave: {};
  answer: {};
  park: {};
  return: {};
  give: { values: Record<string, string> };
  devices: DevicesReport;
  checked: Checked;
  check_allow: {};
  check_refuse: {};
  capture_offer: { id: string; sdp: string };
  say: { id: string; text: string };
  sign_agree: { id: string };
  sign_done: { id: string; strokes: InkPoint[][]; typed: string };
  sign_refuse: { id: string };
  fee_promise: { id: string };
  document_take_back: { id: string };
  form_join: { page: string };
  form_edit: { page: string; number: number; field: string; value: string; base: number };
  form_focus: { field: string };
}

export interface GuestRequests {
  come: { name: string };
  leave: {};
  say: { id: string; text: string };
  draft: Draft;
}

export interface DeskRequests {
  pause: { away: boolean };
  call: { appointment: string | null };
  ring: {};
  park: { appointment: string };
  missed: { appointment: string };
  hand_over: { clerk: string; note: string };
  end: {};
  invite: { id: string; role: GuestView["role"]; name: string };
  remove: { guest: string };
  share_chat: { on: boolean };
  check_ask: { id: string; document: DocumentName };
  check_take: {};
  check_side: { side: Side };
  check_again: {};
  check_tick: { item: string; value: boolean };
  check_read: { lines: string[] };
  check_code: { id: string; way: "mail" | "screen" };
  check_said: { code: string };
  check_judge: { result: CheckResult; reason: string; keep: boolean };
  check_destroy: { id: string };
  check_abort: {};
  sign_texts: {};
  sign_ask: { id: string; title: string; text: string };
  sign_withdraw: { id: string };
  document_accept: { id: string };
  document_again: { id: string; reason: string };
  fee_ask: { service: string; channel: string; cents: number | null };
  fee_waive: { service: string; reason: string };
  fee_confirm: { id: string };
  fee_cancel: { id: string };
  document_take_back: { id: string };
  form_join: { page: string };
  form_edit: { page: string; number: number; field: string; value: string; base: number };
  form_focus: { field: string };
  form_point: { field: string };
  form_start: {};
  form_finish: {};
  form_close: {};
  say: { id: string; text: string };
  draft: Draft;
}

// --- time ----------------------------------------------------------------------------------

/** Time and chance as the inner modules see them; tests hand in their own. Milliseconds. */
export interface Clock {
  now(): number;
  setTimeout(act: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
  /** 0..1 */
  random(): number;
}

// --- the call ------------------------------------------------------------------------------

/** What one side sends of itself, told to the other over the data channel. */
export interface MediaStatus {
  audio: boolean;
  video: "camera" | "screen" | "off";
  /** the picture waits for a better network */
  held?: true;
  /** pauses of speech are hardly sent, and no picture either */
  sparse?: true;
}

export type CallState = "idle" | "connecting" | "connected" | "unstable" | "failed" | "closed";

/** Of picture and sound, from page to page. */
export type Path = "direct" | "relayed" | "unknown";

/** How a connection did in the second since the last reading; shares are 0..1, null: not known. */
export interface Reading {
  /** packets the other side has told of, and how many of them it has missed */
  sent: number;
  lost: number;
  /** kbit/s the browser believes it can send */
  available: number | null;
  /** seconds */
  roundTrip: number | null;
  /** over a relay by TCP or TLS */
  tcp: boolean;
  /** this device is too slow for its picture */
  busy: boolean;
  /** of the packets of sound to come from the other side */
  missed: number | null;
  /** of the sound heard, what was made up */
  concealed: number | null;
  /** seconds the sound heard waits */
  buffer: number | null;
}

/** How good a conversation is, and the one thing that helps. */
export interface CallQuality {
  level: import("./quality.js").Quality;
  action: import("./quality.js").Action;
}

export interface OwnTracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  /** The other side does not see the picture yet: few bits will do. */
  ahead?: boolean;
  /** While there is no `video`: what it will be, so that the encoder knows its size before. */
  next?: MediaStreamTrack | null;
}

// --- devices -------------------------------------------------------------------------------

/** One camera, microphone or loudspeaker to choose. */
export interface Device {
  id: string;
  /** the browser's name for it, or "" where it has not told (the view then numbers them) */
  label: string;
  /** from 1, by kind */
  number: number;
  /** a camera looking away from the person */
  rear: boolean;
}

export interface DeviceList {
  cameras: Device[];
  microphones: Device[];
  speakers: Device[];
}

/** What was open, is still wanted, and gives nothing any more (a phone call has taken it). */
export type Lost = "" | "audio" | "video" | "both";

/** Detail of the event `change` of `Devices`. */
export interface DevicesState {
  camera: Ability;
  microphone: Ability;
  muted: boolean;
  cameraOff: boolean;
  cameraId: string;
  microphoneId: string;
  speakerId: string;
  lost: Lost;
}
