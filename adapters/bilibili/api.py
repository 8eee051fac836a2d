"""What the web page asks of Bilibili: every address of it stands here, and none is official.

Source: blivedm 1.1.7 (MIT) for reading, MagicalDanmaku and others for the rest. They can change
on any day. Cookies are full access to the account: they are in no log and no error.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

import httpx

from adapters.bilibili.answers import (
    LOG_IN,
    SIGNED_OUT,
    Answer,
    Code,
    Nav,
    Own,
    Place,
    Poll,
    RiskControl,
    Ticket,
    envelope,
    read,
)
from adapters.bilibili.settings import BilibiliSettings
from bot.errors import AuthFailed, Disconnected

T = TypeVar("T")
WITHIN = 5.0
"""Seconds that the platform has for one answer."""
COOKIES = frozenset(
    {"SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid", "buvid3", "buvid4"}
)
RISK = 300.0
"""Seconds to leave the platform alone once its risk control has spoken."""
LARGEST = 1 << 20
"""Bytes of an answer that are read."""
SPAN = 60.0
"""Seconds in which ``Budget.calls`` questions are asked at most."""


@dataclass(slots=True)
class Budget:
    """At most ``calls`` questions in a minute, and none while risk control holds us off."""

    calls: int = 30
    _asked: deque[float] = field(default_factory=deque)
    _held_until: float = 0.0

    def take(self) -> None:
        """Count a question; raises Disconnected where it must not be asked now."""
        now = asyncio.get_running_loop().time()
        if now < self._held_until:
            raise Disconnected(f"risk_control: nothing is asked for {self._held_until - now:.0f} s")
        while self._asked and self._asked[0] <= now - SPAN:
            self._asked.popleft()
        if len(self._asked) >= self.calls:
            raise Disconnected(f"too_many_calls: {self.calls} in {SPAN:.0f} s")
        self._asked.append(now)

    def hold(self, seconds: float = RISK) -> None:
        """Let nothing be asked for some seconds."""
        self._held_until = asyncio.get_running_loop().time() + seconds


def http() -> httpx.AsyncClient:
    """Return a client of its own, for one connection to a room."""
    return httpx.AsyncClient(verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Return whose certificates are believed: reading them takes a while, and memory each time."""
    return httpx.create_ssl_context()


class Api:
    """Asks with one account's cookies, none where they are empty; raises Disconnected.

    ``cookies`` may hold more: COOKIES alone are sent. ``client`` may be anybody's: all that a
    browser sends is given with each question.
    """

    def __init__(
        self,
        settings: BilibiliSettings,
        cookies: Mapping[str, str],
        client: httpx.AsyncClient,
        budget: Budget | None = None,
        *,
        within: float = WITHIN,
    ) -> None:
        self.cookies = {
            name: text
            for name, text in cookies.items()
            if name in COOKIES and text.isascii() and text.isprintable() and ";" not in text
        }
        self._settings = settings
        self._client = client
        self.budget = budget or Budget()
        self._within = within

    async def buvid(self) -> str:
        """Return the cookie by which the web page knows a browser; empty where none is given."""
        _, headers, _ = await self._ask("GET", "www", self._settings.www + "/")
        return set_cookies(headers).get("buvid3", "")

    async def nav(self) -> Nav:
        """Return who is logged in, with the pictures of the key: they are given to anybody."""
        return await self._data("nav", self._settings.api + "/x/web-interface/nav", Nav)

    async def place(self, room: int) -> Place:
        """Return a room by its short or real number; raises AuthFailed where there is none."""
        url = self._settings.live + "/room/v1/Room/get_info"
        answer = await self._answer("get_info", url, {"room_id": str(room)})
        if answer.code == 1:
            raise AuthFailed(f"no_room: Bilibili has no room {room}")
        return read("get_info", answer, Place)

    async def ticket(self, params: Mapping[str, str]) -> Ticket:
        """Return what opens a danmaku connection; ``params`` are signed. Raises RiskControl."""
        url = self._settings.live + "/xlive/web-room/v1/index/getDanmuInfo"
        return await self._data("getDanmuInfo", url, Ticket, params)

    async def length(self, room: int) -> int:
        """Return how many characters the account may post there; 0 where that cannot be read.

        Raises AuthFailed where it is not logged in.
        """
        url = self._settings.live + "/xlive/web-room/v1/index/getInfoByUser"
        answer = await self._answer("getInfoByUser", url, {"room_id": str(room)})
        if answer.code == SIGNED_OUT:
            raise AuthFailed(f"not_logged_in: {LOG_IN}")
        try:
            return read("getInfoByUser", answer, Own).property.danmu.length
        except RiskControl:
            raise
        except Disconnected:  # it answers, but in another form: that must not end the room
            return 0

    async def send(self, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Post a line once; return the status and the body. Disconnected: it may stand or not."""
        url = self._settings.live + "/msg/send"
        status, _, body = await self._ask("POST", "send", url, form=form)
        return status, body

    async def code(self) -> Code:
        """Return a new QR code."""
        url = self._settings.passport + "/x/passport-login/web/qrcode/generate"
        return await self._data("qrcode", url, Code)

    async def poll(self, key: str) -> tuple[Poll, dict[str, str]]:
        """Return how far a log-in is, and the cookies that came with it."""
        url = self._settings.passport + "/x/passport-login/web/qrcode/poll"
        status, headers, body = await self._ask("GET", "poll", url, {"qrcode_key": key})
        return read("poll", envelope("poll", status, body), Poll), set_cookies(headers)

    async def _data(
        self, what: str, url: str, kind: type[T], params: Mapping[str, str] | None = None
    ) -> T:
        return read(what, await self._answer(what, url, params), kind)

    async def _answer(self, what: str, url: str, params: Mapping[str, str] | None = None) -> Answer:
        status, _, body = await self._ask("GET", what, url, params)
        return envelope(what, status, body)

    async def _ask(
        self,
        method: str,
        what: str,
        url: str,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, httpx.Headers, bytes]:
        """Ask once; return status, headers and body."""
        if form is None:
            self.budget.take()
        if self._client.is_closed:
            raise Disconnected("closed")
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._within),
                self._client.stream(
                    method, url, params=params, data=form, headers=self._headers(), timeout=None
                ) as response,
            ):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        raise Disconnected(f"{what}: the answer does not end")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Disconnected(f"{what}: {type(error).__name__}") from None
        return response.status_code, response.headers, bytes(body)

    def _headers(self) -> dict[str, str]:
        page = self._settings.page
        headers = {
            "User-Agent": self._settings.agent,
            "Referer": f"{page}/{self._settings.room}",
            "Origin": page,
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        return headers


def set_cookies(headers: httpx.Headers) -> dict[str, str]:
    """Return the cookies that an answer sets, without where and how long they hold."""
    return dict(_pairs(headers.get_list("set-cookie")))


def _pairs(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, equals, text = line.partition(";")[0].partition("=")
        if equals and name.strip():
            yield name.strip(), text.strip()
