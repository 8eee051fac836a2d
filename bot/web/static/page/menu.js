// What can be done about one line of the feed: a menu that any button or tap on the line opens.

import { button, make } from "./dom.js";
import { answerDialog, whyDialog, wrongDialog } from "./asking.js";
import { command } from "./api.js";
import { t } from "./words.js";

let menu = null;

/** Opens the menu of a line, or does at once what the line's own button says. */
export function openMenu(node, action) {
  const { entry } = node;
  if (action === "answer") return answerDialog(entry.event.message);
  if (!action && matchMedia("(pointer: fine)").matches) return undefined; // a tap opens it, a click selects
  menu ??= made();
  menu.replaceChildren(...items(entry));
  menu.dataset.message = entry.event.message.id;
  menu.opener = node.querySelector('[data-action="menu"]');
  menu.setAttribute("aria-label", t("actions", entry.event.message.author));
  menu.showPopover();
  place(menu, menu.opener.getBoundingClientRect());
  menu.querySelector("button:not(:disabled)").focus();
  return undefined;
}

function made() {
  const node = make("div", { class: "menu", popover: "auto", role: "menu", onkeydown: walk });
  node.addEventListener("toggle", (event) => {
    if (
      event.newState === "closed" &&
      (node.contains(document.activeElement) || document.activeElement === document.body)
    )
      node.opener?.focus({ preventScroll: true });
  });
  document.querySelector("main").append(node); // it lies above all, wherever it stands
  return node;
}

function items({ event, reply }) {
  const { message } = event;
  const item = (action, text, mark, run, needs = true) =>
    button(action, text, {
      mark,
      needs,
      role: "menuitem",
      kind: "bare",
      onclick: () => {
        menu.hidePopover();
        run();
      },
    });
  const listed = [item("why", t("why"), "why", () => whyDialog({ event, reply }), false)];
  if (event.outcome === "commanded") return listed;
  listed.push(item("answer", t("answer_self"), "answer", () => answerDialog(message)));
  listed.push(item("wrong", t("wrong"), "flag", () => wrongDialog({ event, reply })));
  if (message.role !== "host")
    listed.push(item("mute", t("mute"), "mute", () => command(`mute @${message.author}`, { undo: true })));
  return listed;
}

/** Puts the menu beside what opened it, within the window. */
function place(node, from) {
  const { width, height } = node.getBoundingClientRect();
  const below = from.bottom + height + 8 < innerHeight;
  node.style.left = `${Math.max(8, Math.min(from.right - width, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, below ? from.bottom : from.top - height)}px`;
}

function walk(event) {
  const all = [...menu.querySelectorAll("button:not(:disabled)")];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  all[(to + all.length) % all.length].focus();
}
