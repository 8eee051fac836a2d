"""Where regression cases are kept: one file each, for nobody else to read, none ever replaced."""

import asyncio
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

SUFFIX: Final = ".toml"
LONGEST: Final = 40
"""Characters of a message's id that stand in a file's name."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class Cases:
    """The folder of cases. ``catalogs``: the catalogue's file of each room that needs its own."""

    folder: Path = Path("cases")
    catalogs: Mapping[str, Path] = field(default_factory=dict)

    def catalog(self, room: str) -> str | None:
        """Return the catalogue of a room as seen from the folder, None for that of the config."""
        file = self.catalogs.get(room)
        return None if file is None else Path(os.path.relpath(file, self.folder)).as_posix()

    async def keep(self, name: str, text: str) -> Path:
        """Write a case into a file of its own, all of it or nothing; return the file.

        Raises OSError.
        """
        return await asyncio.to_thread(self._keep, name, text)

    def _keep(self, name: str, text: str) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._taken(name)
        new = file.with_name(f".{file.name}.new")
        try:
            with os.fdopen(os.open(new, _FLAGS, 0o600), "w", encoding="utf-8", newline="") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            new.replace(file)
        except BaseException:
            for each in (new, file):
                with suppress(OSError):
                    each.unlink()
            raise
        return file

    def _taken(self, name: str) -> Path:
        """Return a file that nobody had; an empty one stands there, which is no scenario yet."""
        for number in count(1):
            file = self.folder / f"{name}{f'-{number}' if number > 1 else ''}{SUFFIX}"
            with suppress(FileExistsError):
                os.close(os.open(file, _FLAGS, 0o600))
                return file
        raise AssertionError


def named(id_: str, now: float) -> str:
    """Return the name of a case: the day (UTC), and a message's id in letters fit for a file."""
    safe = re.sub(r"[^A-Za-z0-9]+", "-", id_).strip("-")[:LONGEST].strip("-") or "message"
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}-{safe}"
