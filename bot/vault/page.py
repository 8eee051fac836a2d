"""The token of the operator page: in a file that only its owner may read, made at first use."""

import os
from collections.abc import Mapping
from secrets import token_urlsafe

from bot import secrets, vault
from bot.errors import BadConfig
from bot.vault.files import FileVault

NAME = "page"
SHORTEST = 24
"""Characters of a token that somebody has chosen: who has a session could guess a shorter one."""


class PageToken:
    """The token, out of the environment where ``reference`` is ``env:NAME``.

    Whoever knows it is the owner of the page; every link and session is sealed with it. Its file
    stands apart from log-ins, in a folder of its own under theirs, and obeys the same rules.
    """

    def __init__(self, reference: str = "", environ: Mapping[str, str] = os.environ) -> None:
        self._reference = reference
        self._environ = environ
        self._folder = FileVault(vault.folder(environ))
        self._files = FileVault(vault.folder(environ) / NAME)

    async def get(self) -> str:
        """Return the token, "" where none has been made. Raises BadConfig."""
        if self._reference:
            return self._named()
        return (await self._files.get(NAME)).get("token", "")

    async def make(self) -> str:
        """Return the token; make it if there is none. Raises BadConfig."""
        if found := await self.get():
            return found
        async with self._folder.locked(NAME):  # makes the folder above as well, for us alone
            return await self.get() or await self._new()

    async def renew(self) -> str:
        """Make another token: all links and sessions of the old one end. Raises BadConfig."""
        if self._reference:
            raise BadConfig(f"web.token: {self._reference}: change it there, then restart danmate")
        async with self._folder.locked(NAME):
            return await self._new()

    async def _new(self) -> str:
        token = token_urlsafe(32)
        await self._files.put(NAME, {"token": token})
        return token

    def _named(self) -> str:
        try:
            token = secrets.resolve(self._reference, self._environ).reveal()
        except BadConfig as fault:
            raise BadConfig(f"web.token: {fault}") from None
        if len(token) < SHORTEST:
            raise BadConfig(f"web.token: {self._reference}: expected {SHORTEST} characters or more")
        return token
