"""Times as other tools write them, as numbers: an epoch, or seconds into a stream."""

import datetime as dt
import re

EARLIEST = 1e8  # seconds: the year 1973; a smaller number counts from the stream's start
LATEST = 1e11  # seconds: the year 5138; a greater number counts milliseconds
MICRO = 1e14  # a greater one counts microseconds
DATED = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d\d?)[-/.月](?P<d>\d\d?)日?"
    r"(?:[T_ ,]+(?P<H>\d\d?):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,12}))?)?"
    r"(?:\s*(?P<z>Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?)?",
    re.ASCII,
)
SINCE = re.compile(
    r"(?P<sign>-?)(?:(?P<H>\d{1,3}):)?(?P<M>\d{1,3}):(?P<S>\d\d)(?:[.,](?P<f>\d{1,12}))?", re.ASCII
)
NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,12})?s?", re.ASCII)
TIME = (
    f"(?:{re.sub(r'[?]P<.>', '', DATED.pattern)}|{re.sub(r'[?]P<[a-zA-Z]+>', '', SINCE.pattern)})"
)
"""What a date with its time, or a time alone, looks like; without groups that have names."""


def seconds(number: float) -> float:
    """Return seconds, of an epoch in seconds, milli- or microseconds; smaller ones as they are."""
    if number > MICRO:
        return number / 1e6
    return number / 1e3 if number > LATEST else number


def read(text: str) -> float | None:
    """Return the seconds that a text tells, None if it is no time.

    A date gives an epoch (of UTC where no zone stands with it), hours, minutes and seconds give
    seconds, minutes and seconds too; a number is taken for what its size says.
    """
    text = text.strip()
    if found := DATED.fullmatch(text):
        return _dated(found)
    if found := SINCE.fullmatch(text):
        value = 3600 * int(found["H"] or 0) + 60 * int(found["M"]) + int(found["S"])
        return float(f"{found['sign']}{value}.{found['f'] or 0}")
    if NUMBER.fullmatch(text):
        return seconds(float(text.removesuffix("s")))
    return None


def midnight(text: str) -> float | None:
    """Return the epoch at which the first day that a text names began, where it was written."""
    found = DATED.search(text)
    at = _dated(found) if found else None
    if not found or at is None:
        return None
    hour, minute, second = (int(found[key] or 0) for key in "HMS")
    return at - 3600 * hour - 60 * minute - second - float(f"0.{found['f'] or 0}")


def _dated(found: re.Match[str]) -> float | None:
    year, month, day, hour, minute, second = (int(found[key] or 0) for key in "ymdHMS")
    try:
        at = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
    zone = (found["z"] or "Z").replace(":", "")
    ahead = 0.0
    if zone[0] in "+-":
        ahead = float(f"{zone[0]}1") * (3600 * int(zone[1:3]) + 60 * int(zone[3:5]))
    return at.timestamp() + float(f"0.{found['f'] or 0}") - ahead
