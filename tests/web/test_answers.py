"""Answers live: the overlay and the prompter are told of each while it stands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.bus.removals import Removal, Removals
from bot.bus.server import Store
from bot.model import Abilities, Delivered, Outcome, Removed, Rules
from bot.web.aired import Aired
from bot.web.answers import BACK, WAITING, Answers, routes
from bot.web.feed import Feed, opened
from bot.web.server import serve
from tests.fakes import ScriptedSession
from tests.flow.desk import ROOM as DESK
from tests.flow.desk import Desk
from tests.web.cards import FIRST, ROOM, SHOP, aired, answered, message, sent
from tests.web.fakes import Stream
from tests.web.test_removed import Told

NOW = 100.0


class Live:
    """A feed that an ``Answers`` watches, over streams in memory."""

    def __init__(self) -> None:
        self.stream, self.removed = Stream(), Told()
        self.feed = Feed([self.stream], ["0-0"], removals=[self.removed])
        self.answers = Answers(aired(), lambda: NOW)
        self.feed.watch(self.answers)

    async def put(self, *items: Outcome | Delivered) -> None:
        await self.stream.put(*items)
        await self.stream.read_up_to_here()

    async def remove(self, of: Removed) -> None:
        self.removed.removals.append(Removal(of, 5.0))
        for number in (98, 99):  # once the second is read, the removal has been
            await self.put(Outcome(message(number, room="room/c"), "ignored", "not_a_question"))


@asynccontextmanager
async def live() -> AsyncIterator[Live]:
    it = Live()
    task = asyncio.create_task(it.feed.run())
    await it.removed.asked.wait()
    yield it
    it.answers.close()
    it.feed.close()
    await task


async def take(events: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    """Return the next ``count`` events."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        lines = (await anext(events)).splitlines()
        found += [json.loads(line.removeprefix("data: ")) for line in lines if line[:5] == "data:"]
    assert len(found) == count
    return found


def short(events: list[dict[str, Any]]) -> list[object]:
    return [each.get("id") or each.get("ids", each["type"]) for each in events]


async def test_an_open_overlay_is_told_of_its_room_alone_and_when_an_answer_leaves() -> None:
    async with live() as it:
        events = it.answers.stream(ROOM)
        assert short(await take(events, 1)) == [[]]
        await it.put(answered(message(1)), answered(message(5, room="room/b")), sent("m5"))
        await it.put(sent("m1"))
        [card] = await take(events, 1)
        assert (card["id"], card["now"]) == ("re:m1", NOW)
        await it.remove(Removed(ROOM, "m1"))
        assert await take(events, 1) == [{"type": "gone", "id": "re:m1"}]


async def test_who_connects_is_told_which_answers_stand_and_the_last_of_them() -> None:
    async with live() as it:
        for number in range(BACK + 2):
            await it.put(answered(message(number)), sent(f"m{number}"))
        await it.put(answered(message(7)), sent("m7", delivery="refused", reason="r9k"))
        await it.remove(Removed(ROOM, "m6"))
        standing, *cards = await take(it.answers.stream(), BACK + 1)
        assert standing == {"type": "standing", "ids": [f"re:m{n}" for n in range(6)]}
        assert short(cards) == [f"re:m{n}" for n in range(1, 6)]
        standing, *cards = await take(it.answers.stream(host=True), BACK + 1)
        assert short(cards)[-1] == standing["ids"][-1] == "re:m7"


async def test_a_host_is_told_that_questions_may_have_changed_and_viewers_are_not() -> None:
    async with live() as it:
        host, viewer = it.answers.stream(ROOM, host=True), it.answers.stream(ROOM)
        for events in (host, viewer):
            await take(events, 1)
        asks = [Outcome(message(n), "handed_off", "no_fact", intent="show") for n in range(50)]
        await it.put(*asks)
        assert await take(host, 1) == [{"type": "stir"}]
        await it.put(answered(message(60)), sent("m60"))
        assert short(await take(viewer, 1)) == ["re:m60"]


async def test_a_client_that_does_not_read_finds_the_newest_and_misses_no_removal() -> None:
    async with live() as it:
        events = it.answers.stream()
        await take(events, 1)
        for number in range(WAITING + 10):
            await it.put(answered(message(number)), sent(f"m{number}"))
        await it.remove(Removed(ROOM, f"m{WAITING + 9}"))
        found = await take(events, WAITING)
        assert found[0]["id"] == "re:m10"
        assert found[-1] == {"type": "gone", "id": f"re:m{WAITING + 9}"}


async def test_closing_ends_the_streams() -> None:
    answers = Answers(aired(), lambda: NOW)
    events = answers.stream()
    await take(events, 1)
    rest = asyncio.ensure_future(anext(events, "the end"))
    answers.close()
    assert await rest == "the end"
    assert len([part async for part in answers.stream()]) == 2
    assert not answers._mailboxes


# With the queue and over HTTP ---------------------------------------------------------------------


async def listened(url: str, count: int, **query: str) -> list[dict[str, Any]]:
    """Return the first ``count`` events that a browser gets."""
    found: list[dict[str, Any]] = []
    async with (
        httpx.AsyncClient(base_url=url) as http,
        http.stream("GET", "/api/answers", params=query) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if len(found) == count:
                    break
    return found


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[str]:
    """Serve the answers of a store as a page that starts now does."""
    answers = Answers(Aired({DESK: SHOP}), lambda: NOW)
    feed = await opened(store, lambda _: None, 1e12, watchers=[answers])
    app = FastAPI()
    app.include_router(routes(answers))
    app.state.close = answers.close
    async with serve(app, "127.0.0.1", 0) as port:
        task = asyncio.create_task(feed.run())
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            feed.close()
            await task


async def ask(desk: Desk) -> None:
    """Let two viewers ask the same, and post what answers them."""
    said = f"{FIRST.name}多少钱"
    for each in (message(1, text=said), message(2, "Amy", f"{said}？")):
        await desk.hear(replace(each, sent_at=desk.clock.now()))
    await desk.post(ScriptedSession(), at=desk.clock.now() + 5)


async def test_an_answer_in_the_chat_is_on_the_overlay_also_after_a_restart(store: Store) -> None:
    await ask(Desk(store, rules=Rules(window=1.0)))
    async with serving(store) as url:
        standing, card = await listened(url, 2, room=DESK)
    assert standing["ids"] == ["re:m1"]
    assert (card["names"], card["count"], card["delivery"]) == (["Bob", "Amy"], 2, "sent")
    assert (card["asked"], card["product"]) == (f"{FIRST.name}多少钱", FIRST.name)
    assert "@" not in card["text"]


async def test_the_answers_of_a_room_that_nobody_can_post_to_are_on_the_overlay(
    store: Store,
) -> None:
    await ask(Desk(store, rules=Rules(window=1.0), abilities=Abilities(send=False)))
    async with serving(store) as url:
        _, card = await listened(url, 2)
    assert (card["id"], card["delivery"], card["names"]) == ("re:m1", "shown", ["Bob", "Amy"])


@pytest.mark.parametrize(("author", "shown"), [("Bob", []), ("Amy", [["Bob"]])])
async def test_what_was_removed_while_no_page_ran_is_not_shown(
    store: Store, author: str, shown: list[list[str]]
) -> None:
    await ask(Desk(store, rules=Rules(window=1.0)))
    removal = Removal(Removed(DESK, author_id=f"~{author}"), 1e9)
    await Removals(store, store.shard(DESK)).put(removal)
    async with serving(store) as url:
        standing, *cards = await listened(url, 1 + len(shown))
    assert len(standing["ids"]) == len(shown)
    assert [card["names"] for card in cards] == shown
