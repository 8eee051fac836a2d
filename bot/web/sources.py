"""Where the pages learn what happens: the bus's streams, and who wants to be told of it."""

from typing import Final, Protocol

from bot.bus.outcomes import Outcomes
from bot.bus.removals import LATE, Removal, Removals
from bot.bus.server import Store
from bot.model import Delivered, Outcome

EARLIER: Final = 20_000
"""Events of before its start that a page reads, of all shards together: half a second of work."""
PAGE: Final = 1000


class Events(Protocol):
    """One shard's stream of outcomes."""

    async def after(
        self, cursor: str, block: float, count: int
    ) -> list[tuple[str, Outcome | Delivered]]:
        """Return up to ``count`` items after ``cursor``, waiting ``block`` seconds for the first.

        Each comes with its own cursor. ``"0-0"`` is before the first.
        """


class Removing(Protocol):
    """One shard's stream of removals."""

    async def last(self) -> str:
        """Return the cursor of the latest."""

    async def after(self, cursor: str) -> list[tuple[str, Removal]]:
        """Return those after ``cursor``, each with its own; never waits."""


class Watcher(Protocol):
    """What is told of everything once, a shard's events in their order, and remembers some.

    None of these may raise, wait or take long: all pages come after it.
    """

    def see(self, item: Outcome | Delivered) -> None:
        """Note what became of a message or a reply."""

    def remove(self, removal: Removal) -> None:
        """Take out what was removed from a room, also where it comes only later."""

    def forget(self, before: float) -> None:
        """Forget what was said before ``before`` (seconds since the epoch)."""


async def earlier(store: Store, shard: int, until: str) -> list[tuple[str, Outcome | Delivered]]:
    """Return this shard's latest events up to the cursor ``until``, each with its own.

    There are as many as EARLIER leaves to each shard.
    """
    events, found = Outcomes(store, shard), list[tuple[str, Outcome | Delivered]]()
    left = EARLIER // store.shards
    while left > 0 and (page := await events.before(until, min(PAGE, left))):
        found[:0] = page
        until, left = f"({page[0][0]}", left - PAGE
    return found


async def removed(store: Store, shard: int, now: float) -> tuple[list[Removal], str]:
    """Return what was removed of late, perhaps not yet out of the streams, and the next cursor."""
    removals = Removals(store, shard)
    cursor, found = f"{max(0, round((now - LATE) * 1000))}-0", list[Removal]()
    while page := await removals.after(cursor):
        cursor = page[-1][0]
        found += [removal for _, removal in page]
    return found, cursor
