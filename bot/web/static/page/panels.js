// What the panels have in common.

import { make } from "./dom.js";

/** Returns a panel's head; a count that is given is shown, and hot if there is something to do. */
export function header(name, title, count, ...more) {
  const shown = count !== undefined && make("span", { class: count ? "count hot" : "count" }, String(count));
  return make("header", {}, make("h2", { id: `${name}-title` }, title), shown, ...more);
}

/** Returns the head of a part within a panel. */
export const subheader = (title, ...aside) => make("header", { class: "subhead" }, make("h3", {}, title), ...aside);

/** Puts a head on a panel; one that says the same stays, with the focus that may be in it. */
export function headed(panel, head) {
  const old = panel.querySelector(":scope > header");
  if (!old) panel.prepend(head);
  else if (!old.isEqualNode(head)) old.replaceWith(head);
}
