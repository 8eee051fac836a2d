"""What a report of a rehearsal says of its load; a replay has none."""

from dataclasses import replace

from bot.replay.load import Load, Span
from tests.replay.report.rows import ABOUT, START, answered, drawn, main, words

SPANS = (Span(START, 0.42, 7), Span(START + 5, 12.5, 90))
LOAD = Load(
    20.0, 6_000, 180.0, 0.01, 2.5, 12.5, late=3, expired=4, shed=5, most=90, width=5, spans=SPANS
)  # fmt: skip


def test_a_rehearsal_says_how_fast_and_how_late_it_was() -> None:
    text = words(main(drawn([answered("a", 0)], replace(ABOUT, load=LOAD))))
    assert "Rehearsed at speed 20" in text
    for row in (
        "messages a second of real time 33.3", "behind the log, half within 0.01 s",
        "behind the log, 95 % within 2.50 s", "behind the log, worst 12.5 s",
        "replies late 3", "messages expired or shed 9",
    ):  # fmt: skip
        assert row in text


def test_lateness_and_queue_stand_over_time_with_their_numbers_behind() -> None:
    tree = main(drawn([answered("a", 0)], replace(ABOUT, load=LOAD)))
    section = list(tree.iter("section"))[1]
    rows = [[cell.text for cell in row] for row in section.iter("tr")][1:]
    assert rows == [["2026-01-01 11:00:00", "420", "7"], ["2026-01-01 11:00:05", "12,500", "90"]]
    charts = [each.get("aria-label") for each in section.iter() if each.get("role") == "img"]
    assert charts == [
        "How long messages waited at the longest over time; 12.5 s at most.",
        "How many messages waited over time; 90 at most.",
    ]


def test_it_is_called_what_it_is_in_both_languages() -> None:
    about = replace(ABOUT, load=LOAD)
    assert words(main(drawn([], about))).startswith("Rehearsal report")
    assert words(main(drawn([], about), "zh")).startswith("排演报告")
    assert words(main(drawn([]))).startswith("Replay report")


def test_a_replay_has_no_load() -> None:
    assert "Load" not in words(main(drawn([answered("a", 0)])))


def test_a_rehearsal_that_heard_nothing_has_no_charts() -> None:
    text = words(main(drawn([], replace(ABOUT, load=Load(1.0, 0, 0.0)))))
    assert "messages a second of real time 0.0" in text
