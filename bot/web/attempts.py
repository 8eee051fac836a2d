"""Wrong attempts to log in, counted by address: who guesses must wait."""

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address, ip_network

LIMIT = 10
"""Wrong attempts of one address within ``WITHIN``."""
WITHIN = 60.0
"""Seconds."""
MOST = 4_096
"""Addresses that are remembered: the one that tried least recently is forgotten first."""


class Attempts:
    """An attempt counts from its beginning, so that many at once are no way around the limit."""

    def __init__(self, limit: int = LIMIT, within: float = WITHIN, most: int = MOST) -> None:
        self._limit = limit
        self._within = within
        self._most = most
        self._of: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, address: str, now: float) -> float:
        """Count an attempt and return 0, or the seconds to wait: then nothing is to be tried."""
        name = household(address)
        times = self._of.setdefault(name, deque(maxlen=self._limit))
        while times and not 0 <= now - times[0] < self._within:  # a clock may be set back
            times.popleft()
        if len(times) >= self._limit:
            return self._within - (now - times[0])
        times.append(now)
        self._of.move_to_end(name)
        while len(self._of) > self._most:
            self._of.popitem(last=False)
        return 0.0

    def right(self, address: str) -> None:
        """Take the last attempt back: it was none."""
        name = household(address)
        if times := self._of.get(name):
            times.pop()
        if not times:
            self._of.pop(name, None)


def household(address: str) -> str:
    """Return what stands for everybody behind one line: an IPv4 address, a /64 of IPv6."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "elsewhere"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found) >> 64 << 64, 64)))
