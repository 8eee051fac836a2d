// How danmate is: the queue, the workers, the rooms, the limits; and who changed what.

import { command, busy } from "./api.js";
import { button, chip, icon, make, part, said } from "./dom.js";
import { headed, header, subheader } from "./panels.js";
import { now, on, state } from "./state.js";
import { ago, clock, lasting, minute, number, precise, t } from "./words.js";

const LAGGING = 5; // seconds
const FULL = 0.8; // of a limit

const body = make("div", { class: "vitals" });
const trail = make("div", { class: "trail" });

export function startHealth() {
  part("health").append(body);
  part("log").append(trail);
  on("health lang", render);
  on("picture lang", audit);
  render();
  audit();
}

function render() {
  const { health } = state;
  const well =
    health && chip(t(health.ok ? "well" : "unwell"), health.ok ? "good" : "bad", health.ok ? "check" : "warning");
  headed(part("health"), header("health", t("health"), undefined, well));
  if (!health) return;
  const { reasons = [], pending, lag, dead, dropped, workers = [], rooms = [], limits = [] } = health;
  const tiles = [
    ["lag", lag === null ? "–" : precise(lag), lag > LAGGING],
    ["waiting", number(pending ?? 0), pending > 500],
    ["dead_letters", number(dead ?? 0), dead > 0],
    ["lost", number(dropped ?? 0), dropped > 0],
  ];
  body.replaceChildren(
    ...reasons.map((why) => make("p", { class: "fault" }, icon("warning"), said(wordsOf(why)))),
    make(
      "dl",
      { class: "tiles" },
      ...tiles.map(([name, value, hot]) =>
        make("div", { class: hot ? "tile hot" : "tile" }, make("dt", {}, t(name)), make("dd", {}, value)),
      ),
    ),
    subheader(t("limits")),
    limitsOf(limits),
    subheader(t("rooms")),
    make("ul", { class: "rows" }, ...rooms.map(roomOf)),
    subheader(t("workers")),
    make("ul", { class: "rows" }, ...workers.map(workerOf)),
  );
}

/** Says in the page's language why messages are not answered; what is not known is shown as it is. */
function wordsOf(why) {
  const [, room] = /^(.+) is not connected$/u.exec(why) ?? [];
  if (room) return t("why_room", room);
  return { "no worker is ready": t("why_worker"), "the queue does not answer": t("why_queue") }[why] ?? why;
}

/** A window is named after the account, after the room, or by its platform. */
const windowOf = (name, room) => t(name === room ? "limit_room" : `limit_${name}`) || name;

function limitsOf(limits) {
  if (!limits.length) return make("p", { class: "none" }, t("no_limits"));
  return make(
    "ul",
    { class: "rows limits" },
    ...limits.map(({ account, room, name, used, count, seconds, waits }) => {
      const share = count ? used / count : 0;
      const level = waits === false ? "" : share >= 1 ? "bad" : share >= FULL ? "warn" : ""; // or it only counts
      const bar = make("span", { class: "bar-line", "aria-hidden": "true", data: { level } }, make("i"));
      bar.firstChild.style.setProperty("--part", Math.min(1, share));
      return make(
        "li",
        { class: "limit" },
        make(
          "span",
          { class: "grow" },
          said(room ?? account),
          make("span", { class: "soft small" }, ` ${windowOf(name, room)}`),
        ),
        make("span", { class: "soft small" }, t("per", number(used), number(count), lasting(seconds))),
        make("b", {}, t("limit_left", number(Math.max(0, count - used)))),
        bar,
      );
    }),
  );
}

function roomOf({ room, connected, reconnects }) {
  const words = connected === null ? "elsewhere" : connected ? "connected" : "disconnected";
  return make(
    "li",
    { class: "row-line" },
    make("span", { class: "grow" }, said(room)),
    reconnects > 0 && make("span", { class: "soft small" }, t("reconnects", reconnects)),
    chip(t(words), connected === null ? "" : connected ? "good" : "bad"),
  );
}

function workerOf({ name, role, warm, lag, waiting }) {
  const told = [role, waiting > 0 && `${t("waiting")} ${number(waiting)}`, lag >= 1 && `${t("lag")} ${lasting(lag)}`]
    .filter(Boolean)
    .join(" · ");
  return make(
    "li",
    { class: "row-line" },
    make("span", { class: "grow mono" }, said(name)),
    make("span", { class: "soft small" }, told),
    chip(t(warm ? "warm" : "cold"), warm ? "good" : "warn"),
  );
}

function audit() {
  const { log = [], muted = [] } = state.picture ?? {};
  const last = log.find((deed) => deed.change && !deed.undone);
  const undo =
    last &&
    button("undo", t("undo"), {
      kind: "small",
      mark: "undo",
      needs: true,
      label: t("undo_last"),
      onclick: (event) => busy(event.currentTarget, () => command("undo")),
    });
  headed(part("log"), header("log", t("audit"), undefined, undo));
  const names = muted.map((name) =>
    button("unmute", `@${name}`, {
      kind: "small",
      mark: "close",
      needs: true,
      label: t("unmute", name),
      onclick: (event) => busy(event.currentTarget, () => command(`unmute @${name}`)),
    }),
  );
  const rows = log.map((deed) =>
    make(
      "li",
      { class: deed.undone ? "deed undone" : "deed", data: { deed: deed.id } },
      make("time", { title: clock(deed.at) }, minute(deed.at)),
      make(
        "div",
        { class: "grow" },
        make("p", {}, make("b", {}, said(deed.author || deed.role)), " ", make("code", {}, said(deed.line))),
        make("p", { class: "soft small" }, said(deed.notice)),
      ),
      make("span", { class: "soft small" }, deed.undone ? t("undone") : ago(now() - deed.at)),
    ),
  );
  trail.replaceChildren(
    ...(names.length ? [subheader(t("muted")), make("div", { class: "muted" }, ...names)] : []),
    rows.length ? make("ol", { class: "deeds" }, ...rows) : make("p", { class: "none" }, t("no_audit")),
  );
}
