"""Describes a product: a title, selling points, a text of some length and voice, its facts.

A description is a list of points in an order; each becomes one sentence by the Author, so that
nothing stands in it that the catalogue does not state.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from bot.model import Catalogue, Fact, Lang, Product
from bot.studio import points as plans
from bot.studio import title as titles
from bot.studio.grammar import within
from bot.studio.labels import label_of, stuff
from bot.studio.patterns import draw
from bot.studio.points import Known, known, native, topic_of
from bot.studio.title import Title
from bot.studio.writing import Author, Left, Point, Sentence, Used

Length: TypeAlias = Literal["short", "medium", "long"]
FILES: Final = ("facts", "describe")
"""The pattern files of a description."""
MOST_POINTS, LEAST_POINTS = 6, 3
BRIEF: Final = 4
"""Sentences of a short text, beside its offer."""
TERMS: Final = frozenset({"shipping", "returns", "payment"})
OFFER: Final = frozenset({"price", "offer", "discount", "stock", "few", "one_left", "sold_out"})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of facts."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Description:
    """One product described. ``left`` is what the catalogue holds and the text does not say."""

    product: Product
    lang: Lang
    title: Title
    points: tuple[Sentence, ...]
    paragraphs: tuple[tuple[Sentence, ...], ...]
    table: tuple[Row, ...]
    left: tuple[Left, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences of the body."""
        return tuple(sentence for part in self.paragraphs for sentence in part)

    @property
    def body(self) -> str:
        """Return the text, a blank line between paragraphs."""
        gap = "" if self.lang == "zh" else " "
        return "\n\n".join(gap.join(one.text for one in part) for part in self.paragraphs)


async def describe(
    product: Product, catalogue: Catalogue, author: Author, length: Length, most: int
) -> Description:
    """Describe a product in the author's language and voice; ``most`` characters for the title."""
    of = known(product, catalogue, author.lang, author.rules)
    left = list(of.left)
    parts = []
    used = Used()
    for group in _paragraphs(of, length, author):
        said = [await author.say(point, used) for point in group]
        left += [one for one in said if isinstance(one, Left)]
        if kept := tuple(one for one in said if isinstance(one, Sentence)):
            parts.append(kept)
    title = titles.title(of, most, author.rules)
    if not title.text:
        left.append(Left(Point("title", (), product), "no_name", f"at most {most} characters"))
    bullets = list(_bullets(of, author))
    left += [one for one in bullets if isinstance(one, Left)]
    return Description(
        product=product,
        lang=author.lang,
        title=title,
        points=tuple(one for one in bullets if isinstance(one, Sentence)),
        paragraphs=tuple(parts),
        table=tuple(_table(of)),
        left=tuple(left),
    )


def _paragraphs(of: Known, length: Length, author: Author) -> list[list[Point]]:
    """Return the points of a text: what it is, what it costs, and in a long one the terms."""
    every = list(plans.points(of))
    offer = [point for point in every if point.kind in OFFER or _about(point, of) & {"discount"}]
    terms = [point for point in every if _about(point, of) & TERMS]
    goods = [point for point in every if point not in offer and point not in terms]
    goods = _shuffled(goods, of, author)
    greeting = Point("opening", (), of.product, _ahead(goods, of))
    if length == "short":
        return [[*goods[:BRIEF], *offer[:2]]]
    own = [point for point in terms if _owned(point, of)]
    if length == "medium":
        return [[greeting, *goods], [*offer, *own]]
    paid = list(plans.terms(of, "payment"))
    return [[greeting, *goods], offer, [*terms, *paid, Point("closing", (), of.product)]]


def _ahead(goods: Sequence[Point], of: Known) -> dict[str, str]:
    """Return what the text speaks of first and next, for an opening that says so."""
    topics = [
        topic_of(fact, of.product)
        for point in goods[:2]
        for fact in point.facts[:1]
        if point.kind
        not in (
            "spec_flag",
            "spec_verb",
            "size_guide",
            "notes",
            "notes_brief",
            "quoted_note",
            "spec_told",
            "spec_when",
            "spec_phrase",
            "spec_asked",
        )
    ]
    made_of = stuff(of.product, of.lang)["stuff"]
    names = [made_of if topic == "material" else label_of(topic, of.lang) for topic in topics]
    plain = [within(name) for name in dict.fromkeys(names) if not re.search(r"[“:：s]$", name)]
    return {"first": plain[0], "second": plain[1]} if len(plain) > 1 else {}


def _about(point: Point, of: Known) -> set[str]:
    return {topic_of(fact, of.product).partition(".")[0] for fact in point.facts}


def _owned(point: Point, of: Known) -> bool:
    return any(fact.id.startswith(f"{of.product.sku}.") for fact in point.facts)


def _shuffled(goods: Sequence[Point], of: Known, author: Author) -> list[Point]:
    """Return the points about the goods in an order of the product's own; notes stay last."""
    blocks: dict[str, list[Point]] = {}
    for point in goods:
        topics = _about(point, of)
        block = "looks" if topics & {"colors", "sizes", "size_guide"} else next(iter(topics))
        blocks.setdefault(block, []).append(point)
    last = blocks.pop("notes", [])
    names = sorted(blocks, key=lambda name: draw(author.seed, of.product.sku, name))
    return [point for name in names for point in blocks[name]] + last


def _bullets(of: Known, author: Author) -> Iterator[Sentence | Left]:
    """Yield three to six selling points, by patterns."""
    used = Used(most=MOST_POINTS)
    plan = list(_points(of))
    for point in plan[:MOST_POINTS]:
        yield author.word(point, used)


def _points(of: Known) -> Iterator[Point]:
    """Yield selling points, the goods before price and terms; notes where there is room."""
    goods = list(_goods(of))
    notes = [_bullet("notes", [fact], of) for fact in of.of("notes")]
    price = _bullet("price", [*of.of("price", "list_price"), *_native(of, "discount")], of)
    room = MOST_POINTS - 1 - min(len(notes), 1)
    yield from goods[:room]
    yield from notes[: max(1, MOST_POINTS - 1 - len(goods[:room]))]
    yield price
    if len(goods) + len(notes) + 1 < LEAST_POINTS:
        for topic in ("shipping", "returns"):
            yield from (_bullet(topic, [fact], of) for fact in of.of(topic))


def _goods(of: Known) -> Iterator[Point]:
    for fact in _native(of, "material"):
        yield _bullet("told" if plans.TOLD.search(fact.said) else "material", [fact], of)
    specs = _native(of, "specs")
    size = max(1, min(plans.TOGETHER, -(-len(specs) // 2)))
    for at in range(0, len(specs), size):
        yield _bullet("specs", specs[at : at + size], of)
    looks = [*_native(of, "colors"), *_native(of, "sizes")]
    if looks:
        yield _bullet(_look(looks, of), looks, of)
    for fact in of.of("size_guide"):
        yield _bullet("size_guide", [fact], of)
    for point in plans.quotes(of):
        yield _bullet("quoted", point.facts, of)


def _look(looks: Sequence[Fact], of: Known) -> str:
    if len(looks) > 1:
        return "look"
    topic = topic_of(looks[0], of.product)
    return f"one_{topic[:-1]}" if len(getattr(of.product, topic)) == 1 else topic


def _native(of: Known, topic: str) -> list[Fact]:
    return [fact for fact in of.of(topic) if native(fact, of)]


def _bullet(kind: str, facts: Sequence[Fact], of: Known) -> Point:
    """Return a selling point; texts of the other language are quoted."""
    if kind == "quoted" or any(not native(fact, of) for fact in facts):
        return replace(plans.quoted(facts, of), kind="point_quoted")
    words = {**stuff(of.product, of.lang), **plans.keys(facts, of, listed=True)}
    return Point(f"point_{kind}", tuple(facts), of.product, words)


def _table(of: Known) -> Iterator[Row]:
    """Yield all that may be said, as the catalogue words it."""
    notes = [fact.said for fact in of.of("notes")]
    for fact in of.facts:
        topic = topic_of(fact, of.product)
        if topic != "notes":
            listed = fact.text if topic in ("colors", "sizes") else fact.said
            yield Row(fact.id, label_of(topic, of.lang), listed)
    if notes:
        joint = "。" if of.lang == "zh" else ". "
        yield Row(f"{of.product.sku}.notes", label_of("notes", of.lang), joint.join(notes))
