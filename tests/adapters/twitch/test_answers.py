"""Whatever Twitch's servers answer ends in a value or in a documented error."""

import asyncio
import json
import sys
from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as st

from adapters.twitch.helix import Helix, Sent
from adapters.twitch.oauth import OAuth, Pair
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.tokens import KeptLogin
from bot.errors import PlatformError
from bot.vault.files import FileVault
from tests.platforms.twitch_api import BOT, Memory, running

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "is_sent", "message", "drop_reason", "code", "login"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
bodies = json_values.map(lambda value: json.dumps(value).encode()) | st.binary()
statuses = st.sampled_from([200, 202, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503])
headers = st.dictionaries(
    st.sampled_from(["Ratelimit-Remaining", "Ratelimit-Reset", "Date"]),
    st.sampled_from(["0", "", "-5", "9" * 400, "soon", "Mon, 01 Jan 2026 00:00:00 GMT"]),
)
TOKEN = {"client_id": "c", "login": "Bot", "user_id": "2", "scopes": ["chat:read"]}


def valid(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=TOKEN)


@given(statuses, bodies, headers)
async def test_any_answer_of_helix(status: int, body: bytes, more: dict[str, str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers=more)

    vault = Memory()
    await vault.put("twitch", {"access_token": "a", "refresh_token": "r"})
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(valid)) as auth,
        httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http,
    ):
        settings = TwitchSettings(channel="ann")
        login = KeptLogin(settings, vault, OAuth(auth, settings.auth))
        await login.start()
        for ask in ("user_id", "modes", "send", "subscribe", "unsubscribe"):
            helix = Helix(http, settings.api, login)
            asked: dict[str, tuple[str, ...]] = {
                "send": ("1", "hello", "m1", "@Bob hello"),
                "subscribe": ("channel.chat.message", "1", "s1"),
            }
            try:
                found = await getattr(helix, ask)(*asked.get(ask, ("1",)))
            except PlatformError as error:
                assert str(error)
            else:
                assert ask != "send" or isinstance(found, Sent)
        await login.close()


@given(statuses, bodies)
async def test_any_answer_of_the_authorization_server(status: int, body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        oauth = OAuth(http, "https://id.example/oauth2")
        for asking in (
            oauth.validate("t"),
            oauth.refresh("c", "r"),
            oauth.device("c"),
            oauth.poll("c", "d"),
        ):
            try:
                found = await asking
            except PlatformError as error:
                assert str(error)
            else:
                assert found is None or found


def test_what_holds_a_secret_does_not_show_it() -> None:
    assert "5ecret" not in repr(Pair("acc5ecret", "ref5ecret"))


ONE = """
import asyncio, sys
from pathlib import Path
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.tokens import logged_in
from bot.vault.files import FileVault

async def main():
    settings = TwitchSettings(channel="ann", auth=sys.argv[2], client_id=sys.argv[3])
    async with logged_in(settings, FileVault(Path(sys.argv[1]))) as login:
        print(login.login, flush=True)

sys.stdin.readline()  # until both are here
asyncio.run(main())
"""


async def test_processes_that_find_a_dead_token_at_once_renew_it_once(tmp_path: Path) -> None:
    async with running() as server:
        vault = FileVault(tmp_path)
        await server.kept(vault)
        server.auth.expire((await vault.get("twitch"))["access_token"])
        where = (str(tmp_path), f"{server.http.url}/oauth2", server.settings().client_id)
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", ONE, *where,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(3)
        ]  # fmt: skip
        said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        assert [out.decode().split()[-1] for out, _ in said] == [BOT.login] * 3
        assert (server.auth.refreshes, server.auth.refused) == (1, 0)
        assert server.auth.whose((await vault.get("twitch"))["access_token"])
