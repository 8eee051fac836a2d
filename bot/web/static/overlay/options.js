// What the address asks for: /overlay/?room=…&max=3&position=bottom-left. What is wrong counts as
// not given, because nothing may be complained about on air.

const POSITIONS = /^(top|middle|bottom)-(left|center|right)$/;

function number(given, least, most, usual) {
  const value = Number.parseFloat(given ?? "");
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual;
}

function choice(given, known, usual) {
  return known.includes(given) ? given : usual;
}

function flag(given, usual) {
  if (given === null) return usual;
  return !["0", "no", "off", "false"].includes(given.toLowerCase());
}

export function options(search) {
  const given = new URLSearchParams(search);
  const of = (name) => given.get(name);
  const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  return {
    room: of("room"),
    max: Math.round(number(of("max"), 1, 5, 3)),
    stay: number(of("stay") ?? of("seconds"), 3, 600, 15),
    position: POSITIONS.test(of("position") ?? "") ? of("position") : "bottom-left",
    theme: choice(of("theme"), ["glass", "solid", "light", "plain"], "glass"),
    size: choice(of("size"), ["s", "m", "l", "xl"], "m"),
    scale: number(of("scale"), 0.4, 4, 1),
    width: number(of("width"), 20, 100, 0), // per cent of the picture; 0: as the picture asks
    safe: flag(of("safe"), true), // in an upright picture: leave free what phone apps cover
    margin: number(of("margin"), 0, 30, 0), // more space to the edge, per cent of the picture
    accent: /^[0-9a-f]{6}$/i.test(of("accent") ?? "") ? `#${of("accent")}` : null,
    lang: choice(of("lang"), ["zh", "en"], language),
    names: flag(of("names"), true),
    question: flag(of("question"), true),
    product: flag(of("product"), true),
    motion: flag(of("motion"), !matchMedia("(prefers-reduced-motion: reduce)").matches),
    demo: flag(of("demo"), false),
    debug: flag(of("debug"), false),
  };
}
