"""What there is to say of one product on a stream: facts, demonstrations, price, terms, answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Catalogue, Fact, Lang, Product, Rules
from bot.studio import kinds
from bot.studio import points as plans
from bot.studio.labels import label_of
from bot.studio.labels import stuff as stuff_of
from bot.studio.patterns import Patterns, draw
from bot.studio.points import Known, foreign, known, topic_of
from bot.studio.rundown import Wanted
from bot.studio.writing import Left, Point, called

PRICED: Final = frozenset({"price", "offer", "discount"})
STOCKED: Final = frozenset({"stock", "few", "one_left", "sold_out"})
URGENT: Final = frozenset({"few", "one_left"})
TERMS: Final = frozenset({"shipping", "returns"})
QUOTED: Final = frozenset({"quoted", "quoted_note"})
ALIKE: Final = 3
"""Specs of the same name that make two products worth comparing: weight alone does not."""
_SIZED: Final = frozenset({"sizes", "one_size", "size_guide"})
_SHOWN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("material", "material_told"), "cue_material"),
    "ingredients": "cue_ingredients",
    **dict.fromkeys(sorted(_SIZED), "cue_sizes"),
    **{f"spec_{name}": f"cue_{name}" for name in ("capacity", "weight", "size", "fit", "count")},
    "one_color": "cue_color",
    "notes": "cue_notes",
}
"""How a kind of point is shown on camera."""
_VOLUME: Final = re.compile(r"\d\s*(?:ml|l|cl|fl|oz|cups?|qt|quarts?|gal|毫升|升)(?![a-z])")
"""What can be filled on camera: a battery has a capacity, too."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What is done on camera for a point: a kind of stage direction and its words."""

    kind: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Matter:
    """One product for a script. ``goods`` are points about the thing itself."""

    of: Known
    name: str
    goods: tuple[Point, ...]
    offer: tuple[Point, ...]
    stock: tuple[Point, ...]
    terms: tuple[Point, ...]
    left: tuple[Left, ...]

    @property
    def product(self) -> Product:
        """Return the product."""
        return self.of.product

    @property
    def sku(self) -> str:
        """Return the product's sku."""
        return self.of.product.sku

    @property
    def sold_out(self) -> bool:
        """Tell whether there is none left."""
        return self.of.product.stock == 0

    @property
    def link(self) -> tuple[Point, ...]:
        """Return the point that names the link number, if it has one."""
        return tuple(Point("link", (fact,), self.product) for fact in self.of.of("link"))

    @property
    def points(self) -> tuple[Point, ...]:
        """Return all points."""
        return (*self.goods, *self.offer, *self.stock, *self.terms)


def matter(product: Product, catalogue: Catalogue, lang: Lang, rules: Rules) -> Matter:
    """Return what there is to say of a product in a language.

    What is written in the other language is left out: a host reads no quotations.
    """
    of = known(product, catalogue, lang, rules)
    every = list(plans.points(of))
    quoted = [point for point in every if point.kind in QUOTED]
    offer = [point for point in every if point.kind in PRICED or _about(point, of) & PRICED]
    goods = [
        point
        for point in every
        if point.kind not in (*PRICED, *STOCKED, *TERMS) and point not in quoted + offer
    ]
    own = f"{product.sku}."
    unsaid = [
        Left(point, "foreign", fact.said)
        for point in quoted
        if point not in offer
        for fact in point.facts
        if fact.id.startswith(own)
    ]
    return Matter(
        of=of,
        name=called(product, lang, rules),
        goods=tuple(goods),
        offer=tuple(offer),
        stock=tuple(point for point in every if point.kind in STOCKED),
        terms=tuple(
            point
            for point in every
            if point.kind in TERMS and any(fact.id.startswith(own) for fact in point.facts)
        ),
        left=(*of.left, *unsaid),
    )


def _about(point: Point, of: Known) -> set[str]:
    return {topic_of(fact, of.product) for fact in point.facts}


def ordered(of: Matter, turn: int, seed: int) -> list[Point]:
    """Return the points about the goods in an order of the product's and the round's own.

    What belongs together stays together. The first round goes from what it is made of and looks
    like to figures and notes; a later one begins anywhere.
    """
    blocks: dict[str, list[Point]] = {}
    for point in of.goods:
        blocks.setdefault(_block(point), []).append(point)

    def place(name: str) -> float:
        ahead = _PLACES.get(name.partition("|")[0], 0.3)
        return draw(seed, of.sku, turn, name) * 0.5 + (ahead if turn == 1 else 0.0)

    return [point for name in sorted(blocks, key=place) for point in blocks[name]]


_PLACES: Final = {"made": 0.0, "looks": 0.15, "notes": 0.5}
"""How far back a block stands at least; figures stand at 0.3."""


def _block(point: Point) -> str:
    if point.kind in ("look", "colors", "one_color", *_SIZED):
        return "looks"
    if _SHOWN.get(point.kind) in ("cue_material", "cue_ingredients"):
        return "made"
    return "notes" if point.kind == "notes" else f"|{point.kind}{point.facts[0].id}"


def demos(point: Point, patterns: Patterns) -> Iterator[Demo]:
    """Yield what can be shown while a point is told, the most telling first."""
    said = " ".join(fact.said for fact in point.facts).casefold()
    parts = [row.text for row in patterns.kinds["words"] if row.voice == "part"]
    for part in sorted(parts, key=len, reverse=True):
        if _holds(said, part):
            yield Demo("cue_part", {"part": part})
            break
    if point.kind in ("look", "colors"):
        colors = next(fact.said for fact in point.facts if fact.id.endswith(".colors"))
        yield Demo("cue_colors", {"colors": colors})
    elif (kind := _SHOWN.get(point.kind)) and (kind != "cue_capacity" or _VOLUME.search(said)):
        yield Demo(kind, point.words)
    elif point.kind in {f"spec_{kind}" for kind in kinds.ODD}:
        yield Demo("cue_notes", {})
    elif "key" in point.words:
        yield Demo("cue_specs" if "key2" in point.words else "cue_spec", point.words)


def _holds(text: str, word: str) -> bool:
    if not word.isascii():
        return word in text
    return f" {word} " in f" {''.join(c if c.isalnum() else ' ' for c in text)} "


def answers(wanted: Wanted, of: Matter) -> list[Point]:
    """Return the points that say what answers a viewers' question."""
    fitting = [fact for fact in wanted.facts if fact.id == f"{of.sku}.size_guide"]
    if fitting and of.of.of("size_guide") and not foreign(fitting[0].said, of.of):
        return [Point("size_guide", (fitting[0],), of.product)]
    ids = {fact.id for fact in wanted.facts}
    notes = " ".join(fact.said for fact in wanted.facts if fact.id.endswith(".notes"))
    return [
        point
        for point in (*of.points, *of.link)
        if any(fact.id in ids for fact in point.facts)
        and (point.kind != "notes" or point.facts[0].said in notes)
    ]


def bridges(before: Matter, of: Matter, patterns: Patterns) -> Iterator[Point]:
    """Yield what connects a product to the one before it, as far as the catalogue states both."""
    lang = of.of.lang
    same = [color for color in before.product.colors if color in of.product.colors]
    if shared := [color for color in same if not foreign(color, of.of)]:
        yield _both("bridge_colors", "colors", shared[0], shared[0], before, of)
    shared_keys = before.product.specs.keys() & of.product.specs.keys()
    named = {stuff_of(one.product, "en")["stuff"] for one in (before, of)}
    alike = before.product.specs if len(shared_keys) >= ALIKE and len(named) == 1 else {}
    for key, said in alike.items():
        other = of.product.specs.get(key)
        label = label_of(f"specs.{key}", lang)
        if kinds.kind(key, said, lang) in kinds.ODD:
            continue
        if other and other != said and not (foreign(said, of.of) or foreign(other, of.of)):
            words = {"key": label, "other_key": label[:1].lower() + label[1:]}
            yield _both("bridge_specs", f"specs.{key}", said, other, before, of, words)
            break
    stuff = [row.text for row in patterns.kinds["words"] if row.voice == "stuff"]
    mine, theirs = of.product.material or "", before.product.material or ""
    for word in sorted(stuff, key=len, reverse=True) if named == {"material"} else ():
        if _holds(mine.casefold(), word) and _holds(theirs.casefold(), word):
            yield _both("bridge_material", "material", word, word, before, of)
            break
    links = (*before.of.of("link"), *of.of.of("link"))
    if len(links) == 2:  # noqa: PLR2004 - both have one
        yield Point("bridge_links", links, of.product)
    yield Point("bridge_price", before.of.of("price"), of.product)


def _both(
    kind: str,
    topic: str,
    theirs: str,
    mine: str,
    before: Matter,
    of: Matter,
    words: Mapping[str, str] | None = None,
) -> Point:
    """Return a point about one attribute of both products."""
    facts = (_fact(before, topic, theirs), _fact(of, topic, mine))
    return Point(kind, facts, of.product, words or {})


def _fact(of: Matter, topic: str, said: str) -> Fact:
    return Fact(f"{of.sku}.{topic}", said, said)


def labels(points: Sequence[Point], of: Matter) -> list[str]:
    """Return what points are about, in words for the run-down."""
    topics = [topic_of(fact, of.product) for point in points for fact in point.facts]
    return list(dict.fromkeys(label_of(topic, of.of.lang) for topic in topics if topic != "link"))
