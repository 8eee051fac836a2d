"""Log-ins in files: one a name, of mode 0600, in a folder of mode 0700, replaced in one step."""

import asyncio
import json
import os
import re
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import AsyncFileLock

from bot import secrets
from bot.errors import BadConfig

OTHERS = 0o077
"""The permissions that nobody but the owner may have."""
ELSEWHERE: Mapping[str, str] = {"kept_in": "keyring"}
"""What stands in the file of a record that is in the system's keyring."""
ANEW = "expected what danmate login wrote: log in anew"
_NAME = re.compile(r"\w[\w.-]{0,63}")
_ENDING, _NEW = ".json", ".new"
_CLOEXEC_NOFOLLOW = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_numbers = count()


class FileVault:
    """Records in files; see Vault. No file and no folder is followed as a symbolic link."""

    def __init__(self, where: Path) -> None:
        self._folder = where

    async def get(self, name: str) -> Mapping[str, str]:
        """Return a record, empty where there is none.

        Raises BadConfig where the file or its folder is open to others or belongs to somebody
        else, or where it is not what was kept.
        """
        record = await self.peek(name)
        if record == ELSEWHERE:
            raise BadConfig(
                f"{name}: this log-in is in the system keyring, which is off or not there:"
                " log in anew (danmate login)"
            )
        return record

    async def put(self, name: str, record: Mapping[str, str]) -> None:
        """Replace a record, durably; an empty one is forgotten. Raises BadConfig as get does."""
        secrets.remember_record(record)
        await asyncio.to_thread(self._write, name, dict(record))

    @asynccontextmanager
    async def locked(self, name: str) -> AsyncIterator[None]:
        """Return a context that no other process, and no other task, is in for this name.

        Who dies in it lets go of it. Raises BadConfig where nothing can be kept.
        """
        with self._opened(make=True):
            path = self._folder / f"{_checked(name)}.lock"
        lock = AsyncFileLock(path, mode=0o600, is_singleton=False)
        try:
            await lock.acquire()
        except OSError as error:
            raise BadConfig(f"{path}: cannot be locked: {error.strerror or error}") from None
        try:
            yield
        finally:
            await lock.release()

    async def names(self) -> list[str]:
        """Return the names under which there is something, in order."""
        return await asyncio.to_thread(self._names)

    async def peek(self, name: str) -> Mapping[str, str]:
        """Return what the file holds: a record, or ELSEWHERE; raises as get does."""
        record = await asyncio.to_thread(self._read, name)
        secrets.remember_record(record)
        return record

    @contextmanager
    def _opened(self, *, make: bool = False) -> Iterator[int]:
        """Open the folder, which must be ours alone; all else happens within it."""
        try:
            if make:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | _CLOEXEC_NOFOLLOW)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise BadConfig(
                f"{self._folder}: expected a folder for log-ins, no link ({error.strerror})"
            ) from None
        try:
            _ours(self._folder, os.fstat(handle), "700")
            yield handle
        finally:
            os.close(handle)

    def _names(self) -> list[str]:
        try:
            with self._opened() as folder:
                found = os.listdir(folder)  # noqa: PTH208 - of the folder that was looked at
        except FileNotFoundError:
            return []
        return sorted(name.removesuffix(_ENDING) for name in found if _is_kept(name))

    def _read(self, name: str) -> Mapping[str, str]:
        path = self._folder / (_checked(name) + _ENDING)
        try:
            with self._opened() as folder:
                flags = os.O_RDONLY | os.O_NONBLOCK | _CLOEXEC_NOFOLLOW
                with os.fdopen(os.open(path.name, flags, dir_fd=folder), "rb") as source:
                    _ours(path, os.fstat(source.fileno()), "600")
                    found = json.load(source)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise BadConfig(f"{path}: expected a file, no link ({error.strerror})") from None
        except (ValueError, RecursionError):
            raise BadConfig(f"{path}: {ANEW}") from None
        if not isinstance(found, dict):
            raise BadConfig(f"{path}: {ANEW}")
        return {str(key): str(value) for key, value in found.items()}

    def _write(self, name: str, record: Mapping[str, str]) -> None:
        path = self._folder / (_checked(name) + _ENDING)
        try:
            with self._opened(make=True) as folder:
                if record:
                    _replace(folder, path.name, json.dumps(record, ensure_ascii=False))
                else:
                    with suppress(FileNotFoundError):
                        os.unlink(path.name, dir_fd=folder)
                os.fsync(folder)
        except OSError as error:
            raise BadConfig(f"{path}: cannot be kept: {error.strerror}") from None


def _replace(folder: int, name: str, text: str) -> None:
    import fcntl

    with suppress(OSError):  # a file system without locks leaves a dead writer's file behind
        fcntl.flock(folder, fcntl.LOCK_EX)  # until the folder is closed
        for left in os.listdir(folder):
            if left.startswith(f".{name}.") and left.endswith(_NEW):
                os.unlink(left, dir_fd=folder)
    new = f".{name}.{os.getpid()}.{next(_numbers)}{_NEW}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOEXEC_NOFOLLOW
    try:
        with os.fdopen(os.open(new, flags, 0o600, dir_fd=folder), "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise


def _ours(path: Path, found: os.stat_result, mode: str) -> None:
    if found.st_uid != os.geteuid():
        raise BadConfig(f"{path}: expected it to belong to the user who runs danmate (chown)")
    if found.st_mode & OTHERS:
        raise BadConfig(f"{path}: others may use it: expected mode 0{mode} (chmod {mode})")
    if mode == "600" and not stat.S_ISREG(found.st_mode):
        raise BadConfig(f"{path}: expected a file")


def _is_kept(name: str) -> bool:
    return name.endswith(_ENDING) and _NAME.fullmatch(name.removesuffix(_ENDING)) is not None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadConfig(f"{name!a}: expected a name of letters, digits, - and _ for a log-in")
    return name
