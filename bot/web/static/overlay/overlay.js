// The latest answers on the video. Nothing but them is ever seen: where something is wrong, or the
// connection is lost, there is nothing; ?debug=1 shows a dot that tells how it is.

import { custom } from "./custom.js";
import { options } from "./options.js";
import { sample } from "./sample.js";
import { Stage } from "./stage.js";

const LEAST = 2; // seconds for which showing an answer is worth it
const SCALES = { s: 0.8, m: 1, l: 1.25, xl: 1.6 };

function dress(root, asked) {
  const [edge, side] = asked.position.split("-");
  Object.assign(root.dataset, { edge, side, theme: asked.theme, safe: asked.safe ? "yes" : "no" });
  root.lang = asked.lang === "zh" ? "zh-CN" : "en";
  root.style.setProperty("--scale", SCALES[asked.size] * asked.scale);
  if (asked.width) root.style.setProperty("--width", `${asked.width}vw`);
  if (asked.margin) root.style.setProperty("--margin", `${asked.margin}vmin`);
  if (asked.accent) root.style.setProperty("--accent", asked.accent);
}

function told(event, stage, asked) {
  if (event.type === "standing") stage.keep(event.ids);
  if (event.type === "gone") stage.drop(event.id);
  if (event.type !== "answer") return;
  const left = asked.stay - Math.max(0, event.now - event.at);
  if (left >= LEAST) stage.show(event, left);
  else if (stage.cards.has(event.id)) stage.show(event, 0); // it says something else now
}

function listen(stage, asked, tell) {
  const query = asked.room ? `?room=${encodeURIComponent(asked.room)}` : "";
  const source = new EventSource(`/api/answers${query}`);
  source.onopen = () => tell("open");
  source.onmessage = ({ data }) => {
    try {
      told(JSON.parse(data), stage, asked);
    } catch {
      tell("odd"); // of a newer version, perhaps: what comes next may be understood
    }
  };
  source.onerror = () => {
    tell("lost");
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    source.close();
    setTimeout(() => listen(stage, asked, tell), 5000); // not logged in, or away: be patient
  };
}

function start() {
  const asked = options(location.search);
  dress(document.documentElement, asked);
  custom(document);
  const stage = new Stage(document.getElementById("stage"), asked);
  const dot = asked.debug ? document.body.appendChild(document.createElement("i")) : null;
  if (dot) dot.className = "dot";
  const tell = (state) => dot && (dot.dataset.state = state);
  if (asked.demo) sample(stage, asked);
  else listen(stage, asked, tell);
}

start();
