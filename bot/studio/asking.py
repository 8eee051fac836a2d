"""What a model is asked, so that it words a point: our own was taught to answer viewers."""

import re
from collections.abc import Mapping
from typing import Final

from bot.model import Lang
from bot.studio.sentences import Point, slots

_ASKED: Final[dict[Lang, Mapping[str, str]]] = {
    "zh": {
        "material": "什么材质的", "ingredients": "成分是什么", "colors": "有什么颜色",
        "sizes": "有哪些尺码", "look": "有什么颜色和尺码", "price": "多少钱",
        "offer": "多少钱，有优惠吗", "discount": "有什么优惠", "stock": "还有货吗",
        "few": "还有货吗", "one_left": "还有货吗", "sold_out": "还有货吗", "shipping": "怎么发货",
        "returns": "可以退换吗", "payment": "怎么付款", "link": "几号链接",
    },
    "en": {
        "material": "what is it made of", "ingredients": "what are the ingredients",
        "colors": "what colors do you have", "sizes": "what sizes do you have",
        "look": "what colors and sizes do you have", "price": "how much is it",
        "offer": "how much is it, any discount?", "discount": "any discount?",
        "stock": "is it in stock?", "few": "is it in stock?", "one_left": "is it in stock?",
        "sold_out": "is it in stock?", "shipping": "how does it ship",
        "returns": "can I return it", "payment": "how can I pay", "link": "which link is it",
    },
}  # fmt: skip
_KEYED: Final[dict[Lang, str]] = {"zh": "{}是多少", "en": "what is the {}"}
_AND: Final[dict[Lang, str]] = {"zh": "和", "en": " and the "}
_CHAT: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"^(?:(?:亲+|宝|来啦|好嘞|看这里|收到|在的|嗨|好的呀|这就告诉您|问到点子上啦|哈喽|马上回您"
        r"|嗯嗯|您好呀?|你好|家人看过来|这位朋友|稍等，查到啦|回复一下|给您查好啦|帮您看了下"
        r"|不好意思)[～~，,！!：:、]\s*)+"
    ),
    "en": re.compile(
        r"^(?:(?:hi|hey|hello|sure|sure thing|good question|here you go|happy to help|of course"
        r"|thanks for asking|just checked|glad you asked|right away|quick answer|got you|okay"
        r"|no problem|great to see you|here's what i have|let me help|sorry|yes)"
        r"(?: there)?[,!.:]\s*)+",
        re.IGNORECASE,
    ),
}
"""How a reply in a chat begins."""
_TAILS: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"(?:[，。](?:慢慢看哈?|有问题随时问|供您参考|喜欢可以看看|还想了解什么尽管问|您看看合适不"
        r"|记好啦?|有需要叫我))?(?:哦|哈|呢|哟)?[～~。！!]*$"
    ),
    "en": re.compile(
        r"(?:[.!] (?:let me know if|happy browsing|hope that helps|just ask if|enjoy the stream"
        r"|take your time|anything else i can)[^.!?]*[.!?]?| :\))$",
        re.IGNORECASE,
    ),
}
"""How it ends: a text that is read aloud needs none of it."""


def asked(point: Point, lang: Lang) -> str:
    """Return a viewer's question to which a point is the answer; empty where there is none."""
    if found := _ASKED[lang].get(point.kind):
        return found
    _, words = slots(point)
    keys = [word for slot, word in words.items() if slot.startswith("key")]
    return _KEYED[lang].format(_AND[lang].join(keys)) if keys else ""


def plain(text: str, named: str, lang: Lang) -> str:
    """Return a reply of the chat as a sentence of a text: without its greeting and its tail.

    ``named`` is a name that the text has said before: a Chinese sentence does not begin with it.
    """
    text = _TAILS[lang].sub("", _CHAT[lang].sub("", text).strip()).rstrip("，,；;").strip()
    if lang == "en":
        text = text[:1].upper() + text[1:]
    elif named:
        text = (
            re.sub(rf"^(?:关于|说到)?{re.escape(named)}(?:的|这边|的话)?[，：:～]?", "", text)
            or text
        )
    closed = text.endswith(tuple("。！？!?.…"))
    return text if closed or not text else text + ("。" if lang == "zh" else ".")
