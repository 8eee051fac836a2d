"""Scripted Twitch: an EventSub session, its connections and its subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event


class Connection(ServerConnection):
    """One connection, which counts pongs, and what a client must not send."""

    inbound = 0
    pongs = 0

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame):
            self.pongs += event.opcode is Opcode.PONG
            self.inbound += event.opcode not in (Opcode.PONG, Opcode.CLOSE)
        super().process_event(event)


@dataclass(frozen=True)
class Subscription:
    """What a session listens to."""

    id: str
    kind: str
    condition: Mapping[str, str]

    def shown(self, session_id: str, status: str = "enabled") -> dict[str, object]:
        """Return it as Twitch shows it."""
        return {
            "id": self.id,
            "status": status,
            "type": self.kind,
            "version": "1",
            "cost": 0,
            "condition": dict(self.condition),
            "transport": {"method": "websocket", "session_id": session_id},
            "created_at": "2026-01-01T00:00:00.123456789Z",
        }


@dataclass
class Session:
    """A session, the connections that it has, the newest last, and what it listens to."""

    id: str
    sockets: list[Connection] = field(default_factory=list)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
