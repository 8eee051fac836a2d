"""What is not used any more goes back to the system."""

import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path
from bot.inference.memory import trim

def held():
    row = next(r for r in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in r)
    return int(row.split()[1]) // 1024

blocks = [bytes(1000) for _ in range(200_000)]
full = held()
last = blocks[-1]  # above all that is freed, so that the heap cannot simply shrink
del blocks
before = held()
trim()
print(full, before, held())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_that_the_c_library_keeps_is_given_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
    )
    full, before, after = map(int, said.stdout.split())
    assert before > full - 50, "without it nothing goes back, and this shows nothing"
    assert after < full - 150
