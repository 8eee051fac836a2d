// Lines that never came to the page: how many, in a row that stands where they would have stood.

import { make } from "./dom.js";
import { number, t } from "./words.js";

const BURST = 3000; // milliseconds without a missing line that end a burst
const WORDS = { plain: "left_out", lost: "skipped" };

const none = () => ({ plain: 0, lost: 0 });
let fresh = none(); // since the row was written
let row = null;
let all = none(); // of this burst: that the row tells of
let at = 0;

/** Notes lines that never came: `plain` ones, which nobody could have read, or `lost` ones. */
export function missed(kind, count) {
  fresh[kind] += count;
}

/** Returns how many lines are missing of which nothing is said yet. */
export const missing = () => fresh.plain + fresh.lost;

/** Says nothing of those that are missing up to now; returns how many they are. */
export function passOver() {
  const count = missing();
  fresh = none();
  row = null;
  return count;
}

/** Returns the row of a burst that goes on, or "". */
export const gapNow = () => (row && performance.now() - at <= BURST ? row : "");

/** Returns the row that tells of them; there is one for each burst. */
export function gapRow() {
  const now = performance.now();
  if (!gapNow()) {
    row = make("li", { class: "skipped" });
    all = none();
  }
  at = now;
  for (const kind of Object.keys(WORDS)) all[kind] += fresh[kind];
  fresh = none();
  row.dataset.skipped = all.plain + all.lost;
  const told = Object.entries(WORDS).map(([kind, word]) => all[kind] && t(word, number(all[kind])));
  row.textContent = told.filter(Boolean).join(" · ");
  return row;
}
