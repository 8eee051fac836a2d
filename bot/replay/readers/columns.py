"""Which column of a table is the time, the name and the text: by its heading, else its content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.replay.readers import times

HEADINGS: Mapping[str, frozenset[str]] = {
    "text": frozenset({
        "text", "message", "msg", "content", "comment", "danmaku", "danmu", "body", "chat",
        "内容", "弹幕", "弹幕内容", "评论", "评论内容",
        "消息", "消息内容", "文本", "发言", "发言内容", "聊天内容",
    }),
    "author": frozenset({
        "author", "user", "username", "user name", "user_name", "name", "nick", "nickname",
        "author_name", "display_name", "displayname", "sender", "uname",
        "昵称", "用户", "用户名", "用户昵称", "名字", "姓名", "发送者", "发送人",
        "观众", "观众昵称",
    }),
    "sent_at": frozenset({
        "sent_at", "time", "timestamp", "date", "datetime", "created_at", "ts", "when", "offset",
        "时间", "发送时间", "评论时间", "日期", "弹幕时间", "相对时间", "时间戳", "视频内时间",
    }),
    "author_id": frozenset({
        "author_id", "user_id", "userid", "uid", "用户id", "uid/用户id", "用户编号", "user id",
    }),
    "id": frozenset({"id", "message_id", "msg_id", "msgid", "消息id", "弹幕id"}),
    "role": frozenset({"role", "badge", "badges", "角色", "身份", "徽章"}),
}  # fmt: skip
MOSTLY = 0.8  # of the cells of a column that are times


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row each key stands; ``sure`` where headings or times say that this is a log."""

    places: Mapping[str, int]
    headings: tuple[str, ...] = ()
    width: int = 0
    sure: bool = False

    def heading(self, cells: Sequence[str]) -> bool:
        """Return whether a row is the one with the headings."""
        return bool(self.headings) and _named(cells) == self.headings

    def of(self, cells: Sequence[str]) -> dict[str, str]:
        """Return what a row holds, by key."""
        return {
            key: cells[place].strip() for key, place in self.places.items() if place < len(cells)
        }


def guess(rows: Sequence[Sequence[str]]) -> Columns | None:
    """Return the columns of a table by its first rows, None where no column is text."""
    full = [row for row in rows if any(cell.strip() for cell in row)]
    if not full:
        return None
    named = _named(full[0])
    places = {
        key: next(place for place, name in enumerate(named) if name in names)
        for key, names in HEADINGS.items()
        if names & set(named)
    }
    if "text" in places:
        sure = len(places) > 1 or len(named) == 1
        return Columns(places, named, len(named), sure)
    return _by_content(full)


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        cell.lstrip("\ufeff* ").rstrip(" *").rstrip(":").rstrip(":").lower() for cell in cells
    )


def _by_content(rows: Sequence[Sequence[str]]) -> Columns | None:
    width = max(len(row) for row in rows)
    whole = [row for row in rows if len(row) == width]
    columns = [[row[place].strip() for row in whole] for place in range(width)]
    timed = [place for place, cells in enumerate(columns) if _times(cells)]
    words = [
        place
        for place, cells in enumerate(columns)
        if place not in timed and any(cells) and not all(map(_number, filter(None, cells)))
    ]
    if not words:
        return None
    text = max(words, key=lambda place: (_worth(columns[place]), place))
    places = {"text": text}
    if timed:
        places["sent_at"] = timed[0]
    if others := [place for place in words if place != text]:
        places["author"] = others[0]
    sure = bool(timed) and _moving(columns[timed[0]])
    return Columns(places, (), width, sure)


def _times(cells: Sequence[str]) -> bool:
    full = [cell for cell in cells if cell]
    fit = sum(times.read(cell) is not None for cell in full)
    return bool(full) and fit >= MOSTLY * len(full)


def _moving(cells: Sequence[str]) -> bool:
    """Return whether times are those of a chat: written as such, or at least never going back."""
    full = [cell for cell in cells if cell]
    at = [times.read(cell) or 0.0 for cell in full]
    clocks = all(":" in cell or each > times.EARLIEST for cell, each in zip(full, at, strict=True))
    return clocks or (len(at) > 1 and at == sorted(at))


def _number(cell: str) -> bool:
    return bool(times.NUMBER.fullmatch(cell))


def _worth(cells: Sequence[str]) -> float:
    """Return how much a column says: texts are longer than names, and more of them differ."""
    return sum(map(len, set(cells)))
