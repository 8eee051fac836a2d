"""Writes the files that a command leaves: whole, or as they were."""

from contextlib import suppress
from pathlib import Path

from bot.errors import BadConfig


def writable(path: Path, option: str) -> None:
    """Raise BadConfig now rather than after the evening. ``option`` names the file to the user."""
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise _unwritable(f"{option} {path}", error) from None


def replace(path: Path, text: str, option: str = "") -> None:
    """Write a file in one step, so that a crash leaves the one before. Raises BadConfig."""
    new = path.with_name(f"{path.name}.part")  # not a temporary file, which others may not read
    try:
        new.write_text(text, "utf-8", newline="\n")
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise _unwritable(f"{option} {path}".lstrip(), error) from None


def _unwritable(what: str, error: OSError) -> BadConfig:
    return BadConfig(f"{what}: expected a file to write ({error.strerror or error})")
