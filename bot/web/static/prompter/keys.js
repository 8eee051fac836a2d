// The keyboard, a foot switch or a presenter's remote: space marks what stands first, arrows move.

const NAMES = { "+": "larger", "=": "larger", "-": "smaller", f: "full", l: "lang", t: "theme" };
const DOWN = ["ArrowDown", "j", "PageDown"];
const UP = ["ArrowUp", "k", "PageUp"];

const items = () => [...document.querySelectorAll("button.item")];

function move(by) {
  const all = items();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function keys({ act, mark, undo }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("select, input")) return;
    const { key } = event;
    if (DOWN.includes(key)) move(1);
    else if (UP.includes(key)) move(-1);
    else if (NAMES[key]) act(NAMES[key]);
    else if (key === "u" || key === "Backspace") undo();
    else if (key === " " && !event.target.closest("button")) {
      const [first] = items();
      if (first && !event.repeat) mark(first);
    } else return;
    event.preventDefault();
  });
}
