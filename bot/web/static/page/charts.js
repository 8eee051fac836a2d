// The last hour: messages, questions, answers, and how long an answer took. A table says the same.

import { make, part } from "./dom.js";
import { headed, header } from "./panels.js";
import { on, state } from "./state.js";
import { precise, minute, number, t } from "./words.js";

const HEIGHT = 96; // pixels
const MINUTE = 60;
const ROWS = 12; // of the table

const COLOURS = {
  messages: "--soft",
  asked: "--accent",
  answers: "--good",
  handed: "--warn",
  p50: "--accent",
  p95: "--warn",
};
const place = make("div", { class: "charts" });
const table = make("details", { class: "table", ontoggle: tabled }, make("summary"));
const plots = new Map(); // chart's name -> {plot, figure}
let loading = null;

export function startCharts() {
  part("charts").append(place, table);
  on("series", render);
  on("lang theme room", () => {
    clear();
    render();
  });
  new ResizeObserver(resize).observe(place);
  render();
}

/** Loads uPlot when there is first something to draw; it makes itself known as a global. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = make("script", {
      src: "vendor/uPlot.iife.min.js",
      onload: () => resolve(globalThis.uPlot),
      onerror: reject,
    });
    document.head.append(make("link", { rel: "stylesheet", href: "vendor/uPlot.min.css" }), script);
  });
  return loading;
}

async function render() {
  headed(part("charts"), header("charts", t("charts")));
  table.hidden = place.hidden = !state.series;
  if (!state.series) return;
  const Plot = await library();
  const { step } = state.series;
  const each = perMinute(step);
  const times = each("messages").map((_, at) => state.series.start + at * Math.max(step, MINUTE));
  draw(Plot, "messages", times, { messages: each("messages") }, number, t("per_minute"));
  draw(
    Plot,
    "asked",
    times,
    { asked: each("questions"), answers: each("answers"), handed: each("handed_off") },
    number,
    t("per_minute"),
  );
  const fine = state.series.p50.map((_, at) => state.series.start + at * step);
  draw(Plot, "latency", fine, { p50: state.series.p50, p95: state.series.p95 }, precise, t("latency"));
  table.firstChild.textContent = t("table");
  tabled();
}

/** Returns a function that adds up a row of the series by the minute. */
function perMinute(step) {
  const size = Math.max(1, Math.round(MINUTE / step));
  return (name) => {
    const all = state.series[name] ?? [];
    const sums = [];
    for (let at = 0; at < all.length; at += size)
      sums.push(all.slice(at, at + size).reduce((sum, n) => sum + (n ?? 0), 0));
    return sums;
  };
}

const latest = (row) => row.findLast((value) => value !== null && value !== undefined) ?? 0;

function draw(Plot, name, times, rows, shown, unit) {
  const keys = Object.keys(rows);
  if (!plots.has(name)) plots.set(name, begin(Plot, name, keys, shown));
  const { plot, figure, keysOf } = plots.get(name);
  plot.setData([times, ...keys.map((key) => rows[key])]);
  keysOf.replaceChildren(
    ...keys.map((key) => make("span", { class: `key ${key}` }, `${t(key)} `, make("b", {}, shown(latest(rows[key]))))),
    unit && make("span", { class: "unit" }, unit),
  );
  const [first] = keys.map((key) => rows[key]);
  const label =
    name === "latency"
      ? t("latency_of", precise(latest(rows.p50)), precise(latest(rows.p95)))
      : t("chart_of", t(name), number(latest(first)), number(Math.max(0, ...first)));
  figure.setAttribute("aria-label", label);
}

function begin(Plot, name, keys, shown) {
  const style = getComputedStyle(document.body);
  const canvas = make("div", { class: "plot", role: "img" });
  const keysOf = make("p", { class: "keys" });
  place.append(make("figure", { data: { chart: name } }, make("figcaption", {}, keysOf), canvas));
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: resolved("--soft"),
    font,
    ticks: { show: false },
    grid: { stroke: resolved("--line"), width: 1 },
  };
  const plot = new Plot(
    {
      width: canvas.clientWidth || 300,
      height: HEIGHT,
      padding: [6, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
      axes: [
        { ...axis, size: 24, gap: 7, space: 60, grid: { show: false }, values: (_, ticks) => ticks.map(minute) },
        { ...axis, size: 38, gap: 4, space: 26, values: (_, ticks) => ticks.map((value) => shown(value)) },
      ],
      series: [
        {},
        ...keys.map((key) => ({
          stroke: resolved(COLOURS[key]),
          width: 1.6,
          points: { show: false },
          spanGaps: true,
          fill: key === keys[0] ? faint(resolved(COLOURS[key])) : undefined,
        })),
      ],
    },
    [[], ...keys.map(() => [])],
    canvas,
  );
  return { plot, figure: canvas, keysOf };
}

/** Returns a colour of the theme as a canvas takes it. */
function resolved(variable) {
  const probe = make("i", { hidden: true });
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const faint = (colour) => colour.replace(/^rgb\((.*)\)$/u, "rgb($1 / 12%)").replaceAll(", ", " ");

function resize() {
  for (const { plot, figure } of plots.values()) {
    if (figure.clientWidth) plot.setSize({ width: figure.clientWidth, height: HEIGHT });
  }
}

function clear() {
  for (const { plot } of plots.values()) plot.destroy();
  plots.clear();
  place.replaceChildren();
}

/** Fills the table, if it is open: the hour in twelve rows. */
function tabled() {
  if (!table.open || !state.series) return;
  const { start, step, messages } = state.series;
  const size = Math.max(1, Math.ceil(messages.length / ROWS));
  const head = ["time", "messages", "asked", "answers", "handed", "p50", "p95"];
  const sum = (row) => number(row.reduce((total, n) => total + (n ?? 0), 0));
  const worst = (row) => {
    const known = row.filter((n) => n !== null);
    return known.length ? precise(Math.max(...known)) : "–";
  };
  const rows = [];
  for (let at = 0; at < messages.length; at += size) {
    const cut = (name) => (state.series[name] ?? []).slice(at, at + size);
    rows.push([
      minute(start + at * step),
      sum(cut("messages")),
      sum(cut("questions")),
      sum(cut("answers")),
      sum(cut("handed_off")),
      worst(cut("p50")),
      worst(cut("p95")),
    ]);
  }
  const made = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, t(name))))),
    make(
      "tbody",
      {},
      ...rows.map(([time, ...cells]) =>
        make("tr", {}, make("th", { scope: "row" }, time), ...cells.map((cell) => make("td", {}, cell))),
      ),
    ),
  );
  table.querySelector("table")?.remove();
  table.append(made);
}
