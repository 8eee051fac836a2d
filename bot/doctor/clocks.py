"""Whether this machine's clock is right: messages carry the platform's time, leases the store's."""

from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from bot.flow.clock import WallClock
from bot.model import Check

OFF = 2.0
"""Seconds by which a clock may be wrong: a line older than reply.max_age is not answered."""
WITHIN = 5.0
"""Seconds that a platform has to say what time it is."""
_SECOND = 0.5  # a Date header names a whole second: its middle is half a second off at most


def clock(name: str, whose: str, offset: float, unsure: float = 0.0) -> Check:
    """Judge a clock that is ``offset`` seconds ahead of ours, give or take ``unsure``."""
    good = abs(offset) - unsure <= OFF
    way = "behind" if offset > 0 else "ahead of"
    near = abs(offset) <= max(unsure, 0.05)
    text = f"as {whose}" if near else f"{abs(offset):.1f} s {way} {whose}"
    return Check(name, good, text, "" if good else "set this machine's clock (NTP)")


async def asked(room: str, url: str) -> Check | None:
    """Judge our clock by the Date header of a platform's server; None where it tells nothing."""
    wall = WallClock()
    before = wall.now()
    try:
        async with httpx.AsyncClient(timeout=WITHIN) as http:
            answer = await http.head(url)
        date = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return None  # whether it answers is another check's business
    after = wall.now()
    at = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() + _SECOND
    unsure = _SECOND + (after - before) / 2
    return clock(f"{room} clock", "the platform's", at - (before + after) / 2, unsure)
