"""What danmate doctor finds, and what it says to do about it."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email.utils import formatdate
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, SecretStr
from rich.console import Console

from bot.bus.codec import key
from bot.bus.server import Store
from bot.commands.checks import shown
from bot.config import SHIPPED, Config, load, with_values
from bot.doctor import examine, limits, platforms
from bot.doctor.clocks import asked, clock
from bot.doctor.live import live
from bot.doctor.stores import stores
from bot.errors import BadConfig
from bot.flow.clock import WallClock
from bot.model import Abilities, Check
from bot.plugins import adapters
from bot.ports import App, Session
from tests.bus.servers import HOST, free_ports, server
from tests.flow.test_worker import LIMIT
from tests.test_cli import danmate

BARRIER = asyncio.Barrier(2)
SECRET = "a-token-that-nobody-may-see"


class PatientSettings(BaseModel, extra="forbid"):
    name: str = "a"
    does: Literal["well", "wrong", "hangs", "raises", "waits", "made", "faulty"] = "well"
    sends: bool = False
    api: str = ""
    token: SecretStr | None = None


class Patient:
    """Is examined, and behaves as it is told to."""

    platform: ClassVar[str] = "patient"
    Settings: ClassVar[type[BaseModel]] = PatientSettings

    def __init__(self, settings: PatientSettings) -> None:
        if settings.does == "made":
            raise LookupError("no such thing")
        self.settings = settings

    @property
    def room(self) -> str:
        return f"patient/{self.settings.name}"

    @property
    def abilities(self) -> Abilities:
        return Abilities(send=self.settings.sends, limits=((5, 10.0),))

    def connect(self) -> AbstractAsyncContextManager[Session]:
        raise AssertionError("the doctor connects nothing")

    def app(self) -> App | None:
        return None

    async def examine(self) -> Sequence[Check]:
        match self.settings.does:
            case "hangs":
                await asyncio.Event().wait()
            case "raises":
                token = self.settings.token
                raise RuntimeError(f"it fell over: {token.get_secret_value() if token else 'so'}")
            case "faulty":
                raise BadConfig("secrets/patient.json: others may read it")
            case "waits":
                await BARRIER.wait()
            case "wrong":
                mend = "danmate login patient"
                return [Check("patient account", ok=False, text="no log-in is kept", mend=mend)]
        return [Check("patient network", ok=True, text="answers")]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a platform of the tests, as pip would."""
    folder = tmp_path / "plugins" / "patient-1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: patient\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(f"[bot.adapters]\npatient = {__name__}:Patient\n")
    monkeypatch.syspath_prepend(folder.parent)


def config_of(tmp_path: Path, *tables: str, head: str = "") -> Config:
    """Return a configuration of rooms of the tests' platform."""
    rooms = "\n".join(
        f'[[rooms]]\nplatform = "patient"\ncatalog = "demo"\nname = "r{number}"\n{table}'
        for number, table in enumerate(tables)
    )
    (tmp_path / "config.toml").write_text(f"{head}\n{rooms}\n", "utf-8")
    return load(tmp_path / "config.toml")


def failed(checks: Sequence[Check]) -> dict[str, str]:
    return {check.name: f"{check.text} → {check.mend}" for check in checks if not check.ok}


@pytest.mark.usefixtures("plugin")
async def test_all_that_is_well_is_said(tmp_path: Path) -> None:
    checks = await live(config_of(tmp_path, "", ""))
    assert not failed(checks)
    assert [check.name for check in checks] == [
        "platforms",
        "rooms",
        "catalogue",
        "patient network",
    ]
    assert checks[1].text == "patient/r0, patient/r1"


@pytest.mark.usefixtures("plugin")
async def test_a_platform_that_hangs_or_raises_is_a_failed_check_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    tables = ('does = "hangs"', 'does = "raises"', 'does = "faulty"', 'does = "well"')
    async with asyncio.timeout(LIMIT):
        checks = await live(config_of(tmp_path, *tables), patience=0.05)
    assert failed(checks) == {
        "patient/r0": "no answer within 0.05 s → see whether this machine reaches it",
        "patient/r1": "RuntimeError: it fell over: so → "
        "this is a fault of the adapter: tell whoever wrote it",
        "patient/r2": "secrets/patient.json: others may read it → mend what the line says",
    }
    assert Check("patient network", ok=True, text="answers") in checks


@pytest.mark.usefixtures("plugin")
async def test_platforms_are_asked_all_at_once(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT):
        checks = await live(config_of(tmp_path, 'does = "waits"', 'does = "waits"'), LIMIT)
    assert not failed(checks)


@pytest.mark.usefixtures("plugin")
async def test_a_missing_log_in_names_the_command(tmp_path: Path) -> None:
    checks = await live(config_of(tmp_path, 'does = "wrong"'))
    assert failed(checks) == {"patient account": "no log-in is kept → danmate login patient"}


@pytest.mark.usefixtures("plugin")
async def test_an_adapter_that_cannot_be_made_is_a_failed_check(tmp_path: Path) -> None:
    checks = await live(config_of(tmp_path, 'does = "made"'))
    assert failed(checks)["rooms"].startswith("LookupError: no such thing → this is a fault")
    unset = await live(config_of(tmp_path, 'token = "env:NO_SUCH_TOKEN_HERE"'))
    assert "NO_SUCH_TOKEN_HERE" in failed(unset)["rooms"]
    assert [check.name for check in unset] == ["platforms", "rooms", "catalogue"]


@pytest.mark.usefixtures("plugin")
async def test_no_secret_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATIENT_TOKEN", SECRET)
    checks = await live(config_of(tmp_path, 'does = "raises"\ntoken = "env:PATIENT_TOKEN"'))
    assert "it fell over: ***" in failed(checks)["patient/r0"]
    assert SECRET not in repr(checks)


def test_the_platforms_that_are_installed_are_named_and_a_broken_one_too() -> None:
    good = EntryPoint("room", "adapters.room:Room", "bot.adapters")
    broken = EntryPoint("broken", "no_such_module:X", "bot.adapters")
    assert platforms(adapters([good])) == Check("platforms", ok=True, text="room")
    check = platforms(adapters([good, broken]))
    assert not check.ok
    assert "the plugin broken (no_such_module:X) cannot be loaded" in check.text


# Clocks -------------------------------------------------------------------------------------------


def test_a_clock_is_wrong_beyond_two_seconds_and_what_is_unsure() -> None:
    assert clock("clock", "the store's", 0.01) == Check("clock", ok=True, text="as the store's")
    assert clock("clock", "x", 2.0).ok
    assert clock("clock", "x", -2.4, unsure=0.5).ok
    late, early = clock("clock", "the store's", 3.04), clock("clock", "the store's", -61)
    assert (late.ok, late.text) == (False, "3.0 s behind the store's")
    assert (early.ok, early.text) == (False, "61.0 s ahead of the store's")
    assert "NTP" in late.mend


@asynccontextmanager
async def telling(*headers: str) -> AsyncIterator[str]:
    """Serve one answer with these headers to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "".join(f"{each}\r\n" for each in headers)
        writer.write(f"HTTP/1.1 204 No Content\r\n{head}connection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, HOST, 0) as listener:
        yield f"http://{HOST}:{listener.sockets[0].getsockname()[1]}"


async def test_a_platforms_date_tells_whether_our_clock_is_right() -> None:
    now = WallClock().now()
    async with telling(f"date: {formatdate(now, usegmt=True)}") as url:
        check = await asked("twitch/ann", url)
    assert check
    assert (check.name, check.ok) == ("twitch/ann clock", True)
    async with telling(f"date: {formatdate(now + 600, usegmt=True)}") as url:
        check = await asked("twitch/ann", url)
    assert check
    assert not check.ok
    assert "behind the platform's" in check.text


@pytest.mark.parametrize("headers", [(), ("date: yesterday",), ("date: ",)])
async def test_a_platform_that_tells_no_time_is_no_check(headers: tuple[str, ...]) -> None:
    async with telling(*headers) as url:
        assert await asked("a/b", url) is None
    assert await asked("a/b", url) is None
    assert await asked("a/b", "http://[bad") is None


@pytest.mark.usefixtures("plugin")
async def test_the_date_is_looked_for_at_the_platforms_own_address(tmp_path: Path) -> None:
    async with telling(f"date: {formatdate(0, usegmt=True)}") as url:
        checks = await live(config_of(tmp_path, f'api = "{url}"'))
    assert list(failed(checks)) == ["patient/r0 clock"]


# The store ----------------------------------------------------------------------------------------


async def test_the_store_tells_its_version_and_keeps_what_it_is_told(store_url: str) -> None:
    checks = await stores(with_values(load(SHIPPED), [f"store.url={store_url}"]))
    assert not failed(checks)
    assert [check.name for check in checks] == ["store", "queue", "clock"]
    assert checks[1].text.startswith("Valkey ")
    assert "append-only" in checks[1].text


async def test_a_server_that_keeps_nothing_is_named(tmp_path: Path) -> None:
    [port] = free_ports(1)
    url = f"redis://{HOST}:{port}"
    async with server(tmp_path / "queue", port, "--appendonly", "no"):
        checks = await stores(with_values(load(SHIPPED), [f"store.url={url}"]))
    assert list(failed(checks)) == ["queue"]
    gone = await stores(with_values(load(SHIPPED), [f"store.url={url}"]))
    assert list(failed(gone)) == ["store"]
    assert "up" in gone[0].mend


async def test_looking_at_a_store_leaves_it_alone(store: Store, store_url: str) -> None:
    await stores(with_values(load(SHIPPED), [f"store.url={store_url}"]))
    assert await store.client.keys() == [key("shards").encode()]  # which every role writes first


# Limits -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("head", "ok"),
    [
        ("[limits]\naccount = [[5, 10.0]]", True),
        ("[limits]\naccount = [[20, 10.0]]\nroom = [[1, 2.0]]", True),
        ("[limits]\naccount = [[20, 30.0]]\nroom = [[5, 1.0]]", False),
        ("[limits]\naccount = [[3, 5.0]]\nroom = []\nmargin = 0.0", False),
        ("[limits]\naccount = []\nroom = []", False),
        ('[limits]\npreset = "twitch_user"', True),
    ],
)
async def test_limits_above_what_the_platform_takes_are_named(
    tmp_path: Path, head: str, *, ok: bool
) -> None:
    checks = await live(config_of(tmp_path, "sends = true", head=head))
    (found,) = [check for check in checks if check.name == "patient/r0 limits"]
    assert found.ok is ok
    assert ok or found.mend


class Twitch(Patient):
    platform: ClassVar[str] = "twitch"


def test_a_preset_of_another_platform_is_named() -> None:
    adapter: Any = Twitch(PatientSettings(sends=True))
    for preset, ok in (("twitch_moderator", True), ("bilibili", False)):
        config = with_values(load(SHIPPED), [f"limits.preset={preset}"])
        check = limits(config, adapter, config.rooms[0])
        assert check
        assert check.ok is ok
        assert ok or "choose one of twitch_user, twitch_moderator" in check.mend
    plain = with_values(load(SHIPPED), ["limits.room=[[20,1.0]]"])
    check = limits(plain, adapter, plain.rooms[0])
    assert check
    assert 'limits = "twitch_user"' in check.mend
    adapter = Twitch(PatientSettings(sends=False))
    assert limits(plain, adapter, plain.rooms[0]) is None


# The command --------------------------------------------------------------------------------------


async def test_everything_is_looked_at(tmp_path: Path, store_url: str) -> None:
    names = [check.name for check in await examine(
        with_values(load(SHIPPED), [f"store.url={store_url}", "models.writer=none"])
    )]  # fmt: skip
    assert {"rooms", "catalogue", "store", "queue", "clock", "reader", "writer", "python", "torch",
            "disk", "port", "terminal"} <= set(names)  # fmt: skip


def test_a_failed_check_is_followed_by_its_mend_within_the_terminal() -> None:
    checks = [
        Check("store", ok=True, text="answers"),
        Check("twitch account ann", ok=False, text="no log-in " * 20, mend="danmate login twitch"),
    ]
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(shown(checks))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert "→ danmate login twitch" in out.getvalue()
    assert "1 of 2 checks failed" in out.getvalue()


def test_json_is_for_programs_and_the_exit_code_says_whether_all_is_well(tmp_path: Path) -> None:
    words = ("doctor", "--json", "--set", "models.writer=none", "--set", "models.reader=none")
    [free] = free_ports(1)
    done = danmate(tmp_path, *words, "--set", f"web.port={free}")
    found = json.loads(done.stdout)
    assert done.returncode == 0, found
    assert found["ok"] is True
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        done = danmate(tmp_path, *words, "--set", f"web.port={port}")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["ok"] is False
    (wrong,) = [each for each in found["checks"] if not each["ok"]]
    assert set(wrong) == {"name", "ok", "text", "mend"}
    assert (wrong["name"], str(port) in wrong["text"]) == ("port", True)


def test_a_broken_configuration_is_a_check_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[reply]\nwindw = 2\n", "utf-8")
    done = danmate(tmp_path, "doctor")
    assert done.returncode == 1, done.stderr
    assert "reply.windw" in done.stdout
    assert "→ mend these lines" in done.stdout
    assert "✓ store" in done.stdout
