"""Suppose a shop's name, currency and language from the table of its goods, and say why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.shop.importing.cells import Cell, currency
from bot.shop.importing.columns import Column, heading
from bot.shop.importing.sheets import Sheet

_CURRENCY = {"currency", "币种", "货币"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the seller says about the shop; what is None is guessed from the table."""

    name: str | None = None
    currency: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A value of the shop, and what it rests on."""

    key: str
    value: str
    because: str


def suppose(
    path: Path, sheet: Sheet, columns: Sequence[Column], names: Sequence[str], wishes: Wishes
) -> tuple[tuple[Guess, ...], list[str]]:
    """Return name, currency and language with what each rests on, and the faults of it.

    A wish goes before what a catalogue in JSON says, and that before what the table looks like.
    """
    chinese = sum(map(_chinese, names)) * 2 > len(names)
    seen: dict[str, str] = {}
    for text, code in _currencies(sheet, columns):
        seen.setdefault(code, text)
    codes = [Guess("currency", code, f'"{text}"') for code, text in seen.items()]
    language, usual = ("zh", "CNY") if chinese else ("en", "USD")
    supposed = [
        Guess("name", path.stem, "the file's name"),
        *(codes or [Guess("currency", usual, "usual for the language; no price names one")])[:1],
        Guess("language", language, f"{'most' if chinese else 'few'} names are Chinese"),
    ]
    told = sheet.beside.get("shop")
    stated = {
        guess.key: _stated(guess, told if isinstance(told, dict) else {}, wishes)
        for guess in supposed
    }
    if len(codes) <= 1 or stated["currency"] is not codes[0]:
        return tuple(stated.values()), []
    both = ", ".join(f"{guess.value} ({guess.because})" for guess in codes)
    return tuple(stated.values()), [f"expected prices of one currency, got {both}"]


def _stated(guess: Guess, told: Mapping[str, object], wishes: Wishes) -> Guess:
    """Return what the seller says instead of a guess; the guess where nothing is said."""
    wish: str | None = getattr(wishes, guess.key)
    if wish is not None:
        return Guess(guess.key, wish, f"by --{guess.key}")
    text = told.get(guess.key)
    return Guess(guess.key, text, "as it is written") if isinstance(text, str) else guess


def _currencies(sheet: Sheet, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Yield each text that names a currency, with its code: a column of its own comes first."""
    own = [column for column in columns if heading(column.name) in _CURRENCY]
    prices = [column for column in columns if column.key in ("price", "list_price")]
    cells: list[Cell] = [column.name for column in prices]
    cells += (row.cells[column.index] for column in (*own, *prices) for row in sheet.rows)
    for text in cells:
        if isinstance(text, str) and (code := currency(text)):
            yield text, code


def _chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
