"""Body weight and height, as viewers give them and size guides name them: 斤, kg, lb, cm, ft."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.model import Body

_KILOS = {"斤": 0.5, "公斤": 1.0, "千克": 1.0, "kg": 1.0, "lb": 0.45359237}
_CM = {"cm": 1.0, "m": 100.0, "ft": 30.48, "in": 2.54}
_WEIGHT_UNIT = r"(?:公斤|千克|斤|磅|kgs?\b|kilos?\b|lbs?\b|pounds?\b)"
_HEIGHT_UNIT = r"(?:厘米|公分|cm\b)"
_NUMBER = r"\d{2,3}(?:\.\d{1,2})?"
_TO = r"\s*(?:[-~～–—至到]|to)\s*"
_WEIGHT = re.compile(rf"(?P<n>{_NUMBER})\s*(?P<u>{_WEIGHT_UNIT})")
_BARE_WEIGHT = re.compile(r"体重\D{0,3}(?P<n>\d{2,3})(?!\d|cm)|(?<!\d)(?P<m>\d{2,3})的体重")
_FEET = re.compile(r"(?<!\d)(?P<ft>[4-7])\s*(?:'|’|′|ft\.?|feet|foot)\s*(?P<in>1[01]|\d)?(?!\d)")
_METRES = re.compile(
    r"(?<![\d.])(?:(?P<m>[12])\s*(?:米|m)\s*(?P<cm>\d{1,2})(?!\d)"
    r"|(?P<n>[12]\.\d{1,2})\s*(?:米|m(?![a-z])))"
)
_CENTIMETRES = re.compile(
    rf"(?<!\d)(?P<n>1\d\d|20\d|[89]\d)\s*{_HEIGHT_UNIT}|身高\D{{0,3}}(?P<h>1\d\d|20\d)(?!\d)"
    rf"|(?<!\d)(?P<b>1[3-9]\d|20\d)(?=[\s,，/、和]*\d{{2,3}}(?:\.\d)?\s*{_WEIGHT_UNIT})"
)
_HAN_METRES = re.compile(
    r"(?P<m>[一二])米(?P<tens>[一二三四五六七八九])(?P<ones>[一二三四五六七八九零])?"
)
_HAN = {character: value for value, character in enumerate("零一二三四五六七八九")}
_RANGE = re.compile(
    rf"(?P<low>\d+(?:\.\d+)?)\s*(?P<lu>{_WEIGHT_UNIT}|{_HEIGHT_UNIT}|m\b)?{_TO}"
    rf"(?P<high>\d+(?:\.\d+)?)\s*(?P<u>{_WEIGHT_UNIT}|{_HEIGHT_UNIT}|m\b)",
    re.IGNORECASE,
)
_FEET_RANGE = re.compile(
    r"(?P<a>[4-7])['’′]\s*(?P<b>1[01]|\d)?\"?" + _TO + r"(?P<c>[4-7])['’′]\s*(?P<d>1[01]|\d)?"
)
_AMOUNT = rf"(?P<a>\d+(?:\.\d+)?)\s*(?P<u>{_WEIGHT_UNIT}|{_HEIGHT_UNIT})"
_THEN = rf"(?P<b>\d+(?:\.\d+)?)\s*(?P<v>{_WEIGHT_UNIT}|{_HEIGHT_UNIT})"
_FROM = re.compile(
    rf"(?:over|above|from|>=?|≥)\s*{_AMOUNT}|{_THEN}\s*(?:以上|起|\+|and (?:up|over))",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    rf"(?:under|below|up to|<=?|≤)\s*{_AMOUNT}|{_THEN}\s*(?:以下|以内|内)", re.IGNORECASE
)
_AMOUNTS = re.compile(r"\d|[一二]米")
"""What every weight and height has in it."""
_CLAUSE = re.compile(r"[,，;；。|\n]?[^,，;；。|\n]+")
LIGHTEST_JIN = 75
"""A Chinese weight without a unit is in 斤 from here on, below in kg."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A range of weights (kg) or heights (cm) in a size guide, and where it stands."""

    tall: bool
    low: float
    high: float
    start: int
    end: int


def body(line: str) -> Body | None:
    """Return the weight and height that a tidy line gives; None where it gives neither."""
    if not _AMOUNTS.search(line):
        return None
    kilos, centimetres = _kilos(line), _centimetres(line)
    return None if kilos is centimetres is None else Body(kilos, centimetres)


def _kilos(line: str) -> float | None:
    if match := _WEIGHT.search(line):
        return float(match["n"]) * _KILOS[_unit(match["u"])]
    if match := _BARE_WEIGHT.search(line):
        amount = float(match["n"] or match["m"])
        return amount * (0.5 if amount >= LIGHTEST_JIN else 1.0)
    return None


def _centimetres(line: str) -> float | None:
    if match := _FEET.search(line):
        return float(match["ft"]) * 30.48 + float(match["in"] or 0) * 2.54
    if match := _CENTIMETRES.search(line):
        return float(match["n"] or match["h"] or match["b"])
    if match := _METRES.search(line):
        if match["n"]:
            return float(match["n"]) * 100
        return float(match["m"]) * 100 + float(match["cm"].ljust(2, "0"))
    if match := _HAN_METRES.search(line):
        ones = _HAN[match["ones"]] if match["ones"] else 0
        return _HAN[match["m"]] * 100 + _HAN[match["tens"]] * 10 + ones
    return None


def _unit(written: str) -> str:
    unit = written.lower()
    if unit in ("公分", "厘米", "cm", "m"):
        return "m" if unit == "m" else "cm"
    if unit.startswith(("lb", "pound", "磅")):
        return "lb"
    return "kg" if unit.startswith("k") else unit


def fitting(guide: str, of: Body) -> str:
    """Return the rows of a size guide that fit a body, as they are written; "" where none does.

    A guide that knows nothing of what the viewer told (only heights, only chests) is returned
    whole: it is what the seller has to say.
    """
    rows = list(_rows(guide))
    told = {False: of.kilos, True: of.centimetres}
    usable = [row for row in rows if any(told[span.tall] is not None for span in row[1])]
    if not usable:
        return guide
    kept = [text for text, spans in usable if all(_fits(span, told[span.tall]) for span in spans)]
    return "，".join(kept)


def _fits(span: _Span, value: float | None) -> bool:
    return value is None or span.low <= value <= span.high


def _rows(guide: str) -> Iterator[tuple[str, list[_Span]]]:
    """Yield each row of a guide, which names a size and its ranges, with these ranges."""
    for part in _clauses(guide):
        spans = sorted(_spans(part), key=lambda span: span.start)
        kinds = [span.tall for span in spans]
        if len(kinds) == len(set(kinds)):  # one row; its size stands before or behind
            if spans:
                yield part.strip(), spans
            continue
        start = 0
        for at, span in enumerate(spans):  # several rows in one clause: M 80-100斤 L 100-120斤
            if at + 1 < len(spans) and spans[at + 1].tall != span.tall != spans[0].tall:
                continue
            yield part[start : span.end].strip(), [span]
            start = span.end


def _clauses(guide: str) -> Iterator[str]:
    """Yield what may be rows; a clause that is a bare range goes with the one before it."""
    last = ""
    for match in _CLAUSE.finditer(guide):
        part = match[0]
        rest = part.lstrip(",，;；。|\n ")
        spans = list(_spans(rest))
        if last and len(spans) == 1 and (spans[0].start, spans[0].end) == (0, len(rest.strip())):
            last += part
            continue
        if last:
            yield last
        last = rest
    if last:
        yield last


def _spans(part: str) -> Iterator[_Span]:
    taken: list[tuple[int, int]] = []
    for match in _RANGE.finditer(part):
        unit = _unit(match["u"])
        first = _unit(match["lu"]) if match["lu"] else unit
        taken.append(match.span())
        yield _span(match, _value(match["low"], first), _value(match["high"], unit), unit)
    for match in _FEET_RANGE.finditer(part):
        low = float(match["a"]) * 30.48 + float(match["b"] or 0) * 2.54
        high = float(match["c"]) * 30.48 + float(match["d"] or 0) * 2.54
        yield _Span(tall=True, low=low, high=high, start=match.start(), end=match.end())
    for pattern, upward in ((_FROM, True), (_UP_TO, False)):
        for match in pattern.finditer(part):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            unit = _unit(match["u"] or match["v"])
            value = _value(match["a"] or match["b"], unit)
            low, high = (value, float("inf")) if upward else (0.0, value)
            yield _span(match, low, high, unit)


def _span(match: re.Match[str], low: float, high: float, unit: str) -> _Span:
    return _Span(tall=unit in _CM, low=low, high=high, start=match.start(), end=match.end())


def _value(number: str, unit: str) -> float:
    return float(number) * (_KILOS.get(unit) or _CM[unit])
