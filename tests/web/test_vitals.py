"""How danmate is, as the page is told: what waits, who works, what the limits leave."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.bus.limits import Limits
from bot.bus.recording import Recording, Told
from bot.bus.server import LOST, Store
from bot.model import Backlog, Beat, QueueStats
from bot.web.feed import Feed
from bot.web.metrics import Metrics
from bot.web.vitals import PageHealth, Vitals
from tests.web.entry import ROOM, START, WINDOWS, Entry
from tests.web.fakes import Stream, health
from tests.web.test_metrics import scraped

STATS = QueueStats(
    backlog={"urgent": Backlog(2, 1, 0.5, 3.0), "rest": Backlog(4, 0, 7.5, 8.0)},
    dead=3,
    crew=(
        ("g", Beat("gateway", warm=True)),
        ("w1", Beat("worker", warm=True, waiting=5, lag=1.25)),
        ("w2", Beat("all", warm=False)),
    ),
)


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


async def told(
    entry: Entry,
    stats: QueueStats | Exception = STATS,
    rooms: dict[str, bool] | None = None,
    metrics: Metrics | None = None,
) -> PageHealth:
    return await entry.vitals(health(stats, rooms, metrics), Feed([Stream()], ["0-0"])).told()


async def test_the_page_is_told_what_waits_and_who_works(entry: Entry) -> None:
    found = await told(entry)
    assert (found.ok, found.reasons, found.pending, found.lag, found.dead) == (True, [], 7, 7.5, 3)
    assert [each.model_dump() for each in found.workers] == [
        {"name": "w1", "role": "worker", "warm": True, "lag": 1.25, "waiting": 5},
        {"name": "w2", "role": "all", "warm": False, "lag": 0.0, "waiting": 0},
    ]


async def test_a_message_that_a_worker_holds_waits_too(entry: Entry) -> None:
    found = await told(entry, QueueStats(crew=(("w", Beat("all", warm=True, lag=9.0)),)))
    assert found.lag == 9.0


async def test_a_room_of_another_process_is_not_known_to_be_connected(entry: Entry) -> None:
    entry.rooms = (ROOM, "twitch/ann", "twitch/bob")
    metrics = Metrics(["twitch"])
    metrics.reconnected("twitch/ann")
    metrics.reconnected("twitch/ann")
    metrics.reconnected("twitch/bob")
    found = await told(entry, rooms={ROOM: True, "twitch/ann": False}, metrics=metrics)
    assert [each.model_dump() for each in found.rooms] == [
        {"room": ROOM, "connected": True, "reconnects": 0},
        {"room": "twitch/ann", "connected": False, "reconnects": 2},
        {"room": "twitch/bob", "connected": None, "reconnects": 1},
    ]
    assert (found.ok, found.reasons) == (False, ["twitch/ann is not connected"])
    assert scraped(metrics)["danmate_reconnects_total{platform=twitch}"] == 3


async def test_what_the_account_has_used_of_each_window_is_told(entry: Entry) -> None:
    limits = Limits(entry.store, "room")
    for second in (0, 5, 28):
        assert not await limits.take(WINDOWS, now=START - 28 + second)
    found = [
        (each.name, each.used, each.count, each.seconds) for each in (await told(entry)).limits
    ]
    assert found == [("account", 3, 20, 30.0), (ROOM, 1, 1, 1.0)]
    entry.clock.advance(START + 4)
    assert [each.used for each in (await told(entry)).limits] == [2, 0]


async def test_a_room_that_nobody_posts_to_has_no_limits(entry: Entry) -> None:
    limits = Limits(entry.store, "room")
    recording = Recording(entry.store)
    vitals = Vitals(health(), [ROOM], {}, {"room": limits}, lambda: None, lambda: 0, recording)
    assert (await vitals.told()).limits == []


@pytest.mark.parametrize("fault", [LOST[0]("redis://:pw@host"), TimeoutError()])
async def test_where_the_queue_is_away_that_is_what_is_told(entry: Entry, fault: Exception) -> None:
    found = await told(entry, fault, {ROOM: True})
    assert (found.ok, found.reasons, found.workers) == (False, ["the queue does not answer"], [])
    assert (found.pending, found.lag) == (0, 0.0)


async def test_whoever_looks_is_told_since_when_it_is_recorded_and_not_where(entry: Entry) -> None:
    recording = Recording(entry.store)
    async with entry.visiting("viewer") as http:
        assert (await asked(http))["recording"] == {"on": False, "since": None}
        await recording.tell(Told("/somewhere", "file.jsonl", START - 60))
        found = await http.get("/api/health")
    assert found.json()["recording"] == {"on": True, "since": START - 60}
    assert "somewhere" not in found.text
    assert "file.jsonl" not in found.text


async def test_over_the_wire_it_is_as_documented(entry: Entry) -> None:
    async with entry.visiting("viewer") as http:
        found = await asked(http)
        schema = (await http.get("/api/openapi.json")).json()["components"]["schemas"]
    assert set(found) == set(schema["PageHealth"]["required"])
    assert found["limits"][0].keys() == set(schema["LimitHealth"]["required"])
    assert found["dropped"] == 0


async def asked(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/api/health")).json()
    return found
