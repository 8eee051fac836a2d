"""The keys of a bridge in config.toml."""

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.wire.bridge import FRAME


class BridgeSettings(BaseModel):
    """We connect to ``url``, or serve at ``listen``, or else at ``/bridge`` of our web server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="local", pattern=r"^[\w-]{1,64}$")
    url: str = ""
    """A WebSocket server: ws://host:port/path or wss://…"""
    listen: str = ""
    """host:port for a server of our own."""
    token: SecretStr | None = None
    """What a program must know, as ``Authorization: Bearer``; without it only this machine may."""
    account: str = Field(default="", max_length=200)
    """The bot's own name or id on the feeder's platform: its lines are not answered."""
    ack: bool = True
    """Whether a feeder says what became of a reply; if not, handed over counts as posted."""
    accepted: bool = False
    """Whether feeders are told of each line that is safe in the queue (also ?accepted=1)."""
    threads: bool = False
    """Whether the feeder posts a reply under the message: then no @name stands in the text."""
    length: int = Field(default=500, ge=0, le=10_000)
    """Characters of a reply; 0: no limit."""
    frame: int = Field(default=FRAME, ge=1_024, le=262_144)
    """Bytes of an object."""
    body: int = Field(default=1_048_576, ge=1_024, le=16_777_216)
    """Bytes of what is posted over HTTP at once."""
    queue: int = Field(default=1_000, ge=1, le=100_000)
    """Lines that wait for the bot; while so many do, feeders do."""
    ping: float = Field(default=20.0, gt=0)
    """Seconds between two signs of life, and how long an answer to one may take."""
    retry: float = Field(default=1.0, gt=0)
    """Seconds until a reply is tried again where no feeder is there to post it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.url and self.listen:
            raise ValueError("url or listen, not both")
        if self.url:
            _check_url(self.url)
        if self.listen:
            host, _ = self.address
            if not (self.token or host == "localhost" or _loopback(host)):
                raise ValueError("a token, since listen is open to other machines")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of ``listen``; raises ValueError."""
        try:
            found = urlsplit(f"//{self.listen}")
            host, port = found.hostname, found.port
        except ValueError:
            host = port = None
        if not host or port is None or found.netloc != self.listen or found.username is not None:
            raise ValueError("listen = host:port, as 127.0.0.1:8765")
        return host, port


def _check_url(url: str) -> None:
    try:
        found = urlsplit(url)
        good = found.scheme in ("ws", "wss") and found.hostname and found.port != 0
    except ValueError:
        good = False
    if not good or found.username is not None or found.fragment:
        raise ValueError("url = ws://host:port/path or wss://…, without a name or a password")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
