"""A made-up evening for the analysis of comments: a reader that knows its words, and its lines."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC
from io import StringIO

from bot.model import Catalogue, ChatMessage, Intent, Lang, Product, Reading, Role, Rules, Sentiment
from bot.shop.text import language, tidy
from bot.studio.analysis import Analysis, Use, analyse

BEGIN = 1_767_225_600.0  # 2026-01-01 00:00 UTC
WORDS: Sequence[tuple[str, Intent, Sentiment]] = (
    ("傻", "abuse", "negative"),
    ("idiot", "abuse", "negative"),
    ("加我", "spam", "neutral"),
    ("多少钱", "price", "neutral"),
    ("how much", "price", "neutral"),
    ("防水", "product", "neutral"),
    ("什么面料", "product", "neutral"),
    ("太贵", "complaint", "negative"),
    ("难看", "complaint", "negative"),
    ("好看", "praise", "positive"),
    ("love", "praise", "positive"),
    ("晚上好", "greeting", "neutral"),
)
PARTS = 16
"""Numbers of the made-up embedding."""


class Words:
    """Reads by the first word of WORDS that a text holds; the embedding follows that word."""

    async def read(self, text: str) -> Reading:
        line = tidy(text)
        at, (_, intent, mood) = next(
            ((at, row) for at, row in enumerate(WORDS) if row[0] in line),
            (PARTS - 1, ("", "chitchat", "neutral")),
        )
        vector = tuple(1.0 if n == at else 0.0 for n in range(PARTS))
        return Reading(intent, 0.99, {intent: 0.99}, mood, language(line, "zh"), vector)

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        return [await self.read(text) for text in texts]


CATALOGUE = Catalogue(
    name="暖冬服饰",
    currency="CNY",
    language="zh",
    products=(Product("A1", "卫衣", 129.0, link=1), Product("B2", "雨伞", 39.0, link=2)),
    now_showing="A1",
    version="v",
)


def line(
    text: str, at: float = 0.0, who: str = "小李", role: Role = "viewer", key: str = ""
) -> ChatMessage:
    """A line of the room, ``at`` seconds after midnight."""
    return ChatMessage(
        key or f"{who}-{at}-{text}", "room", "room/a", who, f"id-{who}", role, text, BEGIN + at
    )


def use(catalogue: Catalogue | None = CATALOGUE, **more: object) -> Use:
    given: dict[str, object] = {"zone": UTC, **more}
    return Use(Words(), Rules(), catalogue, **given)  # type: ignore[arg-type]  # as the test says


def analysed(
    lines: Iterable[ChatMessage],
    with_: Use | None = None,
    lang: Lang | None = None,
    table: StringIO | None = None,
) -> Analysis:
    """Return the analysis of lines, told in UTC."""
    return asyncio.run(analyse(lines, with_ or use(), "evening", lang, table=table))


EVENING = (
    line("晚上好", 0, "小李"),
    line("多少钱", 5, "小李"),
    line("@小李 129元", 9, "主播", "host"),
    line("卫衣防水吗", 20, "小王"),
    line("防水吗", 25, "小张"),
    line("防水不防水啊", 30, "小陈"),
    line("太贵了", 40, "小王"),
    line("这也太贵了吧", 44, "小赵"),
    *(line("好看", 60 + n, f"v{n}") for n in range(9)),
    line("真好看啊", 69, "小张"),
    line("how much is it", 80, "Bob"),
    line("@Bob The hoodie is 129", 83, "danmate", "bot"),
    line("你这个傻子", 90, "坏人"),
    line("加我薇信123", 95, "广告"),
    *(line(f"哈哈{n}", 300 + 60 * n, "小李") for n in range(10)),
)
