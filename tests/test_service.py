"""The roles, built from a configuration: what each serves, when it ends, and what it leaves."""

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Literal

import httpx
import pytest

from bot import service
from bot.bus.limits import Limits
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store, connect
from bot.config import SHIPPED, Config, load, with_values
from bot.errors import BadCatalogue, BadConfig, CannotStart
from bot.flow.clock import WallClock
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.house import opened, pace
from bot.model import Outcome, Pace
from bot.web.metrics import Metrics
from tests.fakes import recorded_room, said
from tests.flow.desk import Desk, assert_conserved
from tests.flow.test_worker import LIMIT, working

TEXTS = ("1号多少钱", "你好", "几点下播")


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Config:
    """Return a recorded room whose queue is the tests' own and whose page has a free port."""
    return recorded_room(tmp_path, store_url, TEXTS)


def posted(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "posted.jsonl").read_text().splitlines()]


async def test_a_gateway_plays_its_room_to_the_end_with_a_worker_beside_it(
    store: Store, config: Config, tmp_path: Path
) -> None:
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    worker = Worker(store, desk.inbox, desk.use, "w")
    async with asyncio.timeout(LIMIT), opened(config) as house:
        async with working(worker), service.running(house, "gateway") as live:
            assert live.url.startswith("http://127.0.0.1:")
            await live.ended()
    assert sorted(str(line["id"]) for line in posted(tmp_path)) == ["re:m0", "re:m2"]
    await assert_conserved(store)


async def test_a_gateway_that_is_told_to_stop_leaves_its_messages_in_the_queue(
    store: Store, config: Config
) -> None:
    async with asyncio.timeout(LIMIT), opened(config) as house:
        async with service.running(house, "gateway") as live:
            while await house.inbox.pending() < len(TEXTS):
                await store.client.ping()
            live.stop.set()
            await live.ended()
        assert await house.inbox.pending() == len(TEXTS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_role(config: Config, number: signal.Signals) -> None:
    urls: list[str] = []

    def ready(url: str) -> None:
        urls.append(url)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    async with asyncio.timeout(LIMIT):
        await service.run(config, "web", ready)
    assert len(urls) == 1
    assert signal.getsignal(number) in (before, signal.default_int_handler)


async def test_the_page_says_what_goes_on(store: Store, config: Config) -> None:
    desk = Desk(store)
    await desk.hear(said("你好"))
    await desk.put(said("几点下播", number=2))
    async with (
        asyncio.timeout(LIMIT),
        opened(config) as house,
        service.running(house, "web") as live,
        httpx.AsyncClient(base_url=live.url) as http,
    ):
        assert (await http.get("/healthz")).json() == {"ok": True}
        health = (await http.get("/readyz")).json()
        assert health["reasons"] == ["no worker is ready"]
        assert health["pending"] == 1
        assert health["counts"] == {"accepted": 2, "ignored": 1}
    assert await store.client.ping()  # what it joined it leaves alone


async def test_a_taken_port_ends_a_role_with_one_clear_line(config: Config) -> None:
    async with opened(config) as house, service.running(house, "web") as live:
        taken = with_values(config, [f"web.port={live.url.rpartition(':')[2]}"])
        with pytest.raises(CannotStart, match="expected a free port"):
            await service.run(taken, "web", lambda _: None)


async def test_faults_of_the_user_come_before_anything_is_opened(
    config: Config, tmp_path: Path
) -> None:
    broken = tmp_path / "catalog.toml"
    broken.write_text("[shop]")
    with pytest.raises(BadCatalogue, match=r"catalog\.toml: shop\.name"):
        async with opened(with_values(config, [f'rooms.0.catalog="{broken}"'])):
            pass
    with pytest.raises(BadConfig, match=r"store\.url"):
        async with opened(with_values(config, ["store.url=http://localhost"])):
            pass


class Reached(asyncio.Event):
    """Sets itself once somebody waits for it."""

    async def wait(self) -> Literal[True]:
        self.set()
        return await super().wait()


async def test_a_queue_that_is_away_when_events_are_swept_ends_nothing(tmp_path: Path) -> None:
    stop = Reached()
    config = with_values(load(SHIPPED), [f'store.data="{tmp_path}"'])
    async with asyncio.timeout(LIMIT), await connect("", tmp_path) as store:
        async with opened(config) as house:
            await store.close()  # ours was the server
            await service._sweep(house, stop)


async def test_events_are_swept_by_the_servers_time_not_a_rehearsals(
    store: Store, config: Config
) -> None:
    desk, stop = Desk(store), asyncio.Event()
    await desk.hear(said("你好"))
    async with opened(config, WallClock(start=4e9)) as house:
        sweeping = asyncio.create_task(service._sweep(house, stop))
        while not sweeping.done():
            await store.client.ping()
            stop.set()
        await sweeping
    assert [type(each) for _, each in await Outcomes(store).after(block=0.0)] == [Outcome]


async def test_a_rehearsal_counts_its_limits_in_its_own_time(config: Config) -> None:
    for clock in (None, WallClock(speed=20.0)):
        async with opened(config, clock) as house:
            limits, paced = Limits(house.store, "test"), Pace()
            shops, metrics = RoomShops({}, None, None), Metrics({"test"})
            door = service.gateway(house, house.adapters[0], shops, metrics, limits, paced)
            assert door._outbox.virtual is (clock is not None)


def test_windows_keep_their_margin() -> None:
    given = ["limits.account=[[20, 30.0], [100, 60.0]]", "limits.room=[[1, 2.0]]"]
    config = with_values(load(SHIPPED), [*given, "limits.margin=0.1"])
    assert [(w.name, w.count, round(w.seconds, 6)) for w in pace(config.limits, "a/b").windows] == [
        ("account", 20, 33.0),
        ("account", 100, 66.0),
        ("a/b", 1, 2.2),
    ]


async def test_a_room_can_what_its_platform_can(config: Config) -> None:
    async with opened(config) as house:
        assert house.abilities("test/room") is house.adapters[0].abilities
        assert house.abilities("unheard/of") is house.adapters[0].abilities
