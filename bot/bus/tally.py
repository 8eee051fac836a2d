"""How many messages of each room had which end, since its first one."""

from typing import Any

from bot.bus.codec import key
from bot.bus.server import Store
from bot.model import Outcome

APPROVED = "approved"
"""What a command counts as that sent a draft: the draft's message has been counted as drafted."""


def tally_key(room: str, shard: int) -> str:
    """Return the key of a room's counts."""
    return key("tally", room, shard=shard)


def counted_as(outcome: Outcome) -> str:
    """Return the name under which a room counts an outcome."""
    sends = outcome.outcome == "commanded" and outcome.reply and outcome.reply.id.startswith("re:")
    return APPROVED if sends else outcome.outcome


async def tally(store: Store, room: str) -> dict[str, int]:
    """Return a room's counts."""
    client: Any = store.client  # its hints name the shapes of every protocol at once
    found = await client.hgetall(tally_key(room, store.shard(room)))
    return {name.decode(): int(number) for name, number in found.items()}
