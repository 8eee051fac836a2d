"""Links and sessions: once, for a time, over restarts, and not by guessing."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.server import LOST, Store
from bot.vault.page import PageToken
from bot.web.attempts import LIMIT, WITHIN, Attempts, household
from bot.web.seals import LONGEST, ROLES, Pass, Role, seal, unseal
from bot.web.sessions import LINK, WEEK, Sessions
from bot.web.site import Site
from tests.web.entry import START, Entry, browser


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


async def log_in(http: httpx.AsyncClient, code: str) -> int:
    return (await http.post("/api/login", json={"code": code})).status_code


async def role_of(http: httpx.AsyncClient) -> str | None:
    """Return the role of whoever is logged in."""
    me = (await http.get("/api/me")).json()
    return me["role"] if me["logged_in"] else None


# Links --------------------------------------------------------------------------------------------


async def test_a_link_works_once(entry: Entry) -> None:
    code = await entry.code("moderator")
    async with entry.serving() as url, browser(url) as first, browser(url) as second:
        assert await log_in(first, code) == 200
        assert await log_in(second, code) == 401
        assert (await role_of(first), await role_of(second)) == ("moderator", None)


async def test_of_many_who_open_a_link_at_once_one_gets_in(entry: Entry) -> None:
    code = await entry.code()
    async with entry.serving() as url, browser(url) as http:
        found = await asyncio.gather(*(log_in(http, code) for _ in range(LIMIT)))
    assert sorted(found) == [200, *[401] * (LIMIT - 1)]


async def test_a_used_link_stays_used_after_a_restart(entry: Entry) -> None:
    code = await entry.code()
    for status in (200, 401):
        async with entry.serving() as url, browser(url) as http:
            assert await log_in(http, code) == status


async def test_to_look_where_a_link_leads_does_not_use_it_up(entry: Entry) -> None:
    code = await entry.code()
    async with entry.serving() as url, httpx.AsyncClient() as preview, browser(url) as http:
        for method in ("HEAD", "GET"):
            page = await preview.request(method, f"{url}/login/#{code}")
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
        assert await log_in(http, code) == 200


async def test_a_link_holds_for_ten_minutes(entry: Entry) -> None:
    code = await entry.code()
    async with entry.serving() as url, browser(url) as http:
        await entry.clock.sleep(LINK)
        assert await log_in(http, code) == 401


async def test_the_token_itself_logs_the_owner_in(entry: Entry) -> None:
    token = await entry.token.make()
    async with entry.serving() as url, browser(url) as http:
        assert await log_in(http, token) == 200
        assert await role_of(http) == "owner"


async def test_without_a_token_nobody_gets_in(entry: Entry) -> None:
    forged = seal(Pass("x", "owner", "x", START + 9), "link", "x")
    async with entry.serving() as url, browser(url) as http:
        assert [await log_in(http, code) for code in ("x", ".", forged)] == [401] * 3
        assert not (entry.folder / "secrets").exists()


# Sessions -----------------------------------------------------------------------------------------


async def test_no_script_and_no_other_site_gets_the_cookie(entry: Entry) -> None:
    async with entry.serving() as url, browser(url) as http:
        answer = await http.post("/api/login", json={"code": await entry.code()})
    cookie, *flags = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith(f"danmate_{url.rpartition(':')[2]}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(flags)
    assert not any(flag.startswith("Domain") for flag in flags)


async def test_by_https_the_cookie_is_bound_to_this_host_and_to_https(entry: Entry) -> None:
    entry.site = Site(url="https://bot.example", open=False, secure=True)
    async with entry.serving() as url, browser(url) as http:
        http.headers["Origin"] = "https://bot.example"
        answer = await http.post("/api/login", json={"code": await entry.code()})
    cookie, *flags = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith("__Host-danmate=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Secure"} <= set(flags)


async def test_a_session_outlives_a_restart(entry: Entry) -> None:
    async with entry.visiting("moderator") as http:
        [(_, session)] = http.cookies.items()
    async with entry.serving() as url, browser(url) as again:
        again.cookies.set(f"danmate_{url.rpartition(':')[2]}", session)
        assert await role_of(again) == "moderator"


async def test_a_session_ends_after_its_time(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        await entry.clock.sleep(WEEK - 1)
        assert await role_of(http) == "owner"
        await entry.clock.sleep(1)
        assert await role_of(http) is None


async def test_who_logs_out_is_out_even_with_the_old_cookie(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        [(name, session)] = http.cookies.items()
        assert (await http.post("/api/logout", json={})).status_code == 200
        assert not http.cookies
        http.cookies.set(name, session)
        assert await role_of(http) is None


async def test_a_new_token_ends_every_session_and_link(entry: Entry) -> None:
    code, old = await entry.code(), await entry.token.make()
    async with entry.visiting("owner") as http:
        await entry.token.renew()
        assert await role_of(http) is None
        for given_code in (code, old):
            assert await log_in(http, given_code) == 401
        assert await log_in(http, await entry.code()) == 200


async def test_each_log_in_is_a_session_of_its_own(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        before = dict(http.cookies)
        await log_in(http, await entry.code())
        assert dict(http.cookies) != before


# Guessing -----------------------------------------------------------------------------------------


async def test_who_guesses_must_wait(entry: Entry) -> None:
    async with entry.serving() as url, browser(url) as http:
        found = await asyncio.gather(*(log_in(http, f"guess {n}") for n in range(LIMIT + 5)))
        assert sorted(found) == [401] * LIMIT + [429] * 5
        answer = await http.post("/api/login", json={"code": await entry.code()})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(int(WITHIN) + 1))
        bearer = {"Authorization": f"Bearer {await entry.token.make()}"}
        assert (await http.get("/api/me", headers=bearer)).status_code == 429
        await entry.clock.sleep(WITHIN)
        assert await log_in(http, await entry.code()) == 200


async def test_who_is_right_is_not_counted(entry: Entry) -> None:
    async with entry.serving() as url, browser(url) as http:
        for _ in range(LIMIT + 2):
            assert await log_in(http, await entry.code()) == 200


def test_attempts_are_counted_by_household_and_the_table_stays_small() -> None:
    attempts = Attempts(limit=2, within=10.0, most=3)
    assert [attempts.begin(f"2001:db8::{n}", 0.0) for n in range(3)] == [0.0, 0.0, 10.0]
    assert attempts.begin("2001:db8:0:1::1", 0.0) == 0.0
    assert attempts.begin("2001:db8::9", 10.0) == 0.0
    for n in range(9):
        attempts.begin(f"192.0.2.{n}", 10.0)
    assert len(attempts._of) == 3


def test_a_clock_that_is_set_back_locks_nobody_out_for_long() -> None:
    attempts = Attempts(limit=1, within=10.0)
    attempts.begin("192.0.2.1", 1e9)
    assert attempts.begin("192.0.2.1", 5.0) == 0.0


@given(st.text())
def test_any_address_has_a_household(text: str) -> None:
    assert household(text)
    assert household("::ffff:192.0.2.1") == "192.0.2.1"


# Seals --------------------------------------------------------------------------------------------

PASSES = st.builds(Pass, st.text(), st.sampled_from(ROLES), st.text(), st.floats(1, 1e9))


@given(PASSES, st.text(min_size=1))
def test_a_pass_comes_out_as_it_was_sealed_and_only_as_its_kind(who: Pass, token: str) -> None:
    sealed = seal(who, "session", token)
    if len(sealed) <= LONGEST:
        assert unseal(sealed, "session", token, who.until - 0.5) == who
    assert unseal(sealed, "link", token, 0.0) is None
    assert unseal(sealed, "session", token + "x", 0.0) is None
    assert unseal(sealed, "session", "", 0.0) is None
    assert unseal(sealed, "session", token, who.until) is None


@given(st.data())
def test_a_pass_with_any_change_is_none(data: Any) -> None:
    sealed = seal(Pass("id", "viewer", "Ann", 9.0), "session", "token")
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters().filter(lambda char: char != sealed[place]))
    changed = sealed[:place] + other + sealed[place + 1 :]
    assert unseal(changed, "session", "token", 0.0) is None


@given(st.text())
def test_no_text_is_a_pass_by_chance(text: str) -> None:
    assert unseal(text, "session", "token", 0.0) is None


@pytest.mark.parametrize(("role", "reach"), [("viewer", 1), ("moderator", 2), ("owner", 3)])
def test_each_role_may_what_those_before_it_may(role: Role, reach: int) -> None:
    who = Pass("id", role, "Ann", 9.0)
    assert [each for each in ROLES if who.may(each)] == list(ROLES[:reach])


# The token ----------------------------------------------------------------------------------------


async def test_the_token_is_made_once_in_a_file_for_its_owner_alone(entry: Entry) -> None:
    assert await entry.token.get() == ""
    made = await asyncio.gather(*(entry.token.make() for _ in range(4)))
    assert len(set(made)) == 1
    assert len(made[0]) > 40
    [file] = (entry.folder / "secrets").rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_token_that_others_may_read_lets_nobody_in(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        code = await entry.code()
        [file] = (entry.folder / "secrets").rglob("*.json")
        file.chmod(0o644)
        answer = await http.post("/api/rooms/room/local/command", json={"line": "off"})
        assert answer.status_code == 503
        assert str(entry.folder) not in answer.text
        assert await log_in(http, code) == 503
        assert (await http.get("/page/")).status_code == 200
        file.chmod(0o600)
        assert await log_in(http, code) == 200


async def test_while_the_store_is_away_nobody_is_known(entry: Entry) -> None:
    class Away:
        async def spend(self, name: str, seconds: float) -> bool:
            raise LOST[0]("gone")

        async def spent(self, name: str) -> bool:
            raise LOST[0]("gone")

    sessions = Sessions(entry.token, Away(), entry.clock)
    with pytest.raises(LOST[0]):
        await sessions.begin(await entry.code())
    session = seal(Pass("id", "owner", "Ann", START + 9), "session", await entry.token.make())
    with pytest.raises(LOST[0]):
        await sessions.who(session)


async def test_a_token_of_the_environment_goes_first_and_must_be_long() -> None:
    environ = {"PAGE": "a token that somebody has chosen", "WEAK": "hunter2"}
    token = PageToken("env:PAGE", environ)
    assert await token.make() == environ["PAGE"]
    with pytest.raises(Exception, match=r"web.token: env:PAGE: change it there"):
        await token.renew()
    for name, fault in (("env:WEAK", "expected 24 characters or more"), ("env:NO", "it is empty")):
        with pytest.raises(Exception, match=fault):
            await PageToken(name, environ).get()
