"""``danmate login twitch``: by a code that the user types at Twitch."""

import asyncio

import pytest

from adapters.twitch.device import log_in
from bot.errors import AuthFailed, Disconnected
from bot.model import Prompt
from tests.platforms.twitch_api import BOT, Memory, TwitchServer, running
from tests.platforms.twitch_api_auth import CLIENT


async def logged_in(server: TwitchServer, vault: Memory, told: list[Prompt]) -> str:
    def tell(prompt: Prompt) -> None:
        told.append(prompt)
        server.auth.agree(BOT)

    return await log_in(server.settings(), vault, tell, least=0.01, slower=0.01)


async def test_a_log_in_keeps_what_came(server: TwitchServer) -> None:
    vault, told = Memory(), list[Prompt]()
    assert await logged_in(server, vault, told) == BOT.login
    [prompt] = told
    assert prompt.code == "ABCDEFGH"
    assert prompt.url.startswith("https://www.twitch.tv/activate")
    assert prompt.code in prompt.text
    record = vault.records["twitch"]
    assert {*record} == {"access_token", "refresh_token", "login", "user_id", "scopes", "client_id"}
    assert server.auth.whose(record["access_token"])
    assert (record["login"], record["user_id"], record["client_id"]) == (BOT.login, BOT.id, CLIENT)
    assert record["scopes"] == "user:read:chat user:write:chat chat:read chat:edit"
    async with server.twitch(vault).connect():
        pass


async def test_it_waits_for_the_user_and_asks_less_often_when_told_to(
    server: TwitchServer,
) -> None:
    server.auth.slow_down = 2
    vault = Memory()

    def tell(_: Prompt) -> None:
        pass

    asking = asyncio.ensure_future(log_in(server.settings(), vault, tell, least=0.01, slower=0.01))
    while not any(device.asked > 4 for device in server.auth.devices.values()):
        async with asyncio.timeout(5):
            await asyncio.wait({asking}, timeout=0.01)
    assert not vault.records
    server.auth.agree(BOT)
    assert await asking == BOT.login


async def test_a_server_that_is_unwell_meanwhile_is_asked_again(server: TwitchServer) -> None:
    vault = Memory()

    def tell(_: Prompt) -> None:
        server.auth.agree(BOT)
        server.auth.unwell = True
        asyncio.get_running_loop().call_later(0.05, setattr, server.auth, "unwell", False)

    assert await log_in(server.settings(), vault, tell, least=0.01) == BOT.login


async def test_a_code_that_is_not_typed_in_time_is_refused(server: TwitchServer) -> None:
    server.auth.expires_in = 0.1
    with pytest.raises(AuthFailed, match="login_timeout"):
        await log_in(server.settings(), Memory(), lambda _: None, least=0.01)


async def test_a_code_that_twitch_forgot_is_refused(server: TwitchServer) -> None:
    def tell(_: Prompt) -> None:
        server.auth.devices.clear()

    with pytest.raises(AuthFailed, match="invalid device code"):
        await log_in(server.settings(), Memory(), tell, least=0.01)


async def test_without_an_application_it_says_where_to_register_one(server: TwitchServer) -> None:
    for client_id, said in (("", "dev.twitch.tv/console"), ("unknown", "invalid client")):
        settings = server.settings(client_id=client_id)
        with pytest.raises(AuthFailed, match=said):
            await log_in(settings, Memory(), lambda _: None, least=0.01)


async def test_nobody_at_the_other_end_is_said_at_once() -> None:
    async with running() as server:
        settings = server.settings()
    with pytest.raises(Disconnected):
        await log_in(settings, Memory(), lambda _: None)


async def test_the_adapter_logs_in_where_it_was_given_a_vault(server: TwitchServer) -> None:
    adapter = server.twitch(Memory())
    server.auth.expires_in = 0.1
    with pytest.raises(AuthFailed, match="login_timeout"):
        await adapter.login(lambda _: None)
    with pytest.raises(AuthFailed, match="no_vault"):
        await type(adapter)(server.settings()).login(lambda _: None)
