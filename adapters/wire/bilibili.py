"""What a Bilibili room's commands say: chat, paid questions and what was taken back.

Sources: open-live.bilibili.com/document for the official commands (LIVE_OPEN_PLATFORM_…), blivedm
1.1.7 (MIT) for those of the web page. Copies from other rooms (…_MIRROR) are not heard.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from adapters.wire.danmaku import Command
from bot.errors import BadFrame
from bot.model import ChatMessage, Removed, Role

Said: TypeAlias = tuple[ChatMessage | Removed, ...]
LATEST = 1_000
"""Authors whose latest line is remembered."""
NOBODY: Mapping[str, str] = MappingProxyType({})
OPEN = "LIVE_OPEN_PLATFORM_"
HANDLED = frozenset(
    {
        "DANMU_MSG", "SUPER_CHAT_MESSAGE", "SUPER_CHAT_MESSAGE_DELETE", "ROOM_BLOCK_MSG",
        OPEN + "DM", OPEN + "SUPER_CHAT", OPEN + "SUPER_CHAT_DEL",
    }
)  # fmt: skip
FAR = 1e11  # seconds: the year 5138


class Listener:
    """One room's commands to what was said there.

    ``owner`` and ``own`` are the ids of the host and of our account (uid by web, open_id by
    open-live), ``own`` may be its name. Where both are one, its lines are the host's. ``passed``
    counts commands that say nothing to us, ``unreadable`` those that are not as documented.
    """

    def __init__(self, room: str, owner: str, own: str = "") -> None:
        self.passed = 0
        self.unreadable = 0
        self._room, self._owner, self._own = room, owner, own
        self._latest: dict[str, str] = {}

    def hear(self, cmd: Command) -> Said:
        """Return what a command says: mostly one thing or nothing. Never raises."""
        if _name(cmd) not in HANDLED:
            self.passed += 1
            return ()
        try:
            said = to_heard(cmd, self._room, self._owner, own=self._own, latest=self._latest)
        except BadFrame:
            self.unreadable += 1
            return ()
        for heard in said:
            if isinstance(heard, ChatMessage):
                self._remember(heard)
        return said

    def _remember(self, message: ChatMessage) -> None:
        self._latest.pop(message.author_id, None)
        self._latest[message.author_id] = message.id
        if len(self._latest) > LATEST:
            del self._latest[next(iter(self._latest))]


def to_heard(
    cmd: Command,
    room: str,
    owner: str = "",
    *,
    own: str = "",
    latest: Mapping[str, str] = NOBODY,
) -> Said:
    """Return what a command says; nothing for those that say nothing. Raises BadFrame.

    ``latest`` is each author's latest line: a reply names a person, not a line.
    """
    name, data = _name(cmd), cmd.get("data")
    draft: _Draft | None
    match name:
        case "DANMU_MSG":
            draft = _danmu(cmd.get("info"), owner)
        case "SUPER_CHAT_MESSAGE":
            draft = _super_chat(data, owner)
        case "LIVE_OPEN_PLATFORM_DM":
            draft = _open(data, "msg_id", "msg")
        case "LIVE_OPEN_PLATFORM_SUPER_CHAT":
            draft = _open(data, "message_id", "message")
        case "SUPER_CHAT_MESSAGE_DELETE":
            return _taken_back(room, _at(data, "ids"))
        case "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL":
            return _taken_back(room, _at(data, "message_ids"))
        case "ROOM_BLOCK_MSG":
            silenced = _id(_at(data, "uid")) or _id(cmd.get("uid"))
            return (Removed(room, author_id=silenced),) if silenced else ()
        case _:
            return ()
    return draft.said(room, owner, own, latest) if draft else ()


class _Draft(msgspec.Struct):
    """A line as either protocol tells it, before it is known whose it is."""

    id: str
    author: str
    author_id: str
    text: str
    sent_at: float
    role: Role
    replies_to: str = ""

    def said(self, room: str, owner: str, own: str, latest: Mapping[str, str]) -> Said:
        if not (self.id and self.author and self.author_id):
            raise BadFrame("bilibili: expected the id and the author of a line")
        if not self.text.strip():
            return ()
        role = self.role
        if owner and self.author_id == owner:
            role = "host"
        elif own and own in (self.author_id, self.author):
            role = "bot"
        answered = latest.get(self.replies_to)
        return (
            ChatMessage(
                self.id, "bilibili", room, self.author, self.author_id, role, self.text,
                self.sent_at, answered,
            ),
        )  # fmt: skip


def _danmu(info: object, owner: str) -> _Draft:
    """Read the web page's array: [0] how it looks, [1] text, [2] author, [3] medal, [7] guard."""
    text, author, stamp = _str(_at(info, 1)), _str(_at(info, 2, 1)), _at(info, 0, 4)
    extra = _extra(_at(info, 0, 15, "extra"))
    # without a log-in the platform tells no uid, but its hash
    uid = _id(_at(info, 2, 0)) or f"crc:{_id(_at(info, 0, 7)) or author}"
    # [0][5] is a number that the sender chose: it tells two lines apart, and is no time
    marks = (uid, author, stamp, _at(info, 0, 5), text)
    medal = bool(owner) and _id(_at(info, 3, 12)) == owner
    return _Draft(
        id=_id(_at(extra, "id_str")) or _derived(marks),
        author=author,
        author_id=uid,
        text=text,
        sent_at=_seconds(stamp, 1000),
        role=_role(admin=_at(info, 2, 2), guard=_at(info, 7), medal=medal),
        replies_to=_id(_at(extra, "reply_mid")),
    )


def _super_chat(data: object, owner: str) -> _Draft:
    user = _at(data, "user_info")
    medal = bool(owner) and _id(_at(data, "medal_info", "target_id")) == owner
    return _Draft(
        id=_paid(_at(data, "id")),
        author=_str(_at(user, "uname")),
        author_id=_id(_at(data, "uid")),
        text=_str(_at(data, "message")),
        sent_at=_seconds(_at(data, "ts") or _at(data, "start_time")),
        role=_role(admin=_at(user, "manager"), guard=_at(user, "guard_level"), medal=medal),
    )


def _open(data: object, key: str, text: str) -> _Draft | None:
    if _at(data, "is_mirror"):  # the copy of a line from another room
        return None
    number = _at(data, key)
    medal = bool(_at(data, "fans_medal_wearing_status"))
    return _Draft(
        id=_id(number) if key == "msg_id" else _paid(number),
        author=_str(_at(data, "uname")),
        author_id=_id(_at(data, "open_id")),
        text=_str(_at(data, text)),
        sent_at=_seconds(_at(data, "timestamp")),
        role=_role(admin=_at(data, "is_admin"), guard=_at(data, "guard_level"), medal=medal),
        replies_to=_id(_at(data, "reply_open_id")),
    )


def _taken_back(room: str, ids: object) -> Said:
    if not isinstance(ids, list):
        raise BadFrame("bilibili: expected a list of ids")
    return tuple(Removed(room, id=paid) for paid in map(_paid, ids) if paid)


def _name(cmd: Command) -> str:
    """Return the command's name; the web page's may have a suffix (DANMU_MSG:4:0:2:2:2:0)."""
    return _str(cmd.get("cmd")).partition(":")[0]


def _role(*, admin: object, guard: object, medal: bool) -> Role:
    """Return the highest: a guard (1, 2, 3) pays monthly, a medal is of the room's fan club."""
    if admin == 1:
        return "moderator"
    if guard in (1, 2, 3):
        return "vip"
    return "subscriber" if medal else "viewer"


def _extra(value: object) -> object:
    try:
        return msgspec.json.decode(_str(value))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _at(value: object, *path: int | str) -> object:
    """Return what stands there, None where nothing does."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> str:
    """Return an id as text; 0 is nobody's."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return "" if value == "0" else _str(value)


def _paid(value: object) -> str:
    """Return the id of a paid question: they are numbered apart from the other lines."""
    number = _id(value)
    return f"sc:{number}" if number else ""


def _derived(marks: tuple[object, ...]) -> str:
    """Return an id for a line that has none: the same line always gets the same."""
    return "dm:" + hashlib.sha256(repr(marks).encode("utf-8", "replace")).hexdigest()[:24]


def _seconds(value: object, unit: int = 1) -> float:
    """Return a time in seconds; 0 for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return value / unit if 0 < value < FAR * unit else 0.0
