// Single keys for who works without a mouse; they rest while somebody writes or a dialog is open.

import { get } from "./dom.js";
import { act, step } from "./drafts.js";
import { helpDialog, keysOn } from "./settings.js";
import { may } from "./state.js";
import { goTo } from "./tabs.js";
import { silence } from "./top.js";

const PARTS = ["live", "drafts", "questions", "goods", "health", "studio"];
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => act("approve"),
  e: () => act("edit"),
  x: () => act("reject"),
  "/": () => {
    goTo("live");
    get("search").focus();
  },
  "?": helpDialog,
  S: () => may() && !get("silence").disabled && silence(),
};

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (!keysOn() || event.target.closest("input, textarea, select, dialog, [popover]")) return;
    const place = PARTS[Number(event.key) - 1];
    const run = KEYS[event.key] ?? (place && (() => goTo(place)));
    if (!run) return;
    event.preventDefault();
    if (["j", "k", "a", "e", "x"].includes(event.key)) toDrafts();
    run();
  });
}

/** The drafts must be seen before a key may send one. */
function toDrafts() {
  if (!document.querySelector('[data-part="drafts"]').checkVisibility()) goTo("drafts");
}
