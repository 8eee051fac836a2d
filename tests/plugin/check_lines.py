"""The plug-in before danmate's own contract; it is installed, the scripted room stands beside."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Reply
from bot.ports import Adapter, Examined, Watched
from tests.adapters.test_contract import *  # noqa: F403 - the contract is these tests

ROOM = Path(__file__).parents[1] / "platforms" / "lines.py"
OURS = {"lines", "openlines"}


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, ROOM], stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.terminate()


@pytest.fixture  # type: ignore[no-redef]  # in place of the contract's
def settings(process: subprocess.Popen[str]) -> dict[str, object]:
    """Return the keys of config.toml with which the room is reached: of the contract's fixtures."""
    assert process.stdout
    return {"url": process.stdout.readline().strip()}


@pytest.fixture(params=sorted(OURS))  # type: ignore[no-redef]  # the same
def kind(request: pytest.FixtureRequest) -> type[Any]:
    """Return one platform of ours after the other, in place of all that are installed."""
    (entry,) = entry_points(group="bot.adapters", name=request.param)
    found: type[Any] = entry.load()
    return found


def say(process: subprocess.Popen[str], *lines: str) -> None:
    assert process.stdin
    process.stdin.writelines(f"{line}\n" for line in lines)
    process.stdin.flush()


async def test_lines_are_heard_until_the_room_ends(
    adapter: Adapter, process: subprocess.Popen[str]
) -> None:
    async with adapter.connect() as session:
        say(process, "多少钱 🧥", "how much?", "end")
        heard = [each async for each in session.messages()]
    assert [each.text for each in heard if isinstance(each, ChatMessage)] == [
        "多少钱 🧥",
        "how much?",
    ]
    assert {each.room for each in heard} == {adapter.room}


async def test_a_connection_that_breaks_off_says_so(
    adapter: Adapter, process: subprocess.Popen[str]
) -> None:
    async with adapter.connect() as session:
        say(process, "cut")
        with pytest.raises(Disconnected):
            async for _ in session.messages():
                pass


@pytest.mark.parametrize(
    ("text", "raised"),
    [("401", AuthFailed), ("429", Throttled), ("422", Refused), ("500", Disconnected)],
)
async def test_each_verdict_has_its_error(
    adapter: Adapter, text: str, raised: type[PlatformError]
) -> None:
    async with adapter.connect() as session:
        with pytest.raises(raised) as caught:
            await session.post(Reply("re:1", adapter.room, text, "template", (), ("1",)))
        if isinstance(caught.value, Throttled):
            assert caught.value.retry_after == 7.0


async def test_a_post_is_seen(adapter: Adapter, process: subprocess.Popen[str]) -> None:
    async with adapter.connect() as session:
        await session.post(Reply("re:1", adapter.room, "$59", "template", (), ("1",)))
    assert process.stdout
    assert process.stdout.readline() == '"$59"\n'


async def test_a_room_that_is_not_there_is_disconnected(kind: type[Any]) -> None:
    with pytest.raises(Disconnected):
        async with kind(kind.Settings(url="http://127.0.0.1:1")).connect():
            pass


@given(st.binary() | st.text())
def test_any_line_is_a_message_or_none(line: bytes | str) -> None:
    from danmate_lines import to_message  # type: ignore[import-not-found,unused-ignore]  # installed

    assert to_message(line, "lines/main") is None or line


async def test_what_it_can_beside_is_found(adapter: Adapter, kind: type[Any]) -> None:
    if kind.platform == "lines":
        assert not isinstance(adapter, Examined)
        return
    assert isinstance(adapter, Examined)
    assert isinstance(kind, Watched)
    assert [check.ok for check in await adapter.examine()] == [True]
    assert [
        check.ok for check in await kind(kind.Settings(url="http://127.0.0.1:1")).examine()
    ] == [False]
