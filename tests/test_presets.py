"""The presets are what the platforms document, and reach the pace of a room with their margin."""

from pathlib import Path
from typing import get_args

import pytest

from bot.bus.limits import Limits
from bot.bus.server import Store
from bot.config import SHIPPED, Config, load, with_values
from bot.config.presets import PRESETS, PresetName
from bot.errors import BadConfig
from bot.house import pace
from bot.model import Pace, Window

START = 1_700_000_000.0
# What the pages say, and where they are silent what is cautious: (bucket, messages, seconds,
# whether a full one is waited for), then the seconds of a repeated text.
DOCUMENTED: list[tuple[PresetName, set[tuple[str, int, float, bool]], float]] = [
    ("twitch_user", {("account", 20, 30.0, True), ("room", 1, 1.0, True)}, 30.0),
    ("twitch_moderator", {("account", 20, 30.0, False), ("moderator", 100, 30.0, True)}, 30.0),
    ("twitch_verified", {("account", 7500, 30.0, True), ("room", 1, 1.0, True)}, 30.0),
    ("bilibili", {("account", 1, 2.0, True), ("room", 1, 2.0, True)}, 5.0),
    (
        "youtube",
        {("account", 200, 86400.0, True), ("account", 1, 2.0, True), ("room", 1, 2.0, True)},
        30.0,
    ),
    ("kick", {("account", 20, 30.0, True), ("room", 1, 2.0, True)}, 30.0),
]
LOCAL = '[[rooms]]\nplatform = "room"\ncatalog = "demo"\n'


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "config.toml").write_text(text, "utf-8")
    return load(tmp_path / "config.toml")


@pytest.mark.parametrize(("name", "windows", "same_text"), DOCUMENTED)
def test_a_preset_is_what_the_platform_documents(
    name: PresetName, windows: set[tuple[str, int, float, bool]], same_text: float
) -> None:
    preset = PRESETS[name]
    found = [(each.name, each.count, each.seconds, each.waits) for each in preset.pace.windows]
    assert (set(found), len(found)) == (windows, len(windows))
    assert preset.pace.same_text == same_text
    assert preset.source.startswith("https://")


def test_every_preset_is_checked_and_can_be_named() -> None:
    names = {name for name, _, _ in DOCUMENTED}
    assert names == set(PRESETS) == set(get_args(PresetName))


def test_a_file_that_ships_names_every_preset() -> None:
    text = SHIPPED.read_text("utf-8")
    assert [name for name in PRESETS if name not in text] == []


def test_without_a_preset_the_numbers_of_the_table_count() -> None:
    given = ["limits.account=[[5, 10.0]]", "limits.room=[[2, 4.0]]", "limits.same_text=8.0"]
    config = with_values(load(SHIPPED), [*given, "limits.margin=0.5"])
    assert pace(config.limits, "a/b") == Pace(
        (Window("account", 5, 15.0), Window("a/b", 2, 6.0)), 12.0
    )


def test_a_preset_stands_for_the_numbers_and_keeps_the_margin() -> None:
    config = with_values(
        load(SHIPPED), ["limits.preset=twitch_user", "limits.room=[[9, 9.0]]", "limits.margin=0.5"]
    )
    assert pace(config.limits, "twitch/a") == Pace(
        (Window("account", 20, 45.0), Window("twitch/a", 1, 1.5)), 45.0
    )


def test_a_room_may_have_a_preset_of_its_own(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        '[limits]\npreset = "twitch_user"\nmargin = 0.0\n'
        f'{LOCAL}name = "mine"\nlimits = "twitch_moderator"\n{LOCAL}name = "theirs"\n',
    )
    mine, theirs = (pace(config.limits, "a/b", table.limits) for table in config.rooms)
    assert mine == PRESETS["twitch_moderator"].pace
    assert theirs == Pace((Window("account", 20, 30.0), Window("a/b", 1, 1.0)), 30.0)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            '[limits]\npreset = "twich_user"',
            "limits.preset: expected '', 'twitch_user', ",
            ', got "twich_user", did you mean twitch_user?',
        ),
        (
            LOCAL + 'limits = "youtub"',
            "rooms[0].limits: expected '', 'twitch_user', ",
            ', got "youtub", did you mean youtube?',
        ),
        (
            "[limits]\nsame_text = -1",
            "limits.same_text: expected greater than or equal to 0",
            ", got -1",
        ),
        (
            "[limits]\npresets = 1",
            "limits.presets: expected one of preset, ",
            " (unknown key, did you mean preset?)",
        ),
    ],
)
def test_a_fault_is_one_line(tmp_path: Path, text: str, start: str, end: str) -> None:
    with pytest.raises(BadConfig) as caught:
        loaded(tmp_path, text)
    (line,) = caught.value.faults
    line = line.removeprefix(f"{tmp_path}/config.toml: ")
    assert (line.startswith(start), line.endswith(end)) == (True, True)


async def test_what_a_moderator_sends_keeps_the_accounts_other_rooms_waiting(store: Store) -> None:
    limits = Limits(store, "twitch")
    moderator = with_values(load(SHIPPED), ["limits.preset=twitch_moderator", "limits.margin=0.0"])
    user = with_values(load(SHIPPED), ["limits.preset=twitch_user", "limits.margin=0.0"])
    for _ in range(100):
        assert await limits.take(pace(moderator.limits, "twitch/mine").windows, START) == 0.0
    assert await limits.take(pace(moderator.limits, "twitch/mine").windows, START + 1) == 29.0
    assert await limits.take(pace(user.limits, "twitch/theirs").windows, START + 1) == 29.0
    assert await limits.take(pace(user.limits, "twitch/theirs").windows, START + 30) == 0.0
