"""Killing a worker in the middle of a live run loses no message and doubles no reply."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store, connect
from bot.config import DEMO
from bot.model import Outcome

KILLS = 3
SPEED = 25
CONFIG = """
[store]
data = "store"
[models]
writer = "none"
threads = 1
[reply]
max_age = 600.0  # a machine that has much else to do answers late: that is not what is asked here
[limits]
room = [[5, 1.0]]
[[rooms]]
platform = "recording"
catalog = "demo"
file = "{file}"
out = "posted.jsonl"
speed = {speed}
[web]
port = 0
"""


@asynccontextmanager
async def danmate(folder: Path, role: str) -> AsyncIterator[asyncio.subprocess.Process]:
    with (folder / f"{role}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "run", "--role", role,
            cwd=folder, env={**os.environ, "XDG_STATE_HOME": str(folder)}, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(store: Store, outcomes: int) -> None:
    """Return when so many messages have an outcome."""
    found, cursor = 0, "0-0"
    while found < outcomes:
        for at, event in await Outcomes(store).after(cursor):
            cursor = at
            found += isinstance(event, Outcome)


@pytest.mark.models
async def test_a_killed_worker_loses_no_message_and_doubles_no_reply(tmp_path: Path) -> None:
    room = DEMO.with_name("room.jsonl")
    (tmp_path / "config.toml").write_text(CONFIG.format(file=room, speed=SPEED), "utf-8")
    async with await connect("", tmp_path / "store") as store, asyncio.timeout(240):
        async with danmate(tmp_path, "gateway") as gateway:
            for kill in range(KILLS):
                async with danmate(tmp_path, "worker") as worker:
                    await until(store, 20 + 40 * kill)
                    worker.send_signal(signal.SIGKILL)
            async with danmate(tmp_path, "worker") as worker:
                assert await gateway.wait() == 0  # the recording is over and all is answered
                worker.send_signal(signal.SIGTERM)
                assert await worker.wait() == 0
        events = [e for _, e in await Outcomes(store).after(block=0.0, count=10_000)]
        counts, pending = await Inbox(store).counts(), await Inbox(store).pending()
    ended = Counter(event.message.id for event in events if isinstance(event, Outcome))
    sent = [json.loads(line) for line in (tmp_path / "posted.jsonl").read_text().splitlines()]
    posted = Counter(reply["id"] for reply in sent)
    lines = [json.loads(line)["id"] for line in room.read_text("utf-8").splitlines()]
    assert counts["accepted"] == len(lines)
    assert pending == 0
    assert ended == Counter(lines)
    assert posted
    assert set(posted.values()) == {1}
