"""The keys of a Twitch room in config.toml, and what its ways in need of a log-in."""

from typing import Annotated, Literal, Protocol, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Name: TypeAlias = Annotated[
    str, AfterValidator(str.lower), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,24}$")
]
"""A log-in name, lower case (Twitch shows it in any case)."""


class TwitchSettings(BaseModel):
    """``channel`` is whose room it is; the addresses are Twitch's own unless they are given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Name
    transport: Literal["eventsub", "irc"] = "eventsub"
    anonymous: bool = False
    """Read over IRC without an account; nothing can be posted."""
    account: str = Field(default="twitch", pattern=r"^[\w-]{1,64}$")
    """The name under which ``danmate login`` kept the log-in."""
    client_id: str = ""
    """Of the application registered at dev.twitch.tv/console, of the type Public."""
    token: SecretStr | None = None
    """An access token made elsewhere, in place of a kept log-in; it cannot be renewed."""
    shared_chat: bool = False
    """Whether to hear what was said in the other rooms of a shared chat."""
    length_unit: Literal["codepoints", "utf16"] = "codepoints"
    """What Twitch counts 500 of to a line (which it does not document)."""
    keepalive: int = Field(default=30, ge=10, le=600)
    """Seconds of silence after which an EventSub connection counts as dead."""
    api: str = "https://api.twitch.tv/helix"
    auth: str = "https://id.twitch.tv/oauth2"
    eventsub: str = "wss://eventsub.wss.twitch.tv/ws"
    irc: str = "wss://irc-ws.chat.twitch.tv:443"


class Login(Protocol):
    """A validated log-in."""

    @property
    def login(self) -> str:
        """The account's log-in name, lower case."""

    @property
    def user_id(self) -> str:
        """The account's id."""

    async def token(self) -> str:
        """Return an access token that was valid an hour ago or later.

        Raises AuthFailed, or Disconnected where it must be renewed and nobody answers.
        """

    async def renew(self, refused: str) -> str:
        """Return another token than the one that was refused; raises as ``token`` does."""
