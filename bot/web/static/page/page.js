// The operator's page: it shows what the bot does in a room and does what a moderator may there.
// Chat text is anybody's text: it reaches the page through textContent alone.

import { startCharts } from "./charts.js";
import { startDrafts } from "./drafts.js";
import { clear, heard, startFeed } from "./feed.js";
import { startGoods } from "./goods.js";
import { startHealth } from "./health.js";
import { startKeys } from "./keys.js";
import { startQuestions } from "./questions.js";
import { paint } from "./settings.js";
import { changed, keep, kept, on, state } from "./state.js";
import { listen } from "./stream.js";
import { follow, keepInStep, load, resync } from "./sync.js";
import { address, goTo, startTabs } from "./tabs.js";
import { startTop } from "./top.js";
import { startRecord } from "./record.js";
import { startStudio } from "./studio/view.js";
import { fill } from "./words.js";

const given = new URLSearchParams(location.search);
const asked = given.get("room");

/** Shows a room, and remembers it in the address and in this browser. */
function show(room) {
  state.room = room;
  state.picture = state.questions = state.series = null;
  keep("room", room);
  address();
  clear();
  for (const topic of ["room", "picture", "questions", "series"]) changed(topic);
  listen(room, told, resync);
}

function told(event) {
  heard(event);
  follow(event);
}

/** Chooses the room: the one asked for, the one seen last, or the first. */
function choose() {
  if (state.room) return;
  const known = state.rooms.map(({ room }) => room);
  const last = kept("room", null);
  const room = asked ?? (known.includes(last) ? last : known[0]);
  if (room) show(room);
}

/** The names of the goods stand in the feed: it is drawn anew when they have changed. */
function names() {
  let before = "";
  on("picture", () => {
    const now = JSON.stringify(state.picture?.products.map(({ sku, link, name }) => [sku, link, name]));
    if (now === before) return;
    before = now;
    changed("products");
  });
}

async function start() {
  paint(kept("theme", "auto"));
  fill();
  names();
  for (const begin of [
    startFeed,
    startDrafts,
    startQuestions,
    startGoods,
    startHealth,
    startCharts,
    startTabs,
    startKeys,
    startStudio,
    startRecord,
  ])
    begin();
  startTop(show);
  if (given.get("view") === "studio") goTo("studio");
  on("rooms", choose);
  await Promise.all([load("me"), load("rooms")]);
  keepInStep();
}

start();
