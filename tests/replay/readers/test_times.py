"""Times are read as anybody writes them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replay.readers import times

MORNING = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-02 03:04:05", MORNING),
        ("2026-01-02T03:04:05Z", MORNING),
        ("2026-01-02T03:04:05.2500000+00:00", MORNING + 0.25),
        ("2026-01-02 11:04:05 +0800", MORNING),
        ("2026-01-01T22:04:05-05:00", MORNING),
        ("2026/1/2 3:04:05", MORNING),
        ("2026年1月2日 03:04:05", MORNING),
        ("2026-01-02 03:04:05 UTC", MORNING),
        ("2026-01-02", MORNING - 3 * 3600 - 4 * 60 - 5),
        ("1:02:03", 3723),
        ("0:05", 5),
        ("-0:10", -10),
        ("75:30", 4530),
        ("00:00:01.5", 1.5),
        ("00:00:01,500", 1.5),
        ("12.5", 12.5),
        ("12s", 12),
        ("1767323045", MORNING),
        ("1767323045000", MORNING),
        ("1767323045000000", MORNING),
        ("2026-13-02", None),
        ("2026-01-02 25:00:00", None),
        ("soon", None),
        ("", None),
        ("1:2:3:4", None),
        ("0x10", None),
        ("١٢:٣٠", None),
    ],
)
def test_a_time_is_read(text: str, seconds: float | None) -> None:
    assert times.read(text) == seconds


FIRST, LAST = (dt.datetime(year, 1, 1) for year in (1980, 2200))  # noqa: DTZ001 - hypothesis adds zones


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_any_moment_of_iso_is_read(moment: dt.datetime) -> None:
    if moment.strftime("%z")[5:]:
        return  # an offset with seconds, as before the railways
    assert times.read(moment.isoformat()) == pytest.approx(moment.timestamp(), abs=1e-5)


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert times.read(text) is None or isinstance(times.read(text), float)


def test_the_midnight_before_a_log_is_that_of_its_own_zone() -> None:
    assert times.midnight("# opened: 2026-01-02 23:58:00 +0100") == MORNING - 11045 - 3600
    assert times.midnight("# opened") is None
