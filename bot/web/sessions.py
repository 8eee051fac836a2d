"""Log-ins to the pages: one-time links become sessions, which outlive a restart."""

import secrets
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias
from urllib.parse import urlencode

from bot.bus.codec import key
from bot.bus.server import Store
from bot.ports import Clock
from bot.web.seals import Pass, Role, equal, seal, unseal

LINK = 600.0
"""Seconds in which a one-time link can be opened."""
REMEMBERED = 86_400
"""Seconds that a used link is known: longer than it holds, should a clock be set back."""
WEEK = 604_800.0
View: TypeAlias = Literal["page", "studio", "overlay", "prompter"]
"""What a link may open."""


class Token(Protocol):
    """What seals every link and session; whoever knows it is the owner."""

    async def get(self) -> str:
        """Return it, "" where there is none. Raises UserFault."""

    async def make(self) -> str:
        """Return it; make it if there is none. Raises UserFault."""


class Spent(Protocol):
    """What ids of links and sessions have served their time."""

    async def spend(self, name: str, seconds: float) -> bool:
        """Note an id for so long; False if it was noted before. Raises LOST."""

    async def spent(self, name: str) -> bool:
        """Say whether an id was noted. Raises LOST."""


@dataclass(frozen=True, slots=True)
class StoredSpent:
    """Spent ids in the queue's server: whoever serves pages knows of the same ones."""

    store: Store

    async def spend(self, name: str, seconds: float) -> bool:
        """Note an id for so long; False if it was noted before. Raises LOST."""
        done = await self.store.call("SET", _key(name), "1", "NX", "EX", max(1, round(seconds)))
        return done is not None

    async def spent(self, name: str) -> bool:
        """Say whether an id was noted. Raises LOST."""
        return bool(await self.store.call("EXISTS", _key(name)))


class Sessions:
    """Who may do what. ``token`` is asked each time: a new one ends all that the old one made.

    Every method that asks it raises what it raises, and LOST.
    """

    def __init__(
        self,
        token: Token,
        spent: Spent,
        clock: Clock,
        lasting: float = WEEK,
    ) -> None:
        self._token = token
        self._spent = spent
        self._clock = clock
        self.lasting = lasting

    async def begin(self, code: str) -> tuple[Pass, str] | None:
        """Return who opened a link or typed the token, and the session; None: neither is right."""
        token, now = await self._token.get(), self._clock.now()
        until = now + self.lasting
        if equal(code, token):
            who = Pass(new_id(), "owner", "owner", until)
            return who, seal(who, "session", token)
        link = unseal(code, "link", token, now)
        if link is None or not await self._spent.spend(f"link:{link.id}", REMEMBERED):
            return None
        who = Pass(new_id(), link.role, link.name, until)
        return who, seal(who, "session", token)

    async def who(self, session: str) -> Pass | None:
        """Return whose session a cookie holds; None: nobody's, or one that has ended."""
        who = unseal(session, "session", await self._token.get(), self._clock.now())
        if who is None or await self._spent.spent(f"session:{who.id}"):
            return None
        return who

    async def bearer(self, given: str) -> Pass | None:
        """Return the owner to a program that knows the token."""
        if not equal(given, await self._token.get()):
            return None
        return Pass("token", "owner", "owner", self._clock.now() + LINK)

    async def end(self, who: Pass) -> None:
        """End one session."""
        await self._spent.spend(f"session:{who.id}", who.until - self._clock.now() + REMEMBERED)


def link(
    url: str, role: Role, name: str, token: str, now: float, view: View = "page", room: str = ""
) -> str:
    """Return a link that logs somebody in, once and within ``LINK`` seconds, and opens ``view``.

    The page behind it goes to these views alone, whatever a link names.

    The code stands behind ``#``: no server, proxy or log on the way ever sees it, and who only
    looks where a link leads, as chat programs do, does not use it up.
    """
    code = seal(Pass(new_id(), role, name, now + LINK), "link", token)
    asked = [("next", f"/{view}")] if view != "page" else []
    asked += [("room", room)] if room else []
    query = f"?{urlencode(asked, safe='/')}" if asked else ""
    return f"{url}/login/{query}#{code}"


def new_id() -> str:
    """Return an id that nobody guesses."""
    return secrets.token_urlsafe(12)


def _key(name: str) -> str:
    return key("page", name)
