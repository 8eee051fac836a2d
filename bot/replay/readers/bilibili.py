"""Bilibili danmaku as XML: what recorders of live rooms write, and what videos have."""

import re
from collections.abc import Iterator

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay.readers import times
from bot.replay.readers.commands import Sender, sender
from bot.replay.readers.elements import Element, Elements, parsed
from bot.replay.readers.parts import Formats, Head, Item, Maker, Reader, each
from bot.replay.readers.source import Source

XML = re.compile(r"""<d\s+p\s*=\s*["']|<BililiveRecorder|<chatserver>|<i>\s*(?:<|$)""")
PLACES = 5  # of a danmaku's p: time, mode, size, colour, when it was sent, pool, who, id
INNER = re.compile(r"<(\w+)>([^<]*)</\1>")
STARTED = ("start_time", "video_start_time", "record_start_time", "live_start_time")
ROOM = ("roomid", "room_id")
HOST = ("name", "user_name")


class _Known:
    """What a recording says of itself."""

    def __init__(self) -> None:
        self.host = ""
        self.live = False  # recorded live; else the danmaku of a video, in any order


def _look(head: Head) -> float:
    return 1.0 if head.text.lstrip().startswith("<") and XML.search(head.text) else 0.0


def _xml(source: Source, _: Formats) -> Iterator[Item]:
    """Read XML: danmaku and paid ones are messages, all else is nobody's.

    Source: github.com/BililiveRecorder/BililiveRecorder (BasicDanmakuWriter), hihkm/DanmakuFactory.
    """
    maker = Maker("bilibili", f"bilibili/{source.room}")
    known = _Known()

    def read(text: str) -> Iterator[ChatMessage | None]:
        element = parsed(text)
        if element.name == "d":
            yield _danmaku(element, maker, known)
        elif element.name == "sc":
            ts = times.read(element.attributes.get("ts", ""))
            yield _said(element, maker, known, at=ts)
        else:
            _learn(element, maker, known)
            yield None

    return each(Elements(source), maker, read)


def _learn(element: Element, maker: Maker, known: _Known) -> None:
    told = dict(element.attributes)
    if element.name == "metadata":
        told |= dict(INNER.findall(element.text))
    elif element.name != "BililiveRecorderRecordInfo":
        return
    starts = (times.read(told[key]) for key in STARTED if key in told)
    maker.start = next(filter(None, starts), maker.start)
    maker.room = next((f"bilibili/{told[key]}" for key in ROOM if told.get(key)), maker.room)
    known.host = next((told[key] for key in HOST if told.get(key)), "")
    known.live = True


def _danmaku(element: Element, maker: Maker, known: _Known) -> ChatMessage | None:
    parts = [part.strip() for part in element.attributes.get("p", "").split(",")]
    within = times.read(parts[0])
    if within is None or len(parts) < PLACES:
        raise BadFrame(f"expected p=time,mode,size,colour,sent,…, got {','.join(parts)[:60]!r}")
    sent = times.read(parts[4]) or 0
    live = known.live or "user" in element.attributes
    who, row = (*parts[6:8], "", "")[:2]
    at = sent if live and sent > times.EARLIEST else within
    return _said(element, maker, known, at=at, id="" if row == "0" else row, who=who)


def _said(
    element: Element,
    maker: Maker,
    known: _Known,
    at: float | None,
    id: str = "",  # noqa: A002 - as in a message
    who: str = "",
) -> ChatMessage | None:
    told = element.attributes
    author = told.get("user", "")
    badges = sender(told["raw"]) if "raw" in told else Sender()
    return maker.make(
        element.text,
        author=author,
        author_id=told.get("uid") or badges.uid or who,
        id=id,
        role="host" if author and author == known.host else badges.role,
        at=at,
    )


READERS = (
    Reader("bilibili-xml", "danmaku XML: BililiveRecorder, DanmakuFactory, videos", _look, _xml),
)
