// For the host, at arm's length: what only they can answer, what to say, what is asked most.

import { Often, answers, get, picture, questions } from "./api.js";
import { draw, showing } from "./board.js";
import { Done } from "./done.js";
import { Settings } from "./settings.js";
import { translate, words } from "./words.js";
import { keys } from "./keys.js";

const KEPT = 60; // answers that are remembered
const STEP = 0.1;
const REFUSED = [401, 403];

const by = (id) => document.getElementById(id);
const settings = new Settings(location.search);
const seen = { answers: new Map(), open: [], asked: [], products: new Map(), now: 0 };
let say = words(settings.lang);
let shown = null; // the room's picture
let hush = 0;

function tell(name, undoable = false) {
  clearTimeout(hush);
  by("toast").hidden = !name;
  by("undo").hidden = !undoable;
  by("says").textContent = name ? say[name] : "";
  if (name && !undoable) hush = setTimeout(() => tell(""), 4000);
}

const redraw = () => draw(seen, done, say);
const done = new Done(redraw, tell);

function state(online, why = "lost") {
  by("dot").dataset.online = online ? "yes" : "no";
  by("state").textContent = online ? "" : say[why];
}

function heard(event) {
  if (event.type === "stir") often?.soon();
  if (event.type === "gone") seen.answers.delete(event.id);
  if (event.type === "standing") {
    for (const id of seen.answers.keys()) if (!event.ids.includes(id)) seen.answers.delete(id);
  }
  if (event.type === "answer") {
    seen.now = Math.max(seen.now, event.now);
    seen.answers.set(event.id, event);
    if (seen.answers.size > KEPT) seen.answers.delete(seen.answers.keys().next().value);
  }
  if (event.type !== "stir") redraw();
}

async function look() {
  try {
    const [asked, room] = await Promise.all([questions(settings.room), picture(settings.room)]);
    Object.assign(seen, { open: asked.open, asked: asked.asked, now: asked.now });
    seen.products = new Map(room.products.map((product) => [product.sku, product]));
    shown = room;
    showing(shown, say);
    redraw();
  } catch (fault) {
    state(false, REFUSED.includes(fault.status) ? "login" : "lost");
  }
}

let often = null;

function translated() {
  say = words(settings.lang);
  translate(say);
  document.title = [settings.room, say.title].filter(Boolean).join(" · ");
  by("room").textContent = settings.room ?? say.title;
  if (shown) showing(shown, say);
  redraw();
}

function mark(face) {
  const { question, answer } = face.closest("li").dataset;
  const next = neighbour(face);
  if (answer) done.mark(settings.room, [`say:${answer}`]);
  const group = seen.open.find(({ id }) => id === question);
  if (group) done.mark(settings.room, [...group.ids, group.id], group.id);
  next?.focus();
}

function neighbour(face) {
  const all = [...document.querySelectorAll("button.item")];
  const at = all.indexOf(face);
  return document.activeElement === face ? (all[at + 1] ?? all[at - 1]) : null;
}

function act(name) {
  if (name === "smaller") settings.grow(-STEP);
  if (name === "larger") settings.grow(STEP);
  if (name === "theme") settings.set("theme", settings.theme === "dark" ? "light" : "dark");
  if (name === "lang") {
    settings.set("lang", settings.lang === "zh" ? "en" : "zh");
    translated();
  }
  if (name === "full") {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {}); // it may not: then it stays
  }
}

// Keep the screen on, where the browser can.
async function awake() {
  if (document.visibilityState !== "visible") return;
  often?.soon();
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // the battery is low, or it is not allowed
  }
}

async function rooms() {
  const { rooms: all } = await get("/api/rooms");
  settings.room ??= all[0]?.room ?? null;
  by("rooms").hidden = all.length < 2;
  by("choose").replaceChildren(...all.map(({ room }) => new Option(room, room, false, room === settings.room)));
}

async function begin() {
  try {
    await rooms();
    const me = await get("/api/me");
    done.may = me.logged_in && me.role !== "viewer";
  } catch (fault) {
    state(false, REFUSED.includes(fault.status) ? "login" : "lost");
    if (!settings.room || REFUSED.includes(fault.status)) {
      setTimeout(begin, 3000);
      return;
    }
  }
  translated();
  if (!settings.room) {
    state(false, "nowhere");
    setTimeout(begin, 3000);
    return;
  }
  often = new Often(look);
  answers(settings.room, heard, (online) => {
    state(online);
    if (online) often.soon();
  });
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.do) act(button.dataset.do);
  if (button?.matches(".item")) mark(button);
});
by("undo").onclick = () => done.undo();
by("choose").onchange = ({ target }) => {
  const query = new URLSearchParams(location.search);
  query.set("room", target.value);
  location.search = query;
};
keys({ act, mark, undo: () => done.undo() });
document.addEventListener("visibilitychange", awake);
translated();
awake();
begin();
