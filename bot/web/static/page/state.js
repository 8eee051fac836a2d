// What the page knows, and who wants to be told when it changes.

export const state = {
  me: { role: "viewer", name: "", logged_in: false },
  rooms: [],
  room: null,
  picture: null,
  questions: null,
  health: null,
  series: null,
  online: false,
  fault: "", // why the latest picture did not come, as an HTTP status or "away"
  skew: 0, // seconds that the server's clock is ahead of ours
};

const listeners = new Map();

/** Calls `listener` whenever one of `topics` has changed. */
export function on(topics, listener) {
  for (const topic of topics.split(" ")) {
    listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
  }
}

export function changed(topic) {
  for (const listener of listeners.get(topic) ?? []) listener();
}

/** Returns the server's time in seconds. */
export const now = () => Date.now() / 1000 + state.skew;

export const owns = () => state.me.logged_in && state.me.role === "owner";

export const may = () => state.me.logged_in && state.me.role !== "viewer";

/** Tells whether something can be done now: until a room is known there is nothing to do it in. */
export const able = () => may() && state.room !== null;

/** Returns what was kept in this browser; a browser that keeps nothing is no fault. */
export function kept(name, otherwise) {
  try {
    return localStorage.getItem(`danmate.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`danmate.${name}`, value);
  } catch {
    // Nothing is kept then.
  }
}

export const productOf = (sku) => state.picture?.products.find((product) => product.sku === sku);

/** Returns the name by which the chat speaks of a product. */
export function called(sku) {
  const product = productOf(sku);
  if (!product) return sku;
  return product.link === null ? product.name : `${product.link}. ${product.name}`;
}
