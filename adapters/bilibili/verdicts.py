"""What Bilibili says to a line that we post, and of the room that we post in.

Nothing of this is documented by Bilibili: the codes are those that the source of several public
clients agrees on (MagicalDanmaku, BilibiliDanmuRobot and others). Code 0 is not always success.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import msgspec

from adapters.bilibili.answers import LOG_IN, Answer
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled

FAST = 5.0
"""Seconds to wait after "too fast": what its clients keep to."""
RISK = 300.0
"""Seconds to leave the platform alone once its risk control has spoken."""
MUTED = 600.0
"""Seconds between two tries in a room that has muted the account: it is not told for how long."""
ASIDE = 30.0
"""Seconds between two looks at whether a room is still silenced."""
CLIP = 60
OK = frozenset({"", "0", "ok", "success"})


LENGTH = frozenset({1003212, -500})
FAULTS = range(-599, -499)
"""Codes of a server at fault; -500 also says that a line is too long, in words."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The line stands."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """The line is longer than this account may post."""


Verdict: TypeAlias = Sent | TooLong | PlatformError
RULES: Mapping[int, Callable[[], Verdict]] = {
    10030: partial(Throttled, "too_fast", FAST),
    10031: partial(Throttled, "too_fast", FAST),
    1003: partial(Throttled, "muted", MUTED, room_only=True),
    10023: partial(Refused, "blacklisted: the account blocks the streamer"),
    -101: partial(AuthFailed, f"not_logged_in: {LOG_IN}"),
    -111: partial(AuthFailed, f"not_logged_in: {LOG_IN}"),
    -352: partial(Throttled, "risk_control", RISK),
    -412: partial(Throttled, "risk_control", RISK),
    -400: partial(Refused, "bad_request"),
}
"""What the codes mean that mean one thing."""


def read(status: int, body: bytes) -> Verdict:
    """Return what an HTTP answer to a post means: Disconnected where it tells nothing."""
    if status == 412:  # noqa: PLR2004 - risk control answers with its code as the status, or in JSON
        return judge(-412, "")
    if status == 429:  # noqa: PLR2004 - too many requests
        return Throttled("too_fast", FAST)
    if 400 <= status < 500:  # noqa: PLR2004 - the client's fault
        return Refused(f"http_{status}")
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Disconnected(f"no_verdict: HTTP {status}")
    if status != 200:  # noqa: PLR2004 - whatever it says, something else went wrong
        return Disconnected(f"no_verdict: HTTP {status}")
    return judge(answer.code, answer.words)


def judge(code: int, words: str) -> Verdict:
    """Return what a code and the words beside it mean."""
    low = words.casefold()
    if low.startswith("msg in "):
        return Throttled("too_fast", FAST)
    if low == "msg repeat":
        return Refused("duplicate")
    if code == 0:
        return _accepted(low)
    if code in LENGTH and (code > 0 or "长度" in words):
        return TooLong()
    if code in FAULTS:  # the server failed: with the line, or after it
        return Disconnected(f"no_verdict: code {code}")
    if rule := RULES.get(code):
        return rule()
    return Refused(f"code_{code}: {_clip(words)}".removesuffix(": "))


def _accepted(words: str) -> Verdict:
    """Return what code 0 means: only without a word beside it the line stands."""
    match words:
        case "f":  # viewers do not see it, the sender does
            return Refused("filtered")
        case "k":
            return Refused("room_filter")
        case _ if words in OK:
            return Sent()
        case _:
            return Refused(f"unclear: {_clip(words)}")


def _clip(words: str) -> str:
    return "".join(char for char in words if char.isprintable())[:CLIP]


@dataclass(frozen=True, slots=True)
class News:
    """What a room tells beside its lines; ``until``: the second since the epoch, if it is told."""

    kind: Literal["silenced", "unsilenced", "muted", "cut_off", "warned", "live", "ended"]
    until: float = float("inf")


def news(command: Mapping[str, object], me: int, now: float) -> News | None:
    """Return what a command tells of the room, None for all others. Never raises."""
    match command.get("cmd"):
        case "ROOM_SILENT_ON":
            return News("silenced", _until(command.get("data"), now))
        case "ROOM_SILENT_OFF":
            return News("unsilenced")
        case "ROOM_BLOCK_MSG":
            named = command.get("uid"), _get(command.get("data"), "uid")
            return News("muted", now + MUTED) if me and str(me) in map(str, named) else None
        case "CUT_OFF" | "CUT_OFF_V2":
            return News("cut_off")
        case "WARNING":
            return News("warned")
        case "LIVE":
            return News("live")
        case "PREPARING":
            return News("ended")
        case _:
            return None


def _until(data: object, now: float) -> float:
    """Return when a room may speak again: ``second`` is a time, a span, or nothing of use."""
    second = _get(data, "second")
    if isinstance(second, bool) or not isinstance(second, int | float) or second <= 0:
        return float("inf")
    return float(second) if second > now / 2 else now + second


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None
