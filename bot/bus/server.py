"""Where the queue lives: an embedded Valkey server, or a server, cluster or sentinel at a URL."""

import re
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit
from zlib import crc32

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.connection import DefaultParser
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SlaveNotFoundError,
)
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import TimeoutError as NoAnswer

from bot.bus.calls import Calls, Client, Script
from bot.bus.codec import key
from bot.bus.embedded import Embedded
from bot.errors import BadConfig, CannotStart


class CannotWrite(ResponseError):
    """The server answers but may not write now: its disk is full, its replicas or its time gone."""


# redis-py has no class for these answers; without one no caller could tell them from our own faults
for _code in ("MISCONF", "NOREPLICAS", "BUSY"):
    DefaultParser.EXCEPTION_CLASSES[_code] = CannotWrite

LOST: Final = (
    ConnectionLost,
    NoAnswer,
    CannotWrite,
    OutOfMemoryError,  # maxmemory, with noeviction
    ReadOnlyError,  # what was the master is a replica now
    ClusterDownError,
    TryAgainError,
    MasterNotFoundError,
    SlaveNotFoundError,
)
"""What any call to the bus raises while its server is away: ``Store.ensure()``, then try again."""

SENTINEL = "redis+sentinel://"
_SCHEMES = ("redis://", "rediss://", "unix://", SENTINEL)
_OLDEST = (7, 0)
_RETRY = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 2)
_OPTIONS: Mapping[str, Any] = {
    "protocol": 3,
    "legacy_responses": False,
    "socket_connect_timeout": 2.0,
    "socket_timeout": 3.0,  # six times the longest read that waits: who is silent so long is away
}


class Store:
    """A connection to the queue's server. Use as a context: leaving it closes what it opened."""

    def __init__(self, client: Client, embedded: Embedded | None = None, shards: int = 1) -> None:
        self.client: Final = client
        self.call: Final = Calls(client)
        self.shards: Final = shards
        self._embedded = embedded

    def shard(self, room: str) -> int:
        """Return the shard that holds all that belongs to ``room``."""
        return crc32(room.encode("utf-8", "surrogatepass")) % self.shards

    def script(self, lua: str) -> Script:
        """Return a Lua script, ready to be called."""
        return Script(self.call, lua)

    async def ensure(self) -> None:
        """Start or join the embedded server if it has gone. Raises CannotStart.

        A server behind a URL is not ours to start: then this does nothing.
        """
        if self._embedded is not None:
            await self._embedded.start()

    async def rewrite(self) -> None:
        """Let the embedded server write its log anew, so that what was deleted leaves the disk.

        When a server behind a URL does that is its owner's business.
        """
        if self._embedded is not None:
            with suppress(ResponseError):  # it is doing so already
                await self.client.execute_command("BGREWRITEAOF")

    async def close(self) -> None:
        """Close the client, and end the embedded server if this process started it."""
        await self.call.aclose()
        await _close(self.client)
        if self._embedded is not None:
            await self._embedded.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def connect(url: str, data: Path, shards: int = 1) -> Store:
    """Return a store that answers: the embedded server of ``data`` if ``url`` is empty.

    ``redis://``, ``rediss://`` and ``unix://`` as redis-py reads them, a node of a cluster
    included; ``redis+sentinel://host:26379,host2:26379/name`` for the master that sentinels name.

    Raises BadConfig for a URL that is none, CannotStart for a server that does not answer, is
    older than 7.0, would forget keys when its memory is full, or holds another number of shards.
    """
    embedded = None if url else Embedded(data)
    if embedded:
        await embedded.start()
    name = masked(url) or "the embedded server"
    client: Client = _client(embedded.url if embedded else url)
    try:
        client = await _checked(client, url, name)
        await _agreed(client, shards, name)
    except BaseException:
        await _close(client)
        if embedded:
            await embedded.stop()
        raise
    return Store(client, embedded, shards)


def masked(url: str) -> str:
    """Return ``url`` without its user and password."""
    return re.sub(r"(?i)(username|password)=[^&]*", r"\1=***", re.sub(r"//.*@", "//***@", url))


def _client(url: str) -> Redis:
    if not url.startswith(_SCHEMES):
        raise BadConfig(f"store.url: {masked(url)}: expected {', '.join(_SCHEMES)} or nothing")
    # With the default pool the 101st call at once fails; here it waits for its turn.
    options = {**_OPTIONS, "max_connections": 64, "retry": _RETRY}
    try:
        if url.startswith(SENTINEL):
            return _master(url, {**options, "max_connections": 1024})  # there is none that waits
        return Redis.from_pool(BlockingConnectionPool.from_url(url, **options))
    except (ValueError, TypeError) as error:
        raise BadConfig(f"store.url: {masked(url)}: {error}") from error


def _master(url: str, options: Mapping[str, Any]) -> Redis:
    """Return a client of the master that the sentinels of ``url`` name, whoever that becomes."""
    parts = urlsplit(url)
    hosts, (name, _, database) = parts.netloc.rpartition("@")[2], parts.path[1:].partition("/")
    if not name:
        raise ValueError("expected the master's name behind the hosts, as in /mymaster")
    nodes = [(host, int(port or 26379)) for host, _, port in _split(hosts)]
    secret = {
        field: unquote(value)
        for field, value in (("username", parts.username), ("password", parts.password))
        if value
    }
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no hints
        nodes, sentinel_kwargs={"socket_timeout": 1.0}, **options, **secret
    )
    client: Redis = sentinel.master_for(name, db=int(database or 0))
    return client


def _split(hosts: str) -> list[tuple[str, str, str]]:
    return [each.rpartition(":") if ":" in each else (each, "", "") for each in hosts.split(",")]


async def _close(client: Client) -> None:
    """Close a client with all that it has opened."""
    await client.aclose()
    pool = getattr(client, "connection_pool", None)
    if isinstance(pool, SentinelConnectionPool):  # it belongs to nobody, and so do its sentinels
        await pool.disconnect()
        for each in pool.sentinel_manager.sentinels:
            await each.aclose()


async def _checked(client: Client, url: str, name: str) -> Client:
    """Return the client that the server needs, once the server is known to keep what it is told."""
    try:
        about = await _allowed(client.info("server"))
        settings = await _allowed(client.config_get("maxmemory-policy"))
    except RedisError as error:
        raise CannotStart(f"{name}: {error}") from error
    version = str(about.get("redis_version", "7.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise CannotStart(f"{name}: version {version}: expected Redis 7.0, Valkey 7.2 or later")
    if (policy := settings.get("maxmemory-policy", "noeviction")) != "noeviction":
        raise CannotStart(f"{name}: maxmemory-policy is {policy}: expected noeviction")
    mode = about.get("redis_mode", about.get("server_mode"))  # Redis, Valkey
    return await _clustered(client, url, name) if mode == "cluster" else client


async def _clustered(client: Client, url: str, name: str) -> RedisCluster:
    """Return a client of the whole cluster of which ``client`` knows one node."""
    await client.aclose()
    cluster: RedisCluster = RedisCluster.from_url(url, **_OPTIONS)
    try:
        return await cluster.initialize()
    except (RedisError, RedisClusterException) as error:
        await cluster.aclose()
        raise CannotStart(f"{name}: {error}") from error


async def _agreed(client: Any, shards: int, name: str) -> None:
    """Check that all processes divide the rooms alike."""
    try:
        await client.set(key("shards"), shards, nx=True)
        found = int(await client.get(key("shards")))
    except RedisError as error:
        raise CannotStart(f"{name}: {error}") from error
    if found != shards:
        raise CannotStart(
            f"{name}: store.shards is {shards}: expected {found}, by which this store was made"
        )


async def _allowed(answer: Awaitable[Mapping[Any, object]]) -> Mapping[Any, object]:
    """Return the answer; nothing where the server forbids the question, as hosted ones do."""
    try:
        return await answer
    except ResponseError:
        return {}
