// What stands on the board, out of what danmate told last.

import { clean } from "../overlay/text.js";
import { fill, write } from "./items.js";
import { ago } from "./words.js";

const SAY = 4; // answers to say at once
const STALE = 300; // seconds after which an answer need not be said any more
const OPEN = 12;
const ASKED = 10;
const MANY = 3; // askers from which a question stands out
const WHY = { refused: "refused_by", held: "held", failed: "auth" };

const get = (id) => document.getElementById(id);

function number(id, count) {
  get(id).textContent = count ? String(count) : "";
  get(id).hidden = !count;
}

// Write the three lists. ``seen``: { answers, open, asked, products, now }.
export function draw(seen, done, say) {
  const named = (sku) => seen.products.get(sku)?.name ?? "";
  const count = (n) => (n > 1 ? say.people(n) : "");
  const left = [...seen.answers.values()].filter(
    (each) => each.delivery !== "sent" && seen.now - each.at < STALE && !done.has(`say:${each.id}`),
  );
  const open = seen.open.filter((each) => !done.has(each.id));
  fill(get("say"), left.slice(-SAY).map((each) => ({
    key: `say:${each.id}`, button: true, count: count(each.count), many: each.count >= MANY,
    text: each.asked, answer: each.text, lang: each.lang, data: { answer: each.id },
    notes: [each.product, say.joined(each.names.slice(0, 3), each.count), say[WHY[each.delivery]]],
  })), write);
  fill(get("open"), open.slice(0, OPEN).map((each) => ({
    key: each.id, button: true, count: count(each.count), many: each.count >= MANY,
    text: each.text, lang: each.lang, data: { question: each.id },
    notes: [named(each.product), say[each.reason] ?? say[each.outcome], ago(seen.now - each.last, say)],
  })), write);
  fill(get("asked"), seen.asked.slice(0, ASKED).map((each) => ({
    key: `${each.product} ${each.intent} ${each.text}`, count: say.people(each.count),
    many: each.count >= MANY, text: each.text, answered: each.answered,
    notes: [named(each.product), each.answered && say.answered],
  })), write);
  document.querySelector("[data-part=say]").hidden = !left.length;
  document.querySelector(".yours").dataset.say = left.length ? "yes" : "no";
  number("n-say", left.length);
  number("n-open", open.length);
  get("none-open").hidden = open.length > 0;
  get("none-asked").hidden = seen.asked.length > 0;
}

// The product on show, with what it costs now.
export function showing(picture, say) {
  const product = picture.products.find(({ sku }) => sku === picture.showing);
  get("showing").hidden = !product;
  if (!product) return;
  get("product").textContent = clean(product.name, 40);
  get("price").textContent = [price(product, picture), product.stock === 0 && say.sold].filter(Boolean).join(" · ");
}

function price({ price: amount }, { currency, language }) {
  if (amount === null || amount === undefined) return "";
  try {
    const form = { style: "currency", currency, minimumFractionDigits: 0 };
    return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-US", form).format(amount);
  } catch {
    return `${amount} ${currency ?? ""}`; // no currency that the browser knows
  }
}
