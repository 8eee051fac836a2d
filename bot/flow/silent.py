"""A platform that is only listened to: whatever wants to post, nothing reaches the real session."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

from bot.errors import Refused
from bot.model import Heard, Reply
from bot.ports import Adapter, App, Session


class Silent:
    """An adapter in front of another one; its sessions hear all and post nothing."""

    platform: ClassVar[str] = ""
    Settings: ClassVar[type[Any]] = object

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.platform = adapter.platform  # type: ignore[misc]  # this object stands for that class
        self.abilities = replace(adapter.abilities, send=False)

    @property
    def room(self) -> str:
        """The other adapter's room."""
        return self._adapter.room

    def app(self) -> App | None:
        """Return what the other adapter serves."""
        return self._adapter.app()

    def connect(self) -> AbstractAsyncContextManager[Session]:
        """Return a context of the other adapter's session, made deaf to posts."""
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Session]:
        async with self._adapter.connect() as session:
            yield _Listening(session)


class _Listening:
    def __init__(self, session: Session) -> None:
        self._session = session

    def messages(self) -> AsyncIterator[Heard]:
        return self._session.messages()

    async def post(self, reply: Reply) -> None:
        raise Refused(f"shadow: {reply.id} is posted nowhere")
