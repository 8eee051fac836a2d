"""What became of each message, live: the bus's outcomes as server-sent events."""

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Protocol

import structlog

from bot.bus.server import LOST
from bot.flow.clock import until
from bot.model import Delivered, Outcome, Reply

log = structlog.get_logger()

KEEP = 200  # events that a new client is told of
QUEUE = 512  # events that wait for one client; the oldest is dropped first
BATCH = 200
BLOCK = 0.5  # seconds that one read of the bus may wait
REPLIES = 2_000  # replies whose room is remembered
AGAIN = 0.2  # seconds between two tries while the bus is away
HEARTBEAT = 15.0  # seconds; proxies close a connection that stays silent


class Events(Protocol):
    """One shard's stream of outcomes."""

    async def after(
        self, cursor: str, block: float, count: int
    ) -> list[tuple[str, Outcome | Delivered]]:
        """Return up to ``count`` items after ``cursor``, waiting ``block`` seconds for the first.

        Each comes with its own cursor. ``"0-0"`` is before the first.
        """


@dataclass(frozen=True, slots=True)
class Event:
    """One item as it goes to the clients; ``room`` is None where it is not known."""

    cursor: str
    room: str | None
    data: str

    def encode(self) -> str:
        """Return the event as it stands on the wire."""
        return f"id: {self.cursor}\ndata: {self.data}\n\n"


class Inbox:
    """Events that wait for one client."""

    def __init__(self, room: str | None) -> None:
        self.closed = False
        self._room = room
        self._events: deque[Event] = deque(maxlen=QUEUE)
        self._some = asyncio.Event()

    def put(self, event: Event) -> None:
        """Queue an event of the client's room; a full queue loses its oldest."""
        if self._room in (None, event.room):
            self._events.append(event)
            self._some.set()

    def close(self) -> None:
        """Let the client go."""
        self.closed = True
        self._some.set()

    async def take(self, within: float) -> list[Event]:
        """Return all that waits, or nothing after ``within`` seconds or when closed."""
        try:
            async with asyncio.timeout(within):
                await self._some.wait()
        except TimeoutError:
            return []
        self._some.clear()
        events = list(self._events)
        self._events.clear()
        return events


class Feed:
    """One reader of the bus for any number of clients: run() it next to the server.

    ``starts`` holds the cursor of each of ``events`` behind which to begin. An event's cursor names
    its shard as well: ``3:1700000000000-0``. ``observe`` is called once with each event.
    """

    def __init__(
        self,
        events: Sequence[Events],
        starts: Sequence[str],
        observe: Callable[[Outcome | Delivered], None] = lambda _: None,
    ) -> None:
        self._shards = tuple(zip(events, starts, strict=True))
        self._observe = observe
        self._recent: deque[Event] = deque(maxlen=KEEP)
        self._inboxes: set[Inbox] = set()
        self._rooms: OrderedDict[str, str] = OrderedDict()
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Read the bus and hand out what it says, until cancelled or closed."""
        async with asyncio.TaskGroup() as group:
            for shard, (events, start) in enumerate(self._shards):
                group.create_task(self._follow(shard, events, start))

    async def _follow(self, shard: int, events: Events, cursor: str) -> None:
        away = False
        while not self._closed.is_set():
            try:
                found = await events.after(cursor, BLOCK, BATCH)
            except LOST as error:  # nothing is missed: the cursor stands
                if not away:
                    log.warning("queue_lost", who=f"page:{shard}", error=str(error))
                away = True
                await until(self._closed, AGAIN)
                continue
            away = False
            for at, item in found:
                cursor = at
                self._hand_out(f"{shard}:{at}", item)

    def _hand_out(self, cursor: str, item: Outcome | Delivered) -> None:
        event = Event(cursor, self._room(item), as_json(item))
        self._observe(item)
        self._recent.append(event)
        for inbox in self._inboxes:
            inbox.put(event)

    def close(self) -> None:
        """End run() and every client's stream."""
        self._closed.set()
        for inbox in self._inboxes:
            inbox.close()

    async def stream(self, room: str | None = None, last: str = "") -> AsyncGenerator[str, None]:
        """Yield server-sent events of ``room`` (None: all): the recent ones, then the new ones.

        ``last`` is the cursor of the last event that the client has seen.
        """
        with self._listen(room, last) as inbox:
            yield "retry: 2000\n\n"
            while not inbox.closed:
                text = "".join(event.encode() for event in await inbox.take(HEARTBEAT))
                if text or not inbox.closed:
                    yield text or ": still here\n\n"

    @contextmanager
    def _listen(self, room: str | None, last: str) -> Iterator[Inbox]:
        inbox = Inbox(room)
        for event in self._recent:
            inbox.put(event)
            if event.cursor == last:
                inbox = Inbox(room)  # all up to here is known
        if self._closed.is_set():
            inbox.close()
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)

    def _room(self, item: Outcome | Delivered) -> str | None:
        if isinstance(item, Delivered):
            return self._rooms.get(item.reply_id)
        if item.reply:
            self._rooms[item.reply.id] = item.message.room
            if len(self._rooms) > REPLIES:
                self._rooms.popitem(last=False)
        return item.message.room


def as_json(item: Outcome | Delivered) -> str:
    """Return an outcome in the documented form, or ``{"type": "delivered", …}``."""
    if isinstance(item, Delivered):
        return json.dumps({"type": "delivered", **asdict(item)}, ensure_ascii=False)
    line: dict[str, object] = {
        "message": asdict(item.message),
        "outcome": item.outcome,
        "reason": item.reason,
        "intent": item.intent and {"label": item.intent, "score": item.score},
        "sentiment": item.sentiment,
        "lang": item.lang,
        "product": item.product,
        "reply": item.reply and _reply(item.reply),
        "notice": item.notice,
    }
    if item.because:
        line["because"] = asdict(item.because)
    if item.seconds:
        line["seconds"] = item.seconds
    return json.dumps(line, ensure_ascii=False)


def _reply(reply: Reply) -> dict[str, object]:
    return {
        "id": reply.id,
        "text": reply.text,
        "source": reply.source,
        "facts": [{"id": fact.id, "text": fact.text} for fact in reply.facts],
        "answers": reply.answers,
        "at": reply.at,
        "delivery": reply.delivery,
    }
