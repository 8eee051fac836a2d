"""Whether the queue's server answers, keeps what it is told, and has the time that we have."""

import tempfile
from pathlib import Path
from typing import Any

from bot.bus.server import LOST, Store, connect, masked
from bot.config import Config
from bot.doctor.clocks import clock
from bot.errors import UserFault
from bot.flow.clock import WallClock
from bot.model import Check

OTHER = "set store.url to a Redis 7.0 or Valkey 7.2 server that is up"


async def store(config: Config) -> Check:
    """Check that the queue's server answers: a fresh embedded one, or the one that is named."""
    return (await stores(config))[0]


async def stores(config: Config) -> list[Check]:
    """Check the server, how it keeps the queue, and its clock; nothing is left behind."""
    try:
        url = config.store.address()
        with tempfile.TemporaryDirectory(prefix="danmate-") as folder:
            async with await connect(
                url, Path(folder), config.store.shards if url else 1
            ) as opened:
                await opened.client.ping()
                answers = f"{masked(url) or 'the embedded server'} answers"
                return [
                    Check("store", ok=True, text=answers),
                    await _kept(opened.client),
                    await _timed(opened),
                ]
    except (UserFault, *LOST) as fault:
        return [Check("store", ok=False, text=str(fault), mend=OTHER)]


async def _kept(client: Any) -> Check:
    """Check the server's version, and that a restart of it loses nothing of a second ago."""
    about = _one(await client.info("server"))
    kept = _one(await client.info("persistence"))
    valkey = about.get("valkey_version")
    name = f"Valkey {valkey}" if valkey else f"Redis {about.get('redis_version', '?')}"
    if kept.get("aof_enabled"):
        return Check("queue", ok=True, text=f"{name}, keeps each message on disk (append-only)")
    mend = "set appendonly yes in the server's configuration"
    text = f"{name}: appendonly is off, messages that wait can be lost"
    return Check("queue", ok=False, text=text, mend=mend)


async def _timed(opened: Store) -> Check:
    client: Any = opened.client
    wall = WallClock()
    before = wall.now()
    found = await client.time()
    seconds, micros = next(iter(found.values())) if isinstance(found, dict) else found
    after = wall.now()
    offset = seconds + micros / 1e6 - (before + after) / 2
    return clock("clock", "the store's", offset, (after - before) / 2)


def _one(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a server says of itself, or the first node of a cluster."""
    first = next(iter(found.values()), None)
    return first if isinstance(first, dict) else found
