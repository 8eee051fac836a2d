// The lists of the board: rows are kept where they are as long as they are told of, so that nothing
// jumps under the host's finger, and who holds the focus keeps it.

import { clean, make } from "../overlay/text.js";

const TEXT = 220;

// Make a list show ``rows`` ({ key, … }), each written by ``write`` into its own node.
export function fill(list, rows, write) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const held = document.activeElement;
  let before = list.firstChild;
  for (const row of rows) {
    const node = known.get(row.key) ?? fresh(row);
    known.delete(row.key);
    write(node, row);
    if (node === before) before = before.nextSibling;
    else list.insertBefore(node, before);
  }
  for (const node of known.values()) node.remove();
  if (held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
}

function fresh(row) {
  const node = make("li");
  node.dataset.key = row.key;
  const face = make(row.button ? "button" : "div", "item");
  if (row.button) {
    face.type = "button";
    face.dataset.action = "done";
    face.setAttribute("aria-describedby", "hint");
  }
  const said = make("span", "said");
  for (const name of ["text", "answer", "notes"]) said.append(make("span", name));
  face.append(make("span", "count"), said, make("span", "check"));
  node.append(face);
  return node;
}

function put(node, name, text) {
  const part = node.querySelector(`.${name}`);
  part.hidden = !text;
  if (part.textContent !== text) part.replaceChildren(make("bdi", "", text));
}

function notes(node, parts) {
  const part = node.querySelector(".notes");
  const texts = parts.filter(Boolean).map((text) => clean(text, 60));
  part.hidden = !texts.length;
  if (part.dataset.as === texts.join("\n")) return;
  part.dataset.as = texts.join("\n");
  part.replaceChildren(...texts.map((text) => make("bdi", "", text)));
}

// Write one row: how many ask, what, what may be said to it, and small what is known besides.
export function write(node, row) {
  put(node, "count", row.count);
  put(node, "text", clean(row.text, TEXT));
  put(node, "answer", clean(row.answer, 400));
  notes(node, row.notes);
  node.classList.toggle("many", row.many);
  node.classList.toggle("answered", Boolean(row.answered));
  if (row.lang) node.lang = row.lang === "en" ? "en" : "zh-CN";
  for (const [name, value] of Object.entries(row.data ?? {})) node.dataset[name] = value;
}
