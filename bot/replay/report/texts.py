"""The words of a report, in Chinese and English."""

from collections.abc import Mapping

from bot.model import Lang
from bot.replay.report.reasons import REASONS


class Words:
    """The texts of one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._at = LANGS.index(lang)

    def __call__(self, key: str, **parts: object) -> str:
        """Return the text of ``key`` with its parts put in."""
        return TEXTS[key][self._at].format(**parts)

    def reason(self, code: str) -> str:
        """Return what a reason code means; the code itself where no text is known."""
        return REASONS[code][self._at] if code in REASONS else code

    def known(self, prefix: str, name: str) -> str:
        """Return the text of ``prefix.name``, or the name where there is none."""
        found = TEXTS.get(f"{prefix}.{name}")
        return found[self._at] if found else name


LANGS: tuple[Lang, ...] = ("zh", "en")
TEXTS: Mapping[str, tuple[str, str]] = {
    "report": ("回放报告", "Replay report"),
    "rehearsal": ("排演报告", "Rehearsal report"),
    "language": ("语言", "Language"),
    "look": ("外观", "Appearance"),
    "auto": ("跟随系统", "System"),
    "light": ("浅色", "Light"),
    "dark": ("深色", "Dark"),
    "table": ("查看数据表", "Show the numbers"),
    "empty": ("没有数据", "Nothing to show"),
    "head.answered": (
        "{questions} 个问题，机器人回答了 {answered} 个",
        "The bot answered {answered} of {questions} questions",
    ),
    "head.drafted": (
        "{questions} 个问题，机器人本可回答 {answered} 个",
        "The bot would have answered {answered} of {questions} questions",
    ),
    "head.none": ("{messages} 条消息，没有提问", "{messages} messages, and nobody asked a thing"),
    "head.half": ("，半数在 {half}内", ", half of them within {half}"),
    "stop": ("。", "."),
    "mode.auto": ("自动回复", "answers by itself"),
    "mode.approve": ("先审后发", "waits for approval"),
    "mode.shadow": ("影子模式：不发送", "shadow: posts nothing"),
    "mode.off": ("关闭", "off"),
    "catalog": ("商品目录", "Catalogue"),
    "rooms": ("{n} 个直播间", "{n} rooms"),
    "kpi.messages": ("条消息", "messages"),
    "kpi.questions": ("个问题", "questions"),
    "kpi.share": ("的问题有回答", "of questions answered"),
    "kpi.half": ("回答耗时中位数", "median time to answer"),
    "kpi.saved": ("条回复因合并而省下", "replies saved by coalescing"),
    "kpi.host": ("个问题留给主播", "left to the host"),
    "fate.answered": ("已回答", "Answered"),
    "fate.host": ("留给主播", "Left to the host"),
    "fate.unsure": ("把握不足", "Not sure enough"),
    "fate.lost": ("未能发出", "Came to nothing"),
    "fate.silent": ("无需回答", "Needed no answer"),
    "time": ("消息与提问的走势", "Messages and questions over time"),
    "time.note": ("每一柱代表 {width}。", "Each column is {width}."),
    "time.alt": (
        "从 {first} 到 {last} 的 {messages} 条消息；最多的 {width} 有 {most} 条。",
        "{messages} messages from {first} to {last}; at most {most} within {width}.",
    ),
    "from": ("开始", "From"),
    "total": ("合计", "Total"),
    "fates": ("每条消息的去向", "What became of the messages"),
    "fates.alt": ("去向占比：{parts}。", "Shares: {parts}."),
    "reason": ("原因", "Reason"),
    "times": ("次数", "Times"),
    "intents": ("大家在问什么", "What they asked about"),
    "chatter": ("其余不是提问：{named}", "The rest asked nothing: {named}"),
    "intent": ("意图", "Intent"),
    "products": ("问到的商品", "Products they asked about"),
    "product": ("商品", "Product"),
    "waits": ("多久得到回答", "How long an answer took"),
    "waits.note": (
        "从提问到回复发出，含等待合并的时间。",
        "From the question to its reply, with the time that it waits for others who ask the same.",
    ),
    "waits.alt": (
        "{n} 个回答：半数在 {half}内，九成在 {most}内。",
        "{n} answers: half within {half}, nine in ten within {most}.",
    ),
    "waits.half": ("半数", "half within"),
    "waits.most": ("九成", "nine in ten within"),
    "waits.all": ("最慢", "slowest"),
    "wait": ("耗时", "Seconds"),
    "share": ("占比", "Share"),
    "merged": ("一条回复，答复多人", "One reply for many"),
    "merged.none": (
        "没有人同时问同样的问题，所以没有合并。",
        "Nobody asked the same at the same time, so no reply was shared.",
    ),
    "merged.note": (
        "{answered} 位提问者只用了 {replies} 条回复，少刷屏 {saved} 条。",
        "{answered} askers were answered by {replies} replies: {saved} lines less in the chat.",
    ),
    "askers": ("{n} 人", "{n} askers"),
    "askers.1": ("1 人", "1 asker"),
    "askers.head": ("一条回复答复", "One reply answers"),
    "replies": ("回复数", "Replies"),
    "limits": ("发送频率", "Limits of the account"),
    "limits.account": ("账号", "Account"),
    "limits.room": ("直播间", "Room"),
    "limits.each": ("每 {seconds} 最多 {n} 条", "{n} in {seconds}"),
    "limits.peak": ("最高 {most} / {n}", "{most} of {n} at most"),
    "limits.free": (
        "没有回复因为限速而等待。",
        "No reply had to wait for a limit.",
    ),
    "limits.held": (
        "{n} 条回复因限速而等待，最久 {most}。",
        "{n} replies waited for a limit, {most} at the longest.",
    ),
    "limits.none": ("没有发送，也就没有用到限额。", "Nothing was posted, so no limit was used."),
    "limit": ("限额", "Limit"),
    "peak": ("最高用量", "Most used"),
    "spoken": ("回复", "Replies"),
    "sources": ("回复来自", "Where replies came from"),
    "source.faq": ("常见问答", "FAQ"),
    "source.template": ("模板", "Template"),
    "source.model": ("语言模型", "Language model"),
    "delivery": ("发送结果", "Delivery"),
    "delivery.sent": ("已发送", "Sent"),
    "delivery.held": ("平台待审", "Held by the platform"),
    "delivery.refused": ("平台拒绝", "Refused"),
    "delivery.unknown": ("结果不明", "Unknown"),
    "delivery.not_sent": ("未发送", "Not posted"),
    "delivery.pending": ("等待发送", "Waiting"),
    "blocked": ("被拦下的措辞", "Words that were stopped"),
    "blocked.none": ("没有拦下任何措辞。", "The guard stopped nothing."),
    "blocked.found": ("发现", "Found"),
    "blocked.then": ("改用其他说法 {n} 次", "then said otherwise {n} ×"),
    "unanswered": ("最常没答上的问题", "Top unanswered questions"),
    "unanswered.note": (
        "补进商品目录或常见问答，下次就能回答。",
        "Add them to the catalogue or the FAQ, and the bot can answer next time.",
    ),
    "unanswered.none": ("没有漏掉的问题。", "No question was left unanswered."),
    "question": ("问题", "Question"),
    "people": ("与真人对照", "Against people"),
    "people.note": (
        "机器人听懂的、或主播与房管在 {within} 秒内回答了的 {n} 个问题。",
        "{n} questions that the bot understood, or that people answered within {within} s.",
    ),
    "people.bot": ("机器人回答的比例", "answered by the bot"),
    "people.staff": ("真人回答的比例", "answered by host or moderators"),
    "people.agree": ("双方都给数字时一致", "the same, where both gave numbers"),
    "people.sooner": ("机器人快出的中位数", "median head start of the bot"),
    "people.later": ("机器人慢出的中位数", "median by which people were first"),
    "people.none": (
        "这份记录里没有主播或房管回答提问，无从对照。",
        "Nobody of the staff answered a question in this log, so there is nothing to compare.",
    ),
    "verdict": ("对照", "Comparison"),
    "verdict.agree": ("数字一致", "The same numbers"),
    "verdict.differ": ("数字不同", "Other numbers"),
    "verdict.reworded": ("说法不同", "In other words"),
    "verdict.bot_only": ("只有机器人回答", "Only the bot"),
    "verdict.host_only": ("只有真人回答", "Only people"),
    "verdict.nobody": ("都没回答", "Nobody"),
    "bot": ("机器人", "Bot"),
    "host": ("主播", "Host"),
    "moderator": ("房管", "Mod"),
    "after": ("{seconds} 后", "after {seconds}"),
    "sample": ("一段对话", "A stretch of the chat"),
    "sample.note": (
        "回答最密集的 {n} 条消息。",
        "The {n} messages in which the bot had most to do.",
    ),
    "with": ("同时答复 {n} 人", "answers {n} at once"),
    "above": ("已由上面的回复一并答复", "answered by the reply above"),
    "config": ("与默认配置的差异", "What is set otherwise than by default"),
    "config.none": ("全部是默认值。", "Nothing: all is as it ships."),
    "key": ("配置项", "Key"),
    "default": ("默认", "Default"),
    "value": ("本次", "This run"),
    "reading": ("这份记录", "The log"),
    "reading.note": (
        "格式 {format}：读到 {read} 条消息，另有 {other} 行不是消息，{skipped} 行无法读取。",
        "{format}: {read} messages, {other} other lines, {skipped} that could not be read.",
    ),
    "load": ("负载", "Load"),
    "load.note": (
        "以 {speed} 倍速排演；除每秒处理量外，时间都按记录里的时钟计。",
        "Rehearsed at speed {speed}; all times but the throughput are the log's own.",
    ),
    "load.rate": ("条消息 / 秒（实际时间）", "messages a second of real time"),
    "load.half": ("延迟中位数", "behind the log, half within"),
    "load.slow": ("95% 的消息延迟不超过", "behind the log, 95 % within"),
    "load.worst": ("最大延迟", "behind the log, worst"),
    "load.late": ("条回复晚了", "replies late"),
    "load.lost": ("条消息过期或被舍弃", "messages expired or shed"),
    "load.behind": (
        "每 {width} 内消息等待处理的最长时间（毫秒）",
        "Longest wait of a message to be taken up, in milliseconds, in each {width}",
    ),
    "load.behind.alt": (
        "各时段消息等待处理的最长时间；最长 {worst}。",
        "How long messages waited at the longest over time; {worst} at most.",
    ),
    "load.queue": ("每 {width} 内等待的消息数", "Messages that waited, in each {width}"),
    "load.queue.alt": (
        "各时段等待的消息数；最多 {most} 条。",
        "How many messages waited over time; {most} at most.",
    ),
    "load.milliseconds": ("最长等待（毫秒）", "Longest wait, ms"),
    "load.waiting": ("等待的消息", "Waiting"),
    "load.tip": ("最长等待 {late}，{waiting} 条在等", "longest wait {late}, {waiting} waiting"),
    "made": ("由 danmate {version} 生成", "Made by danmate {version}"),
    "seconds": ("{n} 秒", "{n} s"),
    "minutes": ("{n} 分钟", "{n} min"),
    "hours": ("{n} 小时", "{n} h"),
    "days": ("{n} 天", "{n} d"),
    "intent.price": ("价格", "price"),
    "intent.discount": ("优惠", "discount"),
    "intent.stock": ("库存", "stock"),
    "intent.size": ("尺码", "size"),
    "intent.product": ("商品信息", "product"),
    "intent.order": ("下单", "order"),
    "intent.shipping": ("发货", "shipping"),
    "intent.after_sale": ("售后", "after-sale"),
    "intent.show": ("求展示", "show"),
    "intent.stream": ("直播相关", "stream"),
    "intent.greeting": ("打招呼", "greeting"),
    "intent.praise": ("夸奖", "praise"),
    "intent.complaint": ("抱怨", "complaint"),
    "intent.chitchat": ("闲聊", "chitchat"),
    "intent.spam": ("广告", "spam"),
    "intent.abuse": ("辱骂", "abuse"),
}
"""By key: Chinese, English."""
