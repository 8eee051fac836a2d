// One line of the feed: who said what, what the bot made of it, and what it answered from what.

import { button, chip, icon, make, said } from "./dom.js";
import { called } from "./state.js";
import { clock, factOf, percent, reason, t } from "./words.js";

const BADGES = new Set(["moderator", "host", "vip", "subscriber", "bot"]);
const MARKS = {
  answered: ["check", "good"],
  drafted: ["draft", "accent"],
  handed_off: ["hand", "warn"],
  blocked: ["shield", "bad"],
  commanded: ["command", "info"],
  ignored: ["minus", ""],
  expired: ["late", ""],
  shed: ["warning", "bad"],
  dead: ["warning", "bad"],
};
const STATES = {
  sent: ["sent", "good"],
  pending: ["clock", ""],
  held: ["pause", "warn"],
  refused: ["warning", "bad"],
  unknown: ["help", "warn"],
  not_sent: ["minus", ""],
};
const MANY = 4; // facts shown; the rest stands behind "why"

/** Returns the element of a line; `allRooms` names its room too. */
export function lineOf(entry, allRooms) {
  const { message, outcome } = entry.event;
  const node = make("li", {
    class: `line ${outcome}${entry.gone ? " gone" : ""}`,
    data: { message: message.id, outcome },
  });
  const [hours, minutes, ...rest] = clock(message.sent_at).split(":");
  node.append(make("time", {}, `${hours}:${minutes}`, make("span", {}, ["", ...rest].join(":"))));
  if (entry.gone) {
    node.append(make("p", { class: "said soft" }, icon("trash"), t("deleted")));
    return node;
  }
  const staff = outcome === "ignored" && (message.role === "host" || message.role === "moderator");
  if (staff) node.classList.add("staff");
  const body = make("div", { class: "body" }, saying(message, allRooms));
  if (!staff) body.append(verdict(entry));
  if (entry.event.notice) body.append(make("p", { class: "notice" }, said(entry.event.notice)));
  const answer = entry.reply && replyOf(entry);
  if (answer) {
    node.classList.add("replied");
    body.append(answer);
  }
  node.append(body, more(message));
  return node;
}

function saying({ author, role, text, room }, allRooms) {
  const badge = BADGES.has(role) && make("span", { class: `badge ${role}` }, t(role));
  const name = make("b", { class: "author" }, said(author || "?"));
  return make(
    "p",
    { class: "said" },
    name,
    badge,
    allRooms && make("span", { class: "badge" }, room),
    said(text, "text"),
  );
}

function verdict({ event }) {
  const { outcome, reason: code, intent, product } = event;
  const [mark, kind] = MARKS[outcome] ?? ["minus", ""];
  const row = make("p", { class: "verdict" }, chip(t(outcome) || outcome, kind, mark));
  if (code && code !== "approval") row.append(make("span", { class: "reason", data: { reason: code } }, reason(code)));
  if (intent)
    row.append(
      make(
        "span",
        { class: "intent" },
        t(`intent_${intent.label}`) || intent.label,
        " ",
        make("i", {}, percent(intent.score ?? 0)),
      ),
    );
  if (product) row.append(make("span", { class: "product" }, icon("bag"), said(called(product))));
  if (outcome !== "handed_off") return row;
  const answer = button("answer", t("answer"), { kind: "small", mark: "answer", needs: true });
  return make("div", { class: "handed" }, row, answer);
}

function replyOf({ event, reply, why, over, rejected }) {
  const waits = event.outcome === "drafted" && event.reason === "approval";
  const command = event.outcome === "commanded"; // its words stand with what they answer
  if (!reply.text) return joined(event, reply);
  const [mark, kind] = over ? ["minus", ""] : waits ? ["clock", "accent"] : (STATES[reply.delivery] ?? STATES.unknown);
  const word = over
    ? t(rejected ? "rejected" : "over")
    : waits
      ? t("waits")
      : t(reply.delivery === "unknown" ? "unknown_delivery" : reply.delivery);
  const state = chip(why ? `${word} · ${reason(why)}` : word, kind, mark);
  state.dataset.delivery = reply.delivery;
  if (command) return make("p", { class: "rests" }, state);
  return make(
    "div",
    { class: over ? "reply over" : "reply" },
    make("p", { class: "words" }, icon("spark"), said(reply.text)),
    make(
      "p",
      { class: "rests" },
      state,
      event.draft && make("span", { class: "mono" }, `#${event.draft}`),
      ...(reply.source === "by_host" ? [] : factsOf(reply.facts, MANY, reply.text)),
      make("span", {}, t(reply.source) || reply.source),
    ),
  );
}

function joined(event, reply) {
  return event.outcome === "answered" || event.outcome === "drafted"
    ? make("p", { class: "joined" }, icon("answer"), t("joined"), ...factsOf(reply.facts))
    : null;
}

/** A text as a fact may state it: without the names that it begins with. */
const bare = (text) => text.trim().replace(/^(?:@\S+[\s,，:：]*)+/u, "");

/** Returns what a text rests on, as chips, but for what it says itself; or that it rests on nothing. */
export function factsOf(facts = [], most = MANY, words = "") {
  if (!facts.length) return [make("span", {}, t("nothing"))];
  const others = facts.filter(({ text }) => text.trim() !== words.trim() && text.trim() !== bare(words));
  const shown = others.slice(0, most).map(({ id, text }) => {
    const node = chip(make("span", {}, make("i", {}, factOf(id)), " ", said(text)));
    node.classList.add("fact");
    node.title = id;
    return node;
  });
  return others.length > most ? [...shown, make("span", {}, `+${others.length - most}`)] : shown;
}

const more = ({ author }) =>
  button("menu", "", { mark: "dots", kind: "more", label: t("actions", author), "aria-haspopup": "menu" });
