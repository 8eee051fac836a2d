"""What open-live is asked: signed requests, what answers them, and what its codes mean.

Source: open-live.bilibili.com/document; the table of codes is quoted there and in public plug-ins.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping

import httpx
import msgspec
from pydantic import SecretStr

from adapters.bilibili.settings import BilibiliSettings
from bot.errors import AuthFailed, Disconnected

WITHIN = 5.0
"""Seconds that the platform has for one answer."""
LARGEST = 1 << 20
"""Bytes of an answer that are read."""
KEYS = "copy access_key_id and access_key_secret anew from open-live.bilibili.com"
OURS = "the platform does not take danmate's request as documented: report it"
FINAL: Mapping[int, str] = {
    4000: f"bad_parameter: {OURS}",
    4001: f"bad_access_key: {KEYS}",
    4002: f"bad_signature: access_key_secret does not fit access_key_id; {KEYS}",
    4003: "clock: this machine's clock is wrong; set it by the network's time (NTP)",
    4005: f"bad_method: {OURS}",
    4006: f"bad_version: {OURS}",
    4007: "ip_not_listed: add this machine's public address to the project's IP white list",
    4008: "no_permission: the project may not do this; look at its state at open-live.bilibili.com",
    4010: f"no_interface: {OURS}, or mend open_live in the room's settings",
    4011: f"bad_content_type: {OURS}",
    4012: f"bad_md5: {OURS}",
    4013: f"bad_accept: {OURS}",
    5003: "bad_project: app_id is no project that works; look at it at open-live.bilibili.com",
    5004: "room_not_listed: the project is open to rooms of its white list only; add this one",
    5005: "room_blocked: the room is on the project's black list",
    7007: "bad_code: the 身份码 is wrong or was renewed; copy it anew from play-live.bilibili.com",
    8002: "no_right_to_project: these keys do not belong to app_id",
}
"""Codes after which no retry helps, and what to do."""
PASSING: Mapping[int, str] = {
    4004: "nonce_repeated",
    4009: "too_many_requests",
    5000: "service_error",
    5001: "service_timeout",
    5002: "service_internal",
    7000: "no_game: it has ended",
    7001: "cooling_down: a game of this room has just ended",
    7002: "game_running: another program has this room's game, or one that died: that one ends by"
    " itself a minute after its last heartbeat",
    7003: "game_expired: its heartbeat was late",
}
"""Codes after which a later try may go well."""
NO_GAME, COOLING, RUNNING, EXPIRED = 7000, 7001, 7002, 7003


class Passing(Disconnected):
    """A code after which a later try may go well."""

    def __init__(self, what: str, code: int) -> None:
        super().__init__(f"open_live {what} {code}: {PASSING.get(code, 'unknown_code')}")
        self.code = code


class GameInfo(msgspec.Struct):
    """A running game; without an id it needs no heartbeat and no end."""

    game_id: str = ""


class Doors(msgspec.Struct):
    """Where the danmaku are, and the body of the log-in there, to be sent as it is."""

    auth_body: str
    wss_link: list[str]


class Anchor(msgspec.Struct):
    """Whose room it is."""

    room_id: int = 0
    open_id: str = ""


class Game(msgspec.Struct):
    """What a start gives."""

    websocket_info: Doors
    anchor_info: Anchor
    game_info: GameInfo = msgspec.field(default_factory=GameInfo)


class _Answer(msgspec.Struct):
    code: int
    data: msgspec.Raw = msgspec.Raw(b"null")


class Signed:
    """The project's requests. Each raises AuthFailed, Passing or another Disconnected."""

    def __init__(
        self,
        settings: BilibiliSettings,
        client: httpx.AsyncClient,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        self._settings = settings
        self._client = client
        self._now = now

    async def start(self) -> Game:
        """Start a game in the streamer's room."""
        code, app = _secret(self._settings.code), self._settings.app_id
        data = await self._ask("start", {"code": code, "app_id": app})
        try:
            return msgspec.json.decode(data, type=Game)
        except msgspec.DecodeError:
            raise Disconnected("open_live start: unreadable") from None

    async def beat(self, game: str) -> None:
        """Keep a game alive: due every 20 s."""
        await self._ask("heartbeat", {"game_id": game})

    async def end(self, game: str) -> None:
        """End a game; without it the room cannot start another for a while."""
        await self._ask("end", {"app_id": self._settings.app_id, "game_id": game})

    async def _ask(self, what: str, fields: Mapping[str, object]) -> msgspec.Raw:
        body = msgspec.json.encode(fields)
        key, secret = (
            _secret(each)
            for each in (self._settings.access_key_id, self._settings.access_key_secret)
        )
        headers = signed(body, key, secret, secrets.token_hex(16), self._now())
        status, raw = await self._post(what, body, headers)
        try:
            answer = msgspec.json.decode(raw, type=_Answer)
        except msgspec.DecodeError:
            raise Disconnected(f"open_live {what}: HTTP {status}, unreadable") from None
        if answer.code in FINAL:
            raise AuthFailed(f"open_live {what} {answer.code}: {FINAL[answer.code]}")
        if answer.code:
            raise Passing(what, answer.code)
        return answer.data

    async def _post(self, what: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        url = f"{self._settings.open_live}/v2/app/{what}"
        lines = [(name.encode(), text.encode()) for name, text in headers.items()]
        raw = bytearray()
        try:
            async with (
                asyncio.timeout(WITHIN),
                self._client.stream("POST", url, content=body, headers=lines) as response,
            ):
                async for chunk in response.aiter_bytes():
                    raw += chunk
                    if len(raw) > LARGEST:
                        raise Disconnected(f"open_live {what}: the answer does not end")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Disconnected(f"open_live {what}: {type(error).__name__}") from None
        return response.status_code, bytes(raw)


def signed(body: bytes, key: str, secret: str, nonce: str, now: float) -> dict[str, str]:
    """Return the headers of a request with this body; ``now`` in seconds since the epoch."""
    named = {
        "x-bili-accesskeyid": key,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "1.0",
        "x-bili-timestamp": str(int(now)),
    }
    told = "\n".join(f"{name}:{text}" for name, text in sorted(named.items()))
    signature = hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()
    plain = {"Content-Type": "application/json", "Accept": "application/json"}
    return {**named, **plain, "Authorization": signature}


def _secret(kept: SecretStr | None) -> str:
    return kept.get_secret_value().strip() if kept else ""
