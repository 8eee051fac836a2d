// The cards on the video: a few at once, the newest next to the edge, each for its time. A flood
// of answers stays calm: they enter one by one, the newest of them, and the others never do.

import { card, fill } from "./card.js";

const SEEN = 200; // answers that are remembered, so that none comes twice
const STEADY = 3000; // ms that a card stays at least, though others wait
const PACE = 900; // ms between two that enter
const MOVE = { duration: 520, easing: "cubic-bezier(.2,.8,.2,1)" };
const LEAVE = { duration: 380, easing: "cubic-bezier(.4,0,.8,.4)", fill: "forwards" };

export class Stage {
  constructor(root, options) {
    this.root = root;
    this.options = options;
    this.cards = new Map(); // id -> { node, since, until }, the oldest first
    this.waiting = new Map(); // id -> { answer, until }, the oldest first
    this.seen = new Set();
    this.entered = -PACE;
    this.timer = 0;
  }

  // Show an answer for so many seconds, as soon as that is calm.
  show(answer, seconds) {
    const shown = this.cards.get(answer.id);
    if (shown) {
      fill(shown.node, answer, this.options);
      return;
    }
    if (this.seen.has(answer.id)) return; // it has had its time
    this.waiting.delete(answer.id);
    this.waiting.set(answer.id, { answer, until: performance.now() + seconds * 1000 });
    for (const id of this.waiting.keys()) {
      if (this.waiting.size <= this.options.max) break;
      this.waiting.delete(id);
    }
    this.turn();
  }

  // Take an answer away at once.
  drop(id) {
    this.waiting.delete(id);
    this.leave(id, true);
    this.turn();
  }

  // Take away all that are not among these ids.
  keep(ids) {
    const standing = new Set(ids);
    for (const id of [...this.waiting.keys(), ...this.cards.keys()]) {
      if (!standing.has(id)) this.drop(id);
    }
  }

  // Let leave what has had its time and enter what may, and come back when more is due.
  turn() {
    clearTimeout(this.timer);
    const now = performance.now();
    for (const [id, { until }] of this.waiting) if (until <= now) this.waiting.delete(id);
    for (const [id, { until }] of this.cards) if (until <= now) this.leave(id);
    if (this.waiting.size && now >= this.entered + PACE) this.next(now);
    const due = [...this.cards.values()].map(({ until }) => until);
    if (this.waiting.size) {
      const [oldest] = this.cards.values();
      const full = this.cards.size >= this.options.max;
      due.push(Math.max(this.entered + PACE, full ? oldest.since + STEADY : 0));
    }
    if (due.length) this.timer = setTimeout(() => this.turn(), Math.max(30, Math.min(...due) - now));
  }

  next(now) {
    if (this.cards.size >= this.options.max) {
      const [id, { since }] = this.cards.entries().next().value;
      if (now < since + STEADY) return;
      this.leave(id);
    }
    const [id, { answer, until }] = this.waiting.entries().next().value;
    this.waiting.delete(id);
    const stays = Math.max(until, now + STEADY);
    this.enter(answer, now, stays);
    this.entered = now;
    while (this.cards.size > 1 && this.spills()) this.leave(this.cards.keys().next().value);
  }

  // Whether long answers reach out of the place that they have.
  spills() {
    return [...this.cards.values()].some(({ node }) => {
      const end = node.offsetTop + node.offsetHeight;
      return node.offsetTop < -1 || end > this.root.clientHeight + 1;
    });
  }

  enter(answer, now, until) {
    const node = card(answer, this.options);
    this.moved(() => this.root.append(node));
    this.cards.set(answer.id, { node, since: now, until });
    this.seen.add(answer.id);
    if (this.seen.size > SEEN) this.seen.delete(this.seen.values().next().value);
    const from = this.options.motion
      ? { opacity: 0, transform: "translateY(var(--from)) scale(.97)" }
      : { opacity: 0 };
    node.animate([from, { opacity: 1, transform: "none" }], MOVE);
  }

  leave(id, atOnce = false) {
    const { node } = this.cards.get(id) ?? {};
    if (!node) return;
    this.cards.delete(id);
    if (atOnce) {
      this.moved(() => node.remove());
      return;
    }
    const to = this.options.motion
      ? { opacity: 0, transform: "scale(.96)" }
      : { opacity: 0 };
    this.moved(() => this.lift(node));
    node.animate([{ opacity: 1 }, to], LEAVE).finished.then(() => node.remove());
  }

  // Take a card out of the flow where it stands, so that the others may close up.
  lift(node) {
    const box = node.getBoundingClientRect();
    const style = node.style;
    style.position = "fixed";
    style.left = `${box.left}px`;
    style.top = `${box.top}px`;
    style.width = `${box.width}px`;
  }

  // Do what moves the cards, and let those that stay glide to their new places.
  moved(change) {
    const before = [...this.cards.values()].map(({ node }) => [node, node.getBoundingClientRect()]);
    change();
    if (!this.options.motion) return;
    for (const [node, was] of before) {
      const is = node.getBoundingClientRect();
      const by = was.top - is.top;
      if (by) node.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], MOVE);
    }
  }
}
