"""What may be said by law and by the seller's own rules, and how a product may be called."""

import re
from typing import Final

from bot.model import Lang, Product, Rules
from bot.shop.text import language

LEAST_NAME: Final = 2
"""Characters of what is left of a name: less names nothing."""


def called(product: Product, lang: Lang, rules: Rules) -> str:
    """Return a product's name, or an alias in the text's language, without forbidden words.

    Where every name holds such a word, it is taken out; empty where nothing lawful is left.
    """
    names = [product.name, *product.aliases]
    lawful = [name for name in names if not forbidden(name, rules)]
    lawful = lawful or [name for name in (stripped(product.name, rules),) if name]
    return next((name for name in lawful if language(name, lang) == lang), (lawful or [""])[0])


def stripped(text: str, rules: Rules) -> str:
    """Return a text without its forbidden words; empty where the rest may not be said either."""
    for found in list(rules.lexicon.find(text)) if rules.lexicon else ():
        text = re.sub(re.escape(found.word), " ", text, flags=re.IGNORECASE)
    rest = re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])|^\s*的", "", text).strip(" ,，、·-")
    return "" if len(rest) < LEAST_NAME or forbidden(rest, rules) else " ".join(rest.split())


def forbidden(text: str, rules: Rules) -> str | None:
    """Return what makes a text unlawful to say, or None."""
    found = next(rules.lexicon.find(text), None) if rules.lexicon else None
    if found:
        return str(found)
    return next((word for word in rules.banned if word and word in text), None)
