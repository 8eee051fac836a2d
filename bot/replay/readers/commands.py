"""Dumps of the commands of a Bilibili live room, as blivedm and its like receive them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage, Role
from bot.replay.readers.parts import (
    ABSENT,
    Formats,
    Item,
    Maker,
    Reader,
    decoded,
    each,
    plain,
    shares,
)
from bot.replay.readers.rows import Rows
from bot.replay.readers.source import Source

COMMAND = re.compile(r'(?<!\\)"cmd"\s*:\s*"[A-Z][A-Z_0-9]*[:"]')
SAID, ABOUT, PERSON, GUARD = 1, 0, 2, 7  # places in the list of a danmaku
SENT, MORE = 4, 15  # places in what it says about itself
PAID = ("SUPER_CHAT_MESSAGE", "LIVE_OPEN_PLATFORM_SUPER_CHAT")
OPEN = "LIVE_OPEN_PLATFORM_DM"
Id = str | int


class Sender(NamedTuple):
    """Who sent a danmaku."""

    uid: str = ""
    name: str = ""
    role: Role = "viewer"


class _Person(msgspec.Struct, array_like=True):
    uid: Id = ""
    name: str = ""
    admin: Id = 0


class _Extra(msgspec.Struct):
    id_str: str = ""


class _More(msgspec.Struct):
    extra: str = ""


class _User(msgspec.Struct):
    uname: str = ""
    manager: int = 0
    guard_level: int = 0


class _Data(msgspec.Struct):
    msg: str = ""
    message: str = ""
    msg_id: Id = ""
    message_id: Id = ""
    id: Id = ""
    uid: Id = ""
    open_id: str = ""
    uname: str = ""
    timestamp: float | None = None
    ts: float | None = None
    start_time: float | None = None
    room_id: Id | None = None
    guard_level: int = 0
    is_admin: int = 0
    user_info: _User | None = None
    reply_uname: str = ""


class _Command(msgspec.Struct):
    cmd: str
    info: list[msgspec.Raw] | None = None
    data: msgspec.Raw = ABSENT
    roomid: Id | None = None


def _read(source: Source, _: Formats) -> Iterator[Item]:
    """Read commands: danmaku and paid messages are messages, all else is nobody's.

    Source: github.com/xfgryujk/blivedm, open-live.bilibili.com/document.
    """
    maker = Maker("bilibili", f"bilibili/{source.room}")

    def read(text: str) -> Iterator[ChatMessage | None]:
        command = decoded(text, _Command)
        kind = command.cmd.partition(":")[0]
        if command.roomid:
            maker.room = f"bilibili/{command.roomid}"
        if kind == "DANMU_MSG":
            yield _danmaku(command.info or [], maker)
        elif kind in (*PAID, OPEN) and plain(command.data):
            yield _open(decoded(plain(command.data), _Data), maker)
        else:
            yield None

    return each(Rows(source), maker, read)


def sender(info: str) -> Sender:
    """Return who sent a danmaku, by the list that Bilibili sends; nobody if that is none."""
    try:
        return _sender(decoded(info, list[msgspec.Raw]))
    except BadFrame:
        return Sender()


def _sender(info: list[msgspec.Raw]) -> Sender:
    if len(info) <= PERSON:
        raise BadFrame("expected a danmaku with text and sender")
    who = decoded(plain(info[PERSON]), _Person)
    guard = decoded(plain(info[GUARD]), int) if len(info) > GUARD else 0
    return Sender(str(who.uid), who.name, _role(str(who.admin), str(guard or 0)))


def _role(admin: str, guard: str) -> Role:
    if admin not in ("", "0"):
        return "moderator"
    return "viewer" if guard in ("", "0") else "subscriber"


def _danmaku(info: list[msgspec.Raw], maker: Maker) -> ChatMessage | None:
    who = _sender(info)
    about = decoded(plain(info[ABOUT]), list[msgspec.Raw])
    return maker.make(
        decoded(plain(info[SAID]), str),
        author=who.name,
        author_id=who.uid,
        id=_id(about),
        role=who.role,
        at=decoded(plain(about[SENT]), float) if len(about) > SENT else None,
    )


def _id(about: list[msgspec.Raw]) -> str:
    try:
        return decoded(decoded(plain(about[MORE]), _More).extra, _Extra).id_str
    except (BadFrame, IndexError):  # older ones have none
        return ""


def _open(data: _Data, maker: Maker) -> ChatMessage | None:
    user = data.user_info or _User(data.uname, data.is_admin, data.guard_level)
    if data.room_id:
        maker.room = f"bilibili/{data.room_id}"
    return maker.make(
        data.msg or data.message,
        author=user.uname,
        author_id=data.uid or data.open_id,
        id=data.msg_id or data.message_id or data.id,
        role=_role(str(user.manager), str(user.guard_level)),
        at=next(filter(None, (data.timestamp, data.ts, data.start_time)), None),
    )


READERS = (
    Reader(
        "bilibili-commands",
        "commands of a Bilibili live room, as blivedm dumps them",
        shares(COMMAND),
        _read,
    ),
)
