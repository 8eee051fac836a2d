// What the host has answered: gone from the board at once, told to danmate a little later, so that
// a slip of the finger is undone before anybody hears of it.

import { command } from "./api.js";

const GRACE = 5000; // ms for which it may be undone
const KEPT = 300;
const NAME = "danmate.prompter.done";

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "[]");
  } catch {
    return [];
  }
}

export class Done {
  // ``changed`` draws the board anew, ``says`` tells something ("" nothing any more).
  constructor(changed, says) {
    this.changed = changed;
    this.says = says;
    this.hidden = new Set(remembered());
    this.waiting = null; // what may still be undone
    this.may = false; // whether danmate lets us mark it
    addEventListener("pagehide", () => this.send(true));
  }

  has(key) {
    return this.hidden.has(key);
  }

  // Hide a row; ``question`` is the id of a question that danmate is to count as answered.
  mark(room, keys, question = null) {
    this.send();
    for (const key of keys) this.hidden.add(key);
    this.keep();
    this.waiting = { room, keys, question, timer: setTimeout(() => this.send(), GRACE) };
    this.says(question && !this.may ? "hidden" : "marked", true);
    this.changed();
  }

  undo() {
    if (!this.waiting) return;
    clearTimeout(this.waiting.timer);
    this.forget(this.waiting.keys);
    this.waiting = null;
    this.says("");
  }

  async send(leaving = false) {
    const marked = this.waiting;
    if (!marked) return;
    clearTimeout(marked.timer);
    this.waiting = null;
    this.says("");
    if (!marked.question || !this.may) return;
    try {
      await command(marked.room, `answer ${marked.question}`, leaving);
    } catch (fault) {
      this.forget(marked.keys);
      this.says([401, 403].includes(fault.status) ? "refused" : "failed");
    }
  }

  forget(keys) {
    for (const key of keys) this.hidden.delete(key);
    this.keep();
    this.changed();
  }

  keep() {
    this.hidden = new Set([...this.hidden].slice(-KEPT));
    try {
      sessionStorage.setItem(NAME, JSON.stringify([...this.hidden]));
    } catch {
      // it comes back with the page
    }
  }
}
