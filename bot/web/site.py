"""By which address browsers know our pages, and what that asks of whoever opens them."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


@dataclass(frozen=True, slots=True)
class Site:
    """``hosts`` may stand in Host beside loopback names; ``url`` is the address if that is told.

    ``open``: reading needs no log-in, as where only this machine can ask. ``proxied``: requests
    may come through a proxy. ``secure``: browsers come by https.
    """

    hosts: frozenset[str] = field(default_factory=frozenset)
    url: str = ""
    open: bool = True
    proxied: bool = False
    secure: bool = False

    def known(self, host: str) -> bool:
        """Say whether a Host header names us.

        A website that lets its own name point here (DNS rebinding) comes with that name. An
        address, unlike a name, is never rebound: who listens everywhere has many.
        """
        name = _name(host)
        if name in LOOPBACK or name in self.hosts:
            return True
        return bool(self.hosts & ANYWHERE) and _address(name)

    def own(self, origin: str, host: str) -> bool:
        """Say whether an Origin header is that of our pages; ``host`` is what was asked.

        Another port of this machine is another origin, though cookies do not tell them apart.
        """
        if self.url and (origin.lower() == self.url or not loopback(_name(host))):
            return origin.lower() == self.url
        scheme = "https" if self.secure and not self.proxied else "http"
        return origin.lower() == f"{scheme}://{host.lower()}"


def loopback(host: str) -> bool:
    """Say whether only this machine reaches ``host``."""
    try:
        return host.lower() == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    """Return the name in a Host header, "" where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
