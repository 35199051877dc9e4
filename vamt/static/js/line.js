// @ts-check
/**
 * The citizen's line to the office. A module of its own with few imports, loaded `async`: it begins to
 * connect as soon as the page's text is there, while the page's other hundred modules are still read and
 * its first picture is drawn. What comes before the page is ready waits for `link.listen()`.
 */

import { io } from "../vendor/socket.io.esm.min.js";
import { Link } from "./protocol.js";

/** @type {{seat: string}} */
const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}");

export const link = new Link({ namespace: "/citizen", seat: boot.seat, io, held: true });
