"""Twitch: EventSub and Helix, or IRC."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import ClassVar

import structlog
from pydantic import BaseModel, ValidationError

from adapters.twitch.device import log_in
from adapters.twitch.examine import examined
from adapters.twitch.hub import hub_of
from adapters.twitch.irc import joined
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.timing import Timing
from adapters.twitch.tokens import logged_in, mind
from bot.errors import AuthFailed, BadConfig
from bot.model import Abilities, Check, Prompt
from bot.ports import App, Session, Vault

log = structlog.get_logger()

ADDRESS = re.compile(
    r"^(?:(?:https?://)?(?:www\.|m\.)?twitch\.tv/|[@#])?([^/?#]+)(?:[/?#].*)?$", re.IGNORECASE
)


class Twitch:
    """A channel's chat, read and answered by one account.

    The account should be the bot's own. A streamer may lend it theirs: what they type in their own
    room is the host's, what the bot has said is the bot's.
    """

    platform: ClassVar[str] = "twitch"
    Settings: ClassVar[type[BaseModel]] = TwitchSettings

    def __init__(self, settings: TwitchSettings, timing: Timing | None = None) -> None:
        self.settings = settings
        self._timing = timing or Timing()
        self._vault: Vault | None = None

    @property
    def abilities(self) -> Abilities:
        """500 code points, 20 lines in 30 s (dev.twitch.tv/docs/chat); IRC does not echo."""
        return Abilities(
            send=not self._anonymous,
            reply=True,
            length=500,
            unit=self.settings.length_unit,
            echo=not self._irc,
            limits=((20, 30.0),),
        )

    @property
    def room(self) -> str:
        """The room's name in danmate."""
        return f"twitch/{self.settings.channel}"

    def connect(self) -> AbstractAsyncContextManager[Session]:
        """Join the room; leave nothing open. Raises AuthFailed or Disconnected."""
        return self._over_irc() if self._irc else self._over_eventsub()

    def app(self) -> App | None:
        """Return None: Twitch serves its own page."""
        return None

    def keep(self, vault: Vault) -> None:
        """Take the place where the log-in is kept."""
        self._vault = vault

    async def login(self, tell: Callable[[Prompt], None]) -> str:
        """Log in by a code that is typed at twitch.tv/activate; return the account's name."""
        if self._vault is None:
            raise AuthFailed("no_vault: there is no place to keep a log-in")
        return await log_in(self.settings, self._vault, tell)

    async def examine(self) -> Sequence[Check]:
        """Look at network, account, room and modes; nothing is posted."""
        return await examined(self.settings, self._vault, self._timing)

    @classmethod
    def watch(cls, name: str) -> Mapping[str, object]:
        """Return the settings that read a channel, given by name or address, with no account."""
        found = ADDRESS.match(name.strip())
        try:
            channel = TwitchSettings(channel=found[1] if found else "").channel
        except ValidationError:
            raise BadConfig(f"{name}: expected a channel, such as twitch.tv/name") from None
        return {"channel": channel, "transport": "irc", "anonymous": True}

    @property
    def _anonymous(self) -> bool:
        return self.settings.anonymous

    @property
    def _irc(self) -> bool:
        return self.settings.transport == "irc" or self._anonymous

    @asynccontextmanager
    async def _over_eventsub(self) -> AsyncIterator[Session]:
        async with hub_of(self.settings, self._vault, self._timing).join(self.settings) as session:
            yield session

    @asynccontextmanager
    async def _over_irc(self) -> AsyncIterator[Session]:
        if self._anonymous:
            async with joined(self.settings, None) as session:
                yield session
            return
        lasting = logged_in(self.settings, self._vault, self._timing.validate)
        async with lasting as login:
            # whether a log-in that has died since still lets us in, the IRC server decides
            minding = asyncio.create_task(mind(login, self._timing.mind, _told))
            try:
                async with joined(self.settings, login) as session:
                    yield session
            finally:
                minding.cancel()
                await asyncio.gather(minding, return_exceptions=True)


def _told(error: AuthFailed) -> None:
    log.warning("login_unchecked", error=str(error))
