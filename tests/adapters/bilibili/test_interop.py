"""Another's client before our scripted platforms: what it hears there, it would hear at Bilibili.

laplace-blivedm 0.0.6 is the fork of blivedm 1.x on PyPI (MIT). ``BLIVEDM_PYTHON`` names the
interpreter that has it and aiohttp; by default it is this one.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.platforms.danmaku import OWNER, Command, DanmakuServer, Style, danmaku_server, danmu
from tests.platforms.open_live import (
    ANCHOR,
    APP,
    CODE,
    KEY,
    ROOM,
    SECRET,
    open_dm,
    open_live_platform,
)

INSTALL = "pip install --no-deps laplace-blivedm==0.0.6 && pip install aiohttp"
PYTHON = os.environ.get("BLIVEDM_PYTHON", sys.executable)
LIMIT = 60.0
CLIENT = """
import asyncio, json, sys
import blivedm
from blivedm.clients import open_live

told = json.loads(sys.argv[1])
out, sys.stdout = sys.stdout, sys.stderr  # it prints as it goes

def show(kind, **fields):
    print(json.dumps({"kind": kind, **fields}), file=out, flush=True)

class Handler(blivedm.BaseHandler):
    def _on_heartbeat(self, client, message):
        show("heartbeat", popularity=message.popularity)
    def _on_danmaku(self, client, message):
        show("danmaku", text=message.msg, author=message.uname, uid=message.uid,
             at=message.timestamp, admin=message.admin, guard=message.privilege_type)
    def _on_open_live_danmaku(self, client, message):
        show("danmaku", text=message.msg, author=message.uname, uid=message.open_id,
             at=message.timestamp, guard=message.guard_level, room=client.room_id,
             owner=client.room_owner_open_id)

class Web(blivedm.BLiveClient):
    async def init_room(self):
        self._uid, self._room_id, self._room_owner_uid = 0, told["room"], told["owner"]
        self._host_server_list, self._host_server_token = [{}], "token"
        return True
    def _get_ws_url(self, retry_count):
        return told["url"]

async def main():
    if "key" in told:
        for call in ("start", "heartbeat", "end"):
            setattr(open_live, call.upper() + "_URL", told["api"] + "/v2/app/" + call)
        client = blivedm.OpenLiveClient(told["key"], told["secret"], told["app"], told["code"],
                                        heartbeat_interval=0.1, game_heartbeat_interval=0.1)
    else:
        client = Web(told["room"], uid=0, heartbeat_interval=0.1)
    client.set_handler(Handler())
    client.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await client.stop_and_close()

asyncio.run(main())
"""


@pytest.fixture(scope="module", autouse=True)
def there() -> None:
    asked = [PYTHON, "-c", "import aiohttp; from blivedm import OpenLiveClient"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip(f"an independent danmaku client is not installed: {INSTALL}")


@asynccontextmanager
async def client(told: dict[str, Any]) -> AsyncIterator[asyncio.StreamReader]:
    """Run it until the block ends; what it hears comes as lines of JSON."""
    command = [PYTHON, "-c", CLIENT, json.dumps(told)]
    pipe = asyncio.subprocess.PIPE
    async with asyncio.timeout(LIMIT):
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
        assert process.stdout
        assert process.stdin
        try:
            yield process.stdout
            process.stdin.write(b"\n")
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def heard(lines: asyncio.StreamReader, count: int) -> list[dict[str, Any]]:
    """Return the next lines that somebody said."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        told = json.loads(await lines.readline())
        if told.pop("kind") == "danmaku":
            found.append(told)
    return found


@pytest.mark.parametrize("style", ["plain", "zlib", "brotli"])
async def test_an_independent_client_hears_the_danmaku_server(style: Style) -> None:
    async with danmaku_server() as server:
        server.style = style
        async with client({"room": 12, "owner": OWNER, "url": server.url}) as lines:
            await server.until(lambda: len(server.beats) >= 2)
            told = json.loads(await lines.readline())
            assert told == {"kind": "heartbeat", "popularity": 197}  # and not what is echoed
            await server.tell(danmu("多少钱", "小安", 42, admin=1, guard=3, at=1.5, medal_of=OWNER))
            (first,) = await heard(lines, 1)
            assert first == {
                "text": "多少钱", "author": "小安", "uid": 42, "at": 1500, "admin": 1, "guard": 3,
            }  # fmt: skip
            await burst(server, [danmu(f"line {number}") for number in range(197)])
            assert [each["text"] for each in await heard(lines, 197)] == [
                f"line {number}" for number in range(197)
            ]
        await server.left()
    (login,) = map(json.loads, server.logins)
    assert (login["roomid"], login["protover"], login["key"]) == (12, 3, "token")


async def test_an_independent_client_plays_a_game_at_the_open_live_platform() -> None:
    async with open_live_platform() as platform:
        keys = {"key": KEY, "secret": SECRET, "app": APP, "code": CODE, "api": platform.url}
        async with client(keys) as lines:
            await platform.danmaku.ready()
            await platform.danmaku.tell(open_dm("多少钱", "小安", 7.0, 1, guard_level=3))
            assert await heard(lines, 1) == [
                {
                    "text": "多少钱", "author": "小安", "uid": "open-id-of-小安", "at": 7,
                    "guard": 3, "room": ROOM, "owner": ANCHOR,
                }
            ]  # fmt: skip
            await platform.until(lambda: platform.count("heartbeat") >= 3)
        assert platform.calls[0] == "start"
        assert "end" in platform.calls
        assert platform.game is None
        assert platform.violations == 0


async def burst(server: DanmakuServer, commands: list[Command]) -> None:
    for start in range(0, len(commands), 20):
        await server.tell(*commands[start : start + 20])
