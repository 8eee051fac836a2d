"""The two shops that texts are written for: a hundred products each, with traps among them."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.model import Catalogue, Fact, Lang, Product, Rules
from bot.rules.claims import squeezed
from bot.rules.facts import facts
from bot.shop.catalogue import load
from bot.shop.lexicon import DEFAULT
from bot.shop.lexicon import load as load_packs
from bot.shop.lookup import Shop
from bot.studio import describe as studio
from bot.studio import patterns
from bot.studio.describe import Description, Length
from bot.studio.patterns import Voice
from bot.studio.writing import Author

DATA = Path(__file__).with_name("data")
TITLE: dict[Lang, int] = {"zh": 30, "en": 80}
ATTRIBUTES = (
    "price", "list_price", "stock", "discount", "sizes", "size_guide", "colors", "material",
    "shipping", "returns", "notes",
)  # fmt: skip
_STOPS = re.compile(r"[。.！!；;，,、~～]")


@cache
def rules() -> Rules:
    return Rules(lexicon=load_packs(DEFAULT))


@cache
def shop(lang: Lang) -> Catalogue:
    return load(DATA / f"goods-{lang}.json")


def author(catalogue: Catalogue, lang: Lang, voice: Voice = "plain", seed: int = 0) -> Author:
    names = [name for each in catalogue.products for name in (each.name, *each.aliases)]
    return Author(patterns.load(lang, *studio.FILES), rules(), voice, seed, others=names)


def describe(
    product: Product, lang: Lang, length: Length = "medium", voice: Voice = "plain", seed: int = 0
) -> Description:
    catalogue = shop(lang)
    told = studio.describe(
        product, catalogue, author(catalogue, lang, voice, seed), length, TITLE[lang]
    )
    return asyncio.run(told)


@cache
def described(lang: Lang, length: Length, voice: Voice = "plain") -> tuple[Description, ...]:
    """Describe a shop; for another voice than the plain one, every third product of it."""
    products = shop(lang).products[:: 1 if voice == "plain" else 3]
    return tuple(describe(product, lang, length, voice) for product in products)


def attributes(product: Product, catalogue: Catalogue, lang: Lang) -> Iterator[tuple[str, Fact]]:
    """Yield what the catalogue says of a product, each attribute with a fact."""
    ready = Shop(catalogue, {})
    topics = [key for key in ATTRIBUTES if getattr(product, key) not in (None, (), "")]
    for topic in topics + [f"specs.{key}" for key in product.specs]:
        wanted = "price" if topic == "list_price" else topic
        for fact in facts(wanted, product, ready, lang):
            if fact.id == f"{product.sku}.{topic}":
                yield topic, fact


def stated(fact: Fact, text: str) -> bool:
    """Tell whether a text holds the words of a fact; of notes, each of their sentences.

    English reads the last piece of a list with "and" before it.
    """
    line = _STOPS.sub("", squeezed(text))
    parts = re.split(r"[。！!；;]|\.\s", fact.said) if fact.id.endswith(".notes") else [fact.said]
    if fact.id.endswith((".colors", ".sizes")):
        parts = [" and ".join(fact.said.rsplit(", ", 1))]
    return all(_STOPS.sub("", squeezed(part)) in line for part in parts if part.strip())
