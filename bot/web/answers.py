"""Answers live: for the overlay that viewers see in the video, and for the host's prompter."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from bot.bus.removals import Removal
from bot.model import Delivered, Outcome
from bot.web.aired import Aired, Card, Change

BACK: Final = 5
"""Answers that a new client is told of."""
WAITING: Final = 64
"""Changes that wait for one client; the oldest goes first."""
HEARTBEAT: Final = 15.0
"""Seconds; proxies close a connection that stays silent."""
STIR: Final = "stir"
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


class Mailbox:
    """What one client is still to be told: of each answer only how it stands now.

    A ``host`` is told as well of what the platform turned down, and when questions may have
    changed. ``room`` None: of all rooms.
    """

    def __init__(self, room: str | None, *, host: bool) -> None:
        self.room, self.host, self.closed = room, host, False
        self._changes = OrderedDict[str, Change | None]()
        self._some = asyncio.Event()

    def put(self, change: Change) -> None:
        """Queue a change of an answer, if it is for this client."""
        if self.room in (None, change.room) and (self.host or change.public):
            self._queue(f"answer:{change.id}", change)

    def stir(self, room: str) -> None:
        """Queue, once, that something has happened in a room."""
        if self.host and self.room in (None, room):
            self._queue(STIR, None)

    def close(self) -> None:
        """Let the client go."""
        self.closed = True
        self._some.set()

    async def take(self, within: float) -> list[Change | None]:
        """Return all that waits, or nothing after ``within`` seconds or when closed."""
        try:
            async with asyncio.timeout(within):
                await self._some.wait()
        except TimeoutError:
            return []
        self._some.clear()
        changes = list(self._changes.values())
        self._changes.clear()
        return changes

    def _queue(self, key: str, change: Change | None) -> None:
        self._changes.pop(key, None)
        self._changes[key] = change
        if len(self._changes) > WAITING:
            self._changes.popitem(last=False)
        self._some.set()


class Answers:
    """Any number of clients of ``aired``, told of what a feed lets it watch.

    ``now`` is the clock by which answers are posted.
    """

    def __init__(self, aired: Aired, now: Callable[[], float]) -> None:
        self._aired = aired
        self._now = now
        self._mailboxes = set[Mailbox]()
        self._closed = False

    def see(self, item: Outcome | Delivered) -> None:
        """Note an outcome or a delivery, and tell clients what it brings."""
        for change in self._aired.see(item):
            self._hand_out(change)
        if isinstance(item, Outcome) and (item.intent or item.outcome == "commanded"):
            for mailbox in self._mailboxes:
                mailbox.stir(item.message.room)

    def remove(self, removal: Removal) -> None:
        """Take out what was removed from a room."""
        for change in self._aired.remove(removal):
            self._hand_out(change)
        for mailbox in self._mailboxes:
            mailbox.stir(removal.removed.room)

    def forget(self, before: float) -> None:
        """Forget what was said before ``before`` (seconds since the epoch)."""
        self._aired.forget(before)

    def close(self) -> None:
        """End every client's stream."""
        self._closed = True
        for mailbox in self._mailboxes:
            mailbox.close()

    async def stream(
        self, room: str | None = None, *, host: bool = False
    ) -> AsyncGenerator[str, None]:
        """Yield server-sent events: which answers stand, the last of them, and then each change.

        They begin anew with each connection: a client drops what it shows and is not among those
        that stand, because it was taken back meanwhile.
        """
        mailbox = Mailbox(room, host=host)
        self._mailboxes.add(mailbox)
        if self._closed:
            mailbox.close()
        try:
            yield "retry: 2000\n\n"
            yield self._standing(room, host=host)
            while not mailbox.closed:
                changes = await mailbox.take(HEARTBEAT)
                if changes or not mailbox.closed:
                    yield "".join(map(self._encoded, changes)) or ": still here\n\n"
        finally:
            self._mailboxes.discard(mailbox)

    def _standing(self, room: str | None, *, host: bool) -> str:
        cards = [card for card in self._aired.cards(room) if host or card.public]
        standing = _event({"type": "standing", "ids": [card.id for card in cards]})
        return standing + "".join(map(self._encoded, cards[-BACK:]))

    def _hand_out(self, change: Change) -> None:
        for mailbox in self._mailboxes:
            mailbox.put(change)

    def _encoded(self, change: Change | None) -> str:
        if change is None:
            return _event({"type": STIR})
        if isinstance(change, Card):
            return _event({**self._aired.told(change), "now": self._now()})
        return _event({"type": "gone", "id": change.id})


def routes(answers: Answers) -> APIRouter:
    """Return the route of the live answers."""
    router = APIRouter(prefix="/api")

    @router.get("/answers", response_class=StreamingResponse, responses=STREAM)
    def stream(room: str | None = None, *, host: bool = False) -> StreamingResponse:
        """Stream answers as they appear in the chat, as server-sent events.

        ``host`` also streams those that the platform turned down, for the host to say.
        """
        return StreamingResponse(answers.stream(room, host=host), media_type="text/event-stream")

    return router


def _event(told: dict[str, object]) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
