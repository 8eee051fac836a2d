"""100,000 comments: five minutes on two cores, under 2 GB. Runs where DANMATE_LONG is set."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from tests.studio import long_chat

ROOT = Path(__file__).parents[2]
COUNT = 100_000


@pytest.mark.models
@pytest.mark.skipif(not long_chat.HERE, reason="needs the recordings of ../shared/data")
@pytest.mark.skipif("DANMATE_LONG" not in os.environ, reason="takes minutes: set DANMATE_LONG=1")
def test_a_hundred_thousand_comments_in_flat_memory(tmp_path: Path) -> None:
    log, data = tmp_path / "long.jsonl", tmp_path / "long.json"
    texts = set()
    with log.open("w", encoding="utf-8") as file:
        for line in long_chat.lines(COUNT):
            texts.add(json.loads(line)["text"])
            file.write(line + "\n")
    catalog = ROOT / "bot" / "demo" / "catalog.toml"
    args = ("analyze", log, "--catalog", catalog, "--json", data, "--no-cache")
    begun = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bot.cli", *map(str, args)], check=True, cwd=ROOT, stdout=-3
    )
    took = perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss / (1 if sys.platform == "darwin" else 1024) / 1024
    busy = used.ru_utime + used.ru_stime
    sys.stdout.write(
        f"{COUNT:,} comments, {len(texts):,} different ones: {took:.0f} s, {busy:.0f} s of CPU,"
        f" {peak:.2f} GiB at most; load {os.getloadavg()[0]:.1f}\n"
    )
    assert json.loads(data.read_text("utf-8"))["comments"] == COUNT
    assert peak < 2
    assert busy < 2 * 300, "five minutes of two cores"
