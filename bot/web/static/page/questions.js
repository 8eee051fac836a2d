// What only a person can answer, by product; what is asked most; what belongs into the FAQ.

import { answered, addFaq, dismissed } from "./answering.js";
import { busy } from "./api.js";
import { button, chip, keyed, make, part, said } from "./dom.js";
import { headed, header, subheader } from "./panels.js";
import { called, now, on, state } from "./state.js";
import { ago, reason, t } from "./words.js";

const NAMES = 3;
const PERSONAL = new Set(["own_order", "host_only"]); // one viewer's matter: no answer for the next

const groups = new Map(); // product -> {node, title, list}
const place = make("div", { class: "groups" });
const empty = make("p", { class: "none" });
const suggestions = listed("suggested");
const most = listed("asked_most");

export function startQuestions() {
  part("questions").append(place, empty, suggestions.node, most.node);
  on("questions picture lang", render);
  setInterval(tick, 5000);
  render();
}

/** Returns a list with a head, which is hidden while it is empty. */
function listed(name) {
  const list = make("ol", { class: `rows ${name}` });
  return { list, node: make("div", { class: "listed" }, list) };
}

function render() {
  const { open = [], asked = [], suggested = [] } = state.questions ?? {};
  headed(part("questions"), header("questions", t("questions"), open.length));
  grouped(open);
  empty.textContent = t("no_questions");
  empty.hidden = place.childElementCount > 0;
  keyed(suggestions.list, suggested.map(inWords), ({ question }) => question.questions[0], suggestion);
  const top = Math.max(1, ...asked.map(({ count }) => count));
  keyed(
    most.list,
    asked.map((each) => ({ ...inWords(each), part: each.count / top })),
    ({ question }) => question.text,
    ranked,
  );
  for (const [{ node, list }, title, aside] of [
    [suggestions, "suggested"],
    [most, "asked_most", "asked_span"],
  ]) {
    headed(node, subheader(t(title), aside && make("span", { class: "soft small" }, t(aside))));
    node.hidden = !list.childElementCount;
  }
  tick();
}

function grouped(open) {
  const products = [...new Set(open.map(({ product }) => product))];
  for (const [product, { node, list }] of groups) {
    if (!products.includes(product)) keyed(list, [], ({ id }) => id, card);
    if (products.includes(product) || list.childElementCount) continue;
    node.remove();
    groups.delete(product);
  }
  for (const product of products) {
    if (!groups.has(product)) groups.set(product, group());
    const { node, title, list } = groups.get(product);
    title.textContent = product ? called(product) : t("no_one_product");
    if (!node.isConnected) place.append(node);
    keyed(list, open.filter((each) => each.product === product).map(inWords), ({ question }) => question.ids[0], card);
  }
}

function group() {
  const title = make("h3", { dir: "auto" });
  const list = make("ol", { class: "cards" });
  return { title, list, node: make("div", { class: "group" }, make("div", { class: "subhead" }, title), list) };
}

/** What makes an element anew: what is said, in which language, of which product. */
const inWords = ({ last = 0, ...question }) => ({
  question,
  language: document.documentElement.lang,
  last: Math.round(last),
  name: called(question.product),
});

function card({ question, last }) {
  const { id, ids, text, authors, count, reason: code } = question;
  const node = make("li", { class: "card question", data: { question: id } });
  const names = authors.slice(0, NAMES).join(", ");
  const head = make(
    "p",
    { class: "card-head" },
    make("b", {}, said(t("asked_by", names, count))),
    make("time", { data: { at: last } }),
    button("dismiss", "", {
      mark: "close",
      label: `${t("dismiss")}: ${text}`,
      needs: true,
      kind: "dismiss",
      onclick: (event) => busy(event.currentTarget, () => dismissed(id)),
    }),
  );
  node.append(
    head,
    make("p", { class: "asked big" }, said(text)),
    make("p", { class: "rests" }, chip(reason(code), "warn", "hand")),
    form(node, { id, text, room: state.room, ids }, !PERSONAL.has(code)),
  );
  return node;
}

function form(node, message, general) {
  const words = make("input", {
    name: "words",
    maxlength: 300,
    dir: "auto",
    autocomplete: "off",
    enterkeyhint: "send",
    placeholder: t("your_answer"),
    "aria-label": t("your_answer_to", message.text),
  });
  const keep = make("input", { type: "checkbox", name: "keep", checked: general });
  const send = button("answer", t("answer"), { kind: "main", mark: "send", needs: true });
  send.type = "submit";
  const made = make(
    "form",
    { class: "answering" },
    make("div", { class: "row" }, words, send),
    make("label", { class: "check" }, keep, t("keep_faq")),
  );
  words.addEventListener("input", () => {
    if (words.value) node.dataset.editing = "";
    else delete node.dataset.editing;
  });
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!words.value.trim()) return words.focus();
    return busy(send, async () => {
      if (!(await answered(message, words.value, keep.checked))) return;
      delete node.dataset.editing;
      words.value = "";
    });
  });
  return made;
}

function suggestion({ question: { questions, count, product } }) {
  const node = make("li", { class: "row-line suggestion", data: { suggestion: questions[0] } });
  const add = button("add-faq", t("add_faq"), { kind: "small", mark: "plus", needs: true, onclick: () => open() });
  node.append(
    make(
      "div",
      { class: "grow" },
      said(questions[0]),
      make(
        "p",
        { class: "soft small" },
        [t("times", count), product && called(product), ...questions.slice(1, 3)].filter(Boolean).join(" · "),
      ),
    ),
    add,
  );
  return node;

  function open() {
    const words = make("input", {
      name: "answer",
      required: true,
      maxlength: 280,
      dir: "auto",
      autocomplete: "off",
      placeholder: t("faq_answer"),
      "aria-label": `${t("faq_answer")}: ${questions[0]}`,
    });
    const save = button("save-faq", t("save"), { kind: "main", needs: true });
    save.type = "submit";
    const made = make("form", { class: "row full" }, words, save);
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(save, async () => {
        if (await addFaq(questions[0], words.value)) done();
      });
    });
    words.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
    });
    add.hidden = true;
    node.dataset.editing = "";
    node.append(made);
    words.focus();

    function done() {
      delete node.dataset.editing;
      made.remove();
      add.hidden = false;
      add.focus();
    }
  }
}

function ranked({ question: { text, count, product, answered: known }, part: share }) {
  const node = make(
    "li",
    { class: "row-line" },
    make("div", { class: "grow" }, said(text)),
    product && make("span", { class: "soft small" }, said(called(product))),
    chip(t(known ? "is_answered" : "is_open"), known ? "good" : "warn"),
    make("b", { class: "times" }, t("times", count)),
  );
  node.style.setProperty("--part", share);
  return node;
}

function tick() {
  for (const node of part("questions").querySelectorAll("time[data-at]"))
    node.textContent = ago(now() - Number(node.dataset.at));
}
