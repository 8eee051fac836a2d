"""The outcomes, live."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from bot.bus.server import LOST
from bot.model import ChatMessage, Delivered, Fact, Outcome, Reply
from bot.web.feed import KEEP, QUEUE, Feed, as_json
from tests.web.fakes import Stream

REPLY = Reply("re:m1", "room/a", "129元", "faq", (Fact("A1.price", "129 CNY"),), ("m1",), at=7.0)


def message(number: int, room: str = "room/a") -> ChatMessage:
    return ChatMessage(f"m{number}", "room", room, "Bob", "42", "viewer", "how much?", 1.5)


def outcome(number: int, room: str = "room/a", reply: Reply | None = None) -> Outcome:
    return Outcome(message(number, room), "ignored", reason="not_a_question", reply=reply)


@asynccontextmanager
async def running(stream: Stream) -> AsyncIterator[Feed]:
    feed = Feed([stream], ["0-0"])
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


async def test_a_client_that_does_not_read_loses_the_oldest() -> None:
    stream = Stream()
    async with running(stream) as feed:
        events = feed.stream()
        await anext(events)
        await stream.put(*(outcome(number) for number in range(QUEUE + 5)))
        await stream.read_up_to_here()
        assert (await take(events, QUEUE))[0] == "m5"


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
