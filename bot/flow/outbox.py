"""Posts the replies of a room when they are due, drops them when they are late, once at most."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import structlog

from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.server import LOST
from bot.errors import AuthFailed, Disconnected, Held, Refused, Throttled
from bot.flow.outcomes import SHOWN
from bot.flow.patience import Patience
from bot.flow.services import Shops
from bot.model import (
    Abilities,
    ChatMessage,
    Delivered,
    Delivery,
    Pace,
    Removed,
    Reply,
    Rules,
    Showing,
    Skip,
    Slot,
    Window,
)
from bot.ports import Clock, Rooms, Session
from bot.rules import commands, guard, policy, retraction, wording

log = structlog.get_logger()

POST_WITHIN = 10.0
"""Seconds that a platform has to say whether a line stands."""
STUCK = 1.5 * POST_WITHIN
"""Seconds after which whoever was sending a reply has died: its echo would have come by then."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The way out of one room. Any number of processes may share it: each reply is taken once."""

    room: str
    clock: Clock
    rooms: Rooms
    shops: Shops
    replies: Replies
    limits: Limits
    rules: Rules
    abilities: Abilities
    pace: Pace
    patience: Patience
    waited: Callable[[float], None] = lambda _: None
    """Told the seconds for which a reply must wait for the limits."""
    virtual: bool = False
    """Whether the clock is not the server's: then the limits follow the clock."""
    quoted: Callable[[str], str] = str
    """What is kept of a platform's words about a reply: they may quote what it was sent."""

    async def recover(self) -> int:
        """Settle the replies that a crash left in sending; return their number.

        One that was not worded was not posted. One whose line the room has shown since was. Of
        any other nobody knows, and a doubled reply looks worse than a missing one.
        """
        stuck = await self.replies.stuck(self.room, self.clock.now() - STUCK)
        for reply in stuck:
            if reply.at is None:
                await self._settle(reply, "not_sent", "crashed")
            elif (shown := await self.replies.echoed(reply)) is not None:
                await self._settle(reply, "sent", None, shown)
            else:
                await self._settle(reply, "unknown", "crashed")
        return len(stuck)

    async def open(self) -> int:
        """Return how many replies are not settled."""
        return await self.replies.open(self.room)

    async def echo(self, message: ChatMessage) -> None:
        """Note that the room has shown a line of our own."""
        await self.replies.echo(self.room, message.text, self.clock.now())

    async def retract(self, removed: Removed) -> None:
        """Let nothing answer what was deleted."""
        change = partial(retraction.retract, removed=removed, now=self.clock.now())
        await self.rooms.update(self.room, change)

    async def show(self, showing: Showing) -> str:
        """Put a product on screen, as a moderator's command does; return its notice."""
        state = await self.rooms.get(self.room)
        change = partial(
            commands.apply,
            command=commands.Command("now", showing.product, showing.id),
            shop=await self.shops.at(self.room, state),
            now=self.clock.now(),
            rules=self.rules,
        )
        return await self.rooms.update(self.room, change)

    async def step(self, session: Session) -> float | None:
        """Post what is due; return when the next reply is due, or None if none waits.

        Raises Disconnected or AuthFailed after the reply at hand has been settled.
        """
        now, due = self.clock.now(), await self.replies.next_due(self.room)
        if due is None or due > now:  # as nearly always: this is asked many times a second
            return due
        for reply in await self.replies.due(self.room, now):
            await self._post(session, reply.id)
        return await self.replies.next_due(self.room)

    async def _post(self, session: Session, reply_id: str) -> None:
        now = self.clock.now()
        reply = await self.replies.begin(reply_id, self.room, now)
        if reply is None:
            return
        state = await self.rooms.get(self.room)
        shop = await self.shops.at(self.room, state)
        release = partial(policy.release, reply=reply, now=now, shop=shop, rules=self.rules)
        _, likely = release(state)
        sends = self.abilities.send
        if sends and isinstance(likely, Slot) and (wait := await self._wait(reply, likely, now)):
            self.waited(wait)
            await self.replies.postpone(reply, now + wait)
            return
        slot = await self.rooms.update(self.room, release)
        if isinstance(slot, Skip):
            await self._settle(reply, "not_sent", slot.reason)
            return
        if not sends:  # the host, or the video, shows it
            await self._settle(replace(reply, answers=slot.answers), "not_sent", SHOWN)
            return
        text, reply_to = self._line(reply, slot)
        line = replace(
            reply,
            text=text,
            reply_to=reply_to,
            answers=slot.answers,
            names=_names(slot),
            at=now,
        )
        if await self.replies.word(line):
            await self._send(session, reply, line, slot)

    def _line(self, reply: Reply, slot: Slot) -> tuple[str, str | None]:
        """Return the line to post, and the message that it is threaded under.

        That message's author is named by the platform, unless the name is none to be shown.
        """
        nameable = {name: guard.nameable(name, self.rules.lexicon) for name in _names(slot)}
        reply_to = None
        if self.abilities.reply and slot.names and nameable.pop(slot.names[0], None):
            reply_to = slot.answers[0]
        names = tuple(filter(None, nameable.values()))
        return wording.address(reply.text, names, self.abilities, self.rules.names), reply_to

    async def _wait(self, reply: Reply, slot: Slot, now: float) -> float:
        """Take a send from all limits; return 0 or the seconds to wait, and nothing is taken."""
        windows = self.pace.windows
        if self.pace.same_text:
            windows = (*windows, self._same(self._line(reply, slot)[0]))
        at = now if self.virtual else None
        return await self.limits.take(windows, at, room=self.room)

    def _same(self, text: str) -> Window:
        """Return the window in which the platform would drop this text as said before."""
        digest = sha256(text.encode()).hexdigest()[:16]
        return Window(f"{self.room}:{digest}", 1, self.pace.same_text)

    async def _send(self, session: Session, reply: Reply, line: Reply, slot: Slot) -> None:
        try:
            await self._carry(session, reply, line, slot)
        finally:
            at = self.clock.now() if self.virtual else None
            with suppress(*LOST):  # whoever works with the queue says so
                await self.limits.arrived(self.pace.windows, at)

    async def _carry(self, session: Session, reply: Reply, line: Reply, slot: Slot) -> None:
        at = self.clock.now() if self.virtual else None
        try:
            async with asyncio.timeout(POST_WITHIN):
                await session.post(line)
        except Throttled as error:  # nothing was posted: later, if that is not too late
            log.warning("throttled", room=self.room, retry_after=error.retry_after)
            await self.limits.hold(error.retry_after, at, self.room if error.room_only else None)
            if self.pace.same_text:
                await self.limits.undo(self._same(line.text))
            await self.rooms.update(self.room, partial(policy.reopen, slot=slot))
            later = self.clock.now() + error.retry_after
            await self.patience(partial(self.replies.postpone, reply, later))
        except Refused as error:
            await self._settle(line, "refused", self.quoted(str(error)))
            if held := await self.limits.refused(self.room, at):
                log.warning("room_held", room=self.room, seconds=held)
        except Held as error:
            await self._settle(line, "held", self.quoted(str(error)))
        except AuthFailed:
            await self._settle(line, "not_sent", "auth_failed")
            raise
        except Disconnected:
            await self._settle(line, "unknown", "disconnected")
            raise
        except TimeoutError:
            await self._settle(line, "unknown", "no_answer")
        else:
            await self._settle(line, "sent", None)
            await self.limits.fine(self.room)

    async def _settle(
        self, reply: Reply, delivery: Delivery, reason: str | None, at: float | None = None
    ) -> None:
        delivered = Delivered(
            reply.id,
            delivery,
            self.clock.now() if at is None else at,
            reply.text,
            reply.answers,
            reason,
        )
        await self.patience(partial(self.replies.settle, delivered, self.room))
        code = reason and reason.partition(":")[0]  # behind it a platform may quote the line
        log.info("reply", room=self.room, id=reply.id, delivery=delivery, reason=code)


def _names(slot: Slot) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, slot.names)))
