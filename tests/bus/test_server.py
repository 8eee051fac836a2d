"""The embedded server starts, is joined, dies and comes back without losing what it took."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.bus.codec import key
from bot.bus.embedded import Embedded
from bot.bus.inbox import Inbox
from bot.bus.server import LOST, Store, connect, masked
from bot.errors import BadConfig, CannotStart
from tests.bus.test_inbox import message_of

OWNER = """
import asyncio, sys
from pathlib import Path
from bot.bus.server import connect
async def own():
    async with await connect("", Path(sys.argv[1])):
        print("ready", flush=True)
        sys.stdin.read()
asyncio.run(own())
"""


async def server_pid(store: Store) -> int:
    return int((await store.client.info("server"))["process_id"])


async def put_all(store: Store, numbers: range) -> None:
    """Put messages whatever happens to the server, as a gateway does."""
    inbox = Inbox(store)
    for number in numbers:
        while True:
            try:
                await inbox.put(message_of(number))
                break
            except LOST:
                await store.ensure()


async def test_nothing_accepted_is_lost_when_the_server_is_killed_under_load(
    tmp_path: Path,
) -> None:
    async with await connect("", tmp_path) as store:

        async def kill_at(*counts: int) -> None:
            for enough in counts:
                while await store.client.xlen(key("in:lo")) < enough:
                    pass
                os.kill(await server_pid(store), signal.SIGKILL)
                await store.ensure()

        writers = [put_all(store, range(at, at + 60)) for at in range(0, 300, 60)]
        await asyncio.gather(kill_at(60, 120, 180), *writers)
        entries = await Inbox(store).read("a", 1000, 0)
        assert sorted(int(each.message.id) for each in entries) == list(range(300))
        assert (await Inbox(store).counts())["accepted"] == 300


async def test_a_store_survives_the_owner_of_its_server(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(tmp_path), stdin=PIPE, stdout=PIPE
    )
    assert owner.stdout
    assert await owner.stdout.readline() == b"ready\n"
    async with await connect("", tmp_path) as store:
        await Inbox(store).put(message_of(1))
        before = await server_pid(store)
        owner.kill()
        await owner.communicate()
        await put_all(store, range(2, 4))
        while sys.platform == "linux" and await again(store) == before:
            await store.ensure()
        assert len(await Inbox(store).read("a", 10, 0)) == 3


async def again(store: Store) -> int:
    try:
        return await server_pid(store)
    except LOST:
        await store.ensure()
        return await server_pid(store)


async def test_a_server_ends_with_the_store_that_started_it_and_keeps_its_data(
    tmp_path: Path,
) -> None:
    async with await connect("", tmp_path) as store, await connect("", tmp_path) as other:
        await Inbox(other).put(message_of(1))
        assert await server_pid(store) == await server_pid(other)
        assert await Embedded(tmp_path).start() is False
    assert not Embedded(tmp_path).socket.exists()
    async with await connect("", tmp_path) as store:
        assert await Inbox(store).pending() == 1


async def test_of_many_that_start_at_once_one_does(tmp_path: Path) -> None:
    servers = [Embedded(tmp_path) for _ in range(8)]
    started = await asyncio.gather(*(each.start() for each in servers))
    assert started.count(True) == 1
    for each in servers:
        await each.stop()


async def test_a_second_start_does_nothing(tmp_path: Path) -> None:
    async with await connect("", tmp_path) as store:
        pid = await server_pid(store)
        await asyncio.gather(*(store.ensure() for _ in range(5)))
        assert await server_pid(store) == pid


async def test_nobody_else_may_read_the_data(tmp_path: Path) -> None:
    async with await connect("", tmp_path):
        embedded = Embedded(tmp_path)
        assert embedded.folder.stat().st_mode & 0o077 == 0
        assert embedded.socket.stat().st_mode & 0o077 == 0


async def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    async with await connect("", deep) as store:
        assert await store.client.ping()
        assert len(os.fsencode(Embedded(deep).socket)) < 100
        assert Embedded(deep).socket.parent.stat().st_mode & 0o077 == 0


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    log = Embedded(tmp_path).folder / "appendonlydir"
    log.mkdir(parents=True)
    (log / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(CannotStart, match="AOF") as caught:
        await connect("", tmp_path)
    assert len(caught.value.faults) == 1


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="file"):
        await connect("", tmp_path / "file")


async def test_a_folder_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    Embedded(tmp_path).folder.symlink_to(tmp_path / "other")
    with pytest.raises(CannotStart, match="of your own"):
        await connect("", tmp_path)


async def test_a_server_that_forgets_is_refused(tmp_path: Path) -> None:
    async with await connect("", tmp_path) as store:
        await store.client.config_set("maxmemory-policy", "allkeys-lru")
        url = Embedded(tmp_path).url
        with pytest.raises(CannotStart, match="allkeys-lru: expected noeviction"):
            await connect(url, tmp_path)


async def test_a_server_that_forbids_the_questions_is_taken(tmp_path: Path) -> None:
    async with await connect("", tmp_path) as store:
        await store.client.acl_setuser(
            "guest", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-config"]
        )
        url = Embedded(tmp_path).url.replace("//", "//guest:pw@")
        async with await connect(url, tmp_path) as guest:
            assert await Inbox(guest).put(message_of(1))
        wrong = url.replace("pw", "hunter2")
        with pytest.raises(CannotStart) as caught:
            await connect(wrong, tmp_path)
        assert "hunter2" not in str(caught.value)


async def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        await connect("redis://:hunter2@127.0.0.1:1/0", tmp_path)
    assert "redis://***@127.0.0.1:1/0" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://a:hunter2@b", "localhost:6379", "redis://:hunter2@a:b"])
async def test_a_url_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        await connect(url, tmp_path)
    assert "hunter2" not in str(caught.value)
    assert len(caught.value.faults) == 1


def test_a_password_is_masked_wherever_it_stands() -> None:
    assert masked("unix:///run/x.sock?password=s&db=1") == "unix:///run/x.sock?password=***&db=1"
    assert masked("rediss://amy:p@ss@host/0") == "rediss://***@host/0"
    assert masked("redis://host:6379") == "redis://host:6379"


async def test_more_calls_at_once_than_connections_wait_for_their_turn(store: Store) -> None:
    put = await asyncio.gather(*(Inbox(store).put(message_of(n)) for n in range(500)))
    assert all(put)


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    async with await connect("", tmp_path / "直播 50% #1?") as store:
        assert await store.client.ping()


async def test_ensuring_a_remote_store_does_nothing(store_url: str, tmp_path: Path) -> None:
    async with await connect(store_url, tmp_path) as remote:
        await remote.ensure()
        assert await remote.client.ping()
    assert not Embedded(tmp_path).folder.exists()
