"""Viewers' ids as keyed hashes: the same viewer is known again, and only the key says who it is."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from hmac import digest
from pathlib import Path
from secrets import token_hex
from typing import TypeAlias

import structlog

from bot.errors import BadConfig
from bot.vault import folder
from bot.vault.files import FileVault

log = structlog.get_logger()

Pseudonym: TypeAlias = Callable[[str, str], str]
"""Of a room and an author's id in it, what danmate calls the author."""

NAME = "pseudonyms"
"""The record that holds the key. Whoever deletes it makes all earlier pseudonyms nobody's."""
MARK = "~"
"""What a pseudonym begins with, so that nobody takes it for an id."""
_BYTES = 15


def plain(_: str, author_id: str) -> str:
    """Return the id as it is: where pseudonyms are off."""
    return author_id


def keyed(key: bytes) -> Pseudonym:
    """Return HMAC-SHA256 under ``key``; an id is another on each platform, "" stays ""."""

    def pseudonym(room: str, author_id: str) -> str:
        if not author_id:
            return ""
        told = f"{platform(room)}\0{author_id}".encode("utf-8", "surrogatepass")
        return MARK + urlsafe_b64encode(digest(key, told, sha256)[:_BYTES]).decode()

    return pseudonym


def platform(room: str) -> str:
    """Return ``twitch`` for ``twitch/ann``."""
    return room.partition("/")[0]


def place(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the key: beside the log-ins, because it is no log-in."""
    return folder(environ) / "privacy"


async def of(*, on: bool) -> Pseudonym:
    """Return the pseudonyms of this user, or ids as they are. Raises BadConfig as ``kept``."""
    return await kept() if on else plain


async def kept(environ: Mapping[str, str] = os.environ) -> Pseudonym:
    """Return the pseudonyms of this user, whose key is made where there is none.

    Where no key can be kept, there is one for as long as this process lives. Raises BadConfig for
    one that others may read.
    """
    vault = FileVault(place(environ))
    if key := (await vault.get(NAME)).get("key"):
        return keyed(_bytes(key, environ))
    made = token_hex(32)
    with suppress(OSError):  # the vault says so; where log-ins are, nobody else may look either
        folder(environ).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        async with vault.locked(NAME):
            if key := (await vault.get(NAME)).get("key"):  # another process was quicker
                return keyed(_bytes(key, environ))
            await vault.put(NAME, {"key": made})
    except (BadConfig, OSError) as fault:
        log.warning("pseudonym_key_unkept", error=str(fault))
    return keyed(bytes.fromhex(made))


async def known(environ: Mapping[str, str] = os.environ) -> Pseudonym:
    """Return the pseudonyms of this user if there is a key, else ids as they are. Makes none."""
    key = (await FileVault(place(environ)).get(NAME)).get("key")
    return keyed(_bytes(key, environ)) if key else plain


def _bytes(key: str, environ: Mapping[str, str]) -> bytes:
    try:
        found = bytes.fromhex(key)
    except ValueError:
        found = b""
    if len(found) < sha256().digest_size:
        file = place(environ) / f"{NAME}.json"
        raise BadConfig(f"{file}: expected a key of 64 hex digits: delete it for a new one")
    return found
