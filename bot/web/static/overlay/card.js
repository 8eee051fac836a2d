// One answer as a card: what it is about and who asked, the question small, the answer large.

import { clean, make } from "./text.js";

const SHOWN = 2; // names that are written out
const WORDS = {
  zh: { and: "、", more: (n) => `等${n}人`, only: (n) => `${n}人在问` },
  en: { and: ", ", more: (n) => ` +${n}`, only: (n) => `${n} asked` },
};

// Return who asked, as "Bob, Amy +3".
export function askers(names, count, lang) {
  const say = WORDS[lang];
  const known = names.map((name) => clean(name, 20)).filter(Boolean).slice(0, SHOWN);
  const all = Math.max(count, known.length);
  if (!known.length) return all > 1 ? say.only(all) : "";
  const rest = lang === "zh" ? all : all - known.length;
  return known.join(say.and) + (all > known.length ? say.more(rest) : "");
}

function line(name, text) {
  const node = make("p", name);
  node.append(make("bdi", "", text));
  return node;
}

function question(asked, who) {
  const node = make("p", "asked");
  if (who) node.append(make("bdi", "name", who));
  if (asked) node.append(make("bdi", "", asked));
  return node;
}

export function card(answer, options) {
  const node = make("article", "card");
  node.dataset.answer = answer.id;
  fill(node, answer, options);
  return node;
}

// Write an answer into its card, anew where it has changed.
export function fill(node, answer, options) {
  const product = options.product ? clean(answer.product, 60) : "";
  const who = options.names ? askers(answer.names, answer.count ?? 1, options.lang) : "";
  const asked = options.question ? clean(answer.asked, 160) : "";
  const box = make("div", "box");
  if (product) {
    const head = make("header", "head");
    head.append(line("product", product));
    if (who) head.append(line("who", who));
    box.append(head);
  }
  if (asked || (who && !product)) box.append(question(asked, product ? "" : who));
  box.append(line("answer", clean(answer.text)));
  node.lang = answer.lang === "en" ? "en" : "zh-CN";
  node.replaceChildren(box);
}
