// A product's description: title, selling points, text, facts.

import { button, make, said } from "../dom.js";
import { t } from "../words.js";
import { anew, copy, listed, section, staleNote, table, toolbar } from "./shown.js";
import { wishOf } from "./work.js";

export function descriptionOf(work, stale) {
  const { made } = work;
  const other = wishOf(work) && button("anew", t("st_anew"), { mark: "undo", onclick: () => anew(work, true) });
  const title = made.title || made.name;
  return [
    staleNote(work, stale),
    make(
      "div",
      { class: "made-head" },
      make("p", { class: "soft" }, said(made.name)),
      make("h2", { lang: made.lang === "zh" ? "zh-CN" : "en" }, said(title)),
      make("p", { class: "soft small" }, t("st_title_is", [...title].length)),
    ),
    toolbar(
      work,
      button("copy-title", t("st_copy_title"), { mark: "copy", onclick: () => copy(title) }),
      button("copy-text", t("st_copy_text"), { mark: "copy", onclick: () => copy(made.paragraphs.join("\n\n")) }),
      other,
    ),
    section(t("st_selling"), listed(made.points)),
    section(t("st_text"), make("div", { class: "spoken" }, ...made.paragraphs.map((text) => make("p", {}, said(text))))),
    section(t("st_facts"), table(t("st_facts"), [t("st_what"), t("st_as_listed")], made.facts.map(({ label, text }) => [label, text]))),
    made.left.length > 0 &&
      make("details", { class: "made-part" }, make("summary", {}, make("h3", {}, t("st_left"))), listed(made.left, "small")),
  ].filter(Boolean);
}
