"""The keys of a Bilibili room in config.toml."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class BilibiliSettings(BaseModel):
    """``source`` open-live is the official platform, web the unofficial one of the web page.

    The addresses are Bilibili's own unless they are given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    room: int = Field(gt=0)
    """The number in the room's address; a short one will do for ``web``."""
    source: Literal["open-live", "web"] = "open-live"
    accept_risk: bool = False
    """For ``web`` and for sending: unofficial, against the terms, at the account's own risk."""
    send: bool = False
    """Post by the web page's own form, with the cookies of ``danmate login bilibili``."""
    account: str = Field(default="bilibili", pattern=r"^[\w-]{1,64}$")
    """The name under which ``danmate login`` kept the log-in."""
    code: SecretStr | None = None
    """open-live: the streamer's 身份码."""
    app_id: int = Field(default=0, ge=0)
    """open-live: the project's number."""
    access_key_id: SecretStr | None = None
    access_key_secret: SecretStr | None = None
    length: int = Field(default=20, ge=10, le=100)
    """Characters of a line: 20, more by level; the account's own figure goes before it."""
    parts: int = Field(default=2, ge=1, le=3)
    """In how many lines at most a longer answer is posted."""
    spacing: float = Field(default=2.0, ge=0)
    """Seconds between two lines; none are published."""
    heartbeat: float = Field(default=30.0, gt=0)
    """Seconds between two heartbeats of the danmaku connection."""
    open_live: str = "https://live-open.biliapi.com"
    www: str = "https://www.bilibili.com"
    api: str = "https://api.bilibili.com"
    live: str = "https://api.live.bilibili.com"
    passport: str = "https://passport.bilibili.com"
    page: str = "https://live.bilibili.com"
    """The web page that requests say they come from."""
    agent: str = Field(
        default="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/142.0.0.0 Safari/537.36",
        pattern=r"^[ -~]+$",
    )
    """The browser that they say they come from: others are turned away."""
    danmaku: str = "wss://broadcastlv.chat.bilibili.com/sub"
    """Where to connect if the platform names no host."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        unofficial = self.source == "web" or self.send
        if unofficial and not self.accept_risk:
            raise ValueError(
                "accept_risk = true: reading by web and sending are unofficial, break Bilibili's"
                " terms and can cost the account"
            )
        if self.source == "open-live":
            needed = ("code", "app_id", "access_key_id", "access_key_secret")
            if missing := [name for name in needed if not getattr(self, name)]:
                raise ValueError(f"{', '.join(missing)} for open-live")
        return self
