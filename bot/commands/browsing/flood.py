"""A room in uproar: outcomes are written into the bus at a rate, by a process of their own."""

import asyncio
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

from bot.bus.codec import BODY, Event, encode_event, key
from bot.bus.outcomes import MOST
from bot.bus.server import Store, connect
from bot.commands.loads.chat import Chat
from bot.flow.clock import WallClock
from bot.model import ChatMessage, Delivered, Fact, Outcome, Reply

ROOM = "recording/flood"
TICK = 0.01
"""Seconds between two batches."""
MOST_AT_ONCE = 2000
"""Outcomes of one batch, however late it is: more the server's socket may not take in time."""
ASKED = 10
"""One outcome in so many is an answer, with its delivery behind it."""


def pour(data: Path, rate: float, seconds: float) -> tuple[int, int]:
    """Write ``rate`` outcomes a second for so long; return the outcomes, and all events."""
    return asyncio.run(_pour(data, rate, seconds))


async def _pour(data: Path, rate: float, seconds: float) -> tuple[int, int]:
    async with await connect("", data) as store:
        clock, outcomes, events, total = WallClock(), 0, 0, round(rate * seconds)
        begin = clock.now()
        told = uproar(clock)
        while outcomes < total:
            due = min(total, outcomes + MOST_AT_ONCE, round(rate * (clock.now() - begin)))
            batch: list[Event] = []
            while outcomes < due:
                batch.append(event := next(told))
                outcomes += isinstance(event, Outcome)
            await _write(store, batch)
            events += len(batch)
            await clock.sleep(TICK)
        return outcomes, events


async def _write(store: Store, batch: list[Event]) -> None:
    """Write events as a worker does, in one way to the server and back."""
    stream = key("outcomes", shard=store.shard(ROOM))
    async with store.client.pipeline(transaction=False) as pipe:
        for event in batch:
            pipe.xadd(stream, {BODY: encode_event(event)}, maxlen=MOST, approximate=True)
        await pipe.execute()


def uproar(clock: WallClock) -> Iterator[Event]:
    """Yield what becomes of lines as viewers write them, for ever."""
    chat, names = Chat(), cycle(range(997))
    for number in count():
        now, answered = clock.now(), number % ASKED == 0
        text = next(chat.asked if answered else chat.told)
        who = next(names)
        said = ChatMessage(
            f"f{number}", "recording", ROOM, f"观众{who}", f"{who}", "viewer", text, now
        )
        if not answered:
            yield Outcome(said, "ignored", "not_a_question", "chitchat", 0.93, "neutral", "zh")
            continue
        reply = _reply(said, now)
        yield Outcome(said, "answered", None, "price", 0.97, "neutral", "zh", "A1", reply)
        yield Delivered(reply.id, "sent", now, reply.text, reply.answers)


def _reply(to: ChatMessage, now: float) -> Reply:
    facts = (Fact("A1.price", "129 CNY", "129元"),)
    text = f"@{to.author} 1号加绒连帽卫衣129元"
    return Reply(f"re:{to.id}", to.room, text, "template", facts, (to.id,), (to.author,), due=now)
