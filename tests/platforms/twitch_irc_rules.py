"""What Twitch's chat lets an account say, by the server's own clock."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

FREE, TRUSTED, SPAN = 20, 100, 30.0
"""Lines of an account in any span of seconds; trusted where it is host, moderator or VIP."""
SPACING = 1.0
SAME = 30.0


@dataclass(eq=False)
class Channel:
    """One room, with the people who are more than viewers in it."""

    name: str
    id: str
    badges: dict[str, str] = field(default_factory=dict)
    """By log-in name: what the tag badges says."""
    modes: dict[str, int] = field(
        default_factory=lambda: {
            "emote-only": 0,
            "followers-only": -1,
            "r9k": 0,
            "slow": 0,
            "subs-only": 0,
        }
    )
    banned: set[str] = field(default_factory=set)
    timed_out: dict[str, float] = field(default_factory=dict)
    latest: dict[str, tuple[str, float]] = field(default_factory=dict)

    def trusted(self, login: str) -> bool:
        badges = self.badges.get(login, "")
        return login == self.name or any(name in badges for name in ("moderator", "vip"))


@dataclass
class Rules:
    """Counts what was said; a line that breaks a rule is refused and not counted."""

    now: Callable[[], float]
    said: dict[str, deque[tuple[float, bool]]] = field(default_factory=dict)
    violations: int = 0
    """Lines that came too fast or twice."""

    def refuse(self, login: str, channel: Channel, text: str) -> tuple[str, str] | None:
        """Return the msg-id and the text of the NOTICE, or None: the line stands."""
        now, trusted = self.now(), channel.trusted(login)
        careless = self._fast(login, channel, now, trusted=trusted) or _same(
            login, channel, text, now
        )
        self.violations += careless is not None
        refusal = (
            _shut(login, channel, now)
            or (None if trusted else _modes(login, channel, text))
            or careless
        )
        if refusal is None:
            self.said.setdefault(login, deque()).append((now, trusted))
            channel.latest[login] = text, now
        return refusal

    def _fast(
        self, login: str, channel: Channel, now: float, *, trusted: bool
    ) -> tuple[str, str] | None:
        said = self.said.setdefault(login, deque())
        while said and now - said[0][0] >= SPAN:
            said.popleft()
        _, last = channel.latest.get(login, ("", float("-inf")))
        if not trusted and now - last < channel.modes["slow"]:
            wait = round(channel.modes["slow"] - (now - last)) or 1
            told = "This room is in slow mode and you are sending messages too quickly."
            return "msg_slowmode", f"{told} You will be able to talk again in {wait} seconds."
        if len(said) >= (TRUSTED if trusted else FREE) or (not trusted and now - last < SPACING):
            told = "Your message was not sent because you are sending messages too quickly."
            return "msg_ratelimit", told
        return None


def _shut(login: str, channel: Channel, now: float) -> tuple[str, str] | None:
    if login in channel.banned:
        return "msg_banned", f"You are permanently banned from talking in {channel.name}."
    if (wait := channel.timed_out.get(login, 0.0) - now) > 0:
        return "msg_timedout", f"You are timed out for {round(wait)} more seconds."
    return None


def _modes(login: str, channel: Channel, text: str) -> tuple[str, str] | None:
    if channel.modes["subs-only"] and "subscriber" not in channel.badges.get(login, ""):
        return "msg_subsonly", "This room is in subscribers only mode."
    if channel.modes["followers-only"] >= 0:
        minutes = channel.modes["followers-only"]
        return "msg_followersonly", f"This room is in {minutes} minutes followers-only mode."
    if channel.modes["emote-only"] and text != "Kappa":
        return "msg_emoteonly", "This room is in emote only mode."
    return None


def _same(login: str, channel: Channel, text: str, now: float) -> tuple[str, str] | None:
    latest, at = channel.latest.get(login, ("", float("-inf")))
    if text == latest and now - at < SAME:
        told = "Your message was not sent because it is identical to the previous one you sent"
        return "msg_duplicate", f"{told}, less than 30 seconds ago."
    return None
