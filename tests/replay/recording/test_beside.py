"""A recording is replayed with the catalogue that was sold, where nothing else is asked for."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.bus.server import Store
from bot.replay.recording.beside import catalogues
from bot.replay.recording.packing import files
from tests.flow.desk import ROOM, START, Desk
from tests.replay.recording.stage import asked, settled, stage, started


async def recorded(store: Store, place: Path) -> Path:
    """Record a room in which a price was changed before."""
    desk = Desk(store)
    await desk.hear(asked(90, START, "!bot price 4 55", "Mo", role="moderator"))
    taking = await started(stage(desk, place))
    await desk.hear(asked(0, START + 1))
    await settled(desk, taking)
    await taking.end()
    [path] = files(place)
    return path


async def replay(place: Path, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "replay", *words, "--no-cache",
        cwd=place, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_catalogue_lies_beside_the_recording(store: Store, tmp_path: Path) -> None:
    path = await recorded(store, tmp_path)
    found = catalogues(path)
    assert list(found) == [ROOM]
    found[ROOM].unlink()
    assert catalogues(path) == {}


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"text": "hi"}', '{"danmate": "recording"}', '{"danmate": "recording", "rooms": 5}',
     '{"danmate": "recording", "rooms": {"a/b": {"file": "../config.toml"}}}', "[" * 5000],
)  # fmt: skip
def test_what_is_no_recording_names_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "sub" / "log.jsonl").write_text(text + "\n")
    assert catalogues(tmp_path / "sub" / "log.jsonl") == {}
    assert catalogues(tmp_path / "none.jsonl") == {}


async def test_another_log_has_no_catalogue_beside_it(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"text": "hi"}\n')
    code, _, err = await replay(tmp_path, "log.jsonl", "--catalog", "recorded")
    assert (code, err.count("Traceback")) == (2, 0)
    assert "--catalog recorded: expected a recording" in err


@pytest.mark.models
async def test_a_recording_replays_with_what_was_sold(store: Store, tmp_path: Path) -> None:
    path = await recorded(store, tmp_path)
    for words in ((), ("--catalog", "recorded")):
        code, out, err = await replay(tmp_path, path.name, *words, "--set", "models.writer=none")
        assert code == 0, err
        assert "(as recorded)" in err
        assert "1 messages, 2 other lines, 0 unreadable" in err or "0 unreadable" in err
        assert "55元" in json.loads(out)["reply"]["text"]
