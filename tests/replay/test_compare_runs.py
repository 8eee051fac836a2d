"""One log, two bots: which answers differ, side by side, and how many by intent and product."""

import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.commands.compare import Options, compare, kind, side
from bot.commands.outputs import Source
from bot.config import DEMO
from bot.errors import BadCatalogue, BadConfig
from bot.inference.cache import Forgetful
from bot.inference.reader import TRAINED
from bot.replay.pinned import Recorder
from tests.replay.kept import TEXTS, Cast, log, player


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A log, and what scripted models say to it."""
    messages = log(len(TEXTS))
    async with AsyncExitStack() as stack:
        file = stack.enter_context((tmp_path / "pins.jsonl").open("w", encoding="utf-8"))
        use = player(Cast().models(stack, Recorder(Forgetful(), file, {"reading": "a"})))
        assert len([each async for each in use.play(messages)]) == len(TEXTS)
    rows = [
        {"id": m.id, "text": m.text, "author": m.author, "sent_at": m.sent_at} for m in messages
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    dearer = DEMO.read_text("utf-8").replace("price = 129.0", "price = 777.0")
    (tmp_path / "new.toml").write_text(dearer, "utf-8")
    return tmp_path


def options(folder: Path, a: str, b: str) -> Options:
    source = Source(pin=folder / "pins.jsonl")
    return Options(str(folder / "log.jsonl"), a, b, DEMO, out=folder / "out.jsonl", source=source)


async def test_another_catalogue_changes_the_answers_about_its_product(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await compare(options(folder, str(DEMO), str(folder / "new.toml"))) == 0
    told = capsys.readouterr().out
    assert "129" in told
    assert "777" in told
    assert "by intent: price 1" in told
    assert "by product: A1 1" in told
    (row,) = [json.loads(line) for line in (folder / "out.jsonl").read_text("utf-8").splitlines()]
    assert row["what"] == "answer"
    assert ("129" in row["a"]["reply"]["text"], "777" in row["b"]["reply"]["text"]) == (True, True)


async def test_a_setting_changes_what_it_should(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await compare(options(folder, "bot.mode=auto", "reply.autonomy.price=ignore")) == 0
    told = capsys.readouterr().out
    assert "outcomes differ (2 answer, " in told  # the replies that are left come earlier
    assert "by intent: price 2" in told


async def test_equal_bots_differ_in_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await compare(options(folder, "bot.mode=auto", "bot.mode=auto")) == 0
    assert f"0 of {len(TEXTS)} outcomes differ\n" in capsys.readouterr().out
    assert (folder / "out.jsonl").read_text("utf-8") == ""


def test_a_side_is_known_by_what_it_holds(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[bot]\nname = "x"\n', "utf-8")
    judge = TRAINED.with_name("judge")
    assert [kind(path, str(path)) for path in (DEMO, config, TRAINED, judge)] == [
        "catalogue",
        "config",
        "reader_adapter",
        "judge_adapter",
    ]
    assert kind(TRAINED.with_name("writer"), "w") == "writer_adapter"
    assert kind(tmp_path / "none", "a=1") == "setting"
    assert kind(tmp_path, str(tmp_path)) is None


def test_a_model_takes_its_place_in_the_configuration() -> None:
    base = Options("log", "a", "b", DEMO)
    assert side(str(TRAINED), base, "--a").config.models.reader_adapter == TRAINED
    assert side("reply.window=9.0", base, "--a").config.reply.window == 9.0


async def test_a_side_that_is_nothing_is_refused(folder: Path) -> None:
    with pytest.raises(BadConfig, match="--b nowhere: expected a configuration, a catalogue"):
        await compare(options(folder, str(DEMO), "nowhere"))
    (folder / "bad.toml").write_text("[shop]\n", "utf-8")
    with pytest.raises(BadCatalogue):
        await compare(options(folder, str(DEMO), str(folder / "bad.toml")))
