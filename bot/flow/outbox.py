"""Posts the replies of a room when they are due, drops them when they are late, once at most."""

from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.errors import AuthFailed, Disconnected, Held, Refused, Throttled
from bot.flow.services import Shops
from bot.model import Abilities, Delivered, Delivery, Pace, Reply, Rules, Skip
from bot.ports import Clock, Rooms, Session
from bot.rules import guard, policy, wording

log = structlog.get_logger()


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
    virtual: bool = False
    """Whether the clock is not the server's: then the limits follow the clock."""

    async def recover(self) -> int:
        """Give up on replies that a crash left in sending: they may have been posted.

        A doubled reply looks worse than a missing one.
        """
        stuck = await self.replies.stuck(self.room)
        for reply in stuck:
            await self._settle(reply, "unknown", "crashed")
        return len(stuck)

    async def step(self, session: Session) -> float | None:
        """Post what is due; return when the next reply is due, or None if none waits.

        Raises Disconnected or AuthFailed after the reply at hand has been settled.
        """
        for reply in await self.replies.due(self.room, self.clock.now()):
            await self._post(session, reply.id)
        return await self.replies.next_due(self.room)

    async def _post(self, session: Session, reply_id: str) -> None:
        now = self.clock.now()
        reply = await self.replies.begin(reply_id, self.room, now)
        if reply is None:
            return
        if now <= reply.expires and (wait := await self._wait(now)):
            await self.replies.postpone(reply.id, self.room, now + wait)
            return
        state = await self.rooms.get(self.room)
        shop = await self.shops.at(self.room, state)
        release = partial(policy.release, reply=reply, now=now, shop=shop, rules=self.rules)
        slot = await self.rooms.update(self.room, release)
        if isinstance(slot, Skip):
            await self._settle(reply, "not_sent", slot.reason)
            return
        nameable = (guard.nameable(name, self.rules.lexicon) for name in slot.names)
        names = tuple(filter(None, nameable))
        text = wording.address(reply.text, names, self.abilities, self.rules.names)
        line = replace(reply, text=text, answers=slot.answers, names=slot.names, at=now)
        await self._send(session, line)

    async def _wait(self, now: float) -> float:
        return await self.limits.take(self.pace.windows, now if self.virtual else None)

    async def _send(self, session: Session, line: Reply) -> None:
        try:
            await session.post(line)
        except Throttled as error:
            await self._settle(line, "refused", "throttled")
            log.warning("throttled", room=self.room, retry_after=error.retry_after)
        except Refused as error:
            await self._settle(line, "refused", str(error))
        except Held as error:
            await self._settle(line, "held", str(error))
        except AuthFailed:
            await self._settle(line, "not_sent", "auth_failed")
            raise
        except Disconnected:
            await self._settle(line, "unknown", "disconnected")
            raise
        else:
            await self._settle(line, "sent", None)

    async def _settle(self, reply: Reply, delivery: Delivery, reason: str | None) -> None:
        delivered = Delivered(
            reply.id, delivery, self.clock.now(), reply.text, reply.answers, reason
        )
        await self.replies.settle(delivered, self.room)
        log.info("reply", room=self.room, id=reply.id, delivery=delivery, reason=reason)
