"""Invents a shop with one product: its catalogue, and how viewers ask for what it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bot.inference.writing.draws import likely
from bot.inference.writing.source import Shop as Words
from bot.inference.writing.source import Texts, Trade, source
from bot.model import Catalogue, Lang, Product
from bot.shop.lookup import Shop
from bot.shop.passages import sentences

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
CURRENCIES: Mapping[Lang, Texts] = {
    "zh": ("CNY",) * 9 + ("USD",),
    "en": ("USD",) * 6 + ("EUR", "GBP", "CNY", "SEK"),
}
OTHER: Mapping[Lang, Lang] = {"zh": "en", "en": "zh"}


@dataclass(frozen=True, slots=True)
class Goods:
    """A shop with one product."""

    shop: Shop
    product: Product
    specs: Mapping[str, str]
    """What each of the product's specs is called in the data files, by its key."""
    notes: Mapping[str, str]
    """The sentence of the notes about each subject."""
    trade: Trade

    @property
    def topics(self) -> list[str]:
        """Return what the catalogue says something about; specs and notes as in the data files."""
        one, whole = self.product, self.shop.catalogue
        plain = ["price"]
        plain += [t for t in ("link", "stock") if getattr(one, t) is not None]
        plain += [
            t for t in ("discount", "colors", "sizes", "size_guide", "material") if getattr(one, t)
        ]
        plain += [
            t
            for t in ("shipping", "returns", "payment")
            if getattr(whole, t) or getattr(one, t, None)
        ]
        return [
            *plain,
            *(f"specs.{k}" for k in self.specs.values()),
            *(f"notes.{k}" for k in self.notes),
        ]


def invent(draw: Random, lang: Lang, *, held: bool) -> Goods:
    """Return a shop whose catalogue is of language ``lang``; ``held`` takes the trades held out."""
    data = source()
    trade = draw.choice([trade for trade in data.trades if trade.held == held])
    words = data.shops[lang]
    zh, en = draw.choice(list(trade.goods.items()))
    name, other = (zh, en) if lang == "zh" else (en, zh)
    specs = {
        data.specs[key].says(lang)[0]: key
        for key in draw.sample(trade.specs, min(len(trade.specs), draw.randint(1, 3)))
    }
    notes = {
        key: draw.choice(data.notes[key].says(lang))
        for key in draw.sample(trade.notes, draw.randint(1, min(2, len(trade.notes))))
    }
    stop = "。" if lang == "zh" else ". "
    text = (stop.join(notes.values()) + stop.strip()) if likely(draw, 0.7) else ""
    text = _numbered(draw, text)
    notes = dict(zip(notes, sentences(text), strict=True)) if text else {}
    product = _product(draw, trade, words, lang, (name, other), specs, text)
    catalogue = Catalogue(
        name="",
        currency=draw.choice(CURRENCIES[lang]),
        language=lang,
        products=(product,),
        shipping=_maybe(draw, words.shipping),
        returns=_maybe(draw, words.returns),
        payment=_maybe(draw, words.payment),
    )
    return Goods(Shop(catalogue, {}), product, specs, notes, trade)


def _product(
    draw: Random,
    trade: Trade,
    words: Words,
    lang: Lang,
    names: tuple[str, str],
    specs: Mapping[str, str],
    notes: str,
) -> Product:
    data, price = source(), _price(draw)
    return Product(
        sku=draw.choice("ABKQ") + str(draw.randint(1, 99)),
        name=names[0],
        price=price,
        link=draw.randint(1, 60) if likely(draw, 0.7) else None,
        aliases=names[1:] if likely(draw, 0.6) else (),
        list_price=round(price * draw.uniform(1.1, 2.2)) if likely(draw, 0.4) else None,
        stock=_stock(draw),
        discount=_maybe(draw, words.discount),
        sizes=_sizes(draw, words.sizes, trade.sizes),
        size_guide=_maybe(draw, words.size_guide.get(trade.sizes or "", ())),
        colors=tuple(draw.sample(words.colors, draw.choice((1, 2, 2, 3, 3, 4, 5))))
        if trade.colors
        else (),
        material=_maybe(
            draw, [text for key in trade.materials for text in data.materials[key][lang]]
        ),
        specs={
            key: _numbered(draw, draw.choice(data.specs[of].says(lang)[1:]))
            for key, of in specs.items()
        },
        shipping=_maybe(draw, words.shipping, 0.2),
        returns=_maybe(draw, words.returns, 0.2),
        notes=notes or None,
    )


def _numbered(draw: Random, text: str) -> str:
    """Return a text with a number for each range in it, a word for each choice."""
    text = _CHOICE.sub(lambda found: draw.choice(found[1].split("|")), text)
    return _RANGE.sub(lambda found: str(draw.randint(int(found[1]), int(found[2]))), text)


def _maybe(draw: Random, texts: Sequence[str], chance: float = 0.75) -> str | None:
    return _numbered(draw, draw.choice(texts)) if texts and likely(draw, chance) else None


def _price(draw: Random) -> float:
    whole = draw.choice((draw.randint(5, 99), draw.randint(100, 999), draw.randint(1000, 5999)))
    return whole + draw.choice((0.0, 0.0, 0.0, 0.9, 0.99, 0.5))


def _stock(draw: Random) -> int | None:
    return draw.choice((None, 0, draw.randint(1, 5), draw.randint(6, 999), draw.randint(6, 99)))


def _sizes(draw: Random, words: Mapping[str, Texts], kind: str | None) -> Texts:
    if kind is None:
        return ()
    if likely(draw, 0.1):
        return words["one"]
    row = words[kind]
    first = draw.randrange(len(row) - 1)
    return row[first : first + draw.randint(1, 4)]
