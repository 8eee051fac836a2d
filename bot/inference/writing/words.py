"""Every token that a wording may hold, for each language: what words.json lists."""

from collections.abc import Mapping, Sequence
from typing import Protocol, get_args

from bot.inference.writing.pairs import MOST
from bot.inference.writing.phrasing import REFUSAL, every_piece
from bot.model import Lang
from bot.rules.prompts import MARKS, NAME

END = "\n"


class Tokenizer(Protocol):
    """What transformers' tokenizers are, as far as it is needed here."""

    def tokenize(self, text: str) -> list[str]:
        """Cut a text into the tokens of the vocabulary."""


def words(tokenizer: Tokenizer) -> dict[Lang, list[str]]:
    """Return the tokens of each language, sorted; marks, refusal and end are among them."""
    found: dict[Lang, list[str]] = {}
    for lang in get_args(Lang):
        tokens = {END, REFUSAL, NAME, *_tokens(tokenizer, every_piece(lang))}
        marks = {token.replace(MARKS[0], mark) for token in tokens for mark in MARKS[:MOST]}
        found[lang] = sorted(tokens | marks)
    return found


def missing(
    words: Mapping[Lang, Sequence[str]], lang: Lang, tokens: Sequence[str]
) -> frozenset[str]:
    """Return those of ``tokens`` that a wording of ``lang`` may not hold."""
    return frozenset(tokens).difference(words[lang])


def _tokens(tokenizer: Tokenizer, pieces: Sequence[str]) -> set[str]:
    return {token for piece in dict.fromkeys(pieces) for token in tokenizer.tokenize(piece)}
