// The live feed: drawn once a frame at most, and only as much of it as can be read.

import { get } from "./dom.js";
import { filterBar } from "./filters.js";
import { gapNow, gapRow, missed, missing, passOver } from "./gaps.js";
import { lineOf } from "./line.js";
import { Lines, wantedBy } from "./lines.js";
import { openMenu } from "./menu.js";
import { kept, keep, on, state } from "./state.js";
import { number, t } from "./words.js";

const SHOWN = 500; // lines in the page while somebody reads further up
const TAIL = 100; // lines in it while the end is followed: all else would only cost time and memory
const SLACK = 60; // lines more than that before the oldest are taken out, all at once
const LEAST = 24; // lines that are drawn in one go at most, if they fill the list
const LOW = 32; // pixels of the lowest lines
const BUSY = 8; // lines in one go: from here on there is less drawing
const PACE = 100; // milliseconds between two drawings then
const CALM = 500; // milliseconds without such a crowd after which the list is filled up again
const NEAR = 60; // pixels from the end that count as the end

export const lines = new Lines();
let waiting = [];
const stale = new Set(); // lines that stand in the page and have changed
let pace = 0;
let calm = null; // the timer until CALM
let drawnAt = 0;
let asked = false; // whether a frame is asked for
let height = 0; // of the list, in pixels
let following = true; // whether the reader is at the end, and wants to stay there
let endedAt = 0; // where the list was scrolled to when it was last put at its end
let fresh = 0; // lines since the reader went up
let filter = kept("filter", "all");
let search = "";
let wanted = wantedBy(filter, search);
const nodes = new Map(); // line's key -> its element

/** Takes in an event of the stream. */
export function heard(event) {
  if (event.type === "delivered") return lines.deliver(event).forEach(redraw);
  if (event.type === "removed") return lines.remove(event).forEach(redraw);
  if (event.type === "dropped") return skip("lost", event.count);
  if (event.type === "sampled") return skip("plain", event.count);
  if (event.type || ownLook(event.message)) return undefined;
  const [entry, ...others] = lines.add(event);
  others.forEach(redraw);
  if (!entry || !wanted(entry)) return undefined;
  waiting.push(entry);
  if (waiting.length > SHOWN) waiting.splice(0, SHOWN / 2);
  return soon();
}

/** Tells whether a line only asked why, from this page: that is nothing that happened. */
const ownLook = ({ id, text }) => id.startsWith("page:") && /^\S+ why\b/u.test(text);

function skip(kind, count) {
  missed(kind, count);
  soon();
}

function redraw(entry) {
  if (!nodes.has(entry.key)) return;
  stale.add(entry);
  soon();
}

function soon() {
  if (asked) return;
  asked = true;
  const wait = drawnAt + pace - performance.now();
  if (wait > 0) setTimeout(() => requestAnimationFrame(draw), wait);
  else requestAnimationFrame(draw);
}

function draw() {
  asked = false;
  drawnAt = performance.now();
  for (const entry of stale) renew(entry);
  stale.clear();
  pace = waiting.length > BUSY || missing() ? PACE : 0;
  if (!following) return hold();
  const log = get("log");
  const most = Math.max(LEAST, Math.ceil(height / LOW));
  if (waiting.length > most) {
    waiting = waiting.slice(-most);
    clean(log);
    if (gapNow()) log.append(gapNow());
    clearTimeout(calm);
    calm = setTimeout(calmed, CALM);
  }
  const batch = document.createDocumentFragment();
  if (missing()) batch.append(gapRow());
  for (const entry of waiting) batch.append(show(entry));
  waiting = [];
  log.append(batch);
  const over = log.childElementCount > TAIL + SLACK;
  while (over && log.childElementCount > TAIL) forget(log.firstElementChild);
  get("quiet").hidden = log.childElementCount > 0;
  toEnd();
  return undefined;
}

/** After a crowd: the lines that were left out, as far as they fit. */
function calmed() {
  if (!following) return;
  fillUp(TAIL);
  toEnd();
}

/** While somebody reads further up nothing moves: what comes is only counted. */
function hold() {
  fresh += waiting.length + passOver();
  waiting = [];
  latest();
}

function show(entry) {
  const node = lineOf(entry, !state.room);
  node.entry = entry;
  nodes.set(entry.key, node);
  return node;
}

function forget(node) {
  if (node.entry) nodes.delete(node.entry.key);
  node.remove();
}

function renew(entry) {
  const node = nodes.get(entry.key);
  if (!node) return;
  const focused = node.contains(document.activeElement);
  const next = show(entry);
  node.replaceWith(next);
  if (focused) next.querySelector("button")?.focus({ preventScroll: true });
}

function clean(log) {
  nodes.clear();
  log.replaceChildren();
}

function toEnd() {
  const log = get("log");
  if (!following) return;
  log.scrollTop = log.scrollHeight;
  endedAt = log.scrollTop;
}

/** Draws the latest lines anew, as after another filter. */
function rebuild() {
  waiting = [];
  stale.clear();
  fresh = 0;
  passOver();
  following = true;
  const log = get("log");
  clean(log);
  log.append(...lines.latest(TAIL, wanted).map(show));
  const empty = !log.childElementCount;
  get("quiet").hidden = !empty;
  get("quiet").textContent = t(search || filter !== "all" ? "nothing_found" : "quiet");
  latest();
  toEnd();
}

/** Puts lines from before the first that stands in the page above it, up to `most` in all. */
function fillUp(most) {
  const log = get("log");
  const first = log.querySelector(".line");
  const left = most - log.childElementCount;
  if (!first || left <= 0) return;
  const before = lines.latest(left, (entry) => entry.number < first.entry.number && wanted(entry));
  const was = first.getBoundingClientRect().top;
  log.prepend(...before.map(show));
  log.scrollTop += first.getBoundingClientRect().top - was; // what is seen stays where it is
}

function latest() {
  get("latest").hidden = following || !fresh;
  get("latest").textContent = `${t("fresh", number(fresh))} ↓`;
}

function scrolled() {
  const log = get("log");
  const end = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  if (following && !end && log.scrollTop > endedAt - NEAR) return toEnd(); // it grew: nobody went up
  if (end === following) return undefined;
  following = end;
  if (!end) return fillUp(SHOWN);
  return fresh ? rebuild() : undefined;
}

const filters = () => get("filters").replaceChildren(...filterBar(filter, search, choose, find));

function choose(name) {
  filter = name;
  keep("filter", name);
  again();
  filters();
  document.querySelector(`[data-action="filter-${name}"]`).focus();
}

function find(text) {
  search = text;
  again();
}

function again() {
  wanted = wantedBy(filter, search);
  get("log").dataset.filter = filter;
  rebuild();
}

/** Returns the ids of the drafts that wait, and of those that somebody has rejected. */
const fates = ({ drafts, log }) => [
  new Set(drafts.map(({ id }) => id)),
  new Set(log.map(({ line }) => /^(?:no|不发)\s+#?(\S+)/iu.exec(line.trim())?.[1])),
];

/** Forgets all lines, as before another room is shown. */
export function clear() {
  lines.clear();
  rebuild();
}

export function startFeed() {
  const log = get("log");
  log.addEventListener("scroll", scrolled, { passive: true });
  log.addEventListener("click", (event) => {
    const node = event.target.closest(".line");
    const action = event.target.closest("button")?.dataset.action;
    if (node?.entry && !node.entry.gone && (action || !getSelection().toString())) openMenu(node, action);
  });
  get("latest").onclick = () => {
    rebuild();
    log.focus({ preventScroll: true });
  };
  new ResizeObserver(([{ contentRect }]) => {
    ({ height } = contentRect);
    toEnd();
  }).observe(log);
  on("lang", () => {
    filters();
    rebuild();
  });
  on("products", () =>
    [...nodes.values()].filter(({ entry }) => entry.event.product).forEach(({ entry }) => redraw(entry)),
  );
  on("picture", () => state.picture && lines.wait(...fates(state.picture)).forEach(redraw));
  filters();
  again();
}
