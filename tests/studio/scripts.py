"""Scripts for tests, of the shops in goods.py and of the demo's shop."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.model import Catalogue, Lang
from bot.ports import Writer
from bot.shop.catalogue import load
from bot.studio import patterns
from bot.studio.patterns import Voice
from bot.studio.rundown import Script, Wanted
from bot.studio.script import FILES, Brief, Scribe
from bot.studio.speech import RATES
from bot.studio.writing import Author
from tests.studio.goods import rules, shop

DEMO = Path(__file__).parents[2] / "bot" / "demo" / "catalog.toml"


@cache
def demo() -> Catalogue:
    return load(DEMO)


def author(
    catalogue: Catalogue,
    lang: Lang,
    voice: Voice = "warm",
    seed: int = 0,
    writer: Writer | None = None,
) -> Author:
    names = [name for each in catalogue.products for name in (each.name, *each.aliases)]
    return Author(patterns.load(lang, *FILES), rules(), voice, seed, others=names, writer=writer)


def some(lang: Lang, count: int, seed: int = 0) -> Catalogue:
    """A shop with so many of the hundred products, drawn by the seed."""
    whole = shop(lang)
    chosen = random.Random(seed).sample(list(whole.products), count)
    return replace(whole, products=tuple(chosen))


def write(
    catalogue: Catalogue,
    lang: Lang,
    minutes: float,
    voice: Voice = "warm",
    seed: int = 0,
    host: str = "",
    wanted: Sequence[Wanted] = (),
    writer: Writer | None = None,
) -> Script:
    brief = Brief(minutes, catalogue.products, RATES[lang], host, wanted)
    scribe = Scribe(catalogue, author(catalogue, lang, voice, seed, writer), brief)
    return asyncio.run(scribe.write())
