"""The scripted Twitch before a client that is not ours: twitchio logs in, hears, posts, moves."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.platforms.twitch_api import BOT, HOST, TwitchServer, running
from tests.platforms.twitch_api_auth import CLIENT, User
from tests.platforms.twitch_api_chat import Post

VIEWER = User("7", "bob", "Bob")
FOREIGN = """
import asyncio, json, sys
import twitchio
from twitchio import eventsub, http
from twitchio.eventsub import websockets

api, auth, socket, client_id, bot, room = sys.argv[1:]
http.Route.BASE, http.Route.ID_BASE, websockets.WSS = api, auth, socket
scopes = twitchio.Scopes(
    ["user:read:chat", "user:write:chat", "chat:read", "chat:edit"]
)

def tell(**what):
    print(json.dumps(what), flush=True)

class Client(twitchio.Client):
    async def event_message(self, payload):
        badges = [badge.set_id for badge in payload.badges]
        tell(heard=payload.text, author=payload.chatter.display_name, badges=badges)

    async def event_message_delete(self, payload):
        tell(deleted=payload.message_id)

    async def event_websocket_closed(self, payload):
        tell(closed=True)

async def main():
    client = Client(client_id=client_id, bot_id=bot, scopes=scopes)
    async with client:
        found = await client.login_dcf(load_token=False, save_token=False, force_flow=True)
        tell(code=found["user_code"])
        await client.start_dcf(device_code=found["device_code"], interval=1, block=False)
        where = dict(broadcaster_user_id=room, user_id=bot)
        for kind in (eventsub.ChatMessageSubscription, eventsub.ChatMessageDeleteSubscription):
            await client.subscribe_websocket(kind(**where), token_for=bot, as_bot=False)
        tell(ready=True)
        owner = client.create_partialuser(room)
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                await owner.send_message(line.strip(), sender=bot, token_for=bot)
                tell(sent=True)
            except twitchio.MessageRejectedError as error:
                tell(sent=False, code=error.code)

asyncio.run(main())
"""


class Foreign:
    """The other client, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout

    async def told(self) -> dict[str, object]:
        line = await self._stdout.readline()
        assert line, "twitchio has ended"
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    async def post(self, text: str) -> None:
        self._stdin.write(f"{text}\n".encode())
        await self._stdin.drain()


@asynccontextmanager
async def foreign(server: TwitchServer) -> AsyncIterator[Foreign]:
    where = (f"{server.http.url}/helix/", f"{server.http.url}/", server.events.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FOREIGN, *where, CLIENT, BOT.id, HOST.id,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Foreign(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_twitchio_finds_the_scripted_twitch_to_be_one() -> None:
    pytest.importorskip("twitchio", reason="twitchio, a client that is not ours, is not installed")
    async with asyncio.timeout(40), running() as server, foreign(server) as client:
        assert await client.told() == {"code": "ABCDEFGH"}
        server.auth.agree(BOT)
        assert await client.told() == {"ready": True}
        room = server.chat.rooms[HOST.id]
        asked = await server.chat.say(room, VIEWER, "多少钱 how much?", ["vip"])
        heard = {"heard": "多少钱 how much?", "author": "Bob", "badges": ["vip"]}
        assert await client.told() == heard
        gone = {"target_user_id": VIEWER.id, "target_user_name": "Bob", "target_user_login": "bob"}
        owner = {f"broadcaster_user_{key}": getattr(HOST, key) for key in ("id", "login", "name")}
        event = {**owner, **gone, "message_id": asked}
        await server.events.publish("channel.chat.message_delete", HOST.id, event)
        assert await client.told() == {"deleted": asked}
        await client.post("it is $59")
        found = [await client.told(), await client.told()]
        assert {"sent": True} in found
        assert {"heard": "it is $59", "author": BOT.name, "badges": []} in found
        assert server.chat.posts == [Post("ann", "it is $59", None)]
        await client.post("at once")
        assert await client.told() == {"sent": False, "code": "msg_ratelimit"}
        await moved(server)
        await server.chat.say(room, VIEWER, "after the move")
        while (await client.told()).get("heard") != "after the move":
            pass
        assert server.events.inbound == 0


async def moved(server: TwitchServer) -> None:
    [session] = server.events.sessions.values()
    before = session.sockets[-1]
    await server.events.move(session)
    while before in session.sockets:
        await server.events.step()
