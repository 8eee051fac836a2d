"""What may be said in a Twitch room now: its modes, what the account is in it, what was dropped."""

from adapters.twitch.helix import Drop
from adapters.wire.twitch_events import Modes
from bot.errors import AuthFailed, Held, PlatformError, Refused, Throttled

FREE = frozenset({"broadcaster", "moderator", "lead_moderator", "vip"})
"""Badges that the modes of a room do not bind (dev.twitch.tv/docs/chat)."""
FAST = 30.0
"""Seconds in which an account may say 20 lines: full, it is left alone for that long."""
TIMED_OUT = 300.0
"""Seconds until the next try after a timeout: Twitch does not tell its length (issue 1002)."""
SHUT = 600.0
"""Seconds for which a mode that has kept a line out is believed to keep out the next ones: the
account may have followed or subscribed since."""


class Gate:
    """One room's; times are those of the event loop.

    The server alone knows whether the account follows or subscribes, so that the first line
    under such a mode is tried; what it drops is not asked again until the modes change.
    """

    def __init__(self, *, owner: bool) -> None:
        """``owner``: the account is the broadcaster."""
        self.modes = Modes()
        self.owner = owner
        self._free = owner
        self._said_at = float("-inf")
        self._shut_until = float("-inf")

    def change(self, modes: Modes) -> None:
        """Take new modes."""
        if modes != self.modes:
            self._shut_until = float("-inf")
        self.modes = modes

    def own(self, badges: frozenset[str]) -> None:
        """Note what the account's own line shows of its standing."""
        self._free = bool(badges & FREE)

    def check(self, now: float) -> None:
        """Raise what the room would answer to a line, where that is known without asking."""
        if self._free:
            return
        if now < self._shut_until and (mode := self._mode()):
            raise Refused(mode)
        wait = self._said_at + self.modes.slow - now
        if wait > 0:
            raise Throttled("slow_mode", wait, room_only=True)

    def said(self, now: float) -> None:
        """Note that a line stands."""
        self._said_at = now
        self._shut_until = float("-inf")

    def dropped(self, drop: Drop, now: float) -> PlatformError:
        """Return what a line's drop means to whoever posted it.

        The codes are not documented; known ones are those of the notices of IRC, of which they
        are copies (twitchdev/issues#962 and #1002).
        """
        code = drop.code.lower().removeprefix("msg_").replace("_", "").replace("-", "")
        said = f"{drop.code or 'dropped'}: {' '.join(drop.message.split())[:100]}".rstrip(": ")
        if "automod" in code or code == "rejected":
            return Held(said)
        if "ratelimit" in code:
            return Throttled(said, FAST)
        if "slowmode" in code:
            return Throttled(said, self.modes.slow or FAST, room_only=True)
        if "timedout" in code:  # it passes; a ban does not
            return Throttled(said, TIMED_OUT, room_only=True)
        if any(word in code for word in ("banned", "suspended", "channelblocked", "tosban")):
            return AuthFailed(said)
        if _by_mode(code) and (mode := self._mode()):
            self._shut_until = now + SHUT
            return Refused(f"{mode}: {said}")
        return Refused(said)

    def _mode(self) -> str | None:
        """Return the mode that keeps people out, the one that most people break first."""
        if self.modes.emotes:
            return "emotes_only"
        if self.modes.subscribers:
            return "subscribers_only"
        return "followers_only" if self.modes.followers else None


def _by_mode(code: str) -> bool:
    return any(word in code for word in ("channelsettings", "emote", "subs", "follow"))
