// The page's words in the reader's language, and numbers and times as that language writes them.

import { EN } from "./words/en.js";
import { ZH } from "./words/zh.js";
import { REASONS } from "./words/reasons.js";
import { STUDIO } from "./words/studio.js";
import { keep, kept, state } from "./state.js";

const TABLES = { en: { ...EN, ...STUDIO.en }, zh: { ...ZH, ...STUDIO.zh } };
const PLACE = { zh: 0, en: 1 };
export let lang = kept("lang", navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
if (!(lang in TABLES)) lang = "en";

export function speak(wanted) {
  lang = wanted;
  keep("lang", wanted);
  fill();
}

/** Returns the words of `key`, "" where there are none. */
export function t(key, ...values) {
  const words = TABLES[lang][key];
  return typeof words === "function" ? words(...values) : (words ?? "");
}

/** Says a reason's code in words; one that is not known is shown as it is. */
export function reason(code) {
  if (!code) return "";
  return REASONS[code]?.[PLACE[lang]] ?? String(code).replaceAll("_", " ");
}

/** Puts the words into what stands in the page from the start. */
export function fill() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}

const formats = new Map();

function format(kind, options) {
  const key = `${lang} ${kind} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl[kind](lang === "zh" ? "zh-CN" : "en-GB", options));
  return formats.get(key);
}

export const clock = (at) => format("DateTimeFormat", { timeStyle: "medium", hourCycle: "h23" }).format(at * 1000);
export const minute = (at) => format("DateTimeFormat", { timeStyle: "short", hourCycle: "h23" }).format(at * 1000);
export const number = (n, digits = 0) => format("NumberFormat", { maximumFractionDigits: digits }).format(n);
export const percent = (part) => format("NumberFormat", { style: "percent" }).format(part);

export function money(amount) {
  if (amount === null || amount === undefined) return t("unknown");
  const currency = state.picture?.currency || "CNY";
  const digits = Number.isInteger(amount) ? 0 : 2;
  try {
    return format("NumberFormat", {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: digits,
    }).format(amount);
  } catch {
    return `${number(amount, 2)} ${currency}`;
  }
}

/** Says how long a number of seconds is. */
export function lasting(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return t("seconds", whole);
  if (whole < 3600) return t("minutes", Math.floor(whole / 60));
  return t("hours", Math.floor(whole / 3600));
}

/** Says how long something took, to a tenth of a second where that matters. */
export const precise = (seconds) => (seconds < 10 ? t("seconds", number(seconds, 1)) : lasting(seconds));

export const ago = (seconds) => (seconds < 5 ? t("just_now") : t("ago", lasting(seconds)));

/** Says which fact of the catalogue an id such as `A1.price` names. */
export function factOf(id) {
  if (id.startsWith("faq.")) return t("faq");
  const [, topic, ...rest] = id.split(".");
  if (topic === "specs" && rest.length) return rest.join(".");
  return t(`topic_${topic}`) || id;
}
