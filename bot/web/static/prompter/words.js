// What the prompter says, in Chinese and English.

const WORDS = {
  zh: {
    title: "提词", showing: "正在讲解", say: "念给大家", open: "等你回答", asked: "大家在问",
    free: "没有等你回答的问题", quiet: "还没有人提问", undo: "撤销", rooms: "房间", other: "EN",
    tools: "显示设置", smaller: "A− 缩小字号", larger: "A+ 放大字号", lang: "EN: switch to English",
    theme: "深色或浅色", full: "全屏", yours: "需要你说的", done: "标为已答", sold: "售罄",
    marked: "已答", hidden: "已在本机隐藏：登录后才会告诉助手", failed: "没有标记成功，请再试",
    refused: "没有权限标记", lost: "连接断开，正在重连…", login: "请先登录：运行 danmate page 打开链接",
    answered: "已回答", people: (n) => `${n}人`, now: "刚刚",
    seconds: (n) => `${n}秒前`, minutes: (n) => `${n}分钟前`, nowhere: "还没有房间",
    handed_off: "只有你能答", blocked: "助手不便说", ignored: "资料里没有", no_fact: "资料里没有",
    own_order: "自己的订单", host_only: "只有你能答",
    which_one: "没说清是哪个", no_product: "没说清是哪个", unknown_product: "没有这个商品", refused_by: "平台没有放行",
    held: "平台在审核", auth: "账号未登录",
    joined: (names, n) => (n > names.length ? `${names.join("、")}等${n}人` : names.join("、")),
  },
  en: {
    title: "Prompter", showing: "On show", say: "Say this", open: "Waiting for you", asked: "Asked most",
    free: "Nothing waits for you", quiet: "Nobody has asked yet", undo: "Undo", rooms: "Room", other: "中",
    tools: "Display", smaller: "A− smaller type", larger: "A+ larger type", lang: "中：切换到中文",
    theme: "Dark or light", full: "Full screen", yours: "For you to say", done: "Mark as answered", sold: "sold out",
    marked: "Answered", hidden: "Hidden here only: log in to tell the bot", failed: "Not marked: try again",
    refused: "You may not mark it", lost: "Connection lost, trying again…", login: "Log in first: danmate page prints a link",
    answered: "answered", people: (n) => `×${n}`, now: "just now",
    seconds: (n) => `${n} s ago`, minutes: (n) => `${n} min ago`, nowhere: "No room yet",
    handed_off: "only you know", blocked: "the bot may not say it", ignored: "not in the catalogue", no_fact: "not in the catalogue",
    own_order: "about an order", host_only: "only you know",
    which_one: "which one?", no_product: "which one?", unknown_product: "no such product", refused_by: "refused by the platform",
    held: "held by the platform", auth: "account not logged in",
    joined: (names, n) => names.join(", ") + (n > names.length ? ` +${n - names.length}` : ""),
  },
};

export function words(lang) {
  return WORDS[lang];
}

export function ago(seconds, say) {
  if (seconds < 10) return say.now;
  return seconds < 60 ? say.seconds(Math.floor(seconds / 10) * 10) : say.minutes(Math.floor(seconds / 60));
}

// Write the words of a language wherever the page asks for them.
export function translate(say) {
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", say[node.dataset.label]);
    if (node.tagName === "BUTTON") node.title = say[node.dataset.label];
  }
}
