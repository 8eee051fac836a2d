"""A log-in that lasts: validated, renewed once, kept before it is used."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.twitch.tokens import KeptLogin, logged_in, mind
from bot.errors import AuthFailed, Disconnected
from bot.ports import Vault
from bot.vault.files import FileVault
from tests.platforms.twitch_api import BOT, Memory, TwitchServer


@asynccontextmanager
async def entered(
    server: TwitchServer, vault: Vault | None, every: float = 3600.0, **more: object
) -> AsyncIterator[KeptLogin]:
    async with logged_in(server.settings(**more), vault, every) as login:
        yield login


async def test_a_kept_log_in_is_validated_at_the_start(server: TwitchServer, vault: Memory) -> None:
    async with entered(server, vault) as login:
        assert server.auth.validations == 1
        assert (login.login, login.user_id) == (BOT.login, BOT.id)
        assert await login.token() == vault.records["twitch"]["access_token"]
        assert server.auth.validations == 1


async def test_a_token_is_validated_again_when_its_hour_is_over(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault, every=0.0) as login:
        for _ in range(3):
            await login.token()
        assert server.auth.validations == 4


async def test_a_token_that_died_within_the_hour_is_renewed(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault, every=0.0) as login:
        first = await login.token()
        server.auth.expire(first)
        second = await login.token()
        assert second != first
        assert second == vault.records["twitch"]["access_token"]
        assert server.auth.refreshes == 1


async def test_one_that_has_died_since_the_last_run_is_renewed_at_the_start(
    server: TwitchServer, vault: Memory
) -> None:
    server.auth.expire(vault.records["twitch"]["access_token"])
    async with entered(server, vault) as login:
        assert await login.token() == vault.records["twitch"]["access_token"]
        assert login.user_id == BOT.id


async def test_nothing_kept_asks_for_a_log_in(server: TwitchServer) -> None:
    for none in (None, Memory()):
        with pytest.raises(AuthFailed, match="danmate login twitch"):
            async with entered(server, none):
                pass


async def test_a_spent_refresh_token_asks_for_a_log_in(server: TwitchServer, vault: Memory) -> None:
    server.auth.expire(vault.records["twitch"]["access_token"])
    vault.records["twitch"]["refresh_token"] = "spent"
    with pytest.raises(AuthFailed, match="danmate login twitch"):
        async with entered(server, vault):
            pass


async def test_a_renewal_is_done_once_by_two_processes_that_need_it_at_once(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault) as one, entered(server, vault) as other:
        refused = await one.token()
        server.auth.expire(refused)
        found = await asyncio.gather(*(login.renew(refused) for login in (one, other, one)))
        assert len({*found}) == 1
        assert refused not in found
        assert (server.auth.refreshes, server.auth.refused) == (1, 0)


async def test_two_files_of_one_account_are_renewed_once(
    server: TwitchServer, tmp_path: Path
) -> None:
    """The same with the vault of two processes, whose lock is a file."""
    vaults = [FileVault(tmp_path) for _ in range(2)]
    await server.kept(vaults[0])
    async with entered(server, vaults[0]) as one, entered(server, vaults[1]) as other:
        refused = await one.token()
        server.auth.expire(refused)
        found = await asyncio.gather(*(login.renew(refused) for login in (one, other)))
        assert len({*found}) == 1
        assert (server.auth.refreshes, server.auth.refused) == (1, 0)


async def test_a_pair_that_another_process_let_die_as_well_is_renewed(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault) as one, entered(server, vault) as other:
        refused = await one.token()
        server.auth.expire(refused)
        server.auth.expire(await other.renew(refused))
        assert server.auth.whose(await one.renew(refused))
        assert (server.auth.refreshes, server.auth.refused) == (2, 0)


class Watching(Memory):
    """Notes what the server had seen of the new token when it was put."""

    def __init__(self, *, fail: bool = False) -> None:
        super().__init__()
        self.used_before: list[bool] = []
        self.fail = fail
        self.used: set[str] = set()

    async def put(self, name: str, record: object) -> None:
        assert isinstance(record, Mapping)
        self.used_before.append(record["access_token"] in self.used)
        if self.fail and self.records:
            raise OSError("no space left")
        await super().put(name, record)


async def test_a_new_pair_is_kept_before_it_is_used(server: TwitchServer) -> None:
    vault = Watching()
    await server.kept(vault)
    adapter = server.twitch(vault)
    server.chat.tokens = vault.used.add
    async with adapter.connect():
        pass
    server.auth.expire(vault.records["twitch"]["access_token"])
    async with adapter.connect():
        pass
    assert vault.used_before == [False, False]
    assert vault.records["twitch"]["access_token"] in vault.used


async def test_a_pair_that_cannot_be_kept_is_not_used(server: TwitchServer) -> None:
    vault = Watching(fail=True)
    await server.kept(vault)
    server.chat.tokens = vault.used.add
    server.auth.expire(vault.records["twitch"]["access_token"])
    with pytest.raises(AuthFailed, match="login_not_kept"):
        async with server.twitch(vault).connect():
            pass
    assert server.auth.refreshes == 1
    assert not vault.used


async def test_whoever_dies_between_keeping_and_using_is_followed_by_one_who_uses_it(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault) as login:
        refused = await login.token()
        server.auth.expire(refused)
        await login.renew(refused)  # and here the process ends
    async with entered(server, vault) as login:
        assert server.auth.whose(await login.token())
    assert (server.auth.refreshes, server.auth.refused) == (1, 0)


async def test_a_renewal_outlives_whoever_asked_for_it(server: TwitchServer, vault: Memory) -> None:
    """A post gives up after its time, with the refresh token spent and the new pair on its way."""
    async with entered(server, vault) as login:
        refused = await login.token()
        server.auth.expire(refused)
        asking = asyncio.ensure_future(login.renew(refused))

        def give_up() -> None:
            asking.cancel()

        server.auth.on_refresh = give_up
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert server.auth.whose(vault.records["twitch"]["access_token"])
    assert server.auth.refreshes == 1


async def test_a_token_goes_on_while_the_authorization_server_is_away(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault, every=0.0) as login:
        server.auth.unwell = True
        assert await login.token() == vault.records["twitch"]["access_token"]
        with pytest.raises(Disconnected):
            await login.renew(await login.token())
        server.auth.unwell = False
        assert server.auth.whose(await login.renew(await login.token()))


async def test_a_log_in_is_minded_until_it_cannot_be_renewed(
    server: TwitchServer, vault: Memory
) -> None:
    async with entered(server, vault, every=0.0) as login:
        refused: asyncio.Future[AuthFailed] = asyncio.get_running_loop().create_future()
        minding = asyncio.ensure_future(mind(login, 0.01, refused.set_result))
        while server.auth.validations < 3:
            await server.events.step()
        server.auth.unwell = True  # which is no reason to give up
        while server.auth.turned_away < 3:
            await server.events.step()
        server.auth.unwell = False
        vault.records["twitch"]["refresh_token"] = "spent"
        server.auth.expire(await login.token())
        assert "login_expired" in str(await refused)
        await minding


async def test_a_start_without_an_authorization_server_is_tried_again(
    server: TwitchServer, vault: Memory
) -> None:
    server.auth.unwell = True
    with pytest.raises(Disconnected):
        async with entered(server, vault):
            pass


async def test_a_given_token_is_used_and_cannot_be_renewed(server: TwitchServer) -> None:
    given = server.auth.grant(BOT).access
    async with entered(server, None, token=f" oauth:{given}\n") as login:
        assert await login.token() == given
        with pytest.raises(AuthFailed, match="token_refused"):
            await login.renew(given)


async def test_a_given_token_that_no_header_takes_is_refused_and_not_shown(
    server: TwitchServer,
) -> None:
    for token in ("", "with blanks\nand5ecret", "密码"):
        with pytest.raises(AuthFailed) as raised:
            async with entered(server, None, token=token):
                pass
        assert "5ecret" not in f"{raised.value!r}"
