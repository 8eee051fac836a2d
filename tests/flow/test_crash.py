"""Whoever is killed in the middle of a live run: no message is lost, no reply is posted twice."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.server import LOST, Store, connect
from bot.model import Delivered, Outcome
from tests.fakes import said
from tests.flow.desk import ROOM, assert_conserved

LIMIT = 60
"""Seconds after which a run that does not end is given up."""
TEXTS = ("1号多少钱", "你好", "4号多少钱", "几点下播", "有货吗", "可以试吗", "2号多少钱")
COUNT = 240
HEARD = 20.0 * 3
"""Seconds of the log: three, played twenty times as fast."""

Process = asyncio.subprocess.Process


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Return a folder with a recorded room in it."""
    with (tmp_path / "log.jsonl").open("w") as file:
        for number in range(COUNT):
            message = said(
                TEXTS[number % 7], number=number, author=f"v{number}", at=number * HEARD / COUNT
            )
            file.write(json.dumps(asdict(message)) + "\n")
    return tmp_path


@asynccontextmanager
async def role(name: str, folder: Path) -> AsyncIterator[Process]:
    """Run a role while the block runs, from when it has joined the queue; then end it."""
    with (folder / "roles.log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.flow.roles", name,
            str(folder / "store"), str(folder / "log.jsonl"), str(folder / "posted.jsonl"),
            stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def kill(process: Process) -> None:
    process.kill()
    assert await process.wait() == -signal.SIGKILL


class Watch:
    """Follows what becomes of the messages, also over the end of a server."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cursor = "0-0"
        self.ended: Counter[str] = Counter()
        self.delivered: dict[str, str] = {}

    async def until(self, count: int) -> None:
        """Return when ``count`` messages have their outcome."""
        while self.ended.total() < count:
            try:
                events = await Outcomes(self.store).after(self.cursor)
            except LOST:
                await self.store.ensure()
                continue
            for self.cursor, event in events:
                match event:
                    case Outcome():
                        self.ended[event.message.id] += 1
                    case Delivered():
                        assert event.reply_id not in self.delivered
                        self.delivered[event.reply_id] = event.delivery


async def assert_nothing_is_lost_or_doubled(watch: Watch, folder: Path) -> None:
    store = watch.store
    assert await Inbox(store).pending() == 0
    await watch.until(COUNT)
    for _, event in await Outcomes(store).after(watch.cursor, block=0.0, count=10_000):
        assert isinstance(event, Delivered)
        watch.delivered[event.reply_id] = event.delivery
    await assert_conserved(store)
    assert (await Inbox(store).counts())["accepted"] == COUNT
    assert watch.ended == Counter(f"m{number}" for number in range(COUNT))
    assert await Replies(store).waiting(ROOM) == []
    assert await Replies(store).stuck(ROOM) == []
    lines = [json.loads(line) for line in (folder / "posted.jsonl").read_text().splitlines()]
    posted = Counter(line["id"] for line in lines)
    assert len(posted) > COUNT / 40
    assert set(posted.values()) == {1}
    sent = {reply for reply, delivery in watch.delivered.items() if delivery == "sent"}
    unknown = {reply for reply, delivery in watch.delivered.items() if delivery == "unknown"}
    assert sent <= set(posted) <= sent | unknown
    asked = Counter(answer for line in lines for answer in line["answers"])
    assert set(asked.values()) == {1}


async def test_workers_and_the_gateway_are_killed_in_the_middle_of_a_run(room: Path) -> None:
    async with (
        asyncio.timeout(LIMIT),
        await connect("", room / "store") as store,
        AsyncExitStack() as gateways,
    ):
        watch = Watch(store)
        first = await gateways.enter_async_context(role("gateway", room))
        for outcomes in (25, 60, 95):
            async with role("worker", room) as worker:
                await watch.until(outcomes)
                await kill(worker)
        async with role("worker", room):
            await watch.until(120)
            await kill(first)
            async with role("gateway", room) as again:
                assert await again.wait() == 0  # the room has ended and all is answered
        await assert_nothing_is_lost_or_doubled(watch, room)


async def test_two_workers_share_the_run_and_one_is_killed(room: Path) -> None:
    async with asyncio.timeout(LIMIT), await connect("", room / "store") as store:
        watch = Watch(store)
        async with role("gateway", room) as gateway, role("worker", room):
            async with role("worker", room) as other:
                await watch.until(100)
                await kill(other)
            assert await gateway.wait() == 0
        await assert_nothing_is_lost_or_doubled(watch, room)


async def test_the_owner_of_the_server_is_killed_in_the_middle_of_a_run(room: Path) -> None:
    async with asyncio.timeout(LIMIT), role("owner", room) as owner:
        async with await connect("", room / "store") as store:
            watch = Watch(store)
            async with role("gateway", room) as gateway, role("worker", room):
                await watch.until(60)
                await kill(owner)  # and its server ends with it
                await watch.until(61)
                assert await gateway.wait() == 0
                await store.ensure()  # the gateway may have been the new owner
                await assert_nothing_is_lost_or_doubled(watch, room)
