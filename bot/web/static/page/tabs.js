// Where there is room for one part only, tabs choose which; each counts what waits in it.

import { get, icon, make, part } from "./dom.js";
import { changed, on, state } from "./state.js";
import { t } from "./words.js";

const TABS = [
  ["live", "live", "live"],
  ["drafts", "draft", "drafts"],
  ["questions", "question", "questions_tab"],
  ["goods", "bag", "goods"],
  ["health", "health", "health"],
  ["studio", "pen", "studio"],
];
const TOLD = 10_000; // milliseconds between two summaries for who listens to the page

let toldAt = -TOLD;

export function startTabs() {
  on("lang", draw);
  on("picture questions health lang", counts);
  beside.addEventListener("change", chosen);
  draw();
}

function draw() {
  get("tabs").replaceChildren(
    ...TABS.map(([name, mark, word]) =>
      make(
        "button",
        { type: "button", data: { to: name, action: `tab-${name}` }, onclick: () => goTo(name) },
        icon(mark),
        make("span", {}, t(word)),
        make("span", { class: "count hot", hidden: true }),
      ),
    ),
  );
  chosen();
  counts();
}

/** Shows a part of the page, and puts the keyboard there. */
export function goTo(name) {
  document.body.dataset.tab = name;
  chosen();
  address();
  changed("tab");
  const place = part(name === "live" ? "feed" : name);
  place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
}

/** Keeps the room, and the studio where it is shown, in the address. */
export function address() {
  const query = new URLSearchParams();
  if (state.room) query.set("room", state.room);
  if (document.body.dataset.tab === "studio") query.set("view", "studio");
  history.replaceState(null, "", `?${query}`.replaceAll("%2F", "/"));
}

/** Where the feed stands beside the tabs, the drafts are what is shown from the start. */
const beside = matchMedia("(min-width: 700px)");

function chosen() {
  const { tab } = document.body.dataset;
  const shown = tab === "live" && beside.matches ? "drafts" : tab;
  for (const node of get("tabs").children) {
    if (node.dataset.to === shown) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
}

function counts() {
  const waits = {
    drafts: state.picture?.drafts.length ?? 0,
    questions: state.questions?.open.length ?? 0,
    health: state.health && !state.health.ok ? "!" : 0,
  };
  for (const node of get("tabs").children) {
    const count = node.lastChild;
    const n = waits[node.dataset.to] ?? 0;
    count.hidden = !n;
    count.textContent = n > 99 ? "99+" : n;
  }
  summary(waits);
}

/** Tells who cannot see the page what waits: seldom, and only when it has changed. */
function summary({ drafts, questions }) {
  const words = t("summary", drafts, questions);
  if (get("summary").textContent === words || performance.now() - toldAt < TOLD) return;
  toldAt = performance.now();
  get("summary").textContent = words;
}
