"""A scripted Bilibili as its web page sees it: rooms, log-in, and posts that only seem to stand.

It shares no code with the adapter; what it enforces is measured by its own clock.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from urllib.parse import quote_plus

from tests.platforms.bilibili_web_http import HttpServer, Request, Response, http_server
from tests.platforms.danmaku import OWNER, Command, DanmakuServer, danmaku_server, danmu

SHORT, ROOM = 6, 545_068
UID, NAME = 7_001, "小助手本人"
BUVID = "B0F1-scripted-infoc"
TABLE = "46 47 18 2 53 8 23 32 15 50 10 31 58 3 45 35 27 43 5 49 33 9 42 19 29 28 14 39 12 38 41 13"
FIELDS = {
    "bubble", "msg", "color", "mode", "room_type", "jumpfrom", "reply_mid", "reply_attr",
    "replay_dmid", "statistics", "fontsize", "rnd", "roomid", "csrf", "csrf_token",
}  # fmt: skip
Told = tuple[int, str]


def said(code: int = 0, message: str = "", data: object = None) -> Response:
    body = {"code": code, "message": message, "msg": message, "ttl": 1, "data": data}
    return Response(json.dumps(body, ensure_ascii=False).encode())


@dataclass
class Bilibili:
    """What is set here holds from the next request on."""

    danmaku: DanmakuServer
    sessdata: str = "a1b2c3%2Csessdata"
    csrf: str = "0123456789abcdefcsrf"
    pictures: tuple[str, str] = (
        "7cd084941338484aae1ad9425b84077c",
        "4932caff0ff746eab6f01bf08b70ac45",
    )
    token: str = "danmaku-token-1"
    owner: int = OWNER
    length: int = 20
    reported: int | None = None
    """The length that the account is told, where it is another than the one that holds; below 0:
    none."""
    spacing: float = 0.05
    repeat: float = 5.0
    filtered: str = "加微信"
    room_filtered: str = "别家"
    muted: bool = False
    risky: int = 0
    """How many questions for a token are taken for a machine's, whatever they are signed with."""
    rulings: list[Response | None] = field(default_factory=list)
    """What the next posts are answered without being looked at; None: nothing."""
    lets_go: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared: posts are taken, and their answers wait."""
    scan: str = "waiting"
    """How far the QR code is: waiting, scanned, confirmed, expired."""
    web: HttpServer = field(init=False)
    shown: list[str] = field(default_factory=list)
    """What viewers have seen of the account."""
    violations: int = 0
    """Posts that came too fast or twice."""
    forms: list[Mapping[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    _last: float = -1e9
    _said: dict[str, float] = field(default_factory=dict)
    _echoes: list[Command] = field(default_factory=list)

    async def answer(self, request: Request) -> Response | None:
        self.agents.add(request.headers.get("user-agent", ""))
        ways = {
            "/": self._page,
            "/x/web-interface/nav": self._nav,
            "/room/v1/Room/get_info": self._place,
            "/xlive/web-room/v1/index/getDanmuInfo": self._danmu_info,
            "/xlive/web-room/v1/index/getInfoByUser": self._own,
            "/msg/send": self._send,
            "/x/passport-login/web/qrcode/generate": self._code,
            "/x/passport-login/web/qrcode/poll": self._poll,
        }
        way = ways.get(request.path)
        answer = way(request) if way else Response(b"", 404)
        if request.path == "/msg/send":
            self.web.look()
            await self.lets_go.wait()
        while self._echoes:
            await self.danmaku.tell(self._echoes.pop(0))
        return answer

    def known(self, request: Request) -> bool:
        return request.cookies.get("SESSDATA") == self.sessdata

    def rotate(self) -> None:
        """Change the key: what was signed with the old one is refused from now on."""
        self.pictures = self.pictures[1], self.pictures[0]

    def _page(self, _: Request) -> Response:
        cookie = (
            f"buvid3={BUVID}; path=/; expires=Tue, 01 Dec 2037 00:00:00 GMT; domain=.bilibili.com"
        )
        return Response(b"<html>", headers=(("Set-Cookie", cookie), ("Set-Cookie", "b_nut=1")))

    def _nav(self, request: Request) -> Response:
        img, sub = (f"https://i0.hdslb.com/bfs/wbi/{name}.png" for name in self.pictures)
        data: dict[str, Any] = {"isLogin": False, "wbi_img": {"img_url": img, "sub_url": sub}}
        if not self.known(request):
            return said(-101, "账号未登录", data)
        return said(data={**data, "isLogin": True, "mid": UID, "uname": NAME})

    def _place(self, request: Request) -> Response:
        if request.query.get("room_id") not in (str(SHORT), str(ROOM)):
            return said(1, "未找到该房间", [])
        return said(data={"room_id": ROOM, "short_id": SHORT, "uid": self.owner, "live_status": 1})

    def _danmu_info(self, request: Request) -> Response:
        if self.risky or not self._signed(request.query):
            self.risky = max(0, self.risky - 1)
            return said(-352, "-352")
        assert request.query["id"] == str(ROOM)
        assert request.cookies.get("buvid3") == BUVID
        port = int(self.danmaku.url.rsplit(":", 1)[1].partition("/")[0])
        host = {"host": "127.0.0.1", "port": 1, "wss_port": 1, "ws_port": port}
        return said(data={"token": self.token, "host_list": [host]})

    def _signed(self, query: Mapping[str, str]) -> bool:
        names = "".join(self.pictures)
        key = "".join(names[int(place)] for place in TABLE.split())
        rest = sorted((name, text) for name, text in query.items() if name != "w_rid")
        clean = [(name, "".join(c for c in text if c not in "!'()*")) for name, text in rest]
        line = "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in clean)
        digest = md5((line + key).encode(), usedforsecurity=False).hexdigest()
        return query.get("wts", "").isdecimal() and query.get("w_rid") == digest

    def judge(self, body: bytes) -> int:
        """Judge the log-in of a danmaku connection."""
        told = json.loads(body)
        fits = told["roomid"] == ROOM and told["uid"] in (0, UID) and told["protover"] == 3
        return 0 if fits and told["key"] == self.token and told["buvid"] == BUVID else -101

    def _own(self, request: Request) -> Response:
        if not self.known(request):
            return said(-101, "账号未登录")
        length = self.length if self.reported is None else self.reported
        danmu = {"mode": 1, "length": length, "room_id": ROOM}
        return said(data={"property": {"danmu": None if length < 0 else danmu}})

    def _send(self, request: Request) -> Response | None:
        form = request.form
        self.forms.append(form)
        if self.rulings:
            return self.rulings.pop(0)
        code, word = self._ruling(request)
        if (code, word) == (0, ""):
            self.shown.append(form["msg"])
            self._echoes.append(danmu(form["msg"], NAME, UID, rnd=int(form["rnd"])))
        extra = json.dumps({"content": form["msg"]})
        return said(code, word, {"mode_info": {"extra": extra}} if code == 0 else [])

    def _ruling(self, request: Request) -> Told:
        form, now, text = request.form, asyncio.get_running_loop().time(), request.form["msg"]
        if not self.known(request):
            return -101, "账号未登录"
        if not form["csrf"] == form["csrf_token"] == self.csrf:
            return -111, "csrf 校验失败"
        if not form.keys() >= FIELDS or form["roomid"] != str(ROOM):
            return -400, "请求错误"
        if len(text) > self.length:
            return 1003212, "超出限制长度"
        if self.muted:
            return 1003, "您已被禁言"
        fast, self._last = now - self._last < self.spacing, now
        self.violations += fast
        if fast:
            return 0, "msg in 1s"
        again, self._said[text] = now - self._said.get(text, -1e9) < self.repeat, now
        self.violations += again
        if again:
            return 0, "msg repeat"
        if self.filtered in text:
            return 0, "f"
        return (0, "k") if self.room_filtered in text else (0, "")

    def _code(self, _: Request) -> Response:
        url = "https://account.bilibili.com/h5/account-h5/auth/scan-web?qrcode_key=scripted-key"
        return said(data={"url": url, "qrcode_key": "scripted-key"})

    def _poll(self, request: Request) -> Response:
        assert request.query == {"qrcode_key": "scripted-key"}
        code = {"waiting": 86101, "scanned": 86090, "expired": 86038, "confirmed": 0}[self.scan]
        answer = said(data={"code": code, "refresh_token": "refresh-1" if code == 0 else ""})
        if code:
            return answer
        ends = "Path=/; Domain=bilibili.com; Expires=Tue, 01 Jun 2027 00:00:00 GMT; HttpOnly"
        cookies = {
            "SESSDATA": self.sessdata,
            "bili_jct": self.csrf,
            "DedeUserID": str(UID),
            "DedeUserID__ckMd5": "c0ffee",
            "sid": "s1d",
        }
        headers = tuple(("Set-Cookie", f"{name}={text}; {ends}") for name, text in cookies.items())
        return Response(answer.body, headers=headers)

    @property
    def cookies(self) -> dict[str, str]:
        """What a log-in keeps."""
        return {
            "SESSDATA": self.sessdata,
            "bili_jct": self.csrf,
            "DedeUserID": str(UID),
            "DedeUserID__ckMd5": "c0ffee",
            "sid": "s1d",
            "refresh_token": "refresh-1",
            "uname": NAME,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """The keys of a room that is this one."""
        url = self.web.url
        addresses = dict.fromkeys(("www", "api", "live", "passport"), url)
        return {
            "room": SHORT,
            "source": "web",
            "accept_risk": True,
            "send": True,
            "spacing": 0.1,
            **addresses,
            "danmaku": self.danmaku.url,
        }


@asynccontextmanager
async def bilibili() -> AsyncIterator[Bilibili]:
    """Serve on free ports of loopback."""
    async with danmaku_server() as danmaku:
        platform = Bilibili(danmaku)
        platform.lets_go.set()
        danmaku.judge = platform.judge
        async with http_server(platform.answer) as platform.web:
            yield platform
