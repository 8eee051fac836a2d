"""Chat text made comparable: one form for full width, case, blanks, repeats and look-alikes."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

from bot.model import Lang

_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff]+")
_REPEAT = re.compile(r"(\D)\1{2,}")
_MARKS = re.compile(r"[^\w]+|_+")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_RUN = re.compile(r"(\D{2,24}?)\1{2,}")
_WORD_RUN = re.compile(r"(?<!\S)(\D+?)(?: \1){2,}(?!\S)")
_EMOJI = re.compile(
    r"([\u2600-\u27bf\U0001f000-\U0001faff]{3})[\u2600-\u27bf\U0001f000-\U0001faff]+"
)
_MIXED = re.compile(r"[^\W\d_]*[a-z][^\W\d_]*")
_LOOKS = dict(zip("аеорсухіјѕһԁԛԝкмтвнαορυικντχ", "aeopcyxijshdqwkmtbhaopuikvtx", strict=True))
"""Cyrillic and Greek letters that are drawn like Latin ones (a part of Unicode's confusables)."""
_SQUARED = {0x1F130 + at: chr(ord("a") + at) for at in range(26)} | {
    0x1F170 + at: chr(ord("a") + at) for at in range(26)
}
_ALIKE = str.maketrans(_LOOKS)
_LOOKALIKES = frozenset(_LOOKS)
_SQUARES, _TAGS = chr(min(_SQUARED)), "\U000e0000"
"""The first of the squared letters, and the first that _CONTROL holds though it may be printed."""
REPEATS = 4
"""Characters of a line that have come before in it, at least, where a run of _RUN is in it."""
MAX = 500
"""Characters that are looked at; what follows says nothing new in a chat line."""
REMEMBER = 2_048
"""Texts whose forms are kept: a message is looked at a dozen times on its way to an outcome."""


def tidy(text: str, most: int = MAX) -> str:
    """Return ``text`` as a person reads it: NFKC, lower case, no invisible characters.

    What is repeated more than twice is kept twice, digits excepted (111斤); at most ``most``
    characters remain. ``tidy(tidy(x)) == tidy(x)`` for every str, lone surrogates included.
    """
    text = text[: 4 * most]
    return (_tidy if len(text) <= 4 * MAX else _tidy.__wrapped__)(text, most)


@lru_cache(REMEMBER)
def _tidy(text: str, most: int) -> str:
    if not text.isprintable():  # no surrogate is
        text = _SURROGATE.sub(" ", text)
    text = unicodedata.normalize("NFKC", text).lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if not text.isprintable() or max(text, default="") >= _TAGS:
        text = _CONTROL.sub(" ", text)
    text = " ".join(text.split())
    return _REPEAT.sub(r"\1\1", text)[:most].strip()


def normal(text: str, most: int = MAX) -> str:
    """Return ``text`` as the reader gets it: tidy, and one form for what only looks different.

    A Latin word spelt with look-alikes of other scripts is spelt out, squared letters and key caps
    are plain ones, pinyin is what it spells (duoshao), three emoji stand for a run of them, and
    what is repeated more than twice, a word or an emote too, is kept twice.
    ``normal(normal(x)) == normal(tidy(x)) == normal(x)``.
    """
    line = tidy(text, most)
    return (_normal if len(line) <= MAX else _normal.__wrapped__)(line, most)


@lru_cache(REMEMBER)
def _normal(line: str, most: int) -> str:
    while True:
        plain = spelt_out(line).replace("\u20e3", "")
        if max(plain, default="") >= _SQUARES:
            plain = plain.translate(_SQUARED)
        if not _LOOKALIKES.isdisjoint(plain):
            plain = _MIXED.sub(lambda word: word[0].translate(_ALIKE), plain)
        plain = _once(_EMOJI.sub(r"\1", plain))
        plain = tidy(plain, most)
        if plain == line:
            return line
        line = plain


def _once(line: str) -> str:
    """Return a line in which nothing is repeated more than twice.

    Three of one word have two blanks among them, and of three equal runs two thirds are repeats.
    """
    if line.count(" ") > 1:
        line = _WORD_RUN.sub(r"\1 \1", line)
    return _RUN.sub(r"\1\1", line) if len(line) - len(set(line)) >= REPEATS else line


_SPELT = re.findall(
    r"\w+",
    "多少钱 多少 多钱 怎么卖 怎么 价格 便宜 优惠 优惠券 打折 活动 券码 这个"
    " 那个 这款 那款 有吗 有没有 还有吗 有货 现货 库存 补货 链接 几号 什么"
    " 什么时候 几点 下播 开播 主播 直播间 尺码 颜色 黑色 白色 红色 材质 面料"
    " 成分 纯棉 真皮 质量 防水 保质期 尺寸 重量 多大 多重 包邮 运费 快递 顺丰"
    " 发货 几天 新疆 退货 换货 退款 退换 保修 质保 售后 运费险 发票 证书 礼盒"
    " 赠品 礼物 包装 分期 花呗 支付宝 付款 下单 讲解 试穿 试用 可以 能不能"
    " 是不是 孕妇 宝宝 小孩 适合 好用 好吃",
)
_PINYIN = {"".join(lazy_pinyin(word)): word for word in _SPELT} | {
    "qian": "钱", "mai": "卖", "ma": "吗", "hai": "还", "you": "有", "jige": "几个",
}  # fmt: skip
"""What viewers type who have no Chinese keyboard at hand; "you", "ma" count only among others."""
_PINYIN_WORD = re.compile(r"[a-z]{2,}")
_PLAINLY = frozenset(_PINYIN) - {"qian", "mai", "ma", "hai", "you"}
"""Words that no other language has."""


def spelt_out(line: str) -> str:
    """Return a tidy line with pinyin, where it surely is that, in ideographs: duoshao qian."""
    if _PLAINLY.isdisjoint(_PINYIN_WORD.findall(line)):
        return line
    line = _PINYIN_WORD.sub(lambda word: _PINYIN.get(word[0], word[0]), line)
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", line)


def bare(text: str, most: int = MAX) -> str:
    """Return only the letters, digits and ideographs of the tidy text, to compare wordings by."""
    line = tidy(text, most)
    return (_bare if len(line) <= MAX else _bare.__wrapped__)(line, most)


@lru_cache(REMEMBER)
def _bare(line: str, most: int) -> str:
    return tidy(_MARKS.sub("", line), most)


def words(text: str) -> bool:
    """Tell whether there is anything to read: a letter, digit or ideograph, or a lone "?"."""
    return bool(bare(text)) or tidy(text).strip("?") != tidy(text)


def language(text: str, otherwise: Lang) -> Lang:
    """Tell a text's language by its script; ``otherwise`` where it has neither script's letters.

    Chinese lines carry Latin words (L码, ok, hoodie), English ones hardly ever ideographs.
    """
    ideographs = len(_CJK.findall(text))
    latin = len(_LATIN.findall(text))
    if ideographs == latin == 0:
        return otherwise
    return "zh" if 2 * ideographs >= latin else "en"
