"""What Bilibili's answers hold: nothing of them is official; see api.py for where it is from."""

from typing import Annotated, TypeAlias, TypeVar

import msgspec

from bot.errors import Disconnected

T = TypeVar("T")
HOST = r"^[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$"
Port: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
SIGNED_OUT = -101
RISKY = frozenset({-352, -412})
LOG_IN = "run: danmate login bilibili"


class Answer(msgspec.Struct):
    """The envelope of every answer; its words stand in one of two places."""

    code: int
    message: str | None = None
    msg: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def words(self) -> str:
        """What the platform says to it."""
        return (self.message or self.msg or "").strip()


class RiskControl(Disconnected):
    """The platform takes us for a machine, or the signature for a wrong one."""


class Pictures(msgspec.Struct):
    """Two addresses whose file names hide the key of the wbi signature."""

    img_url: str = ""
    sub_url: str = ""


class Nav(msgspec.Struct):
    """Who is logged in; ``mid`` 0: nobody."""

    mid: int = 0
    uname: str = ""
    wbi_img: Pictures = msgspec.field(default_factory=Pictures)


class Place(msgspec.Struct):
    """A room: its real number, the uid of its owner, and whether it is live (1)."""

    room_id: int
    uid: int = 0
    live_status: int = 0


class Host(msgspec.Struct):
    """Where a danmaku server listens."""

    host: Annotated[str, msgspec.Meta(pattern=HOST)]
    wss_port: Port = 443
    ws_port: Port = 2244


class Ticket(msgspec.Struct):
    """What opens a danmaku connection."""

    token: str
    host_list: list[Host] | None = None


class Danmu(msgspec.Struct):
    """How many characters a line of the account may have."""

    length: int = 0


class Property(msgspec.Struct):
    """What an account may do."""

    danmu: Danmu = msgspec.field(default_factory=Danmu)


class Own(msgspec.Struct):
    """An account in a room."""

    property: Property = msgspec.field(default_factory=Property)


class Code(msgspec.Struct):
    """A QR code: what it shows, and the key to ask whether it was scanned."""

    url: str
    qrcode_key: str


class Poll(msgspec.Struct):
    """How far a log-in is: 86101 not scanned, 86090 not confirmed, 86038 too late, 0 done."""

    code: int
    refresh_token: str = ""


def envelope(what: str, status: int, body: bytes) -> Answer:
    """Return the envelope of an HTTP answer; raises RiskControl or Disconnected."""
    if status == -min(RISKY):
        raise RiskControl(f"{what}: HTTP {status}")
    try:
        return msgspec.json.decode(body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Disconnected(f"{what}: HTTP {status}, unreadable") from None


def read(what: str, answer: Answer, kind: type[T]) -> T:
    """Return an answer's data, of nobody's too; raises RiskControl or Disconnected."""
    if answer.code in RISKY:
        raise RiskControl(f"{what}: code {answer.code}")
    if answer.code not in (0, SIGNED_OUT):
        raise Disconnected(f"{what}: code {answer.code}")
    try:
        return msgspec.json.decode(answer.data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Disconnected(f"{what}: unreadable") from None
