"""Each fault of the proxy is what it says, on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.flow.clock import VirtualClock
from bot.ports import Clock
from tests.faults.proxy import Proxy
from tests.faults.waiting import LIMIT, until


class Upper:
    """A server on a unix socket that answers each chunk in capitals, and notes what it heard."""

    def __init__(self) -> None:
        self.heard = b""
        self.ended = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1 << 16):
                self.heard += chunk
                writer.write(chunk.upper())
                await writer.drain()
        except ConnectionError:
            pass  # a reset: that is what some tests are about
        finally:
            self.ended += 1
            writer.close()


@asynccontextmanager
async def behind(
    folder: Path, listen: Path | None = None, clock: Clock | None = None
) -> AsyncIterator[tuple[Proxy, Upper]]:
    upper = Upper()
    async with (
        asyncio.timeout(LIMIT),
        await asyncio.start_unix_server(upper, folder / "server.sock"),
        Proxy(folder / "server.sock", listen, clock) as proxy,
    ):
        yield proxy, upper


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def talking(proxy: Proxy) -> AsyncIterator[Ends]:
    host, _, port = proxy.url.removeprefix("redis://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_bytes_go_both_ways_and_are_counted(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper), talking(proxy) as (reader, writer):
        big = b"a" * 300_000
        writer.write(big)
        assert await reader.readexactly(len(big)) == big.upper()
        assert (proxy.accepted, proxy.open, proxy.dropped) == (1, 1, 0)
        assert proxy.passed == {"requests": len(big), "answers": len(big)}
        assert upper.heard == big


async def test_the_end_of_the_requests_is_handed_on_and_the_answers_still_come(
    tmp_path: Path,
) -> None:
    async with behind(tmp_path) as (proxy, _), talking(proxy) as (reader, writer):
        writer.write(b"all")
        writer.write_eof()
        assert await reader.read() == b"ALL"
        await until(lambda: proxy.open == 0)


async def test_a_unix_socket_can_be_listened_on(tmp_path: Path) -> None:
    listen = tmp_path / "proxy.sock"
    async with behind(tmp_path, listen) as (proxy, _):
        assert proxy.url == f"unix://{listen}"
        for _ in range(2):
            reader, writer = await asyncio.open_unix_connection(listen)
            writer.write(b"a")
            assert await reader.read(9) == b"A"
            writer.close()
            await proxy.partition()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_unix_connection(listen)
            await proxy.heal()


class Held(VirtualClock):
    """A clock on which a sleep lasts until ``go`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.sleeps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await self.go.wait()


def _slow(proxy: Proxy) -> None:
    proxy.latency = 0.25


def _narrow(proxy: Proxy) -> None:
    proxy.rate = 4.0


@pytest.mark.parametrize("switch", [_slow, _narrow])
async def test_latency_and_rate_hold_each_chunk_back_for_that_long(
    tmp_path: Path, switch: Callable[[Proxy], None]
) -> None:
    clock = Held()
    async with behind(tmp_path, clock=clock) as (proxy, upper), talking(proxy) as (reader, writer):
        switch(proxy)
        writer.write(b"a")
        await until(lambda: clock.sleeps == [0.25])
        assert upper.heard == b""
        clock.go.set()
        assert await reader.read(9) == b"A"
        assert clock.sleeps == [0.25, 0.25]


async def test_a_stall_keeps_old_and_new_connections_and_hands_nothing_on(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper), talking(proxy) as (reader, writer):
        proxy.stall()
        async with talking(proxy) as (other_reader, other_writer):
            writer.write(b"a")
            other_writer.write(b"b")
            await until(lambda: proxy.waiting == 2)
            assert (upper.heard, proxy.open, proxy.accepted) == (b"", 2, 2)
            proxy.go_on()
            assert [await reader.read(9), await other_reader.read(9)] == [b"A", b"B"]


async def test_a_reset_is_seen_as_one_and_new_connections_are_taken(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper):
        async with talking(proxy) as (reader, writer):
            writer.write(b"a")
            assert await reader.read(9) == b"A"
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                await reader.read(9)
        async with talking(proxy) as (reader, writer):
            writer.write(b"b")
            assert await reader.read(9) == b"B"
        await until(lambda: upper.ended == 2)
        assert proxy.dropped == 1


async def test_a_half_closed_connection_carries_requests_and_no_answers(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper), talking(proxy) as (reader, writer):
        writer.write(b"a")
        assert await reader.read(9) == b"A"
        proxy.half_close()
        assert await reader.read(9) == b""
        writer.write(b"b")
        await until(lambda: upper.heard == b"ab")
        assert reader.at_eof()


async def test_a_stranded_connection_carries_nothing_any_more_and_a_new_one_does(
    tmp_path: Path,
) -> None:
    async with behind(tmp_path) as (proxy, upper), talking(proxy) as (_, writer):
        await until(lambda: proxy.open == 1)
        proxy.strand()
        writer.write(b"a")
        await until(lambda: proxy.waiting == 1)
        async with talking(proxy) as (reader, other):
            other.write(b"b")
            assert await reader.read(9) == b"B"
        proxy.go_on()
        assert (upper.heard, proxy.waiting) == (b"b", 1)


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_answers_are_cut_off_after_so_many_bytes_and_only_once(
    tmp_path: Path, after: int
) -> None:
    async with behind(tmp_path) as (proxy, upper):
        proxy.cut("answers", after)
        async with talking(proxy) as (reader, writer):
            writer.write(b"abcd")
            assert await reader.read() == b"ABCD"[:after]
        async with talking(proxy) as (reader, writer):
            writer.write(b"efgh")
            assert await reader.readexactly(4) == b"EFGH"
        assert (upper.heard, proxy.dropped) == (b"abcdefgh", 1)


async def test_a_cut_request_reaches_the_server_in_part(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper):
        proxy.cut("requests", 6)
        async with talking(proxy) as (_, writer):
            writer.write(b"abcd")
            await until(lambda: upper.heard == b"abcd")
            writer.write(b"efgh")
            await until(lambda: upper.ended == 1)
        assert upper.heard == b"abcdef"


async def test_a_partition_ends_all_and_refuses_all_until_it_heals(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, _):
        async with talking(proxy) as (reader, _writer):
            await until(lambda: proxy.open == 1)
            await proxy.partition()
            with pytest.raises(ConnectionResetError):
                await reader.read(9)
        with pytest.raises(ConnectionRefusedError):
            async with talking(proxy):
                pass
        await proxy.heal()
        async with talking(proxy) as (reader, writer):
            writer.write(b"a")
            assert await reader.read(9) == b"A"


async def test_nothing_is_left_open_behind_the_context(tmp_path: Path) -> None:
    async with behind(tmp_path) as (proxy, upper), talking(proxy) as (_, writer):
        proxy.stall()
        writer.write(b"a")
        await until(lambda: proxy.waiting == 1)
        await proxy.__aexit__(None, None, None)
        await until(lambda: upper.ended == 1)
        assert (proxy.open, proxy.waiting) == (0, 0)
