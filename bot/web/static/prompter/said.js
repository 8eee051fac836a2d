// What the script's prompter says of itself, in Chinese and English.

export const SAID = {
  zh: {
    title: "脚本", go: "开始", pause: "暂停", on: "继续", parts: "环节", back: "上一句（↑）", next: "下一句（↓）", mirror: "镜像",
    script: "脚本", changed: "脚本写好之后，商品资料有改动：请以页面上的价格和库存为准。",
    gone: "这份脚本已经不在了：在工作室里再写一份。", login: "请先登录：运行 danmate page 打开链接", lost: "danmate 没有回应，正在重试…",
    late: (span) => `慢 ${span}`, early: (span) => `快 ${span}`, seconds: (n) => `${n} 秒`,
  },
  en: {
    title: "Script", go: "Start", pause: "Pause", on: "Go on", parts: "Part", back: "Back (↑)", next: "Next (↓)", mirror: "Mirror",
    script: "Script", changed: "The catalogue has changed since this was written: the page has the prices that hold.",
    gone: "This script is gone: write it again in the studio.", login: "Log in first: danmate page prints a link", lost: "danmate does not answer, trying again…",
    late: (span) => `${span} late`, early: (span) => `${span} early`, seconds: (n) => `${n} s`,
  },
};
