// A viewer's line as a dialog quotes it.

import { make, said } from "./dom.js";

export const dialogLine = ({ author, text }) =>
  make("blockquote", { class: "quoted" }, make("b", {}, said(author || "?")), " ", said(text));
