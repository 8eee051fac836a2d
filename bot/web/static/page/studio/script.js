// A script: its run-down, what is said and shown, and what the host should know before.

import { button, icon, make, said } from "../dom.js";
import { keep, kept, state } from "../state.js";
import { factOf, number, t } from "../words.js";
import { anew, at, listed, section, staleNote, table, toolbar } from "./shown.js";
import { wishOf } from "./work.js";

export function scriptOf(work, stale) {
  const { made } = work;
  const prompter = make(
    "a",
    {
      class: "button main",
      href: `/prompter/script.html?work=${work.id}&room=${encodeURIComponent(state.room)}`,
      target: "_blank",
      rel: "noopener",
      data: { action: "prompter" },
    },
    icon("tv"),
    make("span", {}, t("st_prompter")),
  );
  const other = wishOf(work) && button("anew", t("st_anew"), { mark: "undo", onclick: () => anew(work, true) });
  const text = make("div", { class: "spoken", lang: made.lang === "zh" ? "zh-CN" : "en" }, ...made.segments.map((each) => passage(each, made.lang === "zh" ? "" : " ")));
  return [
    staleNote(work, stale),
    head(made),
    toolbar(work, other, prompter),
    rundown(made),
    make("div", { class: "reading" }, cites(text), text),
    ...notes(made),
  ].filter(Boolean);
}

function head(made) {
  const skus = new Set(made.rundown.map(({ sku }) => sku).filter(Boolean));
  const rate = `${number(made.rate)} ${t(`st_rate_${made.lang}`)}`;
  const shares = Object.entries(made.shares).filter(([, seconds]) => seconds > 0);
  const bar = make("div", { class: "shares", "aria-hidden": "true" });
  for (const [name, seconds] of shares) {
    const share = make("i", { class: name });
    share.style.setProperty("--part", seconds);
    bar.append(share);
  }
  return make(
    "div",
    { class: "made-head" },
    make("h2", {}, said(made.shop)),
    make("p", { class: "soft" }, t("st_head", at(made.seconds), skus.size, rate)),
    bar,
    make(
      "p",
      { class: "keys" },
      ...shares.map(([name, seconds]) => make("span", { class: `key ${name}` }, `${t(`st_${name}`)} `, make("b", {}, at(seconds)))),
    ),
  );
}

function rundown(made) {
  const gap = made.lang === "zh" ? "、" : ", ";
  const rows = made.rundown.map(({ start, title, link, points, seconds }, place) => [
    make(
      "button",
      { type: "button", class: "jump", data: { action: `part-${place}` }, onclick: () => jump(place) },
      at(start),
    ),
    link === null ? title : title.replace(/^#\d+ /u, ""),
    link === null ? "" : String(link),
    points.join(gap),
    at(seconds),
  ]);
  const heads = ["st_start", "st_part", "st_link", "st_points", "st_takes"].map((word) => t(word));
  return section(t("st_rundown"), table(t("st_rundown"), heads, rows));
}

function jump(place) {
  const node = document.querySelectorAll(".spoken .passage")[place];
  node.scrollIntoView({ block: "start" });
  node.focus({ preventScroll: true });
}

/** Returns a part of the stream: sentences that follow each other stand in one paragraph. */
function passage({ title, start, items }, gap) {
  const node = make(
    "section",
    { class: "passage", tabindex: "-1" },
    make("h3", {}, make("time", {}, at(start)), said(title)),
  );
  let paragraph = null;
  for (const { type, text, seconds, facts } of items) {
    if (type === "say") {
      if (!paragraph) node.append((paragraph = make("p", {})));
      paragraph.append(
        said(text),
        facts.length ? make("small", { class: "cite" }, [...new Set(facts)].map(factOf).join(" · ")) : "",
        gap,
      );
    } else {
      paragraph = null;
      node.append(
        make("p", { class: `cue ${type}` }, icon(type === "cue" ? "eye" : "live"), said(text), make("small", {}, t("seconds", Math.round(seconds)))),
      );
    }
  }
  return node;
}

function cites(text) {
  const paint = (yes) => text.toggleAttribute("data-cites", yes);
  paint(kept("cites", "") === "yes");
  const box = make("input", {
    type: "checkbox",
    checked: kept("cites", "") === "yes",
    onchange: (event) => {
      keep("cites", event.target.checked ? "yes" : "");
      paint(event.target.checked);
    },
  });
  return make("label", { class: "check" }, box, t("st_cites"));
}

function notes({ absent, prepare, left }) {
  const asked = prepare.map(({ text, count, sku }) => `${sku ? `${sku}: ` : ""}${text} (${t("st_asked_times", count)})`);
  return [
    absent.length > 0 && section(t("st_absent"), listed(absent)),
    asked.length > 0 && section(t("st_prepare"), listed(asked)),
    left.length > 0 &&
      make("details", { class: "made-part" }, make("summary", {}, make("h3", {}, t("st_left"))), listed(left, "small")),
  ];
}
