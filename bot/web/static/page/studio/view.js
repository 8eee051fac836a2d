// The studio: scripts, descriptions and analyses from the room's own catalogue and comments.

import { button, choice, make, part } from "../dom.js";
import { header } from "../panels.js";
import { keep, kept, may, on, state } from "../state.js";
import { goTo } from "../tabs.js";
import { t } from "../words.js";
import { analysisOf } from "./analysis.js";
import { descriptionOf } from "./description.js";
import { formOf } from "./forms.js";
import { scriptOf } from "./script.js";
import { going, words } from "./shown.js";
import { look, over, startWorks, works } from "./work.js";

const KINDS = ["script", "description", "analysis"];
const SHOWN = { script: scriptOf, description: descriptionOf, analysis: analysisOf };
const form = make("div", { class: "wish" });
const result = make("div", { class: "made", tabindex: "0", role: "region" });

let kind = kept("studio", "script");
if (!KINDS.includes(kind)) kind = "script";
let print = "";

export function startStudio() {
  startWorks();
  const head = make("div", { class: "studio-head" });
  part("studio").append(head, make("div", { class: "studio-body" }, form, result));
  on("lang", () => drawAll(head));
  on("works", results);
  on("choices me room", forms);
  on("picture", () => {
    forms();
    results();
  });
  on("tab me room", opened);
  drawAll(head);
}

/** Whether the studio is what is shown. */
export const shown = () => document.body.dataset.tab === "studio";

function opened() {
  if (shown()) look();
}

function drawAll(head) {
  const back = button("to-live", t("to_live"), { mark: "answer", kind: "small", onclick: () => goTo("live") });
  head.replaceChildren(
    header("studio", t("studio"), undefined, back),
    make(
      "div",
      { class: "seg kinds-of", role: "group", "aria-label": t("st_kinds") },
      ...KINDS.map((name) =>
        choice(`kind-${name}`, t(`st_${name}`), name === kind, {
          onclick: () => {
            kind = name;
            keep("studio", name);
            opened(); // what there is to choose from may be more by now
            drawAll(head);
            head.querySelector(`[data-action="kind-${name}"]`).focus();
          },
        }),
      ),
    ),
  );
  form.dataset.print = print = "";
  forms();
  results();
}

/** Draws the form anew where what can be chosen is another: what was typed or opened stays so. */
function forms() {
  const goods = kind !== "analysis" && state.picture?.products.map(({ sku, name, link }) => [sku, name, link]);
  const choices = kind === "analysis" ? works.choices : Boolean(works.choices?.model);
  const now = JSON.stringify([kind, document.documentElement.lang, goods, choices, may(), state.room]);
  if (form.dataset.print === now) return;
  form.dataset.print = now;
  const open = [...form.querySelectorAll("details")].map((each) => each.open);
  const focused = form.contains(document.activeElement) && document.activeElement.name;
  form.replaceChildren(
    make("p", { class: "soft about" }, t(`st_about_${kind}`)),
    may() ? formOf(kind) : make("p", { class: "none" }, t("st_rights")),
  );
  form.querySelectorAll("details").forEach((each, place) => (each.open = open[place] ?? false));
  if (focused) form.querySelector(`[name="${focused}"]`)?.focus();
}

function results() {
  const work = works[kind];
  result.setAttribute("aria-label", t("st_result"));
  const stale = work?.made?.version && state.picture && state.picture.version !== work.made.version;
  const now = JSON.stringify([kind, document.documentElement.lang, work && { ...work, made: work.id }, !!work?.made, stale]);
  if (print === now) return;
  print = now;
  if (!work) result.replaceChildren(make("p", { class: "none" }, t("st_empty")));
  else if (!over(work)) result.replaceChildren(going(work));
  else if (work.made) result.replaceChildren(...SHOWN[kind](work, stale));
  else result.replaceChildren(words(work));
}
