// What all results have in common: how far a work is, copying, downloads, tables.

import { button, icon, make, said } from "../dom.js";
import { toast } from "../toasts.js";
import { number, t } from "../words.js";
import { begin, stop, wishOf } from "./work.js";

const NAMES = { md: "st_markdown", json: "st_json", jsonl: "st_jsonl", html: "st_report", csv: "st_csv" };

/** Returns how far a work is. */
export function going(work) {
  const bar = make("progress", { max: work.of || undefined, "aria-label": t(`st_${work.kind}`) });
  if (work.of) bar.value = work.done;
  const told = work.state === "waiting" ? t("st_waiting") : t("st_working");
  return make(
    "div",
    { class: "going", role: "status" },
    make("p", {}, told, work.of > 2 ? ` ${t("st_progress", number(work.done), number(work.of))}` : ""),
    bar,
    button("stop-work", t("st_stop"), { mark: "stop", kind: "small", onclick: () => stop(work) }),
  );
}

/** Says why there is nothing to show. */
export const words = (work) =>
  make(
    "p",
    { class: work.state === "failed" ? "fault" : "none" },
    work.state === "failed" && icon("warning"),
    work.state === "failed" ? t(`st_fault_${work.fault}`) || t("st_fault_failed") : t("st_stopped"),
  );

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("st_copied"));
  } catch {
    toast(t("st_not_copied"), { kind: "bad" });
  }
}

/** Returns what can be done with a work: copy it, keep it as a file, and whatever else is given. */
export function toolbar(work, ...more) {
  const link = (name) =>
    make(
      "a",
      {
        class: "button",
        href: `/api/studio/works/${work.id}/files/${name}`,
        download: "",
        "aria-label": t("st_download", t(NAMES[name])),
        data: { action: `file-${name}` },
      },
      icon("down"),
      make("span", {}, t(NAMES[name])),
    );
  return make(
    "div",
    { class: "made-tools", role: "toolbar", "aria-label": t("st_result") },
    button("copy", t("st_copy"), { mark: "copy", onclick: () => copy(work.made.text) }),
    ...work.files.map(link),
    ...more,
  );
}

/** Asks for the same once more; with `other` words where we know what was asked for. */
export function anew(work, other) {
  const wish = wishOf(work);
  return begin(work.kind, other ? { ...wish, seed: ((wish.seed ?? 0) + 1) % 1000 } : wish);
}

/** Says that the catalogue is another than what a text states; nothing where it is the same. */
export const staleNote = (work, stale) =>
  stale &&
  make(
    "p",
    { class: "stale", role: "status" },
    icon("warning"),
    make("span", { class: "grow" }, t("st_stale")),
    wishOf(work) && button("again", t("st_again"), { kind: "small", onclick: () => anew(work, false) }),
  );

/** Returns a table of texts with its head. */
export function table(name, heads, rows) {
  return make(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": name },
    make(
      "table",
      { class: "sheet" },
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
      make(
        "tbody",
        {},
        ...rows.map((row) =>
          make("tr", {}, ...row.map((cell) => make("td", {}, typeof cell === "string" ? said(cell) : cell))),
        ),
      ),
    ),
  );
}

export const section = (title, ...parts) => make("section", { class: "made-part" }, make("h3", {}, title), ...parts);

export const listed = (texts, kind = "") => make("ul", { class: `bullets ${kind}`.trim() }, ...texts.map((text) => make("li", {}, said(text))));

/** Returns a time of a stream: 02:15, 1:02:15. */
export function at(seconds) {
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}
