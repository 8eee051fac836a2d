"""The system's keyring, asked without ever waiting long for it.

The optional package keyring (github.com/jaraco/keyring, MIT) speaks with macOS Keychain, the Secret
Service of GNOME, and KWallet. A desktop whose keyring is locked may show a dialogue and wait for
somebody who is not there.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import Any, Protocol, TypeAlias, cast

from bot.errors import DanmateError

SERVICE = "danmate"
PATIENCE = 10.0
"""Seconds that the keyring has for one answer."""
_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.")
"""Modules of backends that keep nothing, or keep it as plain text or behind a typed password."""


class Silent(DanmateError):
    """The keyring does not answer, or does not take what it is given."""


class Absent(Silent):
    """There is no keyring that keeps a secret."""


class Backend(Protocol):
    """What keeps a text under a service and a user's name."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the text."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the text."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget the text; raises where there is none."""


_Call: TypeAlias = Callable[[Backend], str | None]


def system() -> Backend | None:
    """Return the best keyring of this machine: the user's choice, or that of highest priority.

    Backends below priority 1 are not recommended by the package itself.
    """
    try:
        core = import_module("keyring.core")
    except ImportError:
        return None
    core.init_backend(core.recommended)
    found: Any = core.get_keyring()
    if type(found).__module__.startswith(_UNSAFE) or found.priority < 1:
        return None
    return cast("Backend", found)


class Ring:
    """One keyring; ``find`` looks for it at the first question."""

    def __init__(
        self, find: Callable[[], Backend | None] = system, patience: float = PATIENCE
    ) -> None:
        self._find = find
        self._patience = patience
        self._backend: Backend | None = None
        self._busy = False
        self._turn = asyncio.Lock()

    async def get(self, name: str) -> str | None:
        """Return the text that is kept, None where there is none. Raises Silent."""
        return await self._ask(lambda backend: backend.get_password(SERVICE, name))

    async def put(self, name: str, text: str) -> None:
        """Keep a text, and see that it is kept. Raises Silent."""

        def keep(backend: Backend) -> str | None:
            backend.set_password(SERVICE, name, text)
            return backend.get_password(SERVICE, name)

        if await self._ask(keep) != text:
            raise Silent("does not give back what it was given")

    async def drop(self, name: str) -> None:
        """Forget a text. Raises Silent."""

        def forget(backend: Backend) -> str | None:
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)
            return None

        await self._ask(forget)

    async def _ask(self, call: _Call) -> str | None:
        """Ask in a thread of its own: one that never ends must not keep the process alive."""
        async with self._turn:
            if self._busy:
                raise Silent("has not answered since it was asked")
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[tuple[str | None, Silent | None]] = loop.create_future()

            def work() -> None:
                found = self._answer(call)
                self._busy = False
                with suppress(RuntimeError):  # nobody waits: the loop has ended
                    loop.call_soon_threadsafe(_tell, answer, found)

            self._busy = True
            Thread(target=work, name="keyring", daemon=True).start()
            try:
                async with asyncio.timeout(self._patience):
                    text, fault = await answer
            except TimeoutError:
                raise Silent(f"has not answered within {self._patience:g} s") from None
        if fault:
            raise fault
        return text

    def _answer(self, call: _Call) -> tuple[str | None, Silent | None]:
        try:
            self._backend = self._backend or self._find()
            if self._backend is None:
                return None, Absent("is not there")
            return call(self._backend), None
        except Exception as error:  # noqa: BLE001 - each system's keyring raises its own; its text may show what is kept
            return None, Silent(f"failed ({type(error).__name__})")


def _tell(
    answer: "asyncio.Future[tuple[str | None, Silent | None]]",
    found: tuple[str | None, Silent | None],
) -> None:
    if not answer.done():
        answer.set_result(found)
