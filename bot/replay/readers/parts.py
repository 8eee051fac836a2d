"""What every reader is made of: what it gives, how it looks at a file, how it makes messages."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from reprlib import repr as shown
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage, Role, Rules
from bot.replay.asides import Aside
from bot.replay.readers.rows import by_line
from bot.replay.readers.source import Piece, Source
from bot.replay.readers.times import EARLIEST, LATEST, seconds

T = TypeVar("T")
ABSENT = msgspec.Raw()
"""What is left for later where it is not there."""
Format: TypeAlias = Callable[[Iterable[str]], Iterator[ChatMessage | None]]
"""Takes a line for each item: a message, None if nobody's; after BadFrame ``next()`` goes on."""
Formats: TypeAlias = Mapping[str, Format]


class Told(NamedTuple):
    """A message, or none, and what its line tells beside it."""

    message: ChatMessage | None
    asides: tuple[Aside, ...]


Found: TypeAlias = ChatMessage | Told | BadFrame | None

START = 1767225600.0  # of a log without times: midnight
LINES = 30  # lines that tell the format
SURROGATE = re.compile("[\ud800-\udfff]")
BOTS = Rules().known_bots | {
    "streamlabs", "wizebot", "sery_bot", "soundalerts", "streamstickers", "kofistreambot",
    "botisimo", "deepbot", "phantombot", "coebot", "botrixoficial", "botrix", "mixitupapp",
    "own3d", "pokemoncommunitygame", "streamkit", "frostytoolsdotcom", "lumiastream", "tangiabot",
    "playwithviewersbot", "pretzelrocks", "commanderroot", "titlechange_bot", "nightbot.tv",
}  # fmt: skip
"""Accounts of services that talk in many rooms, in lower case."""
ROLES: tuple[tuple[Role, frozenset[str]], ...] = (
    ("bot", frozenset({"bot", "bot-badge", "bot_badge", "chatbot"})),
    ("host", frozenset({"broadcaster", "owner", "host", "streamer", "anchor", "主播", "up主"})),
    ("moderator", frozenset({"moderator", "mod", "lead_moderator", "admin", "房管", "管理员"})),
    ("vip", frozenset({"vip"})),
    ("subscriber", frozenset({
        "subscriber", "sub", "founder", "member", "sponsor", "guard",
        "舰长", "提督", "总督", "会员",
    })),
)  # fmt: skip
MISFIT = re.compile(r"Expected (.*), got (.*?)(?: - at \$\.?(.*))?")  # how msgspec says it
WORD = re.compile(r"[\w-]+")


class Item(NamedTuple):
    """What a line or an element came to: a message, a fault, or neither: no person's message."""

    place: str
    message: ChatMessage | None = None
    fault: str = ""
    asides: tuple[Aside, ...] = ()


class Head:
    """The beginning of a file: its bytes, its text, and the rows that tell what it is.

    A row is a line that is not blank; of JSON that is no lines, the whole text.
    """

    def __init__(self, source: Source) -> None:
        self.bytes = source.bytes
        self.text = source.head.lstrip("\ufeff")
        rows = self.text.split("\n", LINES)[:LINES] if by_line(self.text) else [self.text]
        self.rows: Sequence[str] = [row for row in rows if row.strip()]

    def share(self, *patterns: re.Pattern[str]) -> float:
        """Return how many of the rows, 0 to 1, every one of the patterns is found in."""
        fit = sum(all(each.search(row) for each in patterns) for row in self.rows)
        return fit / max(len(self.rows), 1)


def shares(*patterns: re.Pattern[str]) -> Callable[[Head], float]:
    """Return a look that finds every one of the patterns in as many rows as it can."""
    return lambda head: head.share(*patterns)


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: ``look`` says how well, 0 to 1, a file fits; ``read`` gives all its elements.

    ``says`` is a line for people. Raises BadLog for a file of which nothing can be read.
    """

    name: str
    says: str
    look: Callable[[Head], float]
    read: Callable[[Source, Formats], Iterator[Item]]


class Maker:
    """Makes the messages of one log; what an element does not say follows from those before."""

    def __init__(self, platform: str, room: str, start: float = START) -> None:
        self.platform, self.room, self.start = platform, room, start
        self.number = 0  # of the element
        self._at = start - 1
        self._last, self._again = 0, 0

    def make(
        self,
        text: str,
        *,
        author: str = "",
        author_id: str | int = "",
        id: str | int = "",  # noqa: A002 - as in a message
        role: Role = "viewer",
        at: float | None = None,
        reply_to: str | int | None = None,
    ) -> ChatMessage | None:
        """Return the message, None if it has no text; raises BadFrame for an impossible time.

        ``at`` is an epoch, or seconds into the stream where it is too small for one.
        """
        if not text.strip():
            return None
        if at is None:
            at = self._at + 1
        at = self.start + at if at < EARLIEST else seconds(at)
        if not 0 <= at <= LATEST:
            raise BadFrame(f"expected seconds since the epoch, got {at}")
        self._at = at
        if role != "host" and author.strip().lower() in BOTS:
            role = "bot"
        return ChatMessage(
            id=str(id) or self._id(),
            platform=self.platform,
            room=self.room,
            author=author.strip(),
            author_id=str(author_id),
            role=role,
            text=text.strip(),
            sent_at=at,
            reply_to=str(reply_to) if reply_to else None,
        )

    def _id(self) -> str:
        self._again = self._again + 1 if self._last == self.number else 0
        self._last = self.number
        return f"line-{self.number}" + (f".{self._again}" if self._again else "")


def each(
    pieces: Iterable[Piece], maker: Maker, read: Callable[[str], Iterable[Found]]
) -> Iterator[Item]:
    """Read each piece that is not blank; what ``read`` raises or gives as BadFrame is a fault."""
    for piece in pieces:
        maker.number += 1
        if piece.fault:
            yield Item(piece.place, fault=piece.fault)
        elif piece.text.strip():
            try:
                for found in read(piece.text):
                    yield _item(piece.place, found)
            except BadFrame as error:
                yield _item(piece.place, error)


def _item(place: str, found: Found) -> Item:
    if isinstance(found, BadFrame):
        return Item(place, fault=" ".join(str(found).split()))
    if isinstance(found, Told):
        return Item(place, found.message, asides=found.asides)
    return Item(place, found)


def decoded(text: str, kind: type[T]) -> T:
    """Return JSON as a value of a type. Raises BadFrame for what is none; half pairs are mended."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise BadFrame(_told(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return _mended(text, kind)


def _told(error: msgspec.ValidationError) -> str:
    words = str(error).replace("`", "")
    if found := MISFIT.fullmatch(words):
        where = f" as {found[3]}" if found[3] else ""
        return f"expected {found[1]}{where}, got {found[2]}"
    return f"expected another element: {words}"


def plain(raw: msgspec.Raw) -> str:
    """Return JSON that has been left for later as its text; "" for null and what is not there."""
    text = bytes(raw).decode("utf-8", "replace")
    return "" if text == "null" else text


def _mended(text: str, kind: type[T]) -> T:
    # half a pair, written as \ud83d, is no Unicode: nothing could encode it
    try:
        again = json.dumps(json.loads(text), ensure_ascii=False)
        return msgspec.json.decode(SURROGATE.sub("\ufffd", again), type=kind)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadFrame(f"expected JSON, got {shown(text.strip())}: {error}") from None


def role(names: Iterable[str]) -> Role:
    """Return the highest role that badges or titles name."""
    words = {word for name in names for word in WORD.findall(name.lower())}
    return next((role for role, known in ROLES if words & known), "viewer")
