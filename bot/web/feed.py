"""What became of each message, live: the bus's outcomes as server-sent events."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf

import structlog

from bot.bus.outcomes import streams
from bot.bus.removals import Removals, bare
from bot.bus.server import LOST, Store
from bot.flow.clock import WallClock, until
from bot.model import Delivered, Outcome
from bot.web import sources
from bot.web.events import BATCH, Event, Inbox, Lateness, dropped
from bot.web.removed import Gone, removed_json
from bot.web.sources import Events, Removing, Watcher

log = structlog.get_logger()

KEEP = 200  # events that a new client is told of
QUEUE = 2000  # plain events that wait for one client, and others; the oldest is dropped first
BEAT = 0.1  # seconds; what happens within is sent as one, because a page draws no faster
REST = 0.05  # seconds between two reads of the bus that has given all it had
BLOCK = 0.5  # seconds that one read may wait
REPLIES = 2_000  # replies whose room is remembered
AGAIN = 0.2  # seconds between two tries while the bus is away
FORGET = 5.0  # seconds after which those who watch are told again what to forget
HEARTBEAT = 15.0  # seconds; proxies close a connection that stays silent
NOW = WallClock().now  # the bus numbers events by its server's time


class Feed:
    """One reader of the bus for any number of clients: run() it next to the server.

    ``starts`` holds the cursor of each of ``events`` behind which to begin. An event's cursor names
    its shard as well: ``3:1700000000000-0``. ``observe`` is called once with each event, and so are
    those who ``watch``. Of what ``removals`` (one for each of ``events``) tell all learn, and it is
    kept bare. What happened more than ``keep`` seconds before ``now``, or by the rooms' own time
    before ``own``, is forgotten. Where the reader falls behind, clients miss plain lines and are
    told how many; who observes or watches is told of everything.
    """

    def __init__(
        self,
        events: Sequence[Events],
        starts: Sequence[str],
        observe: Callable[[Outcome | Delivered], None] = lambda _: None,
        removals: Sequence[Removing] = (),
        keep: float = inf,
        now: Callable[[], float] = NOW,
        own: Callable[[], float] | None = None,
    ) -> None:
        self._shards = tuple(zip(events, starts, strict=True))
        self._removals = removals
        self._removed = [""] * len(events)
        self._keep, self._now, self._own = keep, now, own or now
        self._forgotten = -inf
        self._gone = Gone()
        self._observe = observe
        self._watchers: list[Watcher] = []
        self._recent: deque[Event] = deque(maxlen=KEEP)
        self._inboxes: set[Inbox] = set()
        self._dropped = 0
        self._rooms: OrderedDict[str, str] = OrderedDict()
        self._closed = asyncio.Event()

    @property
    def dropped(self) -> int:
        """Return how many events clients have lost: they read too slowly, or the feed did."""
        return self._dropped + sum(inbox.dropped for inbox in self._inboxes)

    def watch(self, watcher: Watcher) -> None:
        """Tell ``watcher`` of all that happens from now on; what was removed it sees bare."""
        self._watchers.append(watcher)

    async def recall(self, store: Store) -> None:
        """Tell those who watch, and clients that come, what happened before the start."""
        for shard, (_, start) in enumerate(self._shards):
            removals, self._removed[shard] = await sources.removed(store, shard, self._now())
            for removal in removals:
                self._gone.add(removal)
            found = await sources.earlier(store, shard, start)
            for _, item in found[:-KEEP]:
                self._told(item)
            self._take_in(shard, found[-KEEP:])
        self._recent = deque(sorted(self._recent, key=lambda event: event.at), maxlen=KEEP)
        self._forget()

    async def run(self) -> None:
        """Read the bus and hand out what it says, until cancelled or closed."""
        async with asyncio.TaskGroup() as group:
            for shard, (events, start) in enumerate(self._shards):
                group.create_task(self._follow(shard, events, start))

    async def _follow(self, shard: int, events: Events, cursor: str) -> None:
        away, lateness = False, Lateness(self._now)
        while not self._closed.is_set():
            self._forget()
            try:
                await self._take_out(shard)
                found = await events.after(cursor, BLOCK, lateness.count)
            except LOST as error:  # nothing is missed: the cursor stands
                if not away:
                    log.warning("queue_lost", who=f"page:{shard}", error=str(error))
                away = True
                await until(self._closed, AGAIN)
                continue
            away = False
            for at, item in found:
                cursor = at
                self._observe(item)
            if found:
                self._take_in(shard, found, lateness.skipped(len(found), _when(cursor)))
                if len(found) < BATCH:
                    await until(self._closed, REST)

    def _take_in(
        self, shard: int, found: Iterable[tuple[str, Outcome | Delivered]], skipped: int = 0
    ) -> None:
        """Tell everybody of what the bus says, as far as it still stands.

        Of the plain ones among the first ``skipped`` clients are told only that they missed them.
        """
        for number, (at, item) in enumerate(found):
            room, told = self._told(item)
            event = Event(f"{shard}:{at}", room, told, told is not item, _when(at))
            if number >= skipped or not event.plain:
                self._hand_out(event)
                continue
            for inbox in self._inboxes:
                inbox.miss(room)

    def _told(self, item: Outcome | Delivered) -> tuple[str | None, Outcome | Delivered]:
        """Tell those who watch; return the room, and the item as far as it still stands."""
        told = bare(item) if self._gone.covers(item) else item
        for watcher in self._watchers:
            watcher.see(told)
        return self._room(item), told

    async def _take_out(self, shard: int) -> None:
        """Tell everybody of what was removed since the last time; at first, from now on."""
        if not self._removals:
            return
        removals = self._removals[shard]
        if not self._removed[shard]:
            self._removed[shard] = await removals.last()
            return
        for at, removal in await removals.after(self._removed[shard]):
            self._removed[shard] = at
            self._gone.add(removal)
            self._recent = deque(map(self._kept, self._recent), maxlen=KEEP)
            for watcher in self._watchers:
                watcher.remove(removal)
            room, data = removal.removed.room, removed_json(removal)
            self._hand_out(Event(f"{shard}:r{at}", room, at=_when(at), data=data))

    def _kept(self, event: Event) -> Event:
        """Return an event, made bare if what it is about was removed."""
        if event.item is None or event.deleted or not self._gone.covers(event.item):
            return event
        return replace(event, data="", item=bare(event.item), deleted=True)

    def _forget(self) -> None:
        while self._recent and self._recent[0].at < self._now() - self._keep:
            self._recent.popleft()
        if self._now() - self._forgotten >= FORGET:
            self._forgotten = self._now()
            for watcher in self._watchers:
                watcher.forget(self._own() - self._keep)

    def _hand_out(self, event: Event) -> None:
        self._recent.append(event)
        for inbox in self._inboxes:
            inbox.put(event)

    def close(self) -> None:
        """End run() and every client's stream."""
        self._closed.set()
        for inbox in self._inboxes:
            inbox.close()

    async def stream(
        self, room: str | None = None, last: str = "", sample: int | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield server-sent events of ``room`` (None: all): the recent ones, then the new ones.

        ``last`` is the cursor of the last event that the client has seen. With a ``sample`` it is
        told of so many plain lines a second, how many more there were, and of all else.
        """
        with self._listen(room, last, sample) as inbox:
            yield "retry: 2000\n\n"
            while not inbox.closed:
                events = await inbox.take(HEARTBEAT)
                text = "".join(event.encode() for event in (*dropped(inbox), *events))
                if text or not inbox.closed:
                    yield text or ": still here\n\n"
                await until(self._closed, BEAT)

    @contextmanager
    def _listen(self, room: str | None, last: str, sample: int | None) -> Iterator[Inbox]:
        inbox, cursors = Inbox(room, QUEUE, sample), [event.cursor for event in self._recent]
        known = cursors.index(last) + 1 if last in cursors else 0
        for event in list(self._recent)[known:]:
            inbox.put(event)
        if self._closed.is_set():
            inbox.close()
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)
            self._dropped += inbox.dropped

    def _room(self, item: Outcome | Delivered) -> str | None:
        if isinstance(item, Delivered):
            return self._rooms.get(item.reply_id)
        if item.reply:
            self._rooms[item.reply.id] = item.message.room
            if len(self._rooms) > REPLIES:
                self._rooms.popitem(last=False)
        return item.message.room


async def opened(
    store: Store,
    observe: Callable[[Outcome | Delivered], None],
    keep: float,
    own: Callable[[], float] | None = None,
    watchers: Iterable[Watcher] = (),
) -> Feed:
    """Return a reader of all that happens in a store from now on.

    Those who watch, and clients, are told of what happened before as well; ``observe`` is not.
    """
    events = streams(store)
    removals = [Removals(store, shard) for shard in range(store.shards)]
    starts = [await each.last() for each in events]
    feed = Feed(events, starts, observe, removals, keep, own=own)
    for watcher in watchers:
        feed.watch(watcher)
    await feed.recall(store)
    return feed


def _when(cursor: str) -> float:
    return int(cursor.partition("-")[0]) / 1000
