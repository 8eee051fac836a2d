"""The limits of the platforms by name, each with the page that states them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bot.model import Pace, Window

ACCOUNT: Final = "account"
"""The window that all rooms of an account share, whatever their presets."""
ROOM: Final = "room"
"""Stands for the window of the room at hand."""
DAY: Final = 86_400.0

PresetName: TypeAlias = Literal[
    "twitch_user", "twitch_moderator", "twitch_verified", "bilibili", "youtube", "kick"
]
Choice: TypeAlias = Literal["", PresetName]
"""A preset, or none."""


@dataclass(frozen=True, slots=True)
class Preset:
    """``pace`` without a margin; ``source`` is the platform's page, ``about`` what it leaves out.

    Where a page is silent stands a cautious figure, and ``about`` says so.
    """

    pace: Pace
    source: str
    about: str


_TWITCH = "https://dev.twitch.tv/docs/chat/#rate-limits"
# Twitch drops a text that stands within 30 s of the same one (its notice msg_duplicate). That
# moderators are exempt is said, but not by its pages: they keep to it too.
_SAME = 30.0

PRESETS: Final[Mapping[PresetName, Preset]] = {
    "twitch_user": Preset(
        Pace((Window(ACCOUNT, 20, 30.0), Window(ROOM, 1, 1.0)), _SAME),
        _TWITCH,
        "rooms where the account is neither broadcaster nor moderator nor VIP",
    ),
    "twitch_moderator": Preset(
        Pace((Window(ACCOUNT, 20, 30.0, waits=False), Window("moderator", 100, 30.0)), _SAME),
        _TWITCH,
        "rooms where it is one of them: what is sent there counts in the other rooms' 20 too",
    ),
    "twitch_verified": Preset(
        Pace((Window(ACCOUNT, 7500, 30.0), Window(ROOM, 1, 1.0)), _SAME),
        _TWITCH,
        "a verified bot; one a second in a room, which its pages ask where it is no moderator",
    ),
    "bilibili": Preset(
        Pace((Window(ACCOUNT, 1, 2.0), Window(ROOM, 1, 2.0)), 5.0),
        "https://open-live.bilibili.com/document/",
        "no figures are published ('msg in 1s', 'msg repeat' is all it answers): those that its"
        " clients keep to, for the whole account",
    ),
    "youtube": Preset(
        Pace((Window(ACCOUNT, 200, DAY), Window(ACCOUNT, 1, 2.0), Window(ROOM, 1, 2.0)), 30.0),
        "https://developers.google.com/youtube/v3/determine_quota_cost",
        "a project has 10,000 units a day and a line costs 20: 200 lines leave 6,000 for reading;"
        " no rate and no span of a repeated text are published",
    ),
    "kick": Preset(
        Pace((Window(ACCOUNT, 20, 30.0), Window(ROOM, 1, 2.0)), 30.0),
        "https://docs.kick.com/apis/chat",
        "no figures are published (it answers 429): Twitch's, and half as fast in a room",
    ),
}
