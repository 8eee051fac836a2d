"""``danmate bench wire`` reads what it says it reads, with each decoder that is installed."""

import json
import random
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from bot.commands.wires import BATCH, frames, irc_lines
from bot.plugins import decoders
from tests.test_cli import danmate

RIVALS: Mapping[str, str] = {"irc": "irctokens", "danmaku": "blivedm"}


def test_every_decoder_is_timed_on_the_same_frames(tmp_path: Path) -> None:
    done = danmate(tmp_path, "bench", "wire", "--count", "64", "--rounds", "2", "--json")
    assert done.returncode == 0, done.stderr
    rates = json.loads(done.stdout)
    assert [(each["wire"], each["name"]) for each in rates] == [
        (wire, name)
        for wire, rival in RIVALS.items()
        for name in ("danmate", rival)
        if name == "danmate" or find_spec(name)
    ]
    assert all(0 < each["slowest"] <= each["rate"] <= each["fastest"] for each in rates)


def test_made_up_frames_hold_as_many_lines_as_are_counted() -> None:
    draw = random.Random(0)
    lines, packed = irc_lines(20, draw), frames(20, draw)
    assert len(packed) == -(-20 // BATCH)
    ours = decoders()
    assert [ours["irc"](line).command for line in lines] == ["PRIVMSG"] * 20
    told = [command for frame in packed for command in ours["danmaku"](frame)]
    assert [command["cmd"] for command in told] == ["DANMU_MSG"] * 20
