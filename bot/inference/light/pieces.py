"""Cuts lines into the pieces of a Unigram vocabulary, the likeliest way (Kudo 2018, 1804.10959)."""

import json
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

BLANK: Final = "▁"
BLANKS: Final = re.compile(f"[ {BLANK}]+")
PENALTY: Final = 10.0
"""How much less likely than the rarest piece a character is that none holds (as sentencepiece)."""
BEGIN, END = "<s>", "</s>"


class Unlike(Exception):
    """A tokenizer of another kind."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A vocabulary: each piece's number, and its log probability by that number."""

    numbers: Mapping[str, int]
    scores: "array[float]"
    unknown: int
    longest: int = field(init=False)
    lowest: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", max(map(len, self.numbers)))
        object.__setattr__(self, "lowest", min(self.scores) - PENALTY)

    @classmethod
    def of(cls, file: Path) -> Self:
        """Read a ``tokenizer.json``. Raises Unlike where it is of another kind."""
        told: dict[str, Any] = json.loads(file.read_bytes())
        model, before = told["model"], told.get("pre_tokenizer") or {}
        plain = (
            model.get("type") == "Unigram"
            and not model.get("byte_fallback")
            and model.get("unk_id") is not None
            and before.get("type") == "Metaspace"
            and before.get("replacement") == BLANK
            and before.get("prepend_scheme") == "always"
            and not told.get("added_tokens")
        )
        if not plain:
            raise Unlike(f"{file}: expected a Unigram vocabulary with Metaspace")
        vocabulary: list[tuple[str, float]] = model["vocab"]
        numbers = {piece: number for number, (piece, _) in enumerate(vocabulary)}
        if not {BEGIN, END} <= numbers.keys():
            raise Unlike(f"{file}: expected the pieces {BEGIN} and {END}")
        return cls(numbers, array("d", [score for _, score in vocabulary]), model["unk_id"])

    def cut(self, line: str, most: int) -> list[int]:
        """Return the numbers of a line's pieces between those of begin and end, ``most`` in all.

        The line must be normal (shop.text.normal): what a normaliser would do has been done.
        """
        whole = BLANKS.sub(BLANK, line)  # the blank's own sign is a blank too (nmt_nfkc)
        if whole and not whole.startswith(BLANK):
            whole = BLANK + whole
        words = whole.split(BLANK)[1:]
        found = [number for word in words for number in self._word(BLANK + word)]
        return [self.numbers[BEGIN], *found[: most - 2], self.numbers[END]]

    def _word(self, word: str) -> Sequence[int]:
        """Return the likeliest pieces of a word; unknown characters side by side are one."""
        size = len(word)
        best = [0.0] + [float("-inf")] * size
        last = [(0, self.unknown)] * (size + 1)  # where the best piece that ends here begins
        for at in range(size):
            alone = False
            for end in range(at + 1, min(size, at + self.longest) + 1):
                number = self.numbers.get(word[at:end])
                if number is None:
                    continue
                alone = alone or end == at + 1
                if (score := best[at] + self.scores[number]) > best[end]:
                    best[end], last[end] = score, (at, number)
            if not alone and (score := best[at] + self.lowest) > best[at + 1]:
                best[at + 1], last[at + 1] = score, (at, self.unknown)
        found = list[int]()
        at = size
        while at:
            at, number = last[at]
            if not (found and number == found[-1] == self.unknown):
                found.append(number)
        return found[::-1]
