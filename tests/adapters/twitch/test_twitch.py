"""The adapter: what it can, which rooms it reads without an account, what doctor is told."""

import pytest
from pydantic import ValidationError

from adapters.twitch import Twitch
from adapters.twitch.settings import TwitchSettings
from bot.errors import AuthFailed, BadConfig
from bot.model import Check
from bot.ports import Account, Adapter, Examined, Watched
from tests.platforms.twitch_api import BOT, HOST, QUICK, Memory, TwitchServer, running


def made(**settings: object) -> Twitch:
    return Twitch(TwitchSettings.model_validate({"channel": "Ann", **settings}))


def test_it_is_all_that_an_adapter_with_an_account_is() -> None:
    adapter = made()
    for protocol in (Adapter, Account, Examined, Watched):
        assert isinstance(adapter, protocol)
    assert (adapter.platform, adapter.room, adapter.app()) == ("twitch", "twitch/ann", None)


def test_its_abilities_follow_its_way_in() -> None:
    eventsub, irc, anonymous = (
        made().abilities,
        made(transport="irc").abilities,
        made(transport="irc", anonymous=True).abilities,
    )
    assert (eventsub.send, eventsub.reply, eventsub.echo, eventsub.length) == (
        True,
        True,
        True,
        500,
    )
    assert (irc.send, irc.reply, irc.echo) == (True, True, False)
    assert (anonymous.send, anonymous.echo) == (False, False)


def test_whoever_is_anonymous_comes_in_by_irc() -> None:
    assert made(anonymous=True).abilities.echo is False


@pytest.mark.parametrize(
    "name",
    [
        "ann_5",
        "Ann_5",
        "@ann_5",
        "#ann_5",
        "twitch.tv/ann_5",
        "https://www.twitch.tv/Ann_5",
        "https://m.twitch.tv/ann_5/videos?x=1",
        " ann_5 ",
    ],
)
def test_a_channel_is_watched_by_name_or_address(name: str) -> None:
    settings = Twitch.watch(name)
    assert settings == {"channel": "ann_5", "transport": "irc", "anonymous": True}
    assert Twitch(TwitchSettings.model_validate(settings)).room == "twitch/ann_5"


@pytest.mark.parametrize("name", ["", "@", "https://kick.com/ann", "a b", "小安", "x" * 26])
def test_what_is_no_channel_is_said(name: str) -> None:
    with pytest.raises(BadConfig, match="expected a channel"):
        Twitch.watch(name)


def test_settings_name_what_they_do_not_take() -> None:
    for wrong in ({"channel": "a b"}, {"keepalive": 5}, {"chanel": "ann"}, {"transport": "smtp"}):
        with pytest.raises(ValidationError):
            made(**wrong)


def test_a_token_is_not_shown() -> None:
    adapter = made(token="my5ecret")
    assert "my5ecret" not in f"{adapter!r}{vars(adapter)}{adapter.settings}"


async def test_without_a_log_in_it_says_how_to_get_one(server: TwitchServer) -> None:
    with pytest.raises(AuthFailed, match="danmate login twitch"):
        async with Twitch(server.settings()).connect():
            pass


async def examined(server: TwitchServer, vault: Memory, **settings: str) -> dict[str, Check]:
    found = await server.twitch(vault, QUICK, **settings).examine()
    await server.left()
    return {check.name: check for check in found}


async def test_doctor_finds_all_well_and_posts_nothing(server: TwitchServer, vault: Memory) -> None:
    server.chat.rooms[HOST.id].modes = {"slow_mode": True, "slow_mode_wait_time_seconds": 10}
    found = await examined(server, vault)
    assert [*found] == [
        "twitch api",
        "twitch auth",
        "twitch eventsub",
        "twitch account twitch",
        "twitch/ann",
        "twitch/ann subscription",
    ]
    assert all(check.ok for check in found.values())
    assert BOT.login in found["twitch account twitch"].text
    assert found["twitch/ann"].text == "exists, modes: slow 10 s"
    assert server.chat.asked == 0


async def test_doctor_says_that_the_network_is_not_there() -> None:
    async with running() as server:
        settings = server.settings()
    found = await Twitch(settings).examine()
    assert [check.ok for check in found] == [False, False, False]
    assert all(check.mend and check.text for check in found)


async def test_doctor_takes_whatever_stands_for_an_address() -> None:
    for address in ("", "nowhere", "http://[", "ftp://127.0.0.1:1"):
        where = {"api": address, "auth": address, "eventsub": address, "irc": address}
        for transport in ("eventsub", "irc"):
            found = await made(transport=transport, **where).examine()
            assert [check.ok for check in found] == [False, False, False]


async def test_doctor_says_that_the_log_in_is_not_there(server: TwitchServer) -> None:
    check = (await examined(server, Memory()))["twitch/ann"]
    assert not check.ok
    assert "danmate login twitch" in check.mend


async def test_doctor_says_which_scopes_are_missing(server: TwitchServer) -> None:
    token = server.auth.grant(BOT, ["user:read:chat"]).access
    check = (await examined(server, Memory(), token=token))["twitch account twitch"]
    assert not check.ok
    assert "user:write:chat" in check.text


async def test_doctor_says_that_the_channel_is_not_there(
    server: TwitchServer, vault: Memory
) -> None:
    check = (await examined(server, vault, channel="nobody"))["twitch/nobody"]
    assert (check.ok, "no_such_channel" in check.text) == (False, True)


async def test_doctor_says_that_the_account_is_banned(server: TwitchServer, vault: Memory) -> None:
    server.chat.rooms[HOST.id].banned.add(BOT.id)
    found = await server.twitch(vault).examine()
    assert not found[-1].ok
    assert "missing proper authorization" in found[-1].text
