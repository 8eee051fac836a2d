// The bar above the feed: which lines are shown, and a search through them.

import { choice, make } from "./dom.js";
import { t } from "./words.js";

const NAMES = { all: "all", answered: "answered_only", yours: "yours", silent: "silent" };

/** Returns its elements; `choose` is called with a filter's name, `find` with what is typed. */
export function filterBar(filter, search, choose, find) {
  const group = make("div", { class: "seg", role: "group", "aria-label": t("filter") });
  for (const [name, word] of Object.entries(NAMES)) {
    group.append(choice(`filter-${name}`, t(word), filter === name, { onclick: () => choose(name) }));
  }
  const field = make("input", {
    type: "search",
    id: "search",
    placeholder: t("search"),
    "aria-label": t("search"),
    value: search,
    enterkeyhint: "search",
    oninput: (event) => find(event.target.value),
  });
  return [group, field];
}
