// Makes the page's elements. Chat text and catalogue text reach them as text alone, never as markup.

import { ICONS } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

/** Returns an element; of `props`, `data` sets data-*, `on*` listens, and all else is an attribute. */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

export function icon(name) {
  const node = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("class", `icon icon-${name}`);
  node.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  node.append(path);
  return node;
}

/** Returns anybody's text, which cannot turn the words around it about. */
export const said = (text, name) => make("bdi", { class: name, dir: "auto" }, text);

export const chip = (text, kind = "", mark = "") =>
  make(
    "span",
    { class: `chip ${kind}`.trim() },
    mark && icon(mark),
    typeof text === "string" ? make("span", {}, text) : text,
  );

/** Returns a button; one that `needs` rights is off for whoever may only look. */
export function button(action, text, { mark, kind = "", label, needs = false, ...props } = {}) {
  const bare = !text;
  return make(
    "button",
    {
      type: "button",
      class: bare ? `icon-button ${kind}`.trim() : `button ${kind}`.trim(),
      "aria-label": label,
      title: bare ? label : undefined,
      ...props,
      data: { action, ...(needs ? { needs: "" } : {}), ...props.data },
      disabled: props.disabled || (needs && document.body.dataset.role === "viewer"),
    },
    mark && icon(mark),
    text && make("span", {}, text),
  );
}

/**
 * Makes the children of `parent` those of `items`, in their order. What has not changed keeps its
 * element; so does one that is `data-editing` or has the cursor, because somebody writes in it.
 */
export function keyed(parent, items, keyOf, render) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const key = String(keyOf(item));
    const print = JSON.stringify(item);
    const before = old.get(key);
    old.delete(key);
    if (before && (before.print === print || "editing" in before.dataset || hasCursor(before))) return before;
    const node = render(item);
    node.dataset.key = key;
    node.print = print;
    if (before) replaced(before, node);
    return node;
  });
  const lost = [...old.values()].filter((node) => !("editing" in node.dataset));
  for (const node of lost) gone(node);
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  return [...old.values()].filter((node) => node.isConnected);
}

/** Tells whether the next letter typed goes into `node`. */
function hasCursor(node) {
  const focused = document.activeElement;
  return node.contains(focused) && focused.matches("input:not([type=checkbox]), textarea");
}

/** Takes an element out; the keyboard goes on with its neighbour. */
export function gone(node) {
  const next =
    node.contains(document.activeElement) &&
    (node.nextElementSibling ?? node.previousElementSibling ?? node.closest("section"));
  node.remove();
  if (!next) return;
  if (!next.hasAttribute("tabindex")) next.setAttribute("tabindex", "-1");
  next.focus({ preventScroll: true });
}

/** Puts a new element where an old one was; the keyboard stays where it was. */
function replaced(before, node) {
  const focused = before.contains(document.activeElement) && document.activeElement;
  before.replaceWith(node);
  if (!focused) return;
  const action = focused.dataset.action;
  const next = action ? node.querySelector(`[data-action="${CSS.escape(action)}"]`) : node;
  (next ?? node).focus({ preventScroll: true });
}

/** Turns what needs rights on or off. */
export function applyRights(may) {
  for (const node of document.querySelectorAll("[data-needs]")) node.disabled = !may;
}

export const get = (id) => document.getElementById(id);
export const part = (name) => document.querySelector(`[data-part="${name}"]`);

/** Returns one button of a switch. */
export const choice = (action, text, pressed, props = {}) => {
  const node = button(action, text, { ...props, "aria-pressed": String(pressed) });
  node.className = "";
  return node;
};
