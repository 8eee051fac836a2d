// What the studio makes for us: it is asked for, watched until it is done, and found again later.

import { ask, inWords, Refusal } from "../api.js";
import { toast } from "../toasts.js";
import { changed, may, on, state } from "../state.js";
import { t } from "../words.js";

const SOON = 250; // milliseconds between two looks at a work, at first
const LATER = 1500;

export const works = { script: null, description: null, analysis: null, choices: null };
const wishes = new Map(); // what was asked for, by the work's id
const watched = new Map(); // the timer of each work that is not done
let of = null; // the room that `works` belong to

export const over = (work) => ["done", "stopped", "failed"].includes(work.state);
export const wishOf = (work) => wishes.get(work.id);

export function startWorks() {
  on("room me", room);
}

function room() {
  if (of === state.room && works.choices) return;
  of = state.room;
  for (const timer of watched.values()) clearTimeout(timer);
  watched.clear();
  Object.assign(works, { script: null, description: null, analysis: null, choices: null });
  changed("works");
  changed("choices");
}

/** Asks what there is to choose from, and for what was made before; only who may make it is told. */
export async function look() {
  if (!may() || !state.room) return;
  const asked = state.room;
  try {
    const [choices, listed] = await Promise.all([
      ask(`/api/studio?room=${encodeURIComponent(asked)}`),
      works.choices ? { works: [] } : ask("/api/studio/works"),
    ]);
    if (asked !== state.room) return;
    works.choices = choices;
    changed("choices");
    for (const each of listed.works.reverse()) if (each.room === asked) watch(each);
  } catch (fault) {
    toast(inWords(fault), { kind: "bad" });
  }
}

/** Begins a work; returns whether it has begun. */
export async function begin(kind, wish) {
  try {
    const work = await ask(`/api/studio/${kind}`, { ...wish, room: state.room });
    wishes.set(work.id, wish);
    watch(work);
    return true;
  } catch (fault) {
    const words = { 409: "st_busy", 429: "st_crowded" }[fault.status];
    toast(words ? t(words) : inWords(fault), { kind: "bad" });
    return false;
  }
}

export async function stop(work) {
  try {
    take(await ask(`/api/studio/works/${work.id}/stop`, {}));
  } catch (fault) {
    toast(inWords(fault), { kind: "bad" });
  }
}

function take(work) {
  if (work.room !== state.room) return;
  works[work.kind] = work;
  changed("works");
}

/** Shows a work and looks at it again until it is over. */
function watch(work, wait = SOON) {
  take(work);
  clearTimeout(watched.get(work.id));
  watched.delete(work.id);
  if (over(work) && (work.made || work.state !== "done")) return;
  watched.set(
    work.id,
    setTimeout(() => again(work, Math.min(wait * 1.3, LATER)), over(work) ? 0 : wait),
  );
}

async function again(work, wait) {
  if (!watched.has(work.id)) return; // another room is shown
  try {
    const now = await ask(`/api/studio/works/${work.id}`);
    if (watched.has(work.id)) watch(now, wait);
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.status === "away" || fault.status === 503) watch(work, LATER);
    else watch({ ...work, state: "failed", fault: fault.status === 404 ? "gone" : "failed" });
  }
}
