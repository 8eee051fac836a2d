"""The limits of an account: exact sliding windows and holds, asked in one call, all or nothing."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.bus.codec import account_key
from bot.bus.pacing import ARRIVED, FINE, HOLD, REFUSED, TAKE, TIME, UNDO, USED
from bot.bus.server import Store
from bot.model import Window

TRIPS: Final = 5
"""Refusals in a row after which a room is left alone: fewer may each have a reason of its own."""
FIRST: Final = 60.0
"""Seconds for which it is left alone then; each further refusal doubles them."""
LAST: Final = 600.0
"""Seconds beyond which they do not grow: who lifts a ban should not have to wait for long."""
TRIAL: Final = 15.0
"""Seconds that the one try after that has to end well or badly; then another may follow."""
LONGEST: Final = 86_400.0
"""Seconds that a hold lasts at most, whatever a platform says."""

_MICRO = 1_000_000
_DAY = 86_400_000


class Limits:
    """What one account may send, shared by all processes that send for it.

    Times are the server's, or ``now`` where it is given.
    """

    def __init__(self, store: Store, account: str) -> None:
        self._account = account
        self._take = store.script(TIME + TAKE)
        self._hold = store.script(TIME + HOLD)
        self._refused = store.script(TIME + REFUSED)
        self._arrived = store.script(TIME + ARRIVED)
        self._undo = store.script(UNDO)
        self._own: dict[tuple[str, float], deque[float]] = {}
        self._fine = store.script(FINE)
        self._used = store.script(TIME + USED)

    async def take(
        self, windows: Sequence[Window], now: float | None = None, room: str | None = None
    ) -> float:
        """Take one send from each of ``windows``, whose counts are at least 1.

        Returns 0.0 once taken, else the seconds until all have room and neither the account nor
        ``room`` is held, and nothing is taken. In no span of ``seconds`` are more than ``count``
        taken, but for windows that do not wait: these only count. A margin for the network is the
        caller's business. Should the clock go back, no window is waited for longer than twice.
        """
        least: dict[tuple[str, float], int] = {}
        for each in windows:
            of = each.name, each.seconds
            known = least.get(of, 0)
            least[of] = min(each.count, known or each.count) if each.waits else known
        args = [_at(now), len(least), TRIPS, _micro(TRIAL), _DAY]
        for (_, seconds), count in least.items():
            args += [count, _micro(seconds), _kept(seconds, now)]
        if now is None and (own := self._own_wait(least)):
            return own
        keys = [self._key("sent", name, str(float(seconds))) for name, seconds in least]
        keys.append(self._key("held"))
        if room is not None:
            keys += [self._key("held", room), self._key("refused", room)]
        wait: int = await self._take(keys, args)
        if now is None and not wait:
            self._note(least)
        return wait / _MICRO

    async def hold(self, seconds: float, now: float | None = None, room: str | None = None) -> None:
        """Take nothing for ``seconds``, of the whole account or of one room: the platform says so.

        The longest of several holds counts, and none is longer than LONGEST.
        """
        span = max(0.0, min(seconds, LONGEST))
        key = self._key("held") if room is None else self._key("held", room)
        await self._hold([key], [_at(now), _micro(span), _kept(span, now)])

    async def refused(self, room: str, now: float | None = None) -> float:
        """Note that the platform has refused a send in ``room``; return for how long it is held.

        Nothing is held until TRIPS have been refused in a row. Afterwards a single send is taken,
        and the next not before that one is ``refused`` or ``fine``, or TRIAL has passed.
        """
        args = [_at(now), TRIPS, _micro(FIRST), _micro(LAST), _DAY]
        held: int = await self._refused([self._key("refused", room)], args)
        return held / _MICRO

    async def arrived(self, windows: Sequence[Window], now: float | None = None) -> None:
        """Count the latest send of ``windows`` from now: by now the platform has seen it.

        It judges by when a line comes, and one may be longer on its way than the next.
        """
        if not windows:
            return
        keys = [self._key("sent", name, seconds) for name, seconds in _names(windows)]
        await self._arrived(keys, [_at(now)])
        for each in windows if now is None else ():
            if sent := self._own.get((each.name, each.seconds)):
                sent[-1] = asyncio.get_running_loop().time()

    async def undo(self, window: Window) -> None:
        """Give back the latest send of a window: it did not happen."""
        await self._undo([self._key("sent", window.name, str(float(window.seconds)))], [])
        if sent := self._own.get((window.name, window.seconds)):
            sent.pop()

    async def fine(self, room: str) -> None:
        """Note that a send in ``room`` was accepted: the refusals before it count no longer."""
        await self._fine([self._key("refused", room)], [])

    async def used(self, windows: Sequence[Window], now: float | None = None) -> list[int]:
        """Return how many sends each of ``windows`` counts now; takes nothing."""
        if not windows:
            return []
        keys = [self._key("sent", each.name, str(float(each.seconds))) for each in windows]
        args = [_at(now), *(_micro(each.seconds) for each in windows)]
        counts: list[int] = await self._used(keys, args)
        return counts

    def _own_wait(self, least: Mapping[tuple[str, float], int]) -> float:
        """Return how long this process alone must wait, by a clock that nobody sets.

        Where the server's clock is set forward, it takes what was sent just now for long past.
        """
        waits, now = [0.0], asyncio.get_running_loop().time()
        for (name, seconds), count in least.items():
            sent = self._own.get((name, seconds), ())
            while sent and sent[0] + seconds <= now:
                sent.popleft()
            if count and len(sent) >= count:
                waits.append(sent[-count] + seconds - now)
            elif not sent:
                self._own.pop((name, seconds), None)
        return max(waits)

    def _note(self, least: Iterable[tuple[str, float]]) -> None:
        for window in least:
            self._own.setdefault(window, deque()).append(asyncio.get_running_loop().time())

    def _key(self, *parts: str) -> str:
        return account_key(self._account, *parts)


def _names(windows: Sequence[Window]) -> list[tuple[str, str]]:
    """Return under which names and spans they are counted, each once."""
    return [*dict.fromkeys((each.name, str(float(each.seconds))) for each in windows)]


def _at(now: float | None) -> int | str:
    return "" if now is None else _micro(now)


def _micro(seconds: float) -> int:
    return round(seconds * _MICRO)


def _kept(seconds: float, now: float | None) -> int:
    """Return how many milliseconds to keep what matters for ``seconds``.

    A given clock may be slower than the server's, which is the one that forgets.
    """
    return round(seconds * 1000) + (1000 if now is None else _DAY)
