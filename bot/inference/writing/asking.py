"""Invents what a viewer types: one or more questions in a line, in the manner of a chat."""

from collections.abc import Sequence
from random import Random

from bot.inference.writing.draws import likely
from bot.inference.writing.goods import Goods
from bot.inference.writing.source import Texts, source
from bot.model import Lang

SHORT = 4
"""Letters below which a word is not mistyped: it could not be read."""


def ask(draw: Random, lang: Lang, topics: Sequence[str], goods: Goods, *, held: bool) -> str:
    """Return a line that asks for ``topics`` of the product; for none of them it is chatter."""
    dress = source().questions.dress[lang]
    if not topics:
        lines = source().questions.chatter.lines(lang, held=held)
        return _dressed(draw, lang, draw.choice(lines))
    parts = [draw.choice(wordings(topic, lang, held=held)) for topic in topics]
    named = [name for name in (goods.product.name, *goods.product.aliases) if likely(draw, 0.5)]
    it = draw.choice(named if named and likely(draw, 0.5) else dress.it)
    line = parts[0].format(it=it)
    for part in parts[1:]:
        also = draw.choice(dress.also)
        line = line.rstrip("?") + also + part.format(it=draw.choice(dress.it))
    return _dressed(draw, lang, line)


def wordings(topic: str, lang: Lang, *, held: bool) -> Texts:
    """Return how a topic is asked for."""
    data = source()
    kind, _, key = topic.partition(".")
    if key:
        return (data.specs if kind == "specs" else data.notes)[key].asked(lang, held=held)
    row = data.questions.topics(lang)[kind]
    return row.held if held else row.asked


def order(draw: Random, lang: Lang, line: str, *, held: bool) -> str:
    """Return a line with an instruction to the bot before or after the question."""
    told = draw.choice(source().questions.orders.lines(lang, held=held))
    gap = "，" if lang == "zh" else ", "
    return f"{told}{gap}{line}" if likely(draw, 0.3) else f"{line}{gap}{told}"


def _dressed(draw: Random, lang: Lang, line: str) -> str:
    dress = source().questions.dress[lang]
    if likely(draw, 0.25):
        line = draw.choice(dress.before) + line
    if likely(draw, 0.45):
        line = line.rstrip("?") + draw.choice(dress.after)
    if likely(draw, 0.12):
        line = _mistyped(draw, lang, line)
    if lang == "en" and likely(draw, 0.3):
        line = draw.choice((line.upper(), line.capitalize(), line.lower()))
    return line


def _mistyped(draw: Random, lang: Lang, line: str) -> str:
    usual = source().questions.typos.get(lang, {})
    if found := [right for right in usual if right in line]:
        right = draw.choice(found)
        return line.replace(right, usual[right], 1)
    words = line.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > SHORT and word.isascii()]
    if not long:
        return line
    at = draw.choice(long)
    word, cut = words[at], draw.randrange(1, len(words[at]) - 2)
    words[at] = draw.choice(
        (
            word[:cut] + word[cut + 1 :],
            word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
            word[:cut] + word[cut] + word[cut:],
        )
    )
    return " ".join(words)
