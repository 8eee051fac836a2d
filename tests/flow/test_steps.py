"""Whoever posts is killed before or behind each single step: no line is posted twice."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.errors import Throttled
from bot.flow.outbox import STUCK, Outbox
from bot.flow.patience import Patience
from bot.model import ChatMessage, Pace, Reply, Rules, Window
from tests.fakes import said
from tests.flow.desk import START, Desk, assert_conserved

PATIENT = Rules(max_age=500.0)
MOST = 200
"""More steps than the posts take."""


class Killed(BaseException):
    """The process has ended here."""


@dataclass
class Fate:
    """Ends the process before or behind its ``at``-th step."""

    at: int
    behind: bool
    steps: int = 0

    async def step(self, call: Callable[[], Any]) -> Any:
        self.steps += 1
        fatal = self.steps == self.at
        if fatal and not self.behind:
            raise Killed
        result = await call()
        if fatal:
            raise Killed
        return result


class Dying:
    """A client of the queue that dies as it is fated to."""

    def __init__(self, client: Any, fate: Fate) -> None:
        self._client = client
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "pipeline":
            return lambda **options: DyingPipeline(method(**options), self._fate)

        async def call(*args: Any, **options: Any) -> Any:
            return await self._fate.step(lambda: method(*args, **options))

        return call


class DyingPipeline:
    def __init__(self, pipeline: Any, fate: Fate) -> None:
        self._pipeline = pipeline
        self._fate = fate

    async def __aenter__(self) -> Self:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pipeline.__aexit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)

    async def execute(self, **options: Any) -> Any:
        return await self._fate.step(lambda: self._pipeline.execute(**options))


@dataclass
class Platform:
    """Counts what it is given, on whichever connection; throttles the first ``slow`` lines."""

    slow: int = 0
    posted: Counter[str] = field(default_factory=Counter)


@dataclass
class Session:
    """A connection to it, of a process that dies as it is fated to."""

    platform: Platform
    fate: Fate

    async def messages(self) -> AsyncIterator[ChatMessage]:
        return
        yield

    async def post(self, reply: Reply) -> None:
        async def take() -> None:
            if self.platform.slow:
                self.platform.slow -= 1
                raise Throttled("slow down", 5.0)
            self.platform.posted[reply.id] += 1

        await self.fate.step(take)


def process(desk: Desk, store: Store, fate: Fate) -> Outbox:
    """Return the room's outbox in a process of its own."""
    own = Store(Dying(store.client, fate))  # type: ignore[arg-type]  # it answers to all that is asked of it
    return Outbox(
        room=desk.room,
        clock=desk.clock,
        rooms=RedisRooms(own),
        shops=desk.shops,
        replies=Replies(own),
        limits=Limits(own, "test"),
        rules=desk.rules,
        abilities=desk.outbox.abilities,
        pace=Pace((Window("account", 1, 1.0),), 30.0),
        patience=Patience(own, desk.clock, "test"),
        virtual=True,
    )


async def lives(desk: Desk, store: Store, platform: Platform, fate: Fate) -> None:
    """Post what is due, in a process that looks again and again."""
    outbox, session = process(desk, store, fate), Session(platform, fate)
    for _ in range(6):
        await outbox.recover()
        await outbox.step(session)
        desk.clock.advance(desk.clock.now() + 5.0)


@pytest.mark.parametrize("slow", [0, 1])
@pytest.mark.parametrize("behind", [False, True])
async def test_no_line_is_posted_twice_wherever_the_poster_dies(
    store: Store, slow: int, *, behind: bool
) -> None:
    died, ends = 0, Counter[str]()
    for at in range(1, MOST):
        await store.client.flushall()
        desk, platform = Desk(store, rules=PATIENT), Platform(slow)
        await desk.hear(said("4号多少钱"), said("几点下播", number=2, author="Bob"))
        desk.clock.advance(START + 2.0)
        try:
            await lives(desk, store, platform, Fate(at, behind))
        except Killed:
            died += 1
        else:
            break  # so many steps there are
        desk.clock.advance(desk.clock.now() + STUCK)
        await lives(desk, store, platform, Fate(0, behind))
        delivered = {reply: delivery for reply, delivery, _ in await desk.delivered()}
        assert len(delivered) == len(await desk.delivered()) == 2
        assert set(platform.posted.values()) <= {1}
        assert {r for r, how in delivered.items() if how == "sent"} <= set(platform.posted)
        assert not {r for r, how in delivered.items() if how == "not_sent"} & set(platform.posted)
        ends.update(delivered.values())
        await assert_conserved(store)
    assert 8 < died < MOST - 2
    assert ends["sent"] > ends["unknown"] > 0
