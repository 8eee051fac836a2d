"""What a NOTICE of Twitch says about a post, as the error that the outbox reacts to.

Source: dev.twitch.tv/docs/irc/msg-id.
"""

import re

from adapters.wire.twitch_irc import Notice
from bot.errors import AuthFailed, Held, PlatformError, Refused, Throttled

STOPPED = frozenset({
    "msg_banned", "msg_channel_suspended", "msg_channel_blocked", "msg_suspended", "tos_ban",
    "no_permission",
})  # fmt: skip
"""The account may not speak in this room: no retry helps."""
ACCOUNT = frozenset({"msg_requires_verified_phone_number", "msg_verified_email"})
"""The user must mend the account first."""
WAITS = {"msg_ratelimit": 30.0, "msg_slowmode": 30.0, "msg_timedout": 600.0}
"""Seconds to wait where the text names none."""
MODES = frozenset({
    "msg_emoteonly", "msg_followersonly", "msg_followersonly_followed",
    "msg_followersonly_zero", "msg_subsonly",
})  # fmt: skip
"""The room's modes keep the account silent until they change."""
LONGEST = 1_209_600.0
"""Seconds that a timeout lasts at most: two weeks."""
LOGIN = re.compile(r"(?i)login (?:authentication failed|unsuccessful)|improperly formatted auth")
SPAN = re.compile(
    r"(?i)(\d{1,9})\s*(?:more\s+)?(w|d|h|m|s|weeks?|days?|hours?|min(?:ute)?s?|sec(?:ond)?s?)\b"
)
UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def login_failed(notice: Notice) -> bool:
    """Return whether the server does not accept the log-in: such a notice has no msg-id."""
    return not notice.id and bool(LOGIN.search(notice.text))


def stops(notice: Notice) -> bool:
    """Return whether the account is shut out of the room, whether it posts or not."""
    return notice.id in STOPPED


def verdict(notice: Notice) -> PlatformError | None:
    """Return why a line was not posted; None for a notice that is about something else.

    Slow mode and a timeout bind in one room, the rate limit binds the account everywhere.
    """
    name = notice.id
    if name in STOPPED | ACCOUNT:
        return AuthFailed(f"{name}: {notice.text}")
    if name in WAITS:
        wait = seconds(notice.text) or WAITS[name]
        return Throttled(name, wait, room_only=name != "msg_ratelimit")
    if name == "msg_rejected":  # AutoMod keeps it for the moderators
        return Held(name)
    if name.startswith("msg_") or name == "unrecognized_cmd":
        return Refused(name)
    return None


def seconds(text: str) -> float:
    """Return the time that a text names (``1m 5s``, ``65 more seconds``), 0 if it names none."""
    total = sum(int(count) * UNITS[unit[0].lower()] for count, unit in SPAN.findall(text))
    return min(float(total), LONGEST)
