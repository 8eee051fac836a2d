// What a script, a description or an analysis shall be; what was chosen is kept in this browser.

import { busy } from "../api.js";
import { button, choice, make } from "../dom.js";
import { keep, kept, state } from "../state.js";
import { toast } from "../toasts.js";
import { minute, number, t } from "../words.js";
import { OWN, goods } from "./goods.js";
import { begin, works } from "./work.js";

const VOICES = ["warm", "lively", "plain", "expert"];
const ORDERS = ["as-listed", "by-link", "price-up", "price-down"];
const MEGA = 1_000_000;

/** Returns the form of a kind of work. */
export function formOf(kind) {
  const values = load(kind);
  const [rows, read, word] = { script, description, analysis }[kind](values);
  const send = button("make", t(word), { kind: "main", mark: "spark", needs: true });
  send.type = "submit";
  const form = make("form", { class: "wish-form", data: { wish: kind } }, ...rows.filter(Boolean), send);
  form.addEventListener("input", () => store(kind, read()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    store(kind, read());
    const wish = asked(read());
    if (wish.skus?.length === 0) toast(t("st_fault_no_goods"), { kind: "bad" });
    else busy(send, async () => (await begin(kind, wish)) && toResult());
  });
  return form;
}

/** Where the result stands below the form, it is what to look at now. */
function toResult() {
  const result = document.querySelector(".made");
  if (matchMedia("(max-width: 899px)").matches) result.scrollIntoView({ block: "start" });
}

/** Returns what is asked of danmate: not what is empty, nor what only this form needs to know. */
const asked = ({ list, off, ...wish }) =>
  Object.fromEntries(Object.entries(wish).filter(([name, value]) => value !== "" && !(name === "order" && value === OWN)));

function load(kind) {
  try {
    return JSON.parse(kept(`studio.${kind}.${state.room}`, "{}"));
  } catch {
    return {};
  }
}

const store = (kind, values) => keep(`studio.${kind}.${state.room}`, JSON.stringify(values));

function script(values) {
  const minutes = figure(values.minutes ?? 60, { name: "minutes", min: 5, max: 180, required: true });
  const lang = seg("lang", ["zh", "en"], values.lang ?? state.picture?.language ?? "zh", (name) => ({ zh: "中文", en: "English" })[name]);
  const style = select("style", VOICES, values.style ?? "warm");
  const host = make("input", { name: "host", maxlength: 40, autocomplete: "off", value: values.host ?? "" });
  const order = goods(ORDERS, values);
  const answering = check("asked", values.asked ?? true, t("st_asked"));
  const rate = figure(values.rate ?? "", { name: "rate", min: 60, max: 500, placeholder: "230 / 150" });
  const model = works.choices?.model && check("model", values.model ?? false, t("st_model"));
  const read = () => ({
    minutes: Number(minutes.value) || 60,
    lang: lang.value(),
    style: style.value,
    host: host.value.trim(),
    ...order.value(),
    asked: answering.box.checked,
    rate: Number(rate.value) || "",
    model: model ? model.box.checked : "",
  });
  const rows = [
    field(t("st_minutes"), minutes, quick(minutes, [30, 60, 90, 120])),
    group(t("st_language"), lang.node),
    field(t("st_style"), style),
    field(t("st_host"), host),
    order.node,
    answering.node,
    model && model.node,
    make("details", { class: "options" }, make("summary", {}, t("st_more")), field(`${t("st_rate")} (zh ${t("st_rate_zh")}, en ${t("st_rate_en")})`, rate)),
  ];
  return [rows, read, "st_write"];
}

function description(values) {
  const { products = [], showing } = state.picture ?? {};
  const wanted = products.some(({ sku }) => sku === values.sku) ? values.sku : (showing ?? products[0]?.sku);
  const sku = make(
    "select",
    { name: "sku", required: true },
    ...products.map(({ sku: value, name, link }) =>
      make("option", { value, selected: value === wanted }, link === null ? name : `${link}. ${name}`),
    ),
  );
  const lang = seg("lang", ["zh", "en"], values.lang ?? state.picture?.language ?? "zh", (name) => ({ zh: "中文", en: "English" })[name]);
  const length = seg("length", ["short", "medium", "long"], values.length ?? "medium");
  const voice = select("voice", ["plain", "warm", "lively", "expert"], values.voice ?? "plain");
  const title = figure(values.title ?? "", { name: "title", min: 4, max: 200, placeholder: "30 / 80" });
  const model = works.choices?.model && check("model", values.model ?? false, t("st_model"));
  const read = () => ({
    sku: sku.value,
    lang: lang.value(),
    length: length.value(),
    voice: voice.value,
    title: Number(title.value) || "",
    model: model ? model.box.checked : "",
  });
  const rows = [
    field(t("st_product"), sku),
    group(t("st_language"), lang.node),
    group(t("st_length"), length.node),
    field(t("st_voice"), voice),
    field(t("st_title_most"), title),
    model && model.node,
  ];
  return [rows, read, "st_describe"];
}

function analysis(values) {
  const { since = null, recordings = [] } = works.choices ?? {};
  const live = since === null ? t("st_live_none") : t("st_live", minute(since));
  const source = make(
    "select",
    { name: "recording" },
    make("option", { value: "" }, live),
    ...recordings.map(({ name, began, size }) =>
      make(
        "option",
        { value: name, selected: name === values.recording },
        t("st_recording", when(began), large(size)),
      ),
    ),
  );
  const lang = seg("lang", ["zh", "en"], values.lang ?? (document.documentElement.lang === "en" ? "en" : "zh"), (name) => ({ zh: "中文", en: "English" })[name]);
  const read = () => ({ recording: source.value, lang: lang.value() });
  const rows = [
    field(t("st_source"), source),
    recordings.length === 0 && make("p", { class: "soft small" }, t("st_no_recordings")),
    group(t("st_language"), lang.node),
  ];
  return [rows, read, "st_analyse"];
}

/** Returns a moment in few words: a field on a phone shows one line. */
function when(seconds) {
  const at = new Date(seconds * 1000);
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const parts = { year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(document.documentElement.lang, parts).format(at);
}

const large = (size) =>
  size < MEGA / 10 ? `${number(Math.max(size / 1000, 1))} kB` : `${number(size / MEGA, size < 10 * MEGA ? 1 : 0)} MB`;

const field = (label, control, ...more) =>
  make("div", { class: "asked-for" }, make("label", { class: "field" }, make("span", {}, label), control), ...more);

const group = (label, node) => {
  node.setAttribute("aria-label", label);
  return make("div", { class: "asked-for" }, make("span", { class: "label", "aria-hidden": "true" }, label), node);
};

const figure = (value, props) =>
  make("input", { type: "number", inputmode: "numeric", step: 1, autocomplete: "off", value, ...props });

const select = (name, values, chosen) =>
  make("select", { name }, ...values.map((value) => make("option", { value, selected: value === chosen }, t(`st_${value}`))));

function check(name, checked, text) {
  const box = make("input", { type: "checkbox", name, checked });
  return { box, node: make("label", { class: "check" }, box, make("span", {}, text)) };
}

/** Returns a switch, and what says which of its values is chosen. */
function seg(name, values, chosen, word = (value) => t(`st_${value}`)) {
  let now = values.includes(chosen) ? chosen : values[0];
  const node = make("div", { class: "seg", role: "group" });
  node.append(
    ...values.map((value) =>
      choice(`${name}-${value}`, word(value), value === now, {
        onclick: () => {
          now = value;
          for (const each of node.children) each.setAttribute("aria-pressed", String(each.dataset.action === `${name}-${value}`));
          node.dispatchEvent(new Event("input", { bubbles: true }));
        },
      }),
    ),
  );
  return { node, value: () => now };
}

/** Returns buttons that put usual figures into a field. */
const quick = (box, figures) =>
  make(
    "div",
    { class: "quick" },
    ...figures.map((n) =>
      button(`minutes-${n}`, String(n), {
        kind: "small",
        "aria-label": t("minutes", n),
        onclick: () => {
          box.value = n;
          box.dispatchEvent(new Event("input", { bubbles: true }));
        },
      }),
    ),
  );

