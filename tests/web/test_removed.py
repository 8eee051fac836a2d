"""What was removed in a room leaves the pages: those that are open, and those that open later."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.bus.removals import Removal
from bot.model import ChatMessage, Delivered, Outcome, Removed
from bot.web.feed import Feed
from bot.web.removed import REMEMBERED, Gone, told_of
from tests.web.fakes import Stream

ROOM = "room/a"


class Told:
    """A shard's removals in memory."""

    def __init__(self) -> None:
        self.removals: list[Removal] = []
        self.asked = asyncio.Event()

    async def last(self) -> str:
        self.asked.set()
        return f"{len(self.removals)}-0"

    async def after(self, cursor: str) -> list[tuple[str, Removal]]:
        start = int(cursor.partition("-")[0])
        return [(f"{n}-0", each) for n, each in enumerate(self.removals, 1) if n > start]


def outcome(number: int, author: str = "Bob", at: float = 1.0) -> Outcome:
    message = ChatMessage(
        f"m{number}", "room", ROOM, author, f"~{author}", "viewer", f"{author} asks", at
    )
    return Outcome(message, "ignored", reason="not_a_question")


class Page:
    """A feed over one stream, and what a page that is open has seen."""

    def __init__(self, keep: float = 1e12) -> None:
        self.stream, self.told, self.now = Stream(), Told(), 0.0
        self.feed = Feed(
            [self.stream], ["0-0"], removals=[self.told], keep=keep, now=lambda: self.now
        )

    async def events(self, count: int) -> list[dict[str, Any]]:
        """Return the first ``count`` events that a page which opens now is told."""
        found: list[dict[str, Any]] = []
        events = self.feed.stream()
        while len(found) < count:
            lines = (await anext(events)).splitlines()
            found += [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
        await events.aclose()
        assert len(found) == count
        return found

    async def remove(self, removed: Removed, at: float = 5.0) -> None:
        """Return once the feed knows of a removal: what comes behind it has been read."""
        self.told.removals.append(Removal(removed, at))
        await self.put(outcome(99, "Zoe"))
        await self.put(outcome(98, "Zoe"))

    async def put(self, *items: Outcome | Delivered) -> None:
        await self.stream.put(*items)
        await self.stream.read_up_to_here()


@asynccontextmanager
async def opened(keep: float = 1e12) -> AsyncIterator[Page]:
    page = Page(keep)
    task = asyncio.create_task(page.feed.run())
    await page.told.asked.wait()
    yield page
    page.feed.close()
    await task


def texts(events: list[dict[str, Any]]) -> dict[str, str]:
    return {e["message"]["id"]: e["message"]["text"] for e in events if "message" in e}


async def test_an_open_page_is_told_and_a_new_one_never_sees_the_text() -> None:
    async with opened() as page:
        await page.put(outcome(1), outcome(2, "Amy"))
        await page.remove(Removed(ROOM, "m1"))
        events = await page.events(5)
    [told] = [each for each in events if each.get("type") == "removed"]
    assert told == {"type": "removed", "room": ROOM, "id": "m1", "author_id": None, "at": 5.0}
    assert texts(events) | {"m98": "", "m99": ""} == {
        "m1": "",
        "m2": "Amy asks",
        "m98": "",
        "m99": "",
    }
    [bare] = [each for each in events if each.get("deleted")]
    assert (bare["message"]["id"], bare["message"]["author"]) == ("m1", "")
    assert bare["outcome"] == "ignored"


async def test_a_ban_empties_what_was_said_before_and_the_lines_that_answered_it() -> None:
    sent = Delivered("re:m1", "sent", 2.0, "@Bob 129元", ("m1",))
    async with opened() as page:
        await page.put(outcome(1), sent, outcome(2, at=9.0))
        await page.remove(Removed(ROOM, author_id="~Bob"))
        events = await page.events(6)
    assert {k: v for k, v in texts(events).items() if k in ("m1", "m2")} == {
        "m1": "",
        "m2": "Bob asks",
    }
    assert [each["text"] for each in events if each.get("type") == "delivered"] == [""]


async def test_what_comes_late_is_made_bare_too() -> None:
    async with opened() as page:
        await page.remove(Removed(ROOM, "m1"))
        await page.put(outcome(1))
        events = await page.events(4)
    assert texts(events)["m1"] == ""


async def test_another_rooms_removal_changes_nothing() -> None:
    async with opened() as page:
        await page.put(outcome(1))
        await page.remove(Removed("room/b"))
        events = await page.events(4)
    assert texts(events)["m1"] == "Bob asks"


async def test_a_page_that_opens_is_not_told_what_is_older_than_the_retention() -> None:
    async with opened(keep=100.0) as page:
        await page.put(outcome(1), outcome(2))  # by their cursors, 1 and 2 ms after the epoch
        page.now = 100.0015
        await page.put(replace(outcome(3), reason="late"))
        events = await page.events(2)
    assert list(texts(events)) == ["m2", "m3"]


ids = st.sampled_from(["m1", "m2"])
rooms = st.sampled_from([ROOM, "room/b"])
people = st.sampled_from(["~Bob", "~Amy"])
some = st.one_of(
    st.builds(Removed, rooms, ids),
    st.builds(Removed, rooms, st.none(), people),
    st.builds(Removed, rooms),
)
said = st.builds(
    lambda room, name, author, at: ChatMessage(name, "room", room, "", author, "viewer", "x", at),
    rooms, ids, people, st.integers(0, 9).map(float),
)  # fmt: skip


@given(st.lists(st.builds(Removal, some, st.integers(0, 9).map(float)), max_size=8), said)
def test_a_message_is_gone_if_any_removal_took_it(
    removals: list[Removal], message: ChatMessage
) -> None:
    gone = Gone()
    for removal in removals:
        gone.add(removal)
    assert gone.covers(Outcome(message, "ignored")) == any(
        removal.covers(told_of(message)) for removal in removals
    )
    of_ids = {removal.removed.id for removal in removals} | (
        {message.id} if gone.covers(Outcome(message, "ignored")) else set()
    )
    answer = Delivered("re:m1", "sent", 1.0, "129元", ("m1",))
    assert gone.covers(answer) == ("m1" in of_ids)


def test_the_removals_that_are_remembered_are_bounded_and_the_latest() -> None:
    gone = Gone()
    for number in range(REMEMBERED + 10):
        gone.add(Removal(Removed(ROOM, f"m{number}"), 5.0))
    assert len(gone._removals) == len(gone._ids) == REMEMBERED
    assert gone.covers(outcome(REMEMBERED + 9))
    assert not gone.covers(outcome(9))
