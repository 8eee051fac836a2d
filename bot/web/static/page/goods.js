// The goods: which one is on show, what each costs and how many are left, and the FAQ.

import { addFaq } from "./answering.js";
import { busy, command } from "./api.js";
import { button, chip, keyed, make, part, said } from "./dom.js";
import { headed, header } from "./panels.js";
import { keep, kept, on, state } from "./state.js";
import { money, number, percent, t } from "./words.js";

const list = make("ol", { class: "goods" });
const empty = make("p", { class: "none" });
const faq = make("ol", { class: "rows faq" });
const faqTitle = make("summary");
const faqPart = make(
  "details",
  { class: "listed fold", open: kept("faq", "") === "open", ontoggle: folded },
  faqTitle,
  faq,
);

export function startGoods() {
  part("goods").append(list, empty, faqPart);
  faqPart.append(faqForm());
  on("picture lang", render);
  on("lang", () => faqPart.lastChild.replaceWith(faqForm()));
  render();
}

function render() {
  const { products = [], faq: rows = [], showing, currency } = state.picture ?? {};
  headed(part("goods"), header("goods", t("goods")));
  const language = document.documentElement.lang;
  keyed(
    list,
    products.map((product) => ({ product, shown: product.sku === showing, currency, language })),
    ({ product }) => product.sku,
    row,
  );
  empty.textContent = t("no_goods");
  empty.hidden = products.length > 0 || !state.picture;
  faqTitle.replaceChildren(make("h3", {}, t("faq_title")), make("span", { class: "count" }, String(rows.length)));
  keyed(
    faq,
    rows.map((each) => ({ ...each, language })),
    ({ questions }) => questions.join(),
    faqRow,
  );
}

function folded() {
  keep("faq", faqPart.open ? "open" : "");
  if (faqPart.open && faqPart.contains(document.activeElement)) faqPart.scrollIntoView({ block: "nearest" });
}

function row({ product, shown }) {
  const { sku, link, name, price, list_price: list, stock, changed = [] } = product;
  const node = make("li", { class: `product-row${shown ? " on-show" : ""}`, data: { sku } });
  const show = button("show", shown ? t("shown") : t("show"), {
    kind: shown ? "small shown" : "small",
    mark: shown ? "tv" : "",
    needs: !shown,
    disabled: shown,
    "aria-label": shown ? undefined : t("show_product", name),
    onclick: (event) => busy(event.currentTarget, () => command(`now ${link ?? sku}`, { undo: true })),
  });
  const live = changed.length > 0 && chip(t("live_change"), "accent");
  const left = stock === null ? t("unknown") : stock ? t("left_stock", number(stock)) : t("sold_out");
  const priceNode = figure(node, {
    action: "price",
    shown: money(price),
    label: t("edit_price", name, money(price)),
    product,
    old: price,
    check: /^\d{1,7}(\.\d{1,2})?$/u,
    live: changed.includes("price"),
  });
  const stockNode = figure(node, {
    action: "stock",
    shown: left,
    label: t("edit_stock", name, left),
    product,
    old: stock,
    check: /^\d{1,7}$/u,
    live: changed.includes("stock"),
    kind: stock === 0 ? "out" : stock !== null && stock <= 5 ? "few" : "",
  });
  node.append(
    make("span", { class: "number" }, link === null ? "–" : String(link)),
    make(
      "div",
      { class: "what" },
      make("p", { class: "name" }, said(name), live),
      make(
        "p",
        { class: "figures" },
        priceNode,
        list !== null && list !== price && make("s", {}, money(list)),
        stockNode,
      ),
    ),
    show,
  );
  return node;
}

const figure = (node, edited) =>
  button(edited.action, edited.shown, {
    kind: `figure ${edited.kind ?? ""} ${edited.live ? "live" : ""}`,
    label: edited.label,
    needs: true,
    onclick: () => edit(node, edited),
  });

/** Asks for another figure, and says what will change before it does. */
function edit(node, { action, product, old, check }) {
  node.querySelector("form")?.remove();
  const { name, link, sku } = product;
  const shown = (value) => (value === null ? t("unknown") : action === "price" ? money(value) : number(value));
  const field = make("input", {
    name: action,
    inputmode: action === "price" ? "decimal" : "numeric",
    autocomplete: "off",
    value: old ?? "",
    "aria-label": t(`${action}_of`, name),
    onkeydown: (event) => event.key === "Escape" && done(),
    oninput: told,
  });
  const change = make("span", { class: "change", role: "status" });
  const save = button("save", t("save"), { kind: "main", mark: "check", needs: true });
  save.type = "submit";
  const form = make(
    "form",
    { class: "edit-figure" },
    field,
    save,
    button("cancel", "", { mark: "close", label: t("cancel"), onclick: done }),
    change,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (save.disabled) return;
    busy(save, async () => {
      if ((await command(`${action} ${link ?? sku} ${value()}`, { undo: true })) !== null) done();
    });
  });
  node.dataset.editing = "";
  node.print = "";
  node.append(form);
  field.select();
  told();

  function value() {
    return field.value.normalize("NFKC").trim();
  }

  function told() {
    const given = value();
    const fits = check.test(given);
    const next = Number(given);
    save.disabled = !fits || next === old;
    if (!fits) change.textContent = t(`expect_${action}`);
    else if (next === old) change.textContent = t("same");
    else
      change.textContent = `${t("change", shown(old), shown(next))}${old ? ` (${next > old ? "+" : "−"}${percent(Math.abs(next - old) / old)})` : ""}`;
    change.dataset.fits = fits && next !== old ? "yes" : "no";
  }

  function done() {
    delete node.dataset.editing;
    form.remove();
    node.querySelector(`[data-action="${action}"]`)?.focus();
    render();
  }
}

function faqRow({ questions, answer, live }) {
  return make(
    "li",
    { class: "row-line" },
    make(
      "div",
      { class: "grow" },
      make(
        "p",
        { class: "q" },
        said(questions[0]),
        questions.length > 1 && make("span", { class: "soft small" }, ` +${questions.length - 1}`),
      ),
      make("p", { class: "soft" }, said(answer)),
    ),
    live && chip(t("faq_live"), "accent"),
  );
}

function faqForm() {
  const question = make("input", {
    name: "question",
    required: true,
    maxlength: 200,
    dir: "auto",
    autocomplete: "off",
    placeholder: t("faq_question"),
    "aria-label": t("faq_question"),
  });
  const answer = make("input", {
    name: "answer",
    required: true,
    maxlength: 280,
    dir: "auto",
    autocomplete: "off",
    placeholder: t("faq_answer"),
    "aria-label": t("faq_answer"),
  });
  const add = button("add-faq", t("add_faq"), { mark: "plus", needs: true });
  add.type = "submit";
  const form = make("form", { class: "faq-form" }, question, answer, add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(add, async () => {
      if (await addFaq(question.value, answer.value)) form.reset();
    });
  });
  return form;
}
