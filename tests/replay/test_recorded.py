"""Real chat through the real models: one outcome a message, silence on chatter, the same twice."""

import json
from pathlib import Path

import pytest

from bot.commands.replay import Options, replay
from bot.config import DEMO

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TWITCH = DATA / "twitch-chatterino2" / "recentmessages-nymn.json"
DOUYIN = DATA / "douyin-livechat-acl2023" / "dev_3k.jsonl"

pytestmark = pytest.mark.models
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data are not here")


async def played(log: Path, out: Path) -> list[dict[str, object]]:
    options = Options(str(log), DEMO, None, "auto", out, None, None, strict=False, values=[])
    assert await replay(options) == 0
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


@needs_data
@pytest.mark.parametrize(
    ("log", "lines", "most"),
    # of the 3,000 comments some thirty do ask for a price, a link or when the stream ends
    [(TWITCH, 769, 0), (DOUYIN, 3000, 70)],
    ids=["twitch", "douyin"],
)
async def test_ordinary_chatter_gets_one_outcome_each_and_hardly_an_answer(
    log: Path, lines: int, most: int, tmp_path: Path
) -> None:
    outcomes = await played(log, tmp_path / "outcomes.jsonl")
    ids = [row["message"]["id"] for row in outcomes]  # type: ignore[index]
    assert len(ids) == len(set(ids)) == lines
    answered = [row for row in outcomes if row["outcome"] == "answered"]
    assert len(answered) <= most


async def test_two_replays_of_the_demo_give_the_same_bytes(tmp_path: Path) -> None:
    log = DEMO.with_name("room.jsonl")
    await played(log, tmp_path / "one.jsonl")
    await played(log, tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
