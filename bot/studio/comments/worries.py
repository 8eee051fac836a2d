"""Objections: what a comment holds against buying, by the words that viewers use for it."""

import re
from collections.abc import Iterator
from typing import Final

from bot.model import GOODS
from bot.shop.text import tidy
from bot.studio.comments.use import Comment
from bot.studio.comments.values import Worry

_WORDS: Final[dict[Worry, str]] = {
    "price": r"[太好真]贵|贵了|(有点|小|死|更|比.{0,6})贵|不值(?!班)|抢钱|智商税|割韭菜|涨价"
    r"|(别家|隔壁|拼多多|淘宝|京东|超市|外面|人家).{0,10}(便宜|才)"
    r"|too (expensive|pricey|much money|dear)|expensive|pricey|overpriced|rip.?off|not worth"
    r"|cheaper (on|at|in|else|some)|for \d+ bucks",
    "trust": r"假货|(是|会)假的|(不会|不是|是不是).{0,3}假|骗(子|人|钱|局)|真的假的|高仿|山寨"
    r"|正品[吗么嘛?]|托儿|都是托|水军|刷的|靠谱[吗么嘛]|查不到|授权|虚假|翻车|不敢买|\bfakes?\b"
    r"|\bscam|\blegit\b|knock.?off|counterfeit|do ?n'?t trust|genuine|authentic"
    r"|bots? in (the )?chat|aliexpress|\btemu\b",
    "size": r"偏[小大码]|(码数?|衣服|裤子|鞋子?|袖子|腰|肩).{0,4}太?[小大紧松窄肥]了"
    r"|太[小大长短紧松肥]了|穿不[下上进]|扣不上|塞不进|显胖|不合身|会不会太[小大长短紧松]"
    r"|runs? (a bit |too )?(small|large|big|tight)|too (small|big|tight|loose|long|short|wide)"
    r"|too narrow|(doesn'?t|didn'?t|won'?t|does not) fit",
    "shipping": r"(发货|物流|快递|到货|送货).{0,4}(太慢|慢|久)|还没(发|到|收到)|没收到|半个月才"
    r"|等了.{0,6}(天|周|星期|月|久)|(运费|邮费).{0,4}(贵|高)|运费.{0,4}我出|不包邮"
    r"|still waiting|nothing yet|took forever|never (came|arrived)|worst delivery"
    r"|(shipping|delivery|postage).{0,16}(slow|forever|expensive|late\b|ages|too (much|long|high))"
    r"|(tracking|order|package|parcel).{0,16}(hasn'?t|not|never) (moved|arrived|come|shipped)",
}
_FOUND: Final = {name: re.compile(words) for name, words in _WORDS.items()}


def worries(comment: Comment) -> Iterator[Worry]:
    """Yield each objection that a comment makes; insults and advertisements make none."""
    if not comment.shown or comment.intent in ("greeting", "praise"):
        return
    line, calm = tidy(comment.text), comment.intent in GOODS and comment.sentiment == "neutral"
    for name, words in _FOUND.items():
        if words.search(line) and (name == "trust" or not calm):  # "does it run small?" only asks
            yield name
