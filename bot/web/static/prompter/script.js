// A script for the host to read from: it runs by the clock, and goes where the host is.

import { get, picture } from "./api.js";
import { SAID } from "./said.js";
import { Settings } from "./settings.js";
import { translate, words } from "./words.js";

const KEPT = "danmate.prompter.script"; // the last one: it outlives a restart of danmate
const LATE = 5; // seconds off the plan that are not worth a word
const EVERY = 15_000; // milliseconds between two looks at the catalogue
const STEP = 0.1;
const AGAIN = 3000;
const RUNS = new Set(["say", "cue", "floor"]);

const by = (id) => document.getElementById(id);
const given = new URLSearchParams(location.search);
const settings = new Settings(location.search);
let say = {};
let script = null;
let items = []; // all that is said and shown, with its element
let at = 0; // which of them is now
let begun = null; // performance.now() at second 0 of what is left to run; null: it stands still
let spent = 0; // seconds that had passed when it was paused
let entered = 0; // seconds that had passed when the present one began

function kept(id) {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    return found?.id === id ? found.script : null;
  } catch {
    return null;
  }
}

function keep(id, made) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ id, script: made }));
  } catch {
    // it is asked for again
  }
}

async function load() {
  const id = given.get("work") ?? "";
  try {
    const { made } = await get(`/api/studio/works/${encodeURIComponent(id)}`);
    if (made?.kind !== "script") return wait("gone");
    keep(id, made);
    return draw(made);
  } catch (fault) {
    const known = kept(id);
    if (known) return draw(known);
    if (fault.status) return wait(fault.status === 404 ? "gone" : "login");
    setTimeout(load, AGAIN);
    return wait("lost");
  }
}

function wait(word) {
  const node = document.createElement("p");
  node.className = "wait";
  node.setAttribute("role", "status");
  node.textContent = say[word];
  by("script").replaceChildren(node);
  for (const name of ["go", "parts"]) by(name).disabled = true;
}

const clock = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
};

function element(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text) node.textContent = text;
  return node;
}

function draw(made) {
  script = made;
  items = [];
  const parts = [];
  by("script").lang = made.lang === "zh" ? "zh-CN" : "en";
  for (const { title, start, items: each } of made.segments) {
    const head = element("h2", "", `${clock(start)} `);
    head.append(element("b", "", title));
    parts.push(head);
    by("parts").append(new Option(`${clock(start)} ${title}`, items.length));
    for (const item of each.filter(({ type }) => RUNS.has(type))) {
      const node = element("button", item.type, item.text);
      node.type = "button";
      node.dataset.at = items.length;
      if (item.type !== "say") node.append(element("small", "", say.seconds(Math.round(item.seconds))));
      parts.push(node);
      items.push({ ...item, node });
    }
  }
  by("script").replaceChildren(...parts);
  by("all").textContent = clock(made.seconds);
  go(0);
  look();
  setInterval(look, EVERY);
}

const passed = () => (begun === null ? spent : (performance.now() - begun) / 1000);

/** Goes to an item, as the host has: the clock runs on, and says how far off the plan that is. */
function go(to) {
  if (!items.length) return;
  at = Math.min(items.length - 1, Math.max(0, to));
  entered = passed();
  items.forEach(({ node }, place) => {
    node.classList.toggle("past", place < at);
    node.classList.toggle("current", place === at);
    if (place === at) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
  });
  const { node } = items[at];
  by("script").scrollTo({ top: node.offsetTop - by("script").offsetTop - by("script").clientHeight * 0.28 });
  let part = 0;
  for (const { value } of by("parts").options) if (Number(value) <= at) part = value;
  by("parts").value = part;
  tick();
}

function run() {
  if (begun === null) begun = performance.now() - spent * 1000;
  else {
    spent = passed();
    begun = null;
  }
  label();
}

/** Goes to where the host wants to be; while the clock stands still it is set to the plan. */
function seek(to) {
  if (begun === null) spent = to ? items[to].at : 0;
  go(to);
  label();
}

function label() {
  by("go").textContent = begun !== null ? say.pause : spent ? say.on : say.go;
}

/** An item that has had its time gives way to the next. */
function tick() {
  if (!items.length) return;
  const now = passed();
  by("now").textContent = clock(now);
  if (begun !== null && now - entered >= items[at].seconds && at < items.length - 1) {
    go(at + 1);
    return;
  }
  const off = now - items[at].at - Math.min(now - entered, items[at].seconds);
  const late = by("late");
  late.hidden = Math.abs(off) < LATE || (begun === null && !spent);
  late.textContent = off > 0 ? say.late(clock(off)) : say.early(clock(-off));
}

/** Says so where prices or stocks are others than when the script was written. */
async function look() {
  if (!given.get("room")) return;
  try {
    const { version } = await picture(given.get("room"));
    by("changed").hidden = version === script.version;
  } catch {
    // it is asked again
  }
}

function act(name) {
  if (name === "go") run();
  if (name === "next") go(at + 1);
  if (name === "back") go(at - 1);
  if (name === "smaller") settings.grow(-STEP);
  if (name === "larger") settings.grow(STEP);
  if (name === "theme") settings.set("theme", settings.theme === "dark" ? "light" : "dark");
  if (name === "mirror") {
    settings.mirror = !settings.mirror;
    settings.apply();
  }
  if (name === "lang") {
    settings.set("lang", settings.lang === "zh" ? "en" : "zh");
    translated();
  }
  if (name === "full") {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {}); // it may not: then it stays
  }
}

function translated() {
  say = { ...words(settings.lang), ...SAID[settings.lang] };
  translate(say);
  by("script").setAttribute("aria-label", say.script);
  by("changed").textContent = say.changed;
  document.title = [script?.shop, say.title].filter(Boolean).join(" · ");
  for (const { type, node, seconds } of items) if (type !== "say") node.lastChild.textContent = say.seconds(Math.round(seconds));
  label();
  tick();
}

const KEYS = {
  " ": "go", Enter: "next", ArrowDown: "next", ArrowRight: "next", PageDown: "next", j: "next", ArrowUp: "back", ArrowLeft: "back",
  PageUp: "back", k: "back", "+": "larger", "=": "larger", "-": "smaller", f: "full", l: "lang", t: "theme", m: "mirror",
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest(".bar button")) return; // it is pressed
  const name = KEYS[event.key];
  if (!name) return;
  event.preventDefault();
  act(name);
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.do) act(button.dataset.do);
  if (button?.dataset.at) seek(Number(button.dataset.at));
});
by("parts").onchange = ({ target }) => {
  seek(Number(target.value));
  by("script").focus();
};

// Keep the screen on, where the browser can.
async function awake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // the battery is low, or it is not allowed
  }
}

document.addEventListener("visibilitychange", awake);
translated();
awake();
setInterval(tick, 250);
load();
