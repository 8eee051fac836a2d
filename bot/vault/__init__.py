"""Where log-ins are kept: in the system's keyring, or in files that their owner alone may read.

A log-in stands in one place at a time. Its file holds it, or says that the keyring does: so what
has been replaced is never found again, whichever of the two was out of order in between.
"""

import json
import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

import structlog
from platformdirs import user_config_path

from bot import secrets
from bot.errors import BadConfig
from bot.vault.files import ANEW, ELSEWHERE, FileVault
from bot.vault.ring import Absent, Ring, Silent

__all__ = ["ELSEWHERE", "FOLDER", "KEYRING", "LARGEST", "FileVault", "RingVault", "folder", "of"]

log = structlog.get_logger()

FOLDER = "DANMATE_SECRETS"
"""The variable that names another folder for log-ins; they are files there, whatever else is."""
KEYRING = "DANMATE_KEYRING"
"""The variable that, set to ``off``, leaves the system's keyring alone."""
LARGEST = 2_400
"""Bytes in UTF-16 that a keyring is given: Windows takes 2,560 (CRED_MAX_CREDENTIAL_BLOB_SIZE)."""


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder in which log-ins are kept."""
    named = environ.get(FOLDER, "").strip()
    return Path(named).expanduser() if named else user_config_path("danmate") / "secrets"


def of(environ: Mapping[str, str] = os.environ) -> "FileVault | RingVault":
    """Return the vault of this user: the keyring if there is one, otherwise files."""
    files = FileVault(folder(environ))
    off = environ.get(KEYRING, "").strip().lower() in ("off", "no", "false", "0")
    return files if off or environ.get(FOLDER, "").strip() else RingVault(files, Ring())


class RingVault:
    """Records in the keyring, or in files where it does not take them; see Vault."""

    def __init__(self, files: FileVault, ring: Ring) -> None:
        self._files = files
        self._ring = ring

    async def get(self, name: str) -> Mapping[str, str]:
        """Return a record, empty where there is none. Raises BadConfig."""
        record = await self._files.peek(name)
        if record != ELSEWHERE:
            return record
        try:
            text = await self._ring.get(name)
        except Silent as fault:
            raise BadConfig(
                f"{name}: its log-in is in the system keyring, which {fault}:"
                f" unlock it, or set {KEYRING}=off and log in anew"
            ) from None
        record = {} if text is None else _decoded(name, text)
        secrets.remember_record(record)
        return record

    async def put(self, name: str, record: Mapping[str, str]) -> None:
        """Replace a record, durably; an empty one is forgotten.

        Raises BadConfig: the file cannot be written, or the keyring does not forget.
        """
        before = await self._before(name)
        if not record:
            await self._forget(name, before)
            return
        secrets.remember_record(record)
        text = json.dumps(dict(record), ensure_ascii=False)
        fits = len(text.encode("utf-16-le")) <= LARGEST
        first = not fits or before not in ({}, ELSEWHERE)
        if first:  # whoever dies from here on must not leave the old one, used up as it may be
            await self._files.put(name, record)
        if fits and await self._rung(name, text):
            await self._files.put(name, ELSEWHERE)
            return
        if not first:
            await self._files.put(name, record)
        if before == ELSEWHERE:
            with suppress(Silent):
                await self._ring.drop(name)

    def locked(self, name: str) -> AbstractAsyncContextManager[None]:
        """Return a context that no other process, and no other task, is in for this name."""
        return self._files.locked(name)

    async def names(self) -> list[str]:
        """Return the names under which there is something, in order."""
        return await self._files.names()

    async def peek(self, name: str) -> Mapping[str, str]:
        """Return what the file holds: a record, or ELSEWHERE. Raises BadConfig."""
        return await self._files.peek(name)

    async def _before(self, name: str) -> Mapping[str, str] | None:
        """Return what the file holds; None: nothing that can be read."""
        try:
            return await self._files.peek(name)
        except BadConfig:  # it is replaced, or that fails with the same line
            return None

    async def _rung(self, name: str, text: str) -> bool:
        """Say whether the keyring has taken the record."""
        try:
            await self._ring.put(name, text)
        except Absent:
            return False
        except Silent as fault:
            log.warning("keyring_silent", account=name, error=str(fault))
            return False
        return True

    async def _forget(self, name: str, before: Mapping[str, str] | None) -> None:
        fault = None
        if before in (None, ELSEWHERE):
            try:
                await self._ring.drop(name)
            except Absent:
                pass
            except Silent as silent:
                fault = silent
        await self._files.put(name, {})
        if fault:
            raise BadConfig(
                f"{name}: forgotten here, but the system keyring {fault}:"
                f" delete the entry danmate, {name} there"
            )


def _decoded(name: str, text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadConfig(f"{name}: in the system keyring: {ANEW}")
    return {str(key): str(value) for key, value in found.items()}
