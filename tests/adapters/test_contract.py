"""What every platform keeps, a plug-in's as well as ours."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.errors import Disconnected
from bot.model import Reply
from bot.ports import Adapter

PLATFORMS = {entry.name: entry for entry in entry_points(group="bot.adapters")}


@pytest.fixture(params=sorted(PLATFORMS))
def kind(request: pytest.FixtureRequest) -> type[Any]:
    found: type[Any] = PLATFORMS[request.param].load()
    return found


@pytest.fixture
def settings(kind: type[Any], tmp_path: Path) -> dict[str, object]:
    """Return the settings that the platform has no default for."""
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "hello"}\n')
    needed: dict[str, dict[str, object]] = {
        "recording": {"file": file},
        "twitch": {"channel": "ann"},
        "bilibili": {"room": 6, "source": "web", "accept_risk": True},
    }
    return needed.get(kind.platform, {})


@pytest.fixture
def adapter(kind: type[Any], settings: dict[str, object]) -> Adapter:
    made: Adapter = kind(kind.Settings(**settings))
    return made


def alone(adapter: Adapter) -> None:
    if adapter.platform in ("twitch", "bilibili", "mqtt"):
        pytest.skip("it connects to a platform: its scripted one plays this in test_stages.py")


def open_files() -> set[Path]:
    return set(Path("/dev/fd").iterdir())


def test_is_found_under_its_own_name(kind: type[Any], adapter: Adapter) -> None:
    assert PLATFORMS[kind.platform].load() is kind
    assert isinstance(adapter, Adapter)
    assert adapter.room.startswith(f"{kind.platform}/")


def test_declares_abilities_that_can_be(adapter: Adapter) -> None:
    abilities = adapter.abilities
    assert abilities.read or abilities.send
    assert abilities.length >= 0
    assert all(count > 0 and seconds > 0 for count, seconds in abilities.limits)
    assert "{name}" in abilities.mention


def test_settings_refuse_what_they_do_not_know(
    kind: type[Any], settings: dict[str, object]
) -> None:
    assert issubclass(kind.Settings, BaseModel)
    with pytest.raises(ValidationError, match="no_such_key"):
        kind.Settings(**settings, no_such_key=1)


async def test_leaving_connect_leaves_nothing_open(adapter: Adapter) -> None:
    alone(adapter)
    files, tasks = open_files(), asyncio.all_tasks()
    async with adapter.connect() as session:
        pass
    assert open_files() == files
    assert asyncio.all_tasks() == tasks
    with pytest.raises(Disconnected):
        await session.post(Reply("re:1", adapter.room, "hi", "template", (), ("1",)))


async def test_messages_end_when_the_connection_is_closed(adapter: Adapter) -> None:
    alone(adapter)
    async with adapter.connect() as session:
        messages = session.messages()
    assert [message async for message in messages] == []
