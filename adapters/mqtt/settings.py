"""The keys of an MQTT room in config.toml."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.wire.bridge import FRAME


class MqttSettings(BaseModel):
    """The topics are ``<prefix>/<name>/in``, ``…/out``, ``…/posted`` and ``…/status``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="local", pattern=r"^[\w-]{1,64}$")
    prefix: str = Field(default="danmate", pattern=r"^[^$+#\x00/][^+#\x00]{0,199}$")
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=1883, ge=1, le=65_535)
    """8883 is usual with ``tls``."""
    username: str = ""
    password: SecretStr | None = None
    tls: bool = False
    ca: Path | None = None
    """The certificate that signs the broker's, if it is not one that the system knows."""
    transport: Literal["tcp", "websockets"] = "tcp"
    path: str = "/mqtt"
    """Of the broker's WebSocket."""
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str = Field(default="", max_length=128)
    """The broker keeps what we miss under it; made of prefix and name. One process each."""
    share: str = Field(default="", pattern=r"^[\w-]{0,64}$")
    """A group of processes of which each message reaches one (``$share``, MQTT 5)."""
    keep: int = Field(default=86_400, ge=0, le=4_294_967_295)
    """Seconds for which the broker keeps what we miss (MQTT 5; 3.1.1: as the broker is set)."""
    keepalive: int = Field(default=30, ge=1, le=65_535)
    """Seconds between two signs of life."""
    timeout: float = Field(default=10.0, gt=0)
    """Seconds that the broker has to answer."""
    queue: int = Field(default=200, ge=1, le=65_535)
    """Messages that the broker may send before the first of them is safe in the queue."""
    expiry: int = Field(default=10, ge=1)
    """Seconds for which the broker keeps a reply for a feeder that is away (MQTT 5)."""
    account: str = Field(default="", max_length=200)
    """The bot's own name or id on the feeder's platform: its lines are not answered."""
    ack: bool = True
    """Whether a feeder says what became of a reply; if not, the broker's having it will do."""
    threads: bool = False
    """Whether the feeder posts a reply under the message: then no @name stands in the text."""
    length: int = Field(default=500, ge=0, le=10_000)
    """Characters of a reply; 0: no limit."""
    frame: int = Field(default=FRAME, ge=1_024, le=262_144)
    """Bytes of an object."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.share and self.protocol != "5":
            raise ValueError('protocol = "5" for share')
        if self.share and not self.client_id:
            raise ValueError("client_id for share: another one in each process")
        if self.ca and not self.tls:
            raise ValueError("tls = true for ca")
        return self

    @property
    def identifier(self) -> str:
        """How the broker knows us."""
        return self.client_id or f"danmate-{self.prefix}-{self.name}"

    def topic(self, leaf: Literal["in", "out", "posted", "status"]) -> str:
        """Return one of the room's topics; of a group, each process has its own status."""
        topic = f"{self.prefix}/{self.name}/{leaf}"
        return f"{topic}/{self.client_id}" if leaf == "status" and self.share else topic
