"""A server that answers, but may not write now, is waited for like one that is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from bot.bus.inbox import Inbox
from bot.bus.replies import Replies
from bot.bus.server import LOST, Store, connect
from tests.bus.test_inbox import ROOM, answered, assert_conserved, message_of
from tests.faults.waiting import CLOCK, LIMIT

Step: TypeAlias = Callable[[Any], Awaitable[object]]


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """Return a store that the other tests do not see."""
    async with await connect("", tmp_path_factory.mktemp("own")) as store:
        yield store


async def no_memory(server: Any) -> None:
    await server.config_set("maxmemory", 1)


async def memory(server: Any) -> None:
    await server.config_set("maxmemory", 0)


async def no_replicas(server: Any) -> None:
    await server.config_set("min-replicas-to-write", 1)


async def replicas(server: Any) -> None:
    await server.config_set("min-replicas-to-write", 0)


async def demoted(server: Any) -> None:
    await server.execute_command("REPLICAOF", "127.0.0.1", "1")


async def alone(server: Any) -> None:
    await server.config_set("replica-serve-stale-data", "no")
    await demoted(server)


async def promoted(server: Any) -> None:
    await server.execute_command("REPLICAOF", "NO", "ONE")
    await server.config_set("replica-serve-stale-data", "yes")


async def busy(server: Any) -> None:
    await server.config_set("busy-reply-threshold", 1)
    endless = asyncio.create_task(server.eval("while true do end", 0))
    RUNNING.add(endless)
    while True:
        try:
            await server.ping()
        except Exception as error:  # noqa: BLE001 - of whichever class: the text says it
            assert "busy running a script" in str(error)
            return
        await CLOCK.sleep(0.001)


async def free(server: Any) -> None:
    await server.execute_command("SCRIPT", "KILL")
    await asyncio.gather(*RUNNING, return_exceptions=True)
    RUNNING.clear()


RUNNING: set["asyncio.Task[object]"] = set()


@pytest.mark.parametrize(
    ("fails", "mends"),
    [
        (no_memory, memory),
        (no_replicas, replicas),
        (demoted, promoted),
        (alone, promoted),
        (busy, free),
    ],
)
async def test_a_server_that_may_not_write_accepts_nothing_and_later_everything(
    own: Store, fails: Step, mends: Step
) -> None:
    await own.client.flushall()
    inbox = Inbox(own)
    async with asyncio.timeout(LIMIT):
        assert await inbox.put(message_of(1))
        assert await inbox.read("w", 1) != []
        await fails(own.client)
        try:
            with pytest.raises(LOST):
                await inbox.put(message_of(2))
        finally:
            await mends(own.client)
        assert await inbox.put(message_of(2))
        assert [each.message.id for each in await inbox.read("w", 2)] == ["2"]
        assert await inbox.counts() == {"accepted": 2}
        await assert_conserved(inbox, own)


async def test_what_was_accepted_is_still_answered_when_the_memory_is_full(own: Store) -> None:
    await own.client.flushall()
    inbox = Inbox(own)
    assert await inbox.read("w", 1) == []
    for number in range(3):
        assert await inbox.put(message_of(number))
    await no_memory(own.client)
    try:
        for entry in await inbox.read("w", 2) + await inbox.read("w", 2):
            assert await inbox.finish(entry, answered(entry.message))
    finally:
        await memory(own.client)
    assert await inbox.counts() == {"accepted": 3, "answered": 3}
    assert len(await Replies(own).waiting(ROOM)) == 3
    await assert_conserved(inbox, own)
