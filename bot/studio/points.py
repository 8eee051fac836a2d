"""What is said of a product, in which sentences: together what belongs together."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.model import Fact
from bot.studio import kinds
from bot.studio.grammar import plural
from bot.studio.known import Known, foreign, known, native, topic_of
from bot.studio.labels import family, label_of, stuff
from bot.studio.lawful import called
from bot.studio.sentences import Point

__all__ = ["Known", "foreign", "known", "native", "points", "topic_of"]
FEW: Final = 5
"""Pieces in stock that are called few, as in the replies."""
SHORT: Final = 14
"""Characters of a spec that may stand beside others in one sentence; English ones twice that."""
BRIEF: Final = 20
"""Characters of a discount that is told in one sentence with the price; English ones twice that."""
SENTENCE: Final = 4
"""English words from which a note is a sentence: "Kangaroo pocket" is none."""
TOGETHER: Final = 3
"""Specs in one sentence at most."""
TOLD: Final = re.compile(
    r"^(?:配料|成分|面料|材质|用料|主料|原料|made\b|ingredients?\b)|[：:]", re.IGNORECASE
)
"""A material that says itself what it is: 配料只有咖啡豆."""


def points(of: Known) -> Iterator[Point]:
    """Yield what can be said, each point one sentence: together what belongs together."""
    yield from _material(of)
    yield from _looks(of)
    yield from specs(of)
    for fact in of.of("notes"):
        yield note(fact, of)
    yield from terms(of, "size_guide")
    yield from quotes(of)
    yield from offer(of)
    yield from terms(of, "shipping", "returns")


def _material(of: Known) -> Iterator[Point]:
    for fact in of.of("material"):
        if not foreign(fact.said, of):
            words = stuff(of.product, of.lang)
            eaten = words["stuff"] not in ("材质", "material")
            kind = "ingredients" if eaten else "material"
            told = "material_told" if TOLD.search(fact.said) else kind
            yield Point(told, (fact,), of.product, words, free=True)


def _looks(of: Known) -> Iterator[Point]:
    native = [fact for fact in of.of("colors", "sizes") if not foreign(fact.said, of)]
    several = len(of.product.colors) > 1 and len(of.product.sizes) > 1
    if len(native) == 2 and several:  # noqa: PLR2004 - colours and sizes
        yield Point("look", tuple(native), of.product, free=True)
        return
    for fact in native:
        topic = topic_of(fact, of.product)
        alone = len(getattr(of.product, topic)) == 1
        yield Point(f"one_{topic[:-1]}" if alone else topic, (fact,), of.product, free=not alone)


def specs(of: Known) -> Iterator[Point]:
    """Yield the specs: a known one in words of its own, of the rest two or three together."""
    rest: list[Fact] = []
    for fact in of.of("specs"):
        key = topic_of(fact, of.product).partition(".")[2]
        if not native(fact, of):
            continue
        if kind := kinds.kind(key, fact.said, of.lang):
            yield Point(f"spec_{kind}", (fact,), of.product, keys([fact], of), free=True)
        else:
            rest.append(fact)
    for group in _grouped(rest, of):
        yield Point(_measure(group, of), tuple(group), of.product, keys(group, of), free=True)


def keys(group: Sequence[Fact], of: Known, *, listed: bool = False) -> dict[str, str]:
    """Return what the specs are called in the text's language, by the slots of a pattern.

    In a sentence of its own a key bends to it; ``listed`` ones stand as they are.
    """
    names = [label_of(topic_of(fact, of.product), of.lang) for fact in group]
    alone = len(names) == 1 and not listed
    if alone and family(names[0]) == "verb" and plural(_name(of)):
        names = [re.sub(r"^(\w+)s\b", r"\1", names[0])]  # the shoes fit
    if alone and family(names[0]) == "origin" and names[0].endswith((" in", "自")):
        names = ["产地" if of.lang == "zh" else "origin"]  # "the made in" is no noun
    names = [name.rstrip("?？") for name in names]
    return {f"key{at if at > 1 else ''}": name for at, name in enumerate(names, 1)}


def _name(of: Known) -> str:
    return called(of.product, of.lang, of.rules)


def _grouped(rest: Sequence[Fact], of: Known) -> Iterator[list[Fact]]:
    most = SHORT if of.lang == "zh" else 2 * SHORT
    group: list[Fact] = []
    for fact in sorted(rest, key=lambda one: not kinds.MEASURED.match(one.said)):
        brief = len(fact.said) <= most and not re.search(r"[，、,；;。:：]", fact.said)
        if not brief:
            yield [fact]
            continue
        shapes = {bool(kinds.MEASURED.match(one.said)) for one in (*group, fact)}
        mixed = len(shapes) > 1
        if len(group) == TOGETHER or mixed:
            yield group
            group = []
        group.append(fact)
    if group:
        yield group


def _measure(group: Sequence[Fact], of: Known) -> str:
    """Return the kind of a sentence about specs; English has another one for figures."""
    names = list(keys(group, of).values())
    figures = all(kinds.figure(fact.said) for fact in group)
    many = any(name.endswith("s") or plural(name) for name in names)
    return "measure" if of.lang == "en" and figures and not many else "specs"


def note(fact: Fact, of: Known) -> Point:
    """Return the point of a sentence of the notes."""
    if foreign(fact.said, of):
        return Point("quoted_note", (fact,), of.product)
    brief = of.lang == "en" and len(fact.said.split()) < SENTENCE
    return Point("notes_brief" if brief else "notes", (fact,), of.product)


def quotes(of: Known) -> Iterator[Point]:
    """Yield what stands in the catalogue in the other language, two or three in a sentence."""
    goods = of.of("material", "colors", "sizes", "specs")
    rest = [fact for fact in goods if not native(fact, of)]
    size = TOGETHER if len(rest) % TOGETHER != 1 else 2
    for at in range(0, len(rest), size):
        yield quoted(rest[at : at + size], of)


def quoted(facts: Sequence[Fact], of: Known) -> Point:
    """Return the point that quotes texts of the other language."""
    names = [label_of(topic_of(fact, of.product), of.lang) for fact in facts]
    words = {f"label{at if at > 1 else ''}": name for at, name in enumerate(names, 1)}
    return Point("quoted", tuple(facts), of.product, words)


def terms(of: Known, *topics: str) -> Iterator[Point]:
    """Yield what the catalogue lays down on these topics, the product's before the shop's."""
    for topic in topics:
        for fact in of.of(topic):
            if foreign(fact.said, of):
                yield quoted([fact], of)
            else:
                yield Point(topic, (fact,), of.product, free=topic != "size_guide")


def offer(of: Known) -> Iterator[Point]:
    """Yield price, discount and stock."""
    price, terms_of_it = of.of("price", "list_price"), of.of("discount")
    most = BRIEF if of.lang == "zh" else 2 * BRIEF
    if all(not foreign(fact.said, of) and len(fact.said) <= most for fact in terms_of_it):
        kind = "offer" if terms_of_it else "price"
        yield Point(kind, (*price, *terms_of_it), of.product, free=True)
    else:
        yield Point("price", price, of.product, free=True)
        yield from terms(of, "discount")
    for fact in of.of("stock"):
        yield Point(_stocked(fact), (fact,), of.product, free=True)


def _stocked(fact: Fact) -> str:
    if fact.text == "0":
        return "sold_out"
    if int(fact.text) > FEW:
        return "stock"
    return "one_left" if fact.text == "1" else "few"
