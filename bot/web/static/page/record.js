// Whether what happens is recorded: everybody sees it, the owner switches it.

import { ask, busy, refused } from "./api.js";
import { button, chip, get, make } from "./dom.js";
import { on, owns, state } from "./state.js";
import { load } from "./sync.js";
import { toast } from "./toasts.js";
import { minute, t } from "./words.js";

const TRIES = 20; // looks until the one who records has begun or ended
const GAP = 500; // milliseconds between them

export function startRecord() {
  on("health me lang", render);
  render();
}

const told = () => state.health?.recording ?? { on: false, since: null };
const since = () => (told().since ? minute(told().since) : "");

function render() {
  const place = get("record");
  const print = JSON.stringify([told(), owns(), document.documentElement.lang]);
  if (place.dataset.print === print) return;
  const focused = place.contains(document.activeElement);
  place.dataset.print = print;
  place.replaceChildren(...shown());
  if (focused) place.querySelector("button")?.focus();
}

function shown() {
  if (told().on && !owns()) return [make("span", { title: t("record_since", since()) }, chip(since() || t("record_on"), "bad", "record"), make("span", { class: "hidden" }, t("record_since", since())))];
  if (told().on)
    return [
      button("record", since() || t("record_on"), {
        mark: "record",
        kind: "small recording",
        "aria-label": t("record_stop", since()),
        title: t("record_stop", since()),
        onclick: (event) => turn(event.currentTarget, false),
      }),
    ];
  if (!owns()) return [];
  return [
    button("record", "", { mark: "record", kind: "wide-only", label: t("record_begin"), onclick: (event) => turn(event.currentTarget, true) }),
  ];
}

/** Returns the switch for the settings: on a phone there is no room for it elsewhere. */
export function recordRow() {
  const { on: now } = told();
  return make(
    "p",
    { class: "row" },
    make("span", { class: "grow" }, now ? t("record_since", since()) : t("record_begin")),
    button("record-row", t(now ? "st_stop" : "record"), {
      mark: "record",
      kind: now ? "small recording" : "small",
      onclick: (event) => {
        event.target.closest("dialog").close();
        turn(event.currentTarget, !now);
      },
    }),
  );
}

function turn(node, wanted) {
  busy(node, async () => {
    try {
      await ask("/api/record", { on: wanted });
      for (let tries = 0; tries < TRIES && told().on !== wanted; tries += 1) {
        await load("health");
        if (told().on !== wanted) await new Promise((done) => setTimeout(done, GAP));
      }
      if (told().on !== wanted) toast(t("record_fault"), { kind: "bad" });
      else toast(t(wanted ? "record_began" : "record_ended"));
    } catch (fault) {
      refused(fault, () => turn(node, wanted));
    }
  });
}
