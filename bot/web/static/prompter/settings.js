// How the host wants it: the address decides at first, then what was chosen on this device.

const NAME = "danmate.prompter.";
const LEAST = 0.6;
const MOST = 2.6;

function kept(name) {
  try {
    return localStorage.getItem(NAME + name);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(NAME + name, value);
  } catch {
    // it is chosen again next time
  }
}

export class Settings {
  constructor(search) {
    const given = new URLSearchParams(search);
    const of = (name) => given.get(name) ?? kept(name);
    const own = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
    this.room = given.get("room");
    this.lang = ["zh", "en"].includes(of("lang")) ? of("lang") : own;
    this.theme = of("theme") === "light" ? "light" : "dark";
    this.font = Math.min(MOST, Math.max(LEAST, Number.parseFloat(of("font") ?? "1") || 1));
    this.mirror = ["1", "yes", "on"].includes(given.get("mirror") ?? "");
    this.apply();
  }

  set(name, value) {
    this[name] = value;
    keep(name, String(value));
    this.apply();
  }

  grow(by) {
    const font = Math.round((this.font + by) * 10) / 10;
    this.set("font", Math.min(MOST, Math.max(LEAST, font)));
  }

  apply() {
    const root = document.documentElement;
    root.lang = this.lang === "zh" ? "zh-CN" : "en";
    root.dataset.theme = this.theme;
    root.dataset.mirror = this.mirror ? "yes" : "no"; // for the glass of a teleprompter
    root.style.setProperty("--font", this.font);
  }
}
