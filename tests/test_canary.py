"""Secrets planted wherever danmate takes one come out nowhere: real processes, the log at debug."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.typing import Origin

from bot.config import DEMO
from bot.plugins import adapters
from bot.vault import FileVault
from tests.bus.servers import HOST, free_ports, server
from tests.guests import install
from tests.inference.scripted import Asked, error, scripted

CANARY = "c4nary"
LIMIT = 120.0
BRIDGE = '[[rooms]]\nplatform = "bridge"\ncatalog = "demo"\ntoken = "env:BRIDGE_TOKEN"\n'
CONFIG = """
[store]
url = "env:QUEUE_URL"
[models]
writer = "{writer}"
writer_key = "env:WRITER_KEY"
threads = 1
[reply]
max_age = 100.0
[web]
port = 0
[log]
level = "debug"
format = "json"
{rooms}
[[rooms]]
platform = "guest"
catalog = "demo"
channel = "ann"
token = "env:GUEST_TOKEN"
fault = "{fault}"
"""
ROOM = '[[rooms]]\nplatform = "room"\ncatalog = "demo"\n'


@dataclass(frozen=True)
class Planted:
    """A folder whose configuration, variables and kept log-ins hold a canary each."""

    folder: Path
    environ: dict[str, str]
    writer: str
    queue: Redis

    def config(self, fault: str, rooms: str = "") -> str:
        """Write a configuration; return its name."""
        text = CONFIG.format(writer=self.writer, fault=fault, rooms=rooms)
        (self.folder / f"{fault}.toml").write_text(text)
        return f"{fault}.toml"

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", *words,
            cwd=self.folder, env=self.environ, stdout=pipe, stderr=pipe, limit=2**24,
        )  # fmt: skip

    async def call(self, code: int, *words: str) -> str:
        """Return all that a command prints; it must end with this code."""
        out, err = await (process := await self.start(*words)).communicate()
        assert process.returncode == code, (words, err.decode())
        return out.decode() + err.decode()

    async def held(self) -> bytes:
        """Return all that the queue holds."""
        queue = cast("Any", self.queue)
        await queue.config_set("rdbcompression", "no")
        keys = [key async for key in queue.scan_iter()]
        return b"".join([key + (await queue.dump(key) or b"") for key in keys])


@asynccontextmanager
async def planted(folder: Path) -> AsyncIterator[Planted]:
    def refuse(asked: Asked) -> Any:
        return error(401, f"Incorrect API key provided: {asked.headers.get('authorization')}")

    (folder / "token").write_text(f"{CANARY}OfTheToken\n")
    await FileVault(folder / "secrets").put("guest", {"access_token": f"{CANARY}OfTheLogIn"})
    [port] = free_ports(1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server(folder / "queue", port))
        queue = await stack.enter_async_context(Redis(host=HOST, port=port))
        await cast("Any", queue).config_set("requirepass", f"{CANARY}OfTheQueue")
        writer = await stack.enter_async_context(scripted(refuse))
        environ = {
            **os.environ,
            "PYTHONPATH": install(folder / "site"),
            "PYTHONUTF8": "1",
            "XDG_STATE_HOME": str(folder / "state"),
            "DANMATE_SECRETS": str(folder / "secrets"),
            "QUEUE_URL": f"redis://:{CANARY}OfTheQueue@{HOST}:{port}",
            "WRITER_KEY": f"{CANARY}OfTheWriter",
            "GUEST_TOKEN_FILE": str(folder / "token"),
            "BRIDGE_TOKEN": f"{CANARY}OfTheBridge",
        }
        yield Planted(folder, environ, writer.url, queue)
        assert any(CANARY in str(asked.headers) for asked in writer.asked)


async def until(process: asyncio.subprocess.Process, log: list[str], *wanted: str) -> None:
    """Read the log on until each of these stands in a line of it."""
    assert process.stderr
    while left := [each for each in wanted if not any(each in line for line in log)]:
        line = (await process.stderr.readline()).decode()
        assert line, f"the log ended without {left}: {''.join(log)}"
        log.append(line)


async def page(url: str) -> str:
    """Return what the pages and their feeds tell once a reply was refused."""
    seen = []
    async with httpx.AsyncClient(base_url=url, timeout=LIMIT) as http:
        paths = ("/", "/room/", "/healthz", "/readyz", "/metrics", "/api/openapi.json")
        seen += [(await http.get(path)).text for path in paths]
        async with http.stream("GET", "/api/outcomes") as feed:
            async for line in feed.aiter_lines():
                seen.append(line)
                if '"refused"' in line:
                    break
    socket = url.replace("http", "ws", 1) + "/room/ws"
    async with connect(socket, origin=Origin(url), proxy=None) as client:
        seen.append(str(await client.recv()))
    return "\n".join(seen)


def arguments() -> str:
    """Return the command lines of danmate's processes, as any user of the machine sees them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:  # it has ended
            continue
    return "\n".join(line for line in found if "bot.cli" in line)


def files(folder: Path) -> list[str]:
    """Return the files, but for those that were planted, that hold a canary."""
    held = [file for file in folder.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]  # fmt: skip
    return [str(file) for file in held if file.name not in ("token", "guest.json")]


@pytest.mark.models
async def test_a_live_room_shows_no_secret(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), planted(tmp_path) as there:
        await live(there)


async def live(there: Planted) -> None:
    rooms = ROOM + (BRIDGE if "bridge" in adapters() else "")
    run = await there.start(
        "run", "--config", there.config("lost", rooms), "--workers", "2",
    )  # fmt: skip
    log: list[str] = []
    try:
        await until(run, log, "danmate is ready", '"disconnected"')
        [url] = [line.split()[-1] for line in log if line.startswith("danmate is ready")]
        shown = await page(url)
        await until(run, log, '"delivery": "refused"', "Task exception", "fault_aside")
        await until(run, log, "warned of ***")
        commands = arguments()
        held = await there.held()
        run.send_signal(signal.SIGTERM)
        out, err = await run.communicate()
    finally:
        if run.returncode is None:
            run.kill()
            await run.wait()
    text = "".join(log) + out.decode() + err.decode()
    assert run.returncode == 0
    assert "bad_token: ***" in shown
    assert b"bad_token: ***" in held
    assert text.count("***") > 10
    assert "--role worker" in commands or sys.platform != "linux"
    for place in (text, shown, commands, held.decode("latin-1")):
        assert CANARY not in place
    assert files(there.folder) == []


@pytest.mark.models
async def test_no_command_shows_a_secret(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), planted(tmp_path) as there:
        await commanded(there)


async def commanded(there: Planted) -> None:
    lost, crash, refused, made = map(there.config, ("lost", "crash", "refused", "made"))
    (there.folder / "chat.jsonl").write_text('{"text": "1号多少钱"}\n')
    calls: dict[str, Awaitable[str]] = {
        "check": there.call(0, "config", "check", lost),
        "a fault while it is made": there.call(1, "config", "check", made),
        "doctor": there.call(1, "doctor", "--config", lost),
        "a fault while it connects": there.call(1, "run", "--config", crash, "--role", "gateway"),
        "refused": there.call(0, "run", "--config", refused, "--role", "gateway"),
        "replay": there.call(0, "replay", "chat.jsonl", "--catalog", str(DEMO), "--config", lost),
        "dead": there.call(0, "dead", "list", "--config", lost),
        "health": there.call(1, "health", "--config", lost),
    }
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(_all(call)) for name, call in calls.items()}
    shown = {name: task.result() for name, task in tasks.items()}
    assert [name for name, text in shown.items() if CANARY in text] == []
    assert "made with ***" in shown["a fault while it is made"]
    assert json.loads(shown["a fault while it connects"].splitlines()[-1])["event"] == "crashed"
    assert "crash *** ***" in shown["a fault while it connects"]
    assert "looked at ***" in shown["doctor"]
    assert '"account_refused"' in shown["refused"]
    assert '"answered"' in shown["replay"]
    assert files(there.folder) == []


async def _all(call: Awaitable[str]) -> str:
    return await call
