// @ts-check
/**
 * Further people in a visit at the desk: who is asked in, who is here, the dialog that makes a
 * link for somebody, and whether guests see the chat. DOM only.
 */

import { t } from "../i18n.js";
import { roleWords } from "../company.js";
import { mark, part, show, write } from "./parts.js";

/**
 * @typedef {import("../types").GuestView} GuestView
 *
 * @typedef {object} GuestsCallbacks
 * @property {(wanted: {id: string, role: GuestView["role"], name: string}) => Promise<string>} invite
 *           gives the link; the same id twice invites once
 * @property {(id: string) => void} remove
 * @property {(on: boolean) => Promise<boolean>} shareChat whether it was done
 * @property {(words: string) => void} tell
 * @property {(words: string) => void} fail
 */

const COPIED_FOR = 1500; // ms the tick stays
const AT_ONCE = 2; // as in vamt/rooms.py

/** @param {GuestView} guest */
export function guestWords({ state, online }) {
  switch (state) {
    case "invited": return online ? t("has opened the link") : t("invited");
    case "present": return online ? t("is here") : t("connection lost");
    case "away": return t("waits to come in again");
    default: return t("has left");
  }
}

/** @param {readonly GuestView[]} guests whether nobody else has room */
export function isFull(guests) {
  return guests.filter(({ state }) => state !== "left").length >= AT_ONCE;
}

/**
 * @param {HTMLElement} page the element with data-desk
 * @param {GuestsCallbacks} callbacks
 */
export function createGuests(page, callbacks) {
  const root = part(page, "guests", HTMLElement);
  const list = part(root, "guests-rows", HTMLUListElement);
  const template = part(root, "guests-row", HTMLTemplateElement);
  const open = part(root, "guests-open", HTMLButtonElement);
  const chat = part(root, "guests-chat", HTMLInputElement);
  const dialog = createDialog(page, callbacks);
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();
  /** @type {import("../types").VisitView | null} */
  let visit = null;
  /** @type {boolean | null} what was asked for, until the state says it too */
  let shared = null;

  open.addEventListener("click", ask);
  chat.addEventListener("change", async () => {
    shared = chat.checked;
    if (await callbacks.shareChat(chat.checked)) return;
    shared = null;
    chat.checked = visit?.chat_shared ?? false;
  });

  function ask() {
    if (visit?.state !== "open") return;
    if (isFull(visit.guests)) callbacks.fail(t("Two guests are as many as the line can carry."));
    else dialog.ask(visit.citizen);
  }

  /** @param {string} id */
  function row(id) {
    const made = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    part(made, "guest-remove", HTMLButtonElement).addEventListener("click", () => callbacks.remove(id));
    rows.set(id, made);
    list.append(made);
    return made;
  }

  return {
    ask,
    /**
     * @param {import("../types").VisitView | null} next
     * @param {boolean} pending a request is on its way
     */
    render(next, pending) {
      if (next?.id !== visit?.id) {
        dialog.close();
        shared = null;
      }
      visit = next;
      const guests = visit?.guests ?? [];
      show(root, visit?.state === "open");
      for (const [id, element] of rows) {
        if (guests.some((guest) => guest.id === id)) continue;
        element.remove();
        rows.delete(id);
      }
      for (const guest of guests) {
        const element = rows.get(guest.id) ?? row(guest.id);
        mark(element, "data-state", guest.state === "present" && guest.online ? "free" : "gone");
        write(part(element, "guest-name", HTMLElement), guest.name);
        write(part(element, "guest-state", HTMLElement), `${roleWords(guest.role)} · ${guestWords(guest)}`);
        const remove = part(element, "guest-remove", HTMLButtonElement);
        remove.setAttribute("aria-label", t("Remove %(name)s", { name: guest.name }));
        mark(remove, "aria-disabled", pending);
      }
      show(list, guests.length > 0);
      show(part(root, "guests-chat-row", HTMLElement), guests.length > 0);
      if (shared === visit?.chat_shared) shared = null;
      chat.checked = shared ?? visit?.chat_shared ?? false;
    },
  };
}

/**
 * The dialog: who it is, then the link.
 *
 * @param {HTMLElement} page
 * @param {GuestsCallbacks} callbacks
 */
function createDialog(page, { invite, tell, fail }) {
  const dialog = part(page, "guest-dialog", HTMLDialogElement);
  const form = part(dialog, "guest-form", HTMLFormElement);
  const name = part(dialog, "guest-input", HTMLInputElement);
  const link = part(dialog, "guest-link", HTMLInputElement);
  const copy = part(dialog, "guest-copy", HTMLButtonElement);
  const qr = part(dialog, "guest-qr", HTMLImageElement);
  const submit = part(dialog, "guest-invite", HTMLButtonElement);
  let asking = false;
  let id = "";

  const close = () => dialog.open && dialog.close();
  part(dialog, "guest-cancel", HTMLButtonElement).addEventListener("click", close);
  // Nobody shall find the link there later.
  dialog.addEventListener("close", () => present(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (link.value) close();
    else void send();
  });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      link.select();
      refuse(t("The browser does not let this page copy. Please select the text and copy it yourself."));
      return;
    }
    copy.dataset.copied = "true";
    setTimeout(() => delete copy.dataset.copied, COPIED_FOR);
    tell(t("Copied"));
  });

  /** @param {string} words */
  function refuse(words) {
    if (words && link.value) fail(words);
    write(part(dialog, "guest-error-text", HTMLElement), words);
    show(part(dialog, "guest-error", HTMLElement), words !== "");
    mark(name, "aria-invalid", words !== "" && !link.value);
  }

  async function send() {
    if (asking) return;
    const who = name.value.trim();
    if (!who) {
      refuse(t("Please enter a name."));
      name.focus();
      return;
    }
    const role = /** @type {GuestView["role"]} */ (new FormData(form).get("desk-guest-role"));
    asking = true;
    mark(submit, "aria-disabled", true);
    try {
      const address = await invite({ id, role, name: who });
      if (dialog.open) present(address);
    } catch (error) {
      refuse(error instanceof Error ? error.message : t("That did not work. Please try again."));
      name.focus();
    } finally {
      asking = false;
      mark(submit, "aria-disabled", false);
    }
  }

  /** @param {string} address the link, or "" for the question who it is */
  function present(address) {
    link.value = address;
    show(part(dialog, "guest-ask", HTMLElement), !address);
    show(part(dialog, "guest-given", HTMLElement), address !== "");
    show(submit, !address);
    write(part(dialog, "guest-cancel-label", HTMLElement), address ? t("Done") : t("Go back"));
    refuse("");
    if (!address) {
      qr.removeAttribute("src");
      return;
    }
    qr.src = `${new URL(address).pathname}/code.svg`;
    write(
      part(dialog, "guest-given-text", HTMLElement),
      t("Send %(name)s this link, or let the code be scanned.", { name: name.value.trim() }),
    );
    copy.focus();
  }

  return {
    /** @param {string} citizen */
    ask(citizen) {
      if (dialog.open) return;
      id = crypto.randomUUID().replaceAll("-", "");
      present("");
      name.value = "";
      write(
        part(dialog, "guest-hint", HTMLElement),
        t("%(name)s is told who is to join. Ask first whether that is all right.", { name: citizen }),
      );
      dialog.showModal();
      name.focus();
    },
    close,
  };
}
