// Which products a script shows, and in which order.

import { button, make, said } from "../dom.js";
import { state } from "../state.js";
import { t } from "../words.js";

export const OWN = "own";

/** What was kept may be from another version of the page. */
const listed = (value) => (Array.isArray(value) ? value : []);

/** Returns the choice of order and products, and what says what was chosen. */
export function goods(orders, values) {
  const { products = [] } = state.picture ?? {};
  const known = new Map(products.map((product) => [product.sku, product]));
  let list = [...new Set([...listed(values.list), ...known.keys()])].filter((sku) => known.has(sku));
  const off = new Set(listed(values.off).filter((sku) => known.has(sku)));
  const order = make(
    "select",
    { name: "order", onchange: arranged },
    ...[...orders, OWN].map((value) => make("option", { value, selected: value === (values.order ?? orders[0]) }, t(`st_${value}`))),
  );
  if (order.value !== OWN) list = sorted(order.value);
  const rows = make("ol", { class: "chosen" });
  const count = make("span", { class: "soft" });
  const all = (on) => {
    for (const sku of list) if (on) off.delete(sku);
      else off.add(sku);
    draw();
    told();
  };
  const node = make(
    "div",
    { class: "asked-for" },
    make("label", { class: "field" }, make("span", {}, t("st_order")), order),
    make(
      "details",
      { class: "options goods-of" },
      make("summary", {}, `${t("st_products")} `, count),
      make(
        "div",
        { class: "quick" },
        button("all-goods", t("st_all"), { kind: "small", onclick: () => all(true) }),
        button("no-goods", t("st_none"), { kind: "small", onclick: () => all(false) }),
      ),
      rows,
    ),
  );
  draw();
  return { node, value };

  function sorted(by) {
    const found = [...known.values()];
    if (by === "by-link") found.sort((a, b) => (a.link ?? Infinity) - (b.link ?? Infinity));
    if (by === "price-up") found.sort((a, b) => a.price - b.price);
    if (by === "price-down") found.sort((a, b) => b.price - a.price);
    return found.map(({ sku }) => sku);
  }

  function arranged() {
    if (order.value !== OWN) list = sorted(order.value);
    draw();
  }

  function told() {
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw() {
    rows.replaceChildren(...list.map(row));
    count.textContent = t("st_chosen", list.length - off.size, list.length);
  }

  function row(sku, place) {
    const { name, link } = known.get(sku);
    const box = make("input", {
      type: "checkbox",
      checked: !off.has(sku),
      onchange: () => {
        if (box.checked) off.delete(sku);
        else off.add(sku);
        count.textContent = t("st_chosen", list.length - off.size, list.length);
      },
    });
    return make(
      "li",
      { data: { sku } },
      make("label", { class: "check" }, box, make("span", {}, link === null ? "" : `${link}. `, said(name))),
      move(sku, place, -1, "up", name),
      move(sku, place, 1, "down", name),
    );
  }

  function move(sku, place, by, mark, name) {
    return button(`${mark}-${sku}`, "", {
      mark,
      label: t(`st_${mark}`, name),
      disabled: place + by < 0 || place + by >= list.length,
      onclick: () => {
        list.splice(place, 1);
        list.splice(place + by, 0, sku);
        order.value = OWN;
        draw();
        told();
        const again = rows.querySelector(`[data-action="${CSS.escape(`${mark}-${sku}`)}"]`);
        if (again.disabled) rows.querySelector(`[data-sku="${CSS.escape(sku)}"] button:not(:disabled)`)?.focus();
        else again.focus();
      },
    });
  }

  /** The names of what is chosen go along only where it is not all of them in a known order. */
  function value() {
    const own = order.value === OWN || off.size > 0;
    const chosen = list.filter((sku) => !off.has(sku));
    return {
      order: order.value,
      skus: own ? chosen : "",
      list: order.value === OWN ? list : "",
      off: off.size ? [...off] : "",
    };
  }
}
