"""The words of an analysis, in Chinese and English: its findings, its report, its labels."""

from collections.abc import Mapping
from typing import Final

from bot.model import Lang
from bot.replay.report.texts import LANGS, TEXTS
from bot.studio.labels import LABELS

OWN: Final[Mapping[str, tuple[str, str]]] = {
    "analysis": ("评论分析", "Comment analysis"),
    "findings": ("五个发现", "Five findings"),
    "find.missing": (
        "商品目录里查不到{what}，却有 {n} 次提问，比如“{quote}”。",
        "Viewers asked {n} about {what} and the catalogue has no answer, as in “{quote}”.",
    ),
    "find.answers": (
        "{q} 个提问中 {share} 得到了回答，还有 {n} 个没人回；一半的回答在 {half}内。",
        (
            "{share} of {q} questions got an answer and {n} did not; half the answers came"
            " within {half}."
        ),
    ),
    "find.silence": (
        "{q} 个提问，{n} 个在聊天里没有得到回答。",
        "Of {q} questions, {n} got no answer in the chat.",
    ),
    "find.objection": (
        "最大的顾虑是{what}：{n} 条评论提到，占 {share}，比如“{quote}”。",
        "The main objection is {what}: {n} comments, {share} of all, such as “{quote}”.",
    ),
    "find.complaint": (
        "{at} 起的 {span}里抱怨最集中：{n} 条，平时平均 {usual} 条，比如“{quote}”。",
        (
            "Complaints peaked in the {span} from {at}: {n}, where {usual} are usual, such as"
            " “{quote}”."
        ),
    ),
    "find.praise": (
        "{at} 起的 {span}里好评最集中：{n} 条，平时平均 {usual} 条，比如“{quote}”。",
        "Praise peaked in the {span} from {at}: {n}, where {usual} are usual, such as “{quote}”.",
    ),
    "find.trend": (
        "“{label}”这个话题后段明显变多：共 {n} 条，{at} 起最密。",
        "“{label}” came up more and more towards the end: {n} comments, most of them from {at}.",
    ),
    "find.asked": (
        "问得最多的是{what}：{n} 次，占提问的 {share}。",
        "The most frequent question is about {what}: {n}, {share} of all questions.",
    ),
    "find.manners": (
        "广告占评论的 {spam}，辱骂占 {abuse}。",
        "Spam makes up {spam} of the comments, abuse {abuse}.",
    ),
    "find.mood": (
        "{positive} 的评论是正面的，{negative} 是负面的。",
        "{positive} of the comments are positive, {negative} negative.",
    ),
    "find.viewers": (
        "{n} 位观众发过言，其中 {several} 位不止一条。",
        "{n} viewers wrote, {several} of them more than once.",
    ),
    "find.topic": (
        "聊得最多的话题是“{label}”：{n} 条，占 {share}。",
        "The largest topic is “{label}”: {n} comments, {share} of all.",
    ),
    "find.traffic": (
        "{at} 起的 {span}最热闹，有 {n} 条评论。",
        "The busiest {span} began at {at}, with {n} comments.",
    ),
    "find.languages": (
        "中文评论占 {zh}，英文占 {en}。",
        "{zh} of the comments are Chinese, {en} English.",
    ),
    "times_asked": ("{n} 次", "{n} times"),
    "of_product": ("“{name}”的{attribute}", "the {attribute} of “{name}”"),
    "of_shop": ("{attribute}", "the {attribute}"),
    "no_such": ("“{name}”这件商品", "“{name}”"),
    "rests": ("依据", "Rests on"),
    "lead": (
        "{comments} 条评论，{questions} 个提问，{viewers} 位观众",
        "{comments} comments, {questions} questions, {viewers} viewers",
    ),
    "empty": ("没有观众评论", "No viewer wrote anything"),
    "kpi.comments": ("条评论", "comments"),
    "kpi.viewers": ("位观众发言", "viewers who wrote"),
    "kpi.negative": ("的评论是负面的", "of comments negative"),
    "kpi.positive": ("的评论是正面的", "of comments positive"),
    "kpi.answered": ("的提问有回答", "of questions answered"),
    "kpi.waited": ("内等到一半的回答", "median wait for an answer"),
    "over_time": ("评论走势", "Comments over time"),
    "over_time.note": ("每一柱代表 {width}。", "Each column is {width}."),
    "mark.question": ("提问", "Questions"),
    "mark.praise": ("好评", "Praise"),
    "mark.complaint": ("抱怨", "Complaints"),
    "mark.other": ("其他", "Other"),
    "intents": ("观众在说什么", "What viewers wrote"),
    "sentiment": ("情绪", "Sentiment"),
    "sentiment.positive": ("正面", "Positive"),
    "sentiment.neutral": ("中性", "Neutral"),
    "sentiment.negative": ("负面", "Negative"),
    "topics": ("话题", "Topics"),
    "topics.note": (
        "意思相近的评论归为一个话题，名称取自评论原文；{apart} 的评论不属于任何话题。",
        (
            "Comments that mean about the same; the names are the comments' own words."
            " {apart} belong to no topic."
        ),
    ),
    "topics.none": ("评论太少，看不出话题。", "Too few comments to tell topics."),
    "trend.new": ("新出现", "new"),
    "trend.rising": ("变多", "rising"),
    "trend.fading": ("变少", "fading"),
    "trend.steady": ("平稳", "steady"),
    "busiest": ("{at} 起最多", "most from {at}"),
    "negative_share": ("{share} 负面", "{share} negative"),
    "asked": ("问得最多的商品属性", "Questions by product and attribute"),
    "asked.note": (
        "绿色：机器人能照目录回答；红色：只能交给主播。",
        "Green: the bot can answer from the catalogue. Red: only the host can.",
    ),
    "asked.plain": ("按问到的内容统计。", "By what was asked about."),
    "asked.none": ("没有人提问。", "Nobody asked anything."),
    "known": ("机器人能答", "The bot can"),
    "attribute": ("属性", "Attribute"),
    "unclear": ("未指明商品", "no product named"),
    "missing": ("目录里缺什么", "What the catalogue lacks"),
    "missing.note": (
        "观众问到、目录里查不到的内容：机器人只能交给主播。",
        "Viewers asked for it and the bot would have had to leave it to the host.",
    ),
    "missing.none": ("目录答得上所有问到的内容。", "The catalogue has all that was asked for."),
    "missing.blind": (
        "没有提供商品目录：用 --catalog 指定后，这里列出缺少的内容。",
        "No catalogue was given: with --catalog, this lists what it lacks.",
    ),
    "gap.no_fact": ("目录没写", "not stated"),
    "gap.unknown_product": ("不在目录里的商品", "a product that is not in it"),
    "objections": ("顾虑", "Objections"),
    "objections.none": ("没有看到顾虑。", "None was raised."),
    "worry.price": ("价格", "the price"),
    "worry.trust": ("信任", "trust"),
    "worry.size": ("尺码", "the size"),
    "worry.shipping": ("物流", "shipping"),
    "answers": ("提问与回答", "Questions and answers"),
    "answers.note": (
        "只统计聊天里的文字回答；主播口头说的，记录里没有。",
        "Only answers in the chat count: what was said aloud is not in the recording.",
    ),
    "by_host": ("主播或房管回答", "By host or moderators"),
    "by_bot": ("机器人回答", "By the bot"),
    "nobody": ("没人回答", "Unanswered"),
    "wait.half": ("内等到一半的回答", "median wait"),
    "wait.most": ("内等到九成的回答", "nine of ten came within"),
    "open": ("没人回答的提问", "Questions nobody answered"),
    "open.none": ("每个提问都有回答。", "Every question got an answer."),
    "moments": ("好评与抱怨的高峰", "Moments of praise and complaint"),
    "moments.none": ("没有明显的高峰。", "No time stands out."),
    "usual": ("平时平均 {n} 条", "{n} are usual"),
    "viewers": ("观众", "Viewers"),
    "viewers.note": (
        "观众以编号表示，编号按首次发言的先后。",
        "Viewers are numbered in the order in which they first wrote.",
    ),
    "viewers.once": ("只发了一条", "wrote once"),
    "viewers.several": ("发了多条", "wrote more than once"),
    "viewers.returning": ("来过不止一场", "came to more than one stream"),
    "visit": ("场次", "Stream"),
    "new": ("新观众", "New"),
    "returning": ("回头观众", "Returning"),
    "viewer": ("观众", "Viewer"),
    "comments": ("评论", "Comments"),
    "questions": ("提问", "Questions"),
    "manners": ("广告与辱骂", "Spam and abuse"),
    "manners.note": (
        "只计数，不引用原文。",
        "They are counted and not quoted.",
    ),
    "spam": ("广告", "Spam"),
    "abuse": ("辱骂", "Abuse"),
    "count": ("{n} 条", "{n}"),
    "about": (
        "由 danmate {version} 在本机分析；意图与情绪由模型判断，会有差错。",
        (
            "Analysed by danmate {version} on this machine; intents and sentiment are a model's"
            " judgement and can be wrong."
        ),
    ),
}
ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    "restock": ("补货时间", "restock date"),
    "warranty": ("质保", "warranty"),
    "origin": ("产地", "origin"),
    "shelf_life": ("保质期", "shelf life"),
    "battery": ("续航", "battery life"),
    "waterproof": ("防水", "water resistance"),
    "capacity": ("容量", "capacity"),
    "power": ("功率", "power"),
    "voltage": ("电压", "voltage"),
    "weight": ("重量", "weight"),
    "age": ("适用年龄", "age range"),
    "size": ("尺寸", "dimensions"),
    "bluetooth": ("蓝牙", "Bluetooth"),
    "charging": ("充电口", "charging port"),
    "thickness": ("厚薄", "thickness"),
    "fit": ("版型", "fit"),
    "heel": ("跟高", "heel height"),
    "laptop": ("能否装电脑", "laptop fit"),
    "count": ("件数", "piece count"),
    "roast": ("烘焙度", "roast"),
    "product": ("其他信息", "details"),
    "show": ("上身或演示", "demonstration"),
    "stream": ("直播安排", "stream schedule"),
    "after_sale": ("售后", "after-sales service"),
    "order": ("下单方式", "way to order"),
}


class Say:
    """The texts of one language: the analysis' own, and those of every report."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._at = LANGS.index(lang)

    def __call__(self, key: str, **parts: object) -> str:
        """Return the text of ``key`` with its parts put in."""
        return (OWN.get(key) or TEXTS[key])[self._at].format(**parts)

    def known(self, prefix: str, name: str) -> str:
        """Return the text of ``prefix.name``, or the name where there is none."""
        found = OWN.get(f"{prefix}.{name}") or TEXTS.get(f"{prefix}.{name}")
        return found[self._at] if found else name

    def attribute(self, name: str) -> str:
        """Return what an attribute is called; a spec of the catalogue as it is there."""
        if name.startswith("specs."):
            return name.removeprefix("specs.")
        found = ATTRIBUTES.get(name)
        return found[self._at] if found else LABELS[self.lang].get(name, name)

    def about(self, product: str, attribute: str) -> str:
        """Return an attribute with the product that it belongs to, if to one."""
        called = self.attribute(attribute)
        if product:
            return self("of_product", name=product, attribute=called)
        return self("of_shop", attribute=called)
