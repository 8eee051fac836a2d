"""A golden file: what differs is named in words, counted by kind, and nothing else is."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.outputs import Source
from bot.commands.replay import Options, replay
from bot.config import DEMO
from bot.errors import BadConfig, BadLog
from bot.model import Fact, Outcome, Reply
from bot.replay.golden import Golden
from bot.replay.junit import Case, xml
from bot.web.lines import as_json
from tests.fakes import said
from tests.replay.test_pin import recorded


def line(number: int, text: str = "129元", **other: object) -> str:
    fact = Fact("A1.price", "129 CNY", "129元")
    reply = Reply(f"re:m{number}", "r", text, "template", (fact,), (f"m{number}",), at=1003.5)
    outcome = Outcome(
        said("多少钱", number=number), "answered", None, "price", 0.9, "neutral", "zh", "A1", reply
    )
    row = json.loads(as_json(outcome)) | other
    return json.dumps(row, ensure_ascii=False)


def test_equal_outcomes_differ_in_nothing() -> None:
    lines = [line(number) for number in range(5)]
    golden = Golden(f"{each}\r\n" for each in lines)
    assert [golden.add(each) for each in lines] == [None] * 5
    assert list(golden.gone()) == []
    assert golden.tally.told() == "0 of 5 outcomes differ"


def test_a_change_is_told_field_by_field() -> None:
    golden = Golden([line(1)])
    change = golden.add(line(1, "99元", sentiment="positive"))
    assert change is not None
    assert change.what == "answer"
    assert change.told().splitlines() == [
        "m1 '多少钱' (viewer 'Ann'): answer",
        "  reply      - 129元",
        "             + 99元",
        "  sentiment  - neutral",
        "             + positive",
    ]
    assert (golden.tally.intents, golden.tally.products) == ({"price": 1}, {"A1": 1})
    assert golden.tally.told() == "1 of 1 outcomes differ (1 answer)"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"outcome": "blocked"}, "answer"),
        ({"reason": "repeated"}, "answer"),
        ({"product": None}, "answer"),
        ({"intent": {"label": "price", "score": 0.91}}, "reading"),
        ({"lang": "en"}, "reading"),
        ({"because": {"named_by": "link"}}, "detail"),
        ({"message": {**json.loads(line(1))["message"], "author": "Eve"}}, "detail"),
    ],
)
def test_what_differs_has_a_name(change: dict[str, object], what: str) -> None:
    found = Golden([line(1)]).add(line(1, "129元", **change))
    assert found is not None
    assert found.what == what


def test_another_time_alone_is_timing() -> None:
    row = json.loads(line(1))
    row["reply"]["at"] = 1004.0
    found = Golden([line(1)]).add(json.dumps(row))
    assert found is not None
    assert (found.what, list(found.fields)) == ("timing", ["at"])


def test_a_message_more_or_less_moves_no_other() -> None:
    golden = Golden([line(1), line(2), line(3)])
    changes = [golden.add(each) for each in (line(1), line(9), line(3))]
    assert [change and change.what for change in changes] == [None, "new", None]
    assert [change.what for change in golden.gone()] == ["gone"]
    assert golden.tally.told() == "2 of 4 outcomes differ (1 new, 1 gone)"


def test_another_order_is_told_too() -> None:
    golden = Golden([line(1), line(2)])
    assert golden.add(line(2)) is None
    found = golden.add(line(1))
    assert found is not None
    assert found.what == "order"


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_every_message_is_accounted_for_once(order: list[int], other: set[int]) -> None:
    golden = Golden(line(number) for number in range(6))
    kept = order[:4]
    found = [golden.add(line(n, "x" if n in other else "129元")) for n in kept]
    found += list(golden.gone())
    changed = [change for change in found if change and change.what in ("answer", "gone")]
    assert {change.message["id"] for change in changed} == {
        f"m{n}" for n in range(6) if n in other or n not in kept
    }
    assert golden.tally.total == len([change for change in found if change])


@pytest.mark.parametrize("bad", ["x", "[]", "{}", '{"message": {}, "outcome": "a"}'])
def test_a_line_that_is_no_outcome_is_named(bad: str) -> None:
    with pytest.raises(BadLog, match=r"^gold:2: expected an outcome"):
        Golden([line(1), bad], "gold")


@pytest.fixture
async def played(tmp_path: Path) -> Callable[..., Options]:
    await recorded(tmp_path / "pins.jsonl", 12)
    log = [
        {"id": f"m{n}", "text": t, "sent_at": 1e9 + n}
        for n, t in enumerate(["1号多少钱", "你好啊"])
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log), "utf-8")

    def options(out: str, golden: str | None = None, *values: str) -> Options:
        return Options(
            str(tmp_path / "log.jsonl"), DEMO, None, "auto", tmp_path / out,
            tmp_path / golden if golden else None, None, strict=False, values=list(values),
            source=Source(pin=tmp_path / "pins.jsonl"), junit=tmp_path / "junit.xml",
        )  # fmt: skip

    return options


async def test_the_command_fails_where_a_golden_differs_and_shows_how(
    tmp_path: Path, played: Callable[..., Options], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await replay(played("golden")) == 0
    assert await replay(played("same", "golden")) == 0
    assert (tmp_path / "same").read_bytes() == (tmp_path / "golden").read_bytes()
    assert "golden: 0 of 2 outcomes differ" in capsys.readouterr().err
    assert await replay(played("new", "golden", "reply.autonomy.price=ignore")) == 1
    told = capsys.readouterr().err
    assert "golden: 1 of 2 outcomes differ (1 answer)" in told
    assert "  outcome    - answered\n             + ignored" in told
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]
    assert [case.get("name") for case in suite] == ["golden", "pinned"]
    assert suite.get("failures") == "1"


async def test_a_golden_file_is_not_overwritten_while_it_is_compared(
    played: Callable[..., Options],
) -> None:
    await replay(played("golden"))
    with pytest.raises(BadConfig, match="another file to write"):
        await replay(played("golden", "golden"))


async def test_five_runs_give_the_same_bytes(
    tmp_path: Path, played: Callable[..., Options]
) -> None:
    for run in range(5):
        assert await replay(played(f"run{run}")) == 0
    assert len({(tmp_path / f"run{run}").read_bytes() for run in range(5)}) == 1


@given(st.lists(st.text(st.characters(), max_size=30), max_size=4), st.text(st.characters()))
def test_any_text_makes_a_report_that_xml_can_hold(failures: list[str], name: str) -> None:
    report = xml("suite", [Case(name, "", failures), Case("b", error=name), Case("c")])
    root = ET.fromstring(report)
    assert root.get("tests") == "3"
    assert root.get("failures") == str(int(bool(failures)))
    assert len(root.findall("./testsuite/testcase")) == 3


def test_how_long_each_step_took_is_no_difference() -> None:
    """A recording of a live run tells it; a replay does not time its steps."""
    line = as_json(Outcome(said("你好"), "ignored", "not_a_question"))
    timed = as_json(Outcome(said("你好"), "ignored", "not_a_question", seconds={"read": 0.1}))
    golden = Golden(['{"danmate": "recording", "format": 1}', timed])
    assert golden.add(line) is None
    assert list(golden.gone()) == []
