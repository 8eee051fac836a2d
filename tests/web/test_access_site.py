"""Where the pages may be served, by which address, with which certificate; and danmate page."""

import asyncio
import json
import os
import pty
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot import service
from bot.bus.server import Store
from bot.config import SHIPPED, Config, load, with_values
from bot.errors import BadConfig, CannotStart
from bot.flow.clock import WallClock
from bot.house import opened
from bot.vault.page import PageToken
from bot.web.seals import unseal
from bot.web.server import serve
from bot.web.sessions import StoredSpent
from bot.web.site import Site
from tests.web.entry import Entry, browser

DANMATE = (sys.executable, "-m", "bot.cli")


def configured(*values: str) -> Config:
    return with_values(load(SHIPPED), values)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "bot.example", "localhost.example"])
def test_other_machines_are_not_let_in_without_a_word_on_how_they_come(host: str) -> None:
    with pytest.raises(CannotStart) as refused:
        configured(f"web.host={host}").web.site()
    [line] = refused.value.faults
    assert line.startswith(f"web.host: {host} lets other machines in: expected web.url")


@pytest.mark.parametrize(
    ("values", "site"),
    [
        ([], Site(frozenset({"127.0.0.1"}))),
        (["web.host=localhost"], Site(frozenset({"localhost"}))),
        (
            ["web.url=https://Bot.Example:443/"],
            Site(frozenset({"127.0.0.1", "bot.example"}), "https://bot.example", False, True, True),
        ),
        (
            ["web.host=0.0.0.0", "web.url=http://127.0.0.1:8765"],
            Site(frozenset({"0.0.0.0", "127.0.0.1"}), "http://127.0.0.1:8765", open=False),
        ),
        (
            ["web.host=::1", "web.url=http://[::1]:9000"],
            Site(frozenset({"::1"}), "http://[::1]:9000"),
        ),
    ],
)
def test_what_is_told_decides_who_may_come(values: list[str], site: Site) -> None:
    assert configured(*values).web.site() == site


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://bot.example", "https://…"),
        ("http://10.0.0.7:8765", "https://…"),
        ("https://u:p@bot.example", "nothing more"),
        ("https://bot.example/page", "nothing more"),
        ("https://bot.example:0", "nothing more"),
        ("bot.example", "nothing more"),
        ("https://店.example", "nothing more"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused(url: str, fault: str) -> None:
    with pytest.raises(BadConfig, match=f"web.url: expected .*{fault}"):
        configured(f"web.url={url}")


def test_a_certificate_needs_its_key_and_both_are_files(tmp_path: Path) -> None:
    (tmp_path / "c.pem").touch()
    for values in ([f"web.certificate={tmp_path}/c.pem"], [f"web.key={tmp_path}/c.pem"]):
        with pytest.raises(CannotStart, match="expected a PEM file"):
            configured(*values).web.site()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    made = (folder / "c.pem", folder / "k.pem")
    request = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=danmate"
    )
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(
            ["openssl", *request.split(), *names, "-out", str(made[0]), "-keyout", str(made[1])],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed: it makes the certificate")
    return made


async def test_a_role_serves_https_itself_and_asks_other_machines_who_they_are(
    store_url: str, certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANMATE_SECRETS", str(tmp_path / "secrets"))
    config = configured(
        f"store.url={store_url}", "web.port=0", "web.host=0.0.0.0",
        f"web.certificate={certificate[0]}", f"web.key={certificate[1]}",
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=certificate[0])
    async with opened(config) as house, service.running(house, "web") as live:
        assert live.url.startswith("https://127.0.0.1:")
        token = await PageToken().get()
        async with httpx.AsyncClient(base_url=live.url, verify=trusted) as http:
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/page/")).status_code == 401
            http.headers["Origin"] = live.url
            answer = await http.post("/api/login", json={"code": token})
            assert answer.headers["set-cookie"].startswith("__Host-danmate=")
            assert (await http.get("/page/")).status_code == 200


async def test_a_role_that_others_could_reach_does_not_start(store_url: str) -> None:
    config = configured(f"store.url={store_url}", "web.port=0", "web.host=0.0.0.0")
    async with opened(config) as house:
        with pytest.raises(CannotStart, match="lets other machines in"):
            async with service.running(house, "web"):
                pass


async def test_files_that_are_no_certificate_are_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text("no certificate")
    with pytest.raises(CannotStart, match="expected a certificate and its key in PEM"):
        async with serve(FastAPI(), "127.0.0.1", 0, (file, file)):
            pass


# danmate page -------------------------------------------------------------------------------------


def page(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DANMATE_SECRETS": str(folder / "secrets")}
    return subprocess.run(
        [*DANMATE, "page", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


async def test_the_command_prints_a_link_that_logs_in_to_a_running_danmate(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANMATE_SECRETS", str(tmp_path / "secrets"))
    config = configured(f"store.url={store_url}", "web.port=0")
    async with opened(config) as house, service.running(house, "web") as live:
        assert not list(tmp_path.rglob("page.json"))  # nobody has asked for a link
        port = f"web.port={live.url.rpartition(':')[2]}"
        done = page(tmp_path, "--role", "moderator", "--name", "小安", "--set", port)
        address, _, code = done.stdout.strip().partition("/login/#")
        assert (done.returncode, address, done.stderr) == (0, live.url, "")
        async with browser(live.url) as http:
            assert (await http.post("/api/login", json={"code": code})).status_code == 200
            me = (await http.get("/api/me")).json()
            assert (me["role"], me["name"]) == ("moderator", "小安")
            command = "/api/rooms/room/local/command"
            answer = await http.post(command, json={"line": "status"})
            assert answer.json()["notice"].startswith("模式 auto")
            assert page(tmp_path, "--revoke", "--set", port).returncode == 0
            assert (await http.post(command, json={"line": "off"})).status_code == 401


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--name", "a\nb"), "--name: expected one line"),
        (("--name", "x" * 41), "--name: expected one line"),
        (("--room", "no room"), "--room no room: expected a room's name"),
        (("--set", "web.port=0"), "web.port is 0"),
        (("--set", "web.host=0.0.0.0"), "lets other machines in"),
        (("--set", "web.token=env:NO_SUCH", "--revoke"), "change it there"),
    ],
)
def test_what_the_command_cannot_do_is_one_clear_line(
    tmp_path: Path, words: tuple[str, ...], fault: str
) -> None:
    done = page(tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("danmate: ")
    assert fault in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "query", "role"),
    [
        ((), "", "owner"),
        (("--open", "overlay", "--room", "twitch/安 &b"),
         "?next=/overlay&room=twitch/%E5%AE%89+%26b", "viewer"),
        (("--open", "prompter"), "?next=/prompter", "moderator"),
        (("--open", "studio", "--role", "moderator"), "?next=/studio", "moderator"),
    ],
)  # fmt: skip
def test_a_link_opens_a_view_with_the_role_that_it_needs(
    tmp_path: Path, words: tuple[str, ...], query: str, role: str
) -> None:
    done = page(tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    address, _, code = done.stdout.strip().partition("#")
    assert address == f"http://127.0.0.1:8765/login/{query}"
    [kept] = (tmp_path / "secrets").rglob("page.json")
    token = str(json.loads(kept.read_text("utf-8"))["token"])
    found = unseal(code, "link", token, WallClock().now())
    assert found is not None
    assert (found.role, found.name) == (role, role)


OPENER = (
    "from bot.commands.page import opener; print(opener('', 'https://x.test')('http://y.test'))"
)


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_is_shown_how_to_log_in(tmp_path: Path, *, terminal: bool) -> None:
    env = {**os.environ, "DANMATE_SECRETS": str(tmp_path / "secrets")}
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", OPENER], env=env, stdout=subprocess.PIPE, text=True, check=True,
            stderr=theirs if terminal else subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert ("https://x.test/login/#" in done.stdout) == terminal
    assert (tmp_path / "secrets").exists() == terminal


def test_a_token_that_cannot_be_kept_does_not_keep_the_bot_from_running(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file in the place of the folder")
    env = {**os.environ, "DANMATE_SECRETS": str(tmp_path / "secrets")}
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", OPENER], env=env, stdout=subprocess.PIPE, text=True, check=True,
            stderr=theirs,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout.startswith("nobody can log in to the page: ")


def test_the_manual_names_every_option_of_the_table() -> None:
    text = (SHIPPED.parent.parent / "docs" / "page.md").read_text("utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        assert set(tomllib.loads(block)["web"]) <= set(Config().web.model_dump())
    for option in Config().web.model_dump():
        assert option == "port" or re.search(rf"\b{option}\b", text), option


# The page that opens a link, in a browser ---------------------------------------------------------


class Watched(StoredSpent):
    """Notes that somebody has come with a session."""

    async def spent(self, name: str) -> bool:
        SEEN.set()
        return await super().spent(name)


SEEN = asyncio.Event()


async def test_a_browser_that_opens_a_link_comes_back_with_a_session(
    store: Store, tmp_path: Path
) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("chromium is not installed: it opens the link as a browser does")
    entry = Entry(store, tmp_path, spent=Watched)
    code = await entry.code("viewer")
    SEEN.clear()
    async with entry.serving() as url:
        process = await asyncio.create_subprocess_exec(
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            f"--user-data-dir={tmp_path / 'profile'}", f"{url}/login/#{code}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        ended = asyncio.create_task(process.wait())
        seen = asyncio.create_task(SEEN.wait())
        try:
            await asyncio.wait({ended, seen}, return_when=asyncio.FIRST_COMPLETED)
            assert SEEN.is_set()
        finally:
            seen.cancel()
            if process.returncode is None:
                process.kill()
            await ended
