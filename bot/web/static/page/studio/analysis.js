// An analysis of comments, in short: its findings, what lines are about, and the report to keep.

import { make, said } from "../dom.js";
import { minute, number, t } from "../words.js";
import { section, toolbar } from "./shown.js";

export function analysisOf(work) {
  const { made } = work;
  const tiles = [
    [t("st_comments"), number(made.comments)],
    [t("st_viewers"), number(made.viewers)],
    when(made),
  ];
  return [
    make(
      "dl",
      { class: "tiles three" },
      ...tiles.map(([word, value]) => make("div", { class: "tile" }, make("dt", {}, word), make("dd", {}, value))),
    ),
    toolbar(work),
    section(t("st_findings"), make("ol", { class: "findings" }, ...made.findings.map(({ text }) => make("li", {}, said(whole(text)))))),
    made.topics.length > 0 && section(t("st_topics"), bars(made.topics, (name) => name)),
    made.intents.length > 0 && section(t("st_intents"), bars(made.intents, (name) => t(`intent_${name}`) || name)),
  ].filter(Boolean);
}

/** Returns on which day comments were said, unless it is today, and between which minutes. */
function when({ began, ended }) {
  if (began === null) return [t("st_span"), "–"];
  const [from, to] = [began, ended].map(minute);
  return [day(began) === day(Date.now() / 1000) ? t("st_span") : day(began), from === to && ended - began < 60 ? from : `${from} – ${to}`];
}

const day = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" }).format(at * 1000);

/** Keeps a number and its per cent sign on one line. */
const whole = (text) => text.replaceAll(" %", "\u00a0%");

function bars(rows, word) {
  const most = Math.max(...rows.map(({ count }) => count), 1);
  return make(
    "ul",
    { class: "bars" },
    ...rows.map(({ name, count }) => {
      const bar = make("span", { class: "bar-line", "aria-hidden": "true" }, make("i"));
      bar.firstChild.style.setProperty("--part", count / most);
      return make("li", {}, make("span", { class: "grow" }, said(word(name))), make("b", {}, number(count)), bar);
    }),
  );
}
