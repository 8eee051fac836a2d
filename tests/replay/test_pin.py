"""Pinned models: only rules, catalogue and guard can change an answer, and nothing is made up."""

import io
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.offline import Models
from bot.commands.outputs import Source, opened
from bot.commands.replay import Options, replay
from bot.config import DEMO, Config
from bot.errors import BadConfig, BadLog
from bot.inference.cache import Cache, Forgetful
from bot.inference.kept import KeptJudge, KeptReader, KeptWriter, Late
from bot.model import Rules
from bot.replay import pinned
from bot.replay.pinned import Pinned, Recorder, Unrecorded
from tests.flow.desk import SHOP
from tests.replay.kept import Cast, log, played

MAKERS = {"reading": "a", "judgement": "b", "wording": "c"}


async def recorded(path: Path, count: int = 60) -> list[str]:
    async with AsyncExitStack() as stack:
        file = stack.enter_context(path.open("w", encoding="utf-8"))
        outputs = Recorder(Forgetful(), file, MAKERS)
        return await played(Cast().models(stack, outputs), log(count))


def models(stack: AsyncExitStack, outputs: Pinned, nobody: Unrecorded) -> Models:
    return Models(
        KeptReader(outputs, Late(stack, lambda: nullcontext(nobody))),
        KeptJudge(outputs, Late(stack, lambda: nullcontext(nobody))),
        KeptWriter(outputs, Late(stack, lambda: nullcontext(nobody))),
    )


async def again(
    path: Path, count: int = 60, rules: Rules | None = None
) -> tuple[list[str], Unrecorded]:
    nobody = Unrecorded()
    async with AsyncExitStack() as stack:
        use = models(stack, pinned.load(path), nobody)
        return await played(use, log(count), rules), nobody


async def test_a_pinned_replay_gives_the_same_bytes_without_any_model(tmp_path: Path) -> None:
    first = await recorded(tmp_path / "pins.jsonl")
    second, nobody = await again(tmp_path / "pins.jsonl")
    assert first == second
    assert nobody.told() == []


async def test_a_change_of_rules_shows_and_no_reading_moves(tmp_path: Path) -> None:
    first = await recorded(tmp_path / "pins.jsonl")
    second, nobody = await again(tmp_path / "pins.jsonl", rules=Rules(cooldown=0.0))
    assert nobody.told() == []
    was, now = ([json.loads(line) for line in lines] for lines in (first, second))
    assert [row["outcome"] for row in was] != [row["outcome"] for row in now]
    assert [row["intent"] for row in was] == [row["intent"] for row in now]


async def test_a_change_of_the_catalogue_shows(tmp_path: Path) -> None:
    first = await recorded(tmp_path / "pins.jsonl")
    dearer = replace(SHOP.products[0], price=777.0)
    shop = replace(SHOP, products=(dearer, *SHOP.products[1:]))
    async with AsyncExitStack() as stack:
        use = models(stack, pinned.load(tmp_path / "pins.jsonl"), Unrecorded())
        second = await played(use, log(60), shop=shop)
    assert [line for line in second if "777" in line]
    assert not [line for line in first if "777" in line]


async def test_what_was_not_recorded_is_told_and_read_as_nothing(tmp_path: Path) -> None:
    await recorded(tmp_path / "pins.jsonl", count=3)
    lines, nobody = await again(tmp_path / "pins.jsonl", count=60)
    assert len(lines) == 60
    assert any("几点下播" in line for line in nobody.told())
    asked = [json.loads(line) for line in lines if "有货吗" in line]
    assert {row["intent"] and row["intent"]["score"] for row in asked} == {0.0}
    assert {row["outcome"] for row in asked} == {"ignored"}


async def test_each_output_is_written_once_in_the_order_asked(tmp_path: Path) -> None:
    await recorded(tmp_path / "pins.jsonl")
    rows = [json.loads(row) for row in (tmp_path / "pins.jsonl").read_text("utf-8").splitlines()]
    assert rows[0] == {"danmate": "outputs", "format": 1, "makers": MAKERS}
    named = [(row["kind"], row["key"]) for row in rows[1:]]
    assert len(named) == len(set(named))
    assert {kind for kind, _ in named} >= {"reading"}


async def test_what_the_cache_gives_is_recorded_as_what_a_model_gives(tmp_path: Path) -> None:
    async def record() -> str:
        file = io.StringIO()
        async with AsyncExitStack() as stack:
            cache = stack.enter_context(Cache(tmp_path / "c.db", MAKERS))
            await played(Cast().models(stack, Recorder(cache, file, MAKERS)), log(60))
        return file.getvalue()

    assert await record() == await record()


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], ""),
        (["{}"], ":1"),
        (["x"], ":1"),
        ([json.dumps({"danmate": "outputs", "format": 99, "makers": {}})], ":1"),
        ([None, "x"], ":2"),
        ([None, '{"kind": "smell", "key": "", "value": 1}'], ":2"),
        ([None, '{"kind": "reading", "key": "a"}'], ":2"),
        ([None, '{"kind": "reading", "key": "a", "value": {"base64": "?"}}'], ":2"),
        ([None, "[]"], ":2"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(
    tmp_path: Path, rows: list[str | None], line: str
) -> None:
    header: Mapping[str, object] = {"danmate": "outputs", "format": 1, "makers": {"reading": "a"}}
    path = tmp_path / "pins.jsonl"
    path.write_text("".join(f"{row or json.dumps(header)}\n" for row in rows), "utf-8")
    with pytest.raises(BadLog, match=f"pins.jsonl{line}: expected what danmate"):
        pinned.load(path)


async def test_pin_and_record_exclude_each_other(tmp_path: Path) -> None:
    both = Source(pin=tmp_path / "a", record=tmp_path / "b")
    with pytest.raises(BadConfig, match="--pin or --record"):
        async with opened(Config(), both):
            pass


async def test_the_command_says_what_was_not_recorded_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await recorded(tmp_path / "pins.jsonl")
    (tmp_path / "log.jsonl").write_text('{"text": "从没见过这句"}\n', "utf-8")
    options = Options(
        str(tmp_path / "log.jsonl"), DEMO, None, "auto", tmp_path / "out", None, None,
        strict=False, values=[], source=Source(pin=tmp_path / "pins.jsonl"),
        junit=tmp_path / "junit.xml",
    )  # fmt: skip
    assert await replay(options) == 1
    assert "reading: 1 not recorded: '从没见过这句'" in capsys.readouterr().err
    assert 'failures="1"' in (tmp_path / "junit.xml").read_text("utf-8")
