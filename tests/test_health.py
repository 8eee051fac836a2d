"""``danmate health`` says whether a danmate of this machine works, by its heartbeat."""

import os
import socket
import subprocess
import sys

import pytest

from bot.bus.crew import Crew
from bot.bus.server import Store
from bot.model import Beat

HOST = socket.gethostname()
COLD = Beat("worker")
WARM = Beat("worker", warm=True)


def health(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "health", "--set", f"store.url={url}"],
        env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "beat", "code"),
    [
        (f"{HOST}-12", WARM, 0),
        (f"{HOST}-12-1", WARM, 0),
        (f"{HOST}-12", COLD, 1),
        (f"other{HOST}-12", WARM, 1),
        (f"{HOST}other-12", WARM, 1),
    ],
)
async def test_one_of_this_machine_must_be_ready(
    store: Store, store_url: str, name: str, beat: Beat, code: int
) -> None:
    await Crew(store).beat(name, beat)
    done = health(store_url)
    assert done.returncode == code, done.stderr
    assert ("no danmate is ready" in done.stderr) == bool(code)


async def test_who_is_silent_does_not_count(store: Store, store_url: str) -> None:
    assert health(store_url).returncode == 1


def test_a_queue_that_is_away_is_one_line() -> None:
    done = health("redis://127.0.0.1:1")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
