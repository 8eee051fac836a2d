// The room page: what is said comes by WebSocket, what the bot made of it by server-sent events.
// Chat text is anybody's text: it reaches the page through textContent alone.

const WORDS = {
  en: {
    title: "Live room", about: "A local play room: take any role, moderator commands work.",
    online: "live", offline: "connecting…", empty: "Nobody has said anything yet. Ask something!",
    nickname: "Name", role: "Role", viewer: "Viewer", moderator: "Mod", host: "Host", bot: "Bot",
    send: "Send", log: "Chat", text: "Message", guest: "guest",
    ask: "Ask: how much is it?", command: "Say something, or !bot help", latest: "new messages ↓",
    rests: "rests on: ", nothing: "rests on no fact", answers: "answers", draft: "draft",
    template: "template", model: "language model", faq: "FAQ", refused: "not sent: ",
    lost: "Not connected: the message was not sent.",
  },
  zh: {
    title: "直播间", about: "本机试玩直播间：身份随意选，版主命令可用。",
    online: "直播中", offline: "连接中…", empty: "还没有人说话，问点什么吧！",
    nickname: "昵称", role: "身份", viewer: "观众", moderator: "版主", host: "主播", bot: "机器人",
    send: "发送", log: "聊天", text: "消息", guest: "路人",
    ask: "问一句：这件多少钱？", command: "说点什么，或输入 !bot help", latest: "条新消息 ↓",
    rests: "依据：", nothing: "没有引用事实", answers: "回答", draft: "草稿",
    template: "模板", model: "语言模型", faq: "常见问答", refused: "未发出：",
    lost: "还没连上，消息没有发出。",
  },
};
const LANG = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
const say = WORDS[LANG];
const SHOWN = 500; // items in the page
const KNOWN = 1000; // outcomes remembered
const MENTION = /(@[\p{L}\p{N}_·-]+)/u;
const CLOCK = new Intl.DateTimeFormat(LANG, { hour: "2-digit", minute: "2-digit", hour12: false });

const get = (id) => document.getElementById(id);
const log = get("log");
const form = get("form");
const messages = new Map(); // id -> {item, node} of what is shown
const outcomes = new Map(); // message id -> its outcome
let waiting = []; // items to show at the next frame
let unseen = 0;
let socket = null;
let delay = 500;
let streaming = false;
let following = true; // whether the reader is at the end, and wants to stay there

function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function hue(name) {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)) % 3600;
  return sum % 360;
}

function textOf(text) {
  const node = make("p", "text");
  const mine = "@" + get("nickname").value.trim();
  for (const part of text.split(MENTION)) {
    if (!part.startsWith("@") || part.length < 2) node.append(part);
    else node.append(make("span", part === mine ? "mention mine" : "mention", part));
  }
  return node;
}

function frameOf(kind, author, role, at, text) {
  const node = make("li", kind);
  const body = make("div", "body");
  const meta = make("div", "meta");
  const face = make("span", "face", kind === "reply" ? "✦" : [...author.trim()][0].toUpperCase());
  face.setAttribute("aria-hidden", "true");
  node.style.setProperty("--hue", hue(author));
  meta.append(make("b", "", author));
  if (role in say && role !== "viewer") meta.append(make("span", "badge " + role, say[role]));
  meta.append(make("time", "", CLOCK.format(at * 1000)));
  body.append(meta, textOf(text));
  node.append(face, body);
  return node;
}

function messageNode(item) {
  const node = frameOf("message", item.author, item.role, item.sent_at, item.text);
  node.lastChild.append(make("div", "tags"));
  return node;
}

function replyNode(item) {
  const node = frameOf("reply", "danmate", "bot", item.at, item.text);
  const facts = item.facts.map((fact) => `${fact.id} ${fact.text}`).join(", ");
  const details = make("details");
  const basis = facts ? say.rests + facts : say.nothing;
  details.append(make("summary", "", `${basis} · ${say[item.source] ?? item.source}`));
  const list = make("dl");
  for (const fact of item.facts) list.append(make("dt", "", fact.id), make("dd", "", fact.text));
  for (const id of item.answers) {
    const asked = messages.get(id)?.item;
    if (asked) list.append(make("dt", "", say.answers), make("dd", "", `${asked.author}: ${asked.text}`));
  }
  details.append(list);
  details.ontoggle = () => keepAtEnd();
  node.lastChild.append(details);
  return node;
}

function noticeNode(text) {
  const node = make("li", "notice");
  node.append(make("p", "", text));
  return node;
}

// The outcome of a message, shown to moderators: a tag, and a note line where there is something
// to read or to decide.
function judge(id) {
  const shown = messages.get(id);
  const outcome = outcomes.get(id);
  if (!shown || !outcome) return;
  const tags = shown.node.querySelector(".tags");
  const intent = outcome.intent && make("span", "tag", `${outcome.intent.label} ${(outcome.intent.score ?? 0).toFixed(2)}`);
  const verdict = outcome.reason ? `${outcome.outcome}: ${outcome.reason}` : outcome.outcome;
  tags.replaceChildren(...(intent ? [intent] : []), make("span", "tag " + outcome.outcome, verdict));
  if (outcome.refused) tags.append(make("span", "tag expired", say.refused + outcome.refused));
  if (shown.noted) return;
  const draft = outcome.outcome === "drafted" && outcome.reply;
  const note = draft ? `${say.draft} ${draft.id}\n${draft.text}` : outcome.notice;
  if (!note) return;
  shown.noted = true;
  shown.node.after(noticeNode(note));
}

function heard(event) {
  if (event.type === "delivered") {
    if (event.delivery === "sent") return;
    for (const id of event.answers) {
      const outcome = outcomes.get(id);
      if (outcome) outcome.refused = event.reason ?? event.delivery;
    }
    event.answers.forEach(judge);
    return;
  }
  outcomes.set(event.message.id, event);
  if (outcomes.size > KNOWN) outcomes.delete(outcomes.keys().next().value);
  keepAtEnd(() => judge(event.message.id));
}

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
}

function keepAtEnd(change = () => {}) {
  change();
  if (following) log.scrollTop = log.scrollHeight;
}

function draw() {
  const items = waiting;
  waiting = [];
  keepAtEnd(() => {
    items.forEach(show);
    while (log.childElementCount > SHOWN) forget(log.firstElementChild);
  });
  unseen = following ? 0 : unseen + items.length;
  get("latest").hidden = unseen === 0;
  get("latest").textContent = `${unseen} ${say.latest}`;
  get("empty").hidden = log.childElementCount > 0;
}

function show(item) {
  if (messages.has(item.id)) return;
  const node = item.type === "reply" ? replyNode(item) : messageNode(item);
  node.dataset.id = item.id;
  messages.set(item.id, { item, node, noted: false });
  log.append(node);
  judge(item.id);
}

function forget(node) {
  messages.delete(node.dataset.id);
  node.remove();
}

function queue(items) {
  if (waiting.length === 0) requestAnimationFrame(draw);
  waiting.push(...items);
  if (waiting.length > SHOWN) waiting.splice(0, waiting.length - SHOWN); // a hidden tab draws nothing
}

function fault(text) {
  get("fault").textContent = text;
  get("fault").hidden = !text;
}

function state(online) {
  get("state").dataset.online = online ? "yes" : "no";
  get("state").firstElementChild.textContent = online ? say.online : say.offline;
}

function received(frame) {
  if (frame.type === "error") return fault(frame.reason);
  if (frame.type !== "history") return queue([frame]);
  const name = frame.room.split("/").slice(1).join("/");
  get("name").textContent = document.title = `${say.title} · ${name}`;
  messages.clear();
  waiting = [];
  log.replaceChildren();
  unseen = 0;
  frame.items.forEach(show);
  following = true;
  draw();
  if (!streaming) stream(frame.room);
}

function stream(room) {
  streaming = true;
  const source = new EventSource(`/api/outcomes?room=${encodeURIComponent(room)}`);
  source.onmessage = (event) => heard(JSON.parse(event.data));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}${new URL("ws", location.href).pathname}`);
  socket.onopen = () => { delay = 500; state(true); fault(""); };
  socket.onmessage = (event) => received(JSON.parse(event.data));
  socket.onclose = () => {
    state(false);
    setTimeout(connect, delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, 10_000);
  };
}

function view() {
  const role = form.elements.role.value;
  document.body.dataset.view = role;
  get("text").placeholder = role === "moderator" ? say.command : say.ask;
  keepAtEnd();
}

function submit(event) {
  event.preventDefault();
  const text = get("text").value;
  const author = get("nickname").value.trim();
  if (!text.trim() || !author) return;
  if (socket.readyState !== WebSocket.OPEN) return fault(say.lost);
  fault("");
  const role = form.elements.role.value;
  socket.send(JSON.stringify({ type: "message", author, author_id: `${author}/${role}`, role, text }));
  get("text").value = "";
  following = true;
  keepAtEnd();
}

function start() {
  document.documentElement.lang = LANG === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say[node.dataset.label]);
  get("nickname").value = localStorage.getItem("nickname") ?? `${say.guest}${Math.floor(Math.random() * 900 + 100)}`;
  get("nickname").onchange = (event) => localStorage.setItem("nickname", event.target.value.trim());
  get("latest").onclick = () => { following = true; keepAtEnd(); get("text").focus(); };
  log.onscroll = () => {
    following = atEnd();
    if (!following) return;
    unseen = 0;
    get("latest").hidden = true;
  };
  form.onsubmit = submit;
  for (const radio of form.elements.role) radio.onchange = view;
  new ResizeObserver(() => keepAtEnd()).observe(log);
  state(false);
  view();
  connect();
}

start();
