// One dialog at a time: it holds the focus while it is open and gives it back when it closes.

import { button, make } from "./dom.js";
import { t } from "./words.js";

/** Opens a dialog of this title with `parts` in it; `name` is its data-dialog. */
export function openDialog(name, title, ...parts) {
  const id = `dialog-${name}`;
  const close = button("close", "", { mark: "close", label: t("close"), onclick: () => node.close() });
  const head = make("header", {}, make("h2", { id }, title), close);
  const node = make("dialog", { "aria-labelledby": id, data: { dialog: name } }, head, ...parts);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", (event) => {
    if (event.target === node) node.close(); // beside it
  });
  document.body.append(node);
  node.showModal();
  node.querySelector("[autofocus], textarea, input:not([type=radio], [type=checkbox])")?.focus();
  return node;
}

/** Returns a labelled field. */
export function field(label, control) {
  return make("label", { class: "field" }, make("span", {}, label), control);
}

/** Lets Enter send a form's text, and Shift+Enter begin a new line. */
export function sends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}
