// Opens a one-time link: its code stands behind #, which no server sees until it is sent here.

const WORDS = {
  en: {
    wait: "One moment…",
    how: "This page opens by a link that works once, for ten minutes. This command prints it:",
    401: "This link is used up, too old or wrong. This command prints a new one:",
    429: "Too many wrong attempts: wait a minute, then open a new link:",
    other: "danmate does not answer now; its log says why. This command prints a new link:",
  },
  zh: {
    wait: "请稍候…",
    how: "此页面需用一次性链接打开，十分钟内有效。用这个命令获取：",
    401: "链接已用过、已过期或有误。用这个命令获取新的：",
    429: "尝试次数过多：请等一分钟，再打开新的链接：",
    other: "danmate 现在没有回应，原因见日志。用这个命令获取新的链接：",
  },
};
const LANG = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
const words = WORDS[LANG];

// Where a link may lead: these and nothing else, so that no link leads away from here.
const VIEWS = new Map([
  ["/page", "/page/"],
  ["/studio", "/page/?view=studio"],
  ["/overlay", "/overlay/"],
  ["/prompter", "/prompter/"],
]);

const asked = new URLSearchParams(location.search);

/** Returns the address of the view that the link names, in the room that it names. */
function next() {
  const url = new URL(VIEWS.get(asked.get("next")) ?? "/page/", location.origin);
  if (asked.get("room")) url.searchParams.set("room", asked.get("room"));
  return url;
}

function say(text) {
  document.getElementById("says").textContent = text;
}

/** Says whether this browser is logged in already: a browser source opens its link at each start. */
async function known() {
  const me = await fetch("/api/me");
  return me.ok && (await me.json()).logged_in;
}

async function open(code) {
  say(words.wait);
  history.replaceState(null, "", location.pathname); // no secret stays in the address
  try {
    const answer = await fetch("/api/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    if (answer.ok || (answer.status === 401 && (await known()))) location.replace(next());
    else say(words[answer.status] ?? words.other);
  } catch {
    say(words.other);
  }
}

document.documentElement.lang = LANG;
const code = location.hash.slice(1);
if (code) open(code);
else say(words.how);
