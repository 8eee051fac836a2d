"""The judge's own data, pieces of a catalogue with questions, and the pairs that are made of it."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadLog
from bot.inference.relevance import ANSWERED, Pair
from bot.inference.training.lines import Line, read
from bot.model import Product
from bot.ports import Judge
from bot.shop.names import Names
from bot.shop.text import normal

PIECES, LISTINGS = "pieces.*.jsonl", "products.*.jsonl"
HELD_PIECES, HELD_LISTINGS = 25, 6
"""How many of the last rows of each file are held out."""
NAMED = 0.8
"""Share of a product's passages that begin with its name; the bot's own do, the shop's do not."""
SURE = 0.9
"""Above this a wrong passage is mostly an answer that nobody listed."""
OTHER_PIECES = 2
"""Questions of a piece that are read with another piece too."""
PIECE = 'expected {"text": "…", "yes": ["…"], "no": ["…"]}'
LISTING = (
    'expected {"name": "…", "lang": "…", "passages": ["…"], "questions": [{"q": "…", "a": [0]}]}'
)
_LABEL = re.compile(r"[^:：]{1,14}[:：]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a catalogue, the questions that it answers, and near misses."""

    text: str
    yes: Sequence[str]
    no: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listing:
    """A product with its passages; each question has the places of those that answer it."""

    name: str
    lang: str
    passages: Sequence[str]
    questions: Sequence[tuple[str, frozenset[int]]]

    def full(self, at: int) -> str:
        """Return a passage as the bot writes those of a product."""
        return f"{self.name} | {self.passages[at]}"

    def wrong(self, answers: frozenset[int]) -> list[int]:
        """Return the places of all other passages."""
        return [at for at in range(len(self.passages)) if at not in answers]


@dataclass(frozen=True, slots=True)
class Source:
    """What one or more folders hold: to learn from, and held out."""

    pieces: Sequence[Sequence[Piece]]
    """File by file, since a piece of the same file may stand in for another."""
    listings: Sequence[Listing]
    held_pieces: Sequence[Piece]
    held_listings: Sequence[Listing]


def load(folders: Sequence[Path]) -> Source:
    """Read all files of the folders. Raises BadLog with a line for each fault."""
    faults: list[str] = []
    pieces: list[list[Piece]] = []
    listings: list[list[Listing]] = []
    for folder in folders:
        of_pieces, of_listings = sorted(folder.glob(PIECES)), sorted(folder.glob(LISTINGS))
        pieces += [read(file, _piece, PIECE, faults) for file in of_pieces]
        listings += [read(file, _listing, LISTING, faults) for file in of_listings]
        if not of_pieces and not of_listings:
            faults.append(f"{folder}: expected files named {PIECES} or {LISTINGS}")
    kept = [rows[:-HELD_PIECES] for rows in pieces if len(rows) > HELD_PIECES]
    kept_listings = [listing for rows in listings for listing in rows[:-HELD_LISTINGS]]
    if folders and not faults and not kept and not kept_listings:
        least = f"{HELD_PIECES} pieces or {HELD_LISTINGS} products in a file"
        faults.append(f"{folders[0]}: expected more than {least}: the last are held out")
    if faults:
        raise BadLog(*faults)
    return Source(
        kept,
        kept_listings,
        [piece for rows in pieces for piece in rows[-HELD_PIECES:]],
        [listing for rows in listings for listing in rows[-HELD_LISTINGS:]],
    )


def held(source: Source) -> list[Line]:
    """Return every pair of what is held out, as it comes."""
    lines = [line for piece in source.held_pieces for line in _own(piece)]
    for each in source.held_listings:
        for question, answers in each.questions:
            places = range(len(each.passages))
            lines += [_pair(question, each.full(at), yes=at in answers) for at in places]
    return lines


async def rate(source: Source, judge: Judge) -> Mapping[Pair, float]:
    """Return how likely a judge takes each wrong passage to be an answer.

    One question after the other: scores depend a little on what is read in the same pass.
    """
    rates: dict[Pair, float] = {}
    for each in source.listings:
        for question, answers in each.questions:
            passages = [each.full(at) for at in each.wrong(answers)]
            scores = await judge.judge(question, passages)
            rates |= {(question, text): s for text, s in zip(passages, scores, strict=True)}
    return rates


def kept(source: Source, seed: int, rates: Mapping[Pair, float] | None = None) -> list[Line]:
    """Return pairs to learn from, drawn by ``seed``; wrong passages of high rates come first."""
    draw = random.Random(seed)  # noqa: S311 - a choice of lines, not a secret
    lines: list[Line] = []
    for pieces in source.pieces:
        for piece in pieces:
            lines += _own(piece)
            others = [other.text for other in pieces if other.text != piece.text]
            some = draw.sample(piece.yes, min(OTHER_PIECES, len(piece.yes))) if others else []
            lines += [_pair(question, draw.choice(others), yes=False) for question in some]
    for listing in source.listings:
        rivals = [x for x in source.listings if x.lang == listing.lang and x.name != listing.name]
        lines += _drawn(listing, rivals, rates or {}, draw)
    return lines


def _own(piece: Piece) -> Iterator[Line]:
    yield from (_pair(question, piece.text, yes=True) for question in piece.yes)
    yield from (_pair(question, piece.text, yes=False) for question in piece.no)


def _drawn(
    listing: Listing, rivals: Sequence[Listing], rates: Mapping[Pair, float], draw: random.Random
) -> Iterator[Line]:
    """Yield all passages that answer, the hardest that do not and one more, and a rival's."""
    names = Names([Product("", listing.name, 1.0)])
    for question, answers in listing.questions:
        score = {at: rates.get((question, listing.full(at)), 0.0) for at in listing.wrong(answers)}
        wrong = [at for at, rated in score.items() if not answers or rated <= SURE]
        draw.shuffle(wrong)  # those that are rated alike, or not at all, come in any order
        wrong.sort(key=lambda at: -score[at])
        hard = 2 if answers else 3
        rest = wrong[hard:]
        few = [*wrong[:hard], *draw.sample(rest, min(1, len(rest)))]
        for at in [*sorted(answers), *few]:
            passage = listing.full(at) if draw.random() < NAMED else listing.passages[at]
            yield _pair(question, passage, yes=at in answers)
        if rivals and names.find(question, loose=False).skus:
            yield _pair(question, _rival(listing, answers, draw.choice(rivals), draw), yes=False)


def _rival(listing: Listing, answers: frozenset[int], rival: Listing, draw: random.Random) -> str:
    """Return a passage of another product: of the answer's label (Price:) if there is one."""
    labels = {found[0] for at in answers if (found := _LABEL.match(listing.passages[at]))}
    every = range(len(rival.passages))
    alike = [at for at in every if rival.passages[at].startswith(tuple(labels))]
    return rival.full(draw.choice(alike or every))


def _pair(question: str, passage: str, *, yes: bool) -> Line:
    return Line(normal(question), ANSWERED if yes else "other", passage=normal(passage))


def _piece(row: Any) -> Piece | str:
    match row:
        case {"text": str(text), "yes": [*yes], "no": [*no]} if set(map(type, yes + no)) <= {str}:
            return Piece(text, yes, no)
    return PIECE


def _listing(row: Any) -> Listing | str:
    match row:
        case {"name": str(name), "lang": str(lang), "passages": [_, *_] as passages,
              "questions": [*asked]} if set(map(type, passages)) == {str}:  # fmt: skip
            places = range(len(passages))
        case _:
            return LISTING
    questions: list[tuple[str, frozenset[int]]] = []
    for each in asked:
        match each:
            case {"q": str(question), "a": [*answers]}:
                if not all(type(at) is int and at in places for at in answers):
                    return f"a: expected places from 0 to {places[-1]}, got {answers} ({question})"
                questions.append((question, frozenset(answers)))
            case _:
                return f"questions: {LISTING}"
    return Listing(name, lang, passages, questions)
