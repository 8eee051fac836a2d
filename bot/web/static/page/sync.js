// Keeps what the page knows in step with the server: after what happens, every so often, anew.

import { state, changed } from "./state.js";
import { ask, pathOf, Refusal } from "./api.js";

const SOON = 200; // milliseconds: what happens at once is asked for once
const LEAST = { picture: 1000 }; // milliseconds between two askings for the same
const SELDOM = 2500; // for all else
const REGULAR = 10_000;

const SOURCES = {
  me: () => ask("/api/me"),
  rooms: async () => (await ask("/api/rooms")).rooms,
  picture: (room) => ask(pathOf(room)),
  questions: (room) => ask(`${pathOf(room)}/questions`),
  series: (room) => ask(`${pathOf(room)}/series?span=3600`),
  health: () => ask("/api/health"),
};
const FREE = new Set(["me", "rooms", "health"]); // what belongs to no room
const timers = new Map();
const asked = new Map(); // when each was last asked for
const tickets = new Map(); // which asking each was last answered by
let ticket = 0;

/** Asks for `topics` soon, each once however often this is called meanwhile. */
export function sync(...topics) {
  for (const topic of topics) {
    if (timers.has(topic)) continue;
    const least = LEAST[topic] ?? SELDOM;
    const wait = Math.max(SOON, (asked.get(topic) ?? -least) + least - performance.now());
    timers.set(
      topic,
      setTimeout(() => {
        timers.delete(topic);
        load(topic);
      }, wait),
    );
  }
}

/** Asks for `topic` now; what cannot be had leaves what is known as it is. */
export async function load(topic) {
  const { room } = state;
  const mine = ++ticket;
  if (!FREE.has(topic) && !room) return;
  asked.set(topic, performance.now());
  try {
    const told = await SOURCES[topic](room);
    const late = mine < (tickets.get(topic) ?? 0) || (!FREE.has(topic) && room !== state.room);
    if (late) return; // something newer is known, or another room is shown
    tickets.set(topic, mine);
    state[topic] = told;
    if (topic === "picture") {
      state.skew = told.now - Date.now() / 1000;
      fault("");
    }
  } catch (refusal) {
    failed(topic, refusal);
  }
  changed(topic);
}

function failed(topic, refusal) {
  if (!(refusal instanceof Refusal)) throw refusal;
  if (topic === "picture" || topic === "me") fault(refusal.status);
  if (topic === "me" && refusal.status === 401) state.me = { role: "viewer", name: "", logged_in: false };
}

function fault(status) {
  if (state.fault === status) return;
  state.fault = status;
  changed("fault");
}

const ALL = ["me", "rooms", "picture", "questions", "health", "series"];

/** Asks for everything anew, as after the connection was lost. */
export const resync = () => Promise.all(ALL.map(load));

export function keepInStep() {
  setInterval(() => {
    if (!document.hidden) ALL.filter((topic) => topic !== "me").forEach(load);
  }, REGULAR);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) resync();
  });
}

/** Asks for what an event of the stream may have changed. */
export function follow(event) {
  if (event.type === "delivered") sync("picture", "questions", "rooms");
  if (event.type === "removed") sync("picture", "questions");
  if (event.type) return;
  const { outcome } = event;
  if (outcome === "commanded" || outcome === "drafted") sync("picture", "rooms");
  if (["commanded", "handed_off", "blocked"].includes(outcome)) sync("questions");
}
