// What waits for somebody's approval: one tap sends it, with other words where they are wanted.

import { busy, command } from "./api.js";
import { sends } from "./dialog.js";
import { button, chip, gone, keyed, make, part, said } from "./dom.js";
import { factsOf } from "./line.js";
import { called, now, on, state } from "./state.js";
import { lasting, t } from "./words.js";
import { headed, header } from "./panels.js";

const HURRY = 15; // seconds

const list = make("ol", { class: "cards" });
const empty = make("p", { class: "none" });

export function startDrafts() {
  part("drafts").append(list, empty);
  on("picture lang settled", render);
  setInterval(tick, 1000);
  render();
}

function render() {
  const drafts = state.picture?.drafts ?? [];
  headed(part("drafts"), header("drafts", t("drafts"), drafts.length));
  keyed(list, drafts.map(inWords), ({ draft }) => draft.id, card).forEach(lost);
  empty.textContent = t("no_drafts");
  empty.hidden = list.childElementCount > 0;
  tick();
}

/** A card is made anew when the language is another. */
const inWords = (draft) => ({ draft, language: document.documentElement.lang });

function card({ draft }) {
  const { id, names, asked, text, intent, product, facts, source, expires, answers } = draft;
  const node = make("li", {
    class: "card draft",
    tabindex: "-1",
    "aria-label": t("draft", id),
    data: { draft: id, expires },
  });
  const more = Math.max(0, (answers?.length ?? names.length) - 1);
  const head = make(
    "p",
    { class: "card-head" },
    make("b", {}, said(t("asks", names[0] ?? "", more))),
    intent && chip(t(`intent_${intent}`) || intent),
    product && make("span", { class: "product" }, said(called(product))),
    make("span", { class: "left" }),
  );
  const bar = make("span", { class: "bar-line", "aria-hidden": "true" }, make("i"));
  node.append(
    head,
    make("p", { class: "asked" }, said(asked)),
    make("p", { class: "words-of" }, said(text)),
    make(
      "p",
      { class: "rests" },
      make("span", { class: "mono" }, `#${id}`),
      ...factsOf(facts, 3, text),
      make("span", {}, t(source) || source),
    ),
    bar,
    actions(node, draft),
  );
  return node;
}

function actions(node, { id, text }) {
  const run = (line) => (event) =>
    busy(event.currentTarget, async () => {
      await command(line);
    });
  return make(
    "div",
    { class: "actions" },
    button("approve", t("approve"), {
      kind: "main",
      mark: "check",
      needs: true,
      "aria-keyshortcuts": "a",
      onclick: run(`ok ${id}`),
    }),
    button("edit", t("edit"), {
      mark: "edit",
      needs: true,
      "aria-keyshortcuts": "e",
      onclick: () => edit(node, id, text),
    }),
    button("reject", t("reject"), {
      kind: "harm",
      mark: "close",
      needs: true,
      "aria-keyshortcuts": "x",
      onclick: run(`no ${id}`),
    }),
  );
}

/** Lets somebody change a draft's words; the card stays as it is until that is over. */
function edit(node, id, text) {
  const words = make("textarea", {
    name: "words",
    required: true,
    maxlength: 400,
    dir: "auto",
    "aria-label": t("words_of", id),
    value: text,
    onkeydown: keys,
  });
  const send = button("send", t("send"), { kind: "main", mark: "send", needs: true });
  send.type = "submit";
  const form = make(
    "form",
    { class: "editing" },
    words,
    make("div", { class: "actions" }, send, button("cancel", t("cancel"), { onclick: done })),
  );
  node.dataset.editing = "";
  node.print = "";
  node.append(form);
  words.focus();
  words.setSelectionRange(text.length, text.length);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, async () => {
      const line = words.value.trim() === text.trim() ? `ok ${id}` : `ok ${id} = ${words.value}`;
      if ((await command(line)) !== null) done();
    });
  });

  function keys(event) {
    if (event.key === "Escape") done();
    else sends(event);
  }

  function done() {
    delete node.dataset.editing;
    if (node.classList.contains("lost")) gone(node);
    else node.querySelector('[data-action="edit"]').focus();
    form.remove();
    render();
  }
}

/** A draft that vanishes while somebody edits it says so, and keeps the words. */
function lost(node) {
  if (node.classList.contains("lost")) return;
  node.classList.add("lost");
  node.querySelector('[data-action="send"]').disabled = true;
  node.querySelector(".editing").prepend(make("p", { class: "chip warn wide", role: "status" }, t("draft_gone")));
}

/** Shows how long each draft has left. */
function tick() {
  const most = Math.max(60, ...(state.picture?.drafts ?? []).map(({ expires }) => expires - now()));
  for (const node of list.children) {
    const left = Math.max(0, Number(node.dataset.expires) - now());
    node.querySelector(".left").textContent = lasting(left);
    node.querySelector(".left").title = t("left", lasting(left));
    const bar = node.querySelector(".bar-line");
    node.dataset.level = bar.dataset.level = left < HURRY ? "bad" : "";
    bar.firstChild.style.setProperty("--part", left / most);
  }
}

/** Moves to the next draft (or, with -1, the one before); returns it. */
export function step(by) {
  const cards = [...list.children];
  if (!cards.length) return null;
  const at = cards.findIndex((node) => node.contains(document.activeElement));
  const next = cards[at < 0 ? 0 : Math.max(0, Math.min(cards.length - 1, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return next;
}

/** Does to the chosen draft what a key says; chooses the first one where none is. */
export function act(action) {
  const chosen = [...list.children].find((node) => node.contains(document.activeElement));
  if (!chosen) return void step(0);
  return chosen.querySelector(`[data-action="${action}"]:not(:disabled)`)?.click();
}
