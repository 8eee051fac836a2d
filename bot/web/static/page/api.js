// Asks the server, and gives commands; what fails says so in words and can be tried again.

import { state, changed, may } from "./state.js";
import { lang, t } from "./words.js";
import { toast } from "./toasts.js";
import { load } from "./sync.js";

export class Refusal extends Error {
  constructor(status, detail = "") {
    super(detail);
    this.status = status;
  }
}

/** Returns the answer's JSON; throws Refusal with the status, or with "away". */
export async function ask(path, body) {
  const request = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, { ...request, signal: AbortSignal.timeout(15_000) });
  } catch {
    throw new Refusal("away");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, typeof told.detail === "string" ? told.detail : "");
  return told;
}

export const pathOf = (room) => `/api/rooms/${room.split("/").map(encodeURIComponent).join("/")}`;

export function inWords(fault) {
  if (!(fault instanceof Refusal)) throw fault;
  return t(`fault_${fault.status}`) || t("fault_other", fault.status);
}

const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const plain = (line) => line.replace(/\s+/gu, " ").trim();

/**
 * Gives a command as a moderator's line does and shows what it did; returns its notice, or null
 * where it was not done. One that is `quiet` only asks: its notice is its answer, whatever it says.
 * A line that is tried again keeps its id, so that it is carried out once.
 */
export async function command(line, { id = newId(), room = state.room, quiet = false, undo = false } = {}) {
  if (!may()) {
    toast(t("fault_401"), { kind: "bad" });
    return null;
  }
  if (!room) {
    refused(new Refusal("away"), () => command(line, { id, quiet, undo })); // none is known yet
    return null;
  }
  try {
    const told = await ask(`${pathOf(room)}/command`, { line: plain(line), id, lang });
    const done = told.done !== false;
    const back = undo && { action: t("undo"), run: () => command("undo") };
    if (!quiet) toast(told.notice, done ? back || {} : { kind: "bad" });
    load("questions");
    await load("picture"); // what was pressed stays busy until the page shows what it did
    return done || quiet ? (told.notice ?? "") : null;
  } catch (fault) {
    refused(fault, () => command(line, { id, room, quiet, undo }));
    return null;
  }
}

/** Shows why something failed; what the server may yet take can be tried again. */
export function refused(fault, again) {
  const lasting = [401, 403, 404, 413, 422].includes(fault.status);
  if (fault.status === 401) load("me");
  toast(inWords(fault), lasting ? { kind: "bad" } : { kind: "bad", action: t("again"), run: again });
}

/** Shows a button as busy while `work` runs. */
export async function busy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return undefined;
  node.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    node.removeAttribute("aria-busy");
    changed("settled");
  }
}
