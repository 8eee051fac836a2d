"""The outcomes, live."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from bot.bus.codec import BODY, encode_event, key
from bot.bus.recorded import Recorder
from bot.bus.removals import Removal, Removals
from bot.bus.server import LOST, Store
from bot.model import ChatMessage, Delivered, Fact, Outcome, Removed, Reply
from bot.web.events import BATCH, BURST, LATE, LEVEL, MANY, SHOWN, Event, Inbox, Lateness, dropped
from bot.web.feed import KEEP, NOW, QUEUE, Feed, opened
from bot.web.lines import as_json
from bot.web.sources import EARLIER, earlier
from tests.web.fakes import Stream
from tests.web.test_removed import Told

REPLY = Reply("re:m1", "room/a", "129元", "faq", (Fact("A1.price", "129 CNY"),), ("m1",), at=7.0)


def message(number: int, room: str = "room/a") -> ChatMessage:
    return ChatMessage(f"m{number}", "room", room, "Bob", "42", "viewer", "how much?", 1.5)


def outcome(number: int, room: str = "room/a", reply: Reply | None = None) -> Outcome:
    return Outcome(message(number, room), "ignored", reason="not_a_question", reply=reply)


@asynccontextmanager
async def running(stream: Stream, now: float = 0.0) -> AsyncIterator[Feed]:
    feed = Feed([stream], ["0-0"], now=lambda: now)
    task = asyncio.create_task(feed.run())
    await stream.read_up_to_here()
    yield feed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def take(events: AsyncIterator[str], count: int) -> list[str]:
    """Return what names the next ``count`` events: a message's or a reply's id."""
    found: list[str] = []
    while len(found) < count:
        for line in (await anext(events)).splitlines():
            if line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                found.append(data.get("reply_id") or data["message"]["id"])
    assert len(found) == count
    return found


async def test_every_client_gets_what_happens_in_its_room() -> None:
    stream = Stream()
    async with running(stream) as feed:
        every, one = feed.stream(), feed.stream("room/b")
        for events in (every, one):
            assert "retry" in await anext(events)
        await stream.put(outcome(1), outcome(2, "room/b"), outcome(3))
        assert await take(every, 3) == ["m1", "m2", "m3"]
        await stream.put(outcome(4, "room/b"))
        assert await take(one, 2) == ["m2", "m4"]


async def test_a_delivery_belongs_to_the_room_of_its_reply() -> None:
    stream = Stream()
    sent, unknown = (Delivered(name, "sent", 8.0) for name in ("re:m1", "re:x"))
    async with running(stream) as feed:
        await stream.put(outcome(1, reply=REPLY), unknown, sent, outcome(2))
        assert await take(feed.stream("room/a"), 3) == ["m1", "re:m1", "m2"]
        assert await take(feed.stream("room/b"), 0) == []
        assert await take(feed.stream(), 4) == ["m1", "re:x", "re:m1", "m2"]


async def test_a_new_client_reads_the_last_events_and_one_that_returns_only_the_rest() -> None:
    stream = Stream(*(outcome(number) for number in range(KEEP + 3)))
    async with running(stream) as feed:
        assert (await take(feed.stream(), KEEP))[0] == "m3"
        last = f"0:{KEEP}-0"  # the cursor of m199
        assert await take(feed.stream(last=last), 3) == ["m200", "m201", "m202"]
        assert len(await take(feed.stream(last="gone"), KEEP)) == KEEP


async def test_a_client_that_does_not_read_loses_the_oldest_and_is_told_how_many() -> None:
    stream = Stream()
    async with running(stream) as feed:
        events, quick = feed.stream(), feed.stream()
        for each in (events, quick):
            await anext(each)
        for first in (1, 101):
            await stream.put(*(outcome(first + number) for number in range(100)))
            assert len(await take(quick, 100)) == 100
        await stream.put(*(outcome(201 + number) for number in range(QUEUE)))
        await stream.read_up_to_here()
        told = (await anext(events)).split("\n\n")
        assert told[0] == 'data: {"type": "dropped", "count": 200}'  # not an event to return to
        assert json.loads(told[1].partition("data: ")[2])["message"]["id"] == "m201"
        assert feed.dropped == 200
        await events.aclose()
        assert feed.dropped == 200  # though whoever lost them has gone


async def test_a_feed_that_is_behind_tells_clients_of_the_newest_and_counts_everything() -> None:
    stream, counted, watching = Stream(), list[Outcome | Delivered](), Watching()
    feed = Feed([stream], ["0-0"], counted.append, now=lambda: 60.0)
    feed.watch(watching)
    task = asyncio.create_task(feed.run())
    await stream.read_up_to_here()
    every, other = feed.stream(), feed.stream("room/b")
    for each in (every, other):
        await anext(each)
    flood = [outcome(number) for number in range(BATCH + 2 * MANY + 500)]
    await stream.put(*flood)
    await stream.read_up_to_here()
    assert counted == watching.told == flood
    told = [json.loads(each) for each in data(await anext(every))]
    lost = len(flood) - 4 * SHOWN
    assert told[0] == {"type": "dropped", "count": lost}
    assert told[-1]["message"]["id"] == f"m{len(flood) - 1}"
    assert len(told) == 1 + 4 * SHOWN
    assert feed.dropped == lost  # and none for who listens to another room
    await stream.put(*flood[:100], outcome(7, "room/b"))
    await stream.read_up_to_here()  # nothing more waits: all are told
    assert len(await take(every, 101)) == 101
    assert await take(other, 1) == ["m7"]
    assert feed.dropped == lost
    feed.close()
    await task


async def test_a_feed_that_is_behind_still_tells_of_all_that_is_not_plain() -> None:
    stream = Stream()
    async with running(stream, 60.0) as feed:
        events = feed.stream("room/a")
        await anext(events)
        flood = [outcome(number) for number in range(3 * MANY)]
        asking = [replace(each, outcome="handed_off") for each in flood[::50]]
        flood[::50] = asking
        await stream.put(*flood)
        await stream.read_up_to_here()
        told = [json.loads(each) for each in data(await anext(events))]
    assert told[0]["count"] > MANY
    found = [each["message"]["id"] for each in told if each.get("outcome") == "handed_off"]
    assert found == [each.message.id for each in asking]


async def test_a_page_gets_a_sample_of_plain_lines_and_all_that_weighs() -> None:
    stream = Stream()
    async with running(stream) as feed:
        page, program = feed.stream("room/a", sample=30), feed.stream("room/a")
        for each in (page, program):
            await anext(each)
        flood = [outcome(number) for number in range(1000)]
        flood[::10] = [replace(each, outcome="handed_off") for each in flood[::10]]
        await stream.put(*flood)
        await stream.read_up_to_here()
        first, *told = [json.loads(each) for each in data(await anext(page))]
        assert len(await take(program, 1000)) == 1000
        assert feed.dropped == 0
    assert first["type"] == "sampled"
    assert first["count"] + len(told) == 1000
    assert sum(each["outcome"] == "handed_off" for each in told) == 100
    assert BURST <= sum(each["outcome"] == "ignored" for each in told) <= BURST + 30  # in a second


async def test_a_client_that_comes_while_the_feed_is_behind_has_lost_nothing() -> None:
    async with running(Stream(*(outcome(number) for number in range(3 * MANY))), 60.0) as feed:
        assert (await take(feed.stream(), KEEP))[-1] == f"m{3 * MANY - 1}"
        assert feed.dropped == 0


def test_a_reader_is_behind_until_it_is_level_and_says_so_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lateness = Lateness(lambda: 100.0)
    assert lateness.skipped(BATCH, 100.0 - LATE) == 0
    assert lateness.skipped(BATCH - 1, 50.0) == 0  # nothing more waits: the clocks differ
    assert lateness.skipped(BATCH, 99.9 - LATE) == BATCH - SHOWN
    assert lateness.count == MANY
    assert lateness.skipped(MANY, 99.0) == MANY - SHOWN
    assert lateness.skipped(MANY, 100.0 - LEVEL) == MANY - SHOWN  # the last of those that waited
    assert lateness.count == BATCH
    assert lateness.skipped(BATCH, 100.0 - LEVEL) == 0
    assert capsys.readouterr().out.count("page_behind") == 1


async def test_only_a_browser_that_is_slow_is_said_to_be_slow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    inbox = Inbox(None, 2)
    inbox.miss("room/a")
    assert [each.encode() for each in dropped(inbox)] == [
        'data: {"type": "dropped", "count": 1}\n\n'
    ]
    assert "page_slow" not in capsys.readouterr().out
    for number in range(3):
        inbox.put(Event(f"0:{number}-0", "room/a", outcome(number)))
    assert dropped(inbox)
    assert not dropped(inbox)
    assert "page_slow" in capsys.readouterr().out


def test_an_event_becomes_json_once_it_is_sent() -> None:
    event = Event("0:1-0", "room/a", outcome(1))
    assert not event.data
    assert event.encode() == f"id: 0:1-0\ndata: {as_json(outcome(1))}\n\n"
    assert event.data == as_json(outcome(1))


async def test_a_client_is_told_of_what_it_lost_once_each_time() -> None:
    stream, lost = Stream(), list[int]()
    async with running(stream) as feed:
        events = feed.stream()
        await anext(events)
        for more in (3, 0, 7):
            await stream.put(*(outcome(number) for number in range(QUEUE + more)))
            await stream.read_up_to_here()
            told = [json.loads(each) for each in data(await anext(events))]
            lost += [each["count"] for each in told if each.get("type") == "dropped"]
    assert lost == [3, 7]


def data(text: str) -> list[str]:
    return [line[6:] for line in text.splitlines() if line.startswith("data: ")]


class Watching:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[Outcome | Delivered | Removal] = []
        self.before: list[float] = []

    def see(self, item: Outcome | Delivered) -> None:
        self.told.append(item)

    def remove(self, removal: Removal) -> None:
        self.told.append(removal)

    def forget(self, before: float) -> None:
        self.before.append(before)


async def record(store: Store, *outcomes: Outcome) -> None:
    for each in outcomes:
        assert await Recorder(store)(each)


async def test_who_watches_and_who_comes_are_told_of_what_happened_before_the_start(
    store: Store,
) -> None:
    watching, counted = Watching(), list[Outcome | Delivered]()
    await record(store, *(outcome(number) for number in range(KEEP + 5)))
    feed = await opened(store, counted.append, 3600.0, watchers=[watching])
    assert [each.message.id for each in watching.told if isinstance(each, Outcome)] == [
        f"m{number}" for number in range(KEEP + 5)
    ]
    assert (await take(feed.stream(), KEEP))[0] == "m5"
    reading = asyncio.create_task(feed.run())
    await record(store, outcome(1000))
    while not counted:
        await store.client.ping()
    assert counted == [outcome(1000)]  # counts are of what happens while we run
    assert watching.told.count(outcome(1000)) == 1
    feed.close()
    await reading


async def test_a_client_that_returns_after_a_restart_misses_nothing(store: Store) -> None:
    await record(store, outcome(1), outcome(2))
    feed = await opened(store, lambda _: None, 3600.0)
    first, *_ = (await recent(feed)).splitlines()
    last = first.removeprefix("id: ")
    await record(store, outcome(3))
    again = await opened(store, lambda _: None, 3600.0)
    assert await take(again.stream(last=last), 2) == ["m2", "m3"]


async def recent(feed: Feed) -> str:
    """Return what a client that comes is told of at once."""
    async with aclosing(feed.stream()) as events:
        await anext(events)
        return await anext(events)


async def test_what_was_removed_before_the_start_is_told_without_its_text(store: Store) -> None:
    watching = Watching()
    await record(store, outcome(1), outcome(2))
    await Removals(store).put(Removal(Removed("room/a", "m1"), NOW()))
    feed = await opened(store, lambda _: None, 3600.0, watchers=[watching])
    assert [each.message.text for each in watching.told if isinstance(each, Outcome)] == [
        "", "how much?",
    ]  # fmt: skip
    told = [json.loads(each) for each in data(await recent(feed))]
    assert [(each["message"]["text"], each.get("deleted")) for each in told] == [
        ("", True),
        ("how much?", None),
    ]


async def test_a_page_starts_with_a_part_of_a_long_past(store: Store) -> None:
    pipe = store.client.pipeline()
    for number in range(EARLIER + 700):
        pipe.xadd(key("outcomes"), {BODY: encode_event(outcome(number))})
    await pipe.execute()
    found = await earlier(store, 0, "+")
    assert [each.message.id for _, each in found if isinstance(each, Outcome)] == [
        f"m{number}" for number in range(700, EARLIER + 700)
    ]


async def test_who_watches_learns_of_removals_in_their_place_and_of_the_retention() -> None:
    stream, told, watching = Stream(), Told(), Watching()
    feed = Feed([stream], ["0-0"], removals=[told], keep=100.0, own=lambda: 5_000.0)
    feed.watch(watching)
    task = asyncio.create_task(feed.run())
    await told.asked.wait()
    await stream.put(outcome(1))
    await stream.read_up_to_here()
    told.removals.append(Removal(Removed("room/a", "m2"), 9.0))
    await stream.put(outcome(3))
    await stream.read_up_to_here()
    await stream.put(outcome(2))
    await stream.read_up_to_here()
    feed.close()
    await task
    first, *_, last = watching.told
    assert first == outcome(1)
    assert told.removals[0] in watching.told
    assert isinstance(last, Outcome)
    assert (last.message.id, last.message.text) == ("m2", "")
    assert set(watching.before) == {4_900.0}


async def test_closing_ends_the_streams_and_the_reader() -> None:
    stream = Stream()
    feed = Feed([stream], ["0-0"])
    reader = asyncio.create_task(feed.run())
    await stream.read_up_to_here()
    events = feed.stream()
    await anext(events)
    rest = asyncio.ensure_future(anext(events, "the end"))
    feed.close()
    assert await rest == "the end"
    assert [part async for part in feed.stream()] == ["retry: 2000\n\n"]
    await stream.put(outcome(1))
    await reader


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with running(Stream()) as feed:
        async with aclosing(feed.stream()) as events:
            await anext(events)
            assert len(feed._inboxes) == 1
        assert not feed._inboxes


async def test_shards_are_read_at_once_each_behind_its_own_start() -> None:
    one, two = Stream(outcome(1), outcome(2)), Stream(outcome(3), outcome(4))
    feed = Feed([one, two], ["1-0", "0-0"])
    task = asyncio.create_task(feed.run())
    for stream in (one, two):
        await stream.read_up_to_here()
    assert sorted(await take(feed.stream(), 3)) == ["m2", "m3", "m4"]
    await two.put(outcome(5))
    await two.read_up_to_here()
    assert await take(feed.stream(last="1:2-0"), 1) == ["m5"]
    feed.close()
    await task


class Shaky(Stream):
    """A stream whose server is away at every second look."""

    looks = 0

    async def after(
        self, cursor: str, block: float, count: int
    ) -> list[tuple[str, Outcome | Delivered]]:
        self.looks += 1
        if self.looks % 2:
            raise LOST[0]("gone")
        return await super().after(cursor, block, 2)


async def test_each_event_is_observed_once_whatever_happens_to_the_bus() -> None:
    sent = Delivered("re:m1", "sent", 8.0)
    streams = [Shaky(outcome(1, reply=REPLY), sent, outcome(2)), Stream(outcome(3))]
    seen: list[Outcome | Delivered] = []
    feed = Feed(streams, ["0-0", "0-0"], seen.append)
    task = asyncio.create_task(feed.run())
    for stream in streams:
        await stream.read_up_to_here()
    feed.close()
    await task
    assert [each for each in seen if each != outcome(3)] == [
        outcome(1, reply=REPLY),
        sent,
        outcome(2),
    ]
    assert seen.count(outcome(3)) == 1


def test_an_outcome_has_the_documented_form() -> None:
    told = Outcome(
        message(1), "answered", intent="price", score=0.97, sentiment="neutral", lang="en",
        product="A1", reply=REPLY, seconds={"read": 0.1},
    )  # fmt: skip
    assert json.loads(as_json(told)) == {
        "message": {
            "id": "m1", "platform": "room", "room": "room/a", "author": "Bob", "author_id": "42",
            "role": "viewer", "text": "how much?", "sent_at": 1.5, "reply_to": None,
        },
        "outcome": "answered",
        "reason": None,
        "intent": {"label": "price", "score": 0.97},
        "sentiment": "neutral",
        "lang": "en",
        "product": "A1",
        "reply": {
            "id": "re:m1", "text": "129元", "source": "faq", "answers": ["m1"], "at": 7.0,
            "facts": [{"id": "A1.price", "text": "129 CNY"}], "delivery": "pending",
        },
        "notice": None,
        "seconds": {"read": 0.1},
    }  # fmt: skip


@pytest.mark.parametrize("key", ["intent", "reply", "notice"])
def test_what_is_not_there_is_null(key: str) -> None:
    assert json.loads(as_json(outcome(1)))[key] is None


def test_a_delivery_names_its_type() -> None:
    line = json.loads(as_json(Delivered("re:m1", "refused", 8.0, "x", ("m1",), "r9k")))
    assert line == {
        "type": "delivered", "reply_id": "re:m1", "delivery": "refused", "at": 8.0, "text": "x",
        "answers": ["m1"], "reason": "r9k",
    }  # fmt: skip
