"""``danmate bench page`` measures a real page, and adds up."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.test_cli import danmate

pytest.importorskip("playwright.async_api", reason="needs playwright (pip install playwright)")


async def test_the_page_is_measured_as_json(tmp_path: Path) -> None:
    words = ("bench", "page", "--rate", "500", "--seconds", "2", "--json")
    done = await asyncio.to_thread(danmate, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["rate"], result["seconds"], result["outcomes"]) == (500.0, 2.0, 1000)
    assert result["events"] == 1100
    assert result["received"] + result["sampled"] + result["dropped"] == 1100
    assert result["received"] >= 200  # the answers and their deliveries
    assert result["dropped"] == 0
    assert 0 < result["rows"] <= 1000
    assert result["frames_per_s"] > 0
    assert result["worst_second"] >= 0
    assert 0 < result["heap_mb"] < result["page_mb"]
    assert result["server_mb"] > 0
    assert min(result["cores"][each] for each in ("page", "browser", "server", "source")) >= 0
