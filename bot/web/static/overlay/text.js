// Chat text is anybody's text: made fit for a video before it reaches the page, by textContent.

const LONGEST = 400; // characters
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu;
const TAGS = /[\u{e0000}-\u{e007f}]+/gu;
const PILES = /(\p{M}{3})\p{M}+/gu; // no script stacks more than three marks on a letter

// Return a text in one line, without what turns others around, hides, or is piled on its letters.
export function clean(text, longest = LONGEST) {
  const line = String(text ?? "").replace(HIDDEN, " ").replace(TAGS, "").replace(PILES, "$1");
  const parts = Array.from(line.replace(/\s+/gu, " ").trim());
  return parts.length > longest ? `${parts.slice(0, longest - 1).join("")}…` : parts.join("");
}

export function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}
