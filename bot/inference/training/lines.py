"""Labelled lines: what the reader is taught from, and measured on."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import BadLog
from bot.inference.encoder import Input
from bot.model import SENTIMENTS, Sentiment
from bot.shop.text import normal

T = TypeVar("T")
OUT_OF_SCOPE = "oos"
"""The label of a line that none of the labels fits: it teaches the reader to be unsure."""
WANTED = (
    'expected {"text": "…", "intent": "…"} with "sentiment" (negative, neutral, positive),'
    ' "offensive" (true, false) and "passage" (a text to read it with) as they are known'
)


@dataclass(frozen=True, slots=True)
class Line:
    """A tidy line of chat and what is known about it; None is unknown and teaches nothing."""

    text: str
    label: str | None = None
    mood: Sentiment | None = None
    offensive: bool | None = None
    passage: str | None = None
    """A second text that is read together with the first: does it answer it?"""

    @property
    def input(self) -> Input:
        """Return what the encoder reads."""
        return self.text if self.passage is None else (self.text, self.passage)

    @property
    def unit(self) -> str:
        """Return what must not stand on both sides of a split: the passage, else the text."""
        return self.text if self.passage is None else self.passage


def load(files: Iterable[Path]) -> list[Line]:
    """Read JSON lines. Raises BadLog with a line for each fault: file, line, what is wrong."""
    faults: list[str] = []
    lines = [line for file in files for line in read(file, _line, WANTED, faults)]
    if faults:
        raise BadLog(*faults)
    return lines


def read(file: Path, parse: Callable[[Any], T | str], wanted: str, faults: list[str]) -> list[T]:
    """Return what ``parse`` makes of each row of a file; the words for a fault go to ``faults``."""
    try:
        rows = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: expected a file of JSON lines in UTF-8 ({error})")
        return []
    if not any(map(str.strip, rows)):
        faults.append(f"{file}: expected at least one line")
    made: list[T] = []
    for number, row in enumerate(rows, 1):
        if row.strip():
            try:
                found = parse(json.loads(row))
            except ValueError as error:
                found = f"{wanted} ({error})"
            if isinstance(found, str):
                faults.append(f"{file}:{number}: {found}")
            else:
                made.append(found)
    return made


def _line(data: Any) -> Line | str:
    """Return what a row says, or what is wrong with it."""
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        return WANTED
    label, mood, offensive = (data.get(key) for key in ("intent", "sentiment", "offensive"))
    passage = data.get("passage")
    if not (passage is None or isinstance(passage, str)):
        return f"passage: {WANTED}"
    if not (label is None or (isinstance(label, str) and label)):
        return f"intent: {WANTED}"
    if mood not in (None, *SENTIMENTS):
        return f"sentiment: {WANTED}"
    if offensive not in (None, True, False):
        return f"offensive: {WANTED}"
    if label is mood is offensive is None:
        return WANTED
    read_with = None if passage is None else normal(passage)
    return Line(normal(data["text"]), label, mood, offensive, read_with)


def labels(lines: Iterable[Line]) -> tuple[str, ...]:
    """Return the labels that occur, sorted; out of scope is none of them."""
    return tuple(sorted({line.label for line in lines if line.label} - {OUT_OF_SCOPE}))


def digest(lines: Iterable[Line]) -> str:
    """Return 16 hexadecimal digits that are equal for equal lines, in any order."""
    rows = sorted(
        f"{x.label}\t{x.mood}\t{x.offensive}\t{x.text}" + (f"\t{x.passage}" if x.passage else "")
        for x in lines
    )
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def split(lines: Sequence[Line], share: float, seed: int) -> tuple[list[Line], list[Line]]:
    """Return (kept, held out): ``share`` of each label's lines is held out, drawn by ``seed``.

    A text that occurs more than once is on one side only.
    """
    kept: list[Line] = []
    held: list[Line] = []
    by_label: dict[str | None, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        by_label[line.label][line.unit].append(line)
    taken: set[str] = set()
    for label in sorted(by_label, key=str):
        texts = sorted(by_label[label])
        random.Random(f"{seed} {label}").shuffle(texts)  # noqa: S311 - a split, not a secret
        taken.update(texts[: round(len(texts) * share)])
    for line in lines:
        (held if line.unit in taken else kept).append(line)
    return kept, held


def balance(lines: Iterable[Line], order: Sequence[str]) -> list[float]:
    """Return a weight for each label: the root of its rarity, 1 on average over the lines."""
    counts = Counter(line.label for line in lines)
    raw = [max(counts[label], 1) ** -0.5 for label in order]
    seen = sum(counts[label] for label in order)
    mean = sum(w * counts[label] for w, label in zip(raw, order, strict=True)) / max(seen, 1)
    return [weight / mean if mean else 1.0 for weight in raw]
