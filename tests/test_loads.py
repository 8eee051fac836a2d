"""``danmate bench queue``, ``end-to-end``, ``raid`` and ``scale`` print what they measure."""

import json
import stat
from pathlib import Path

import pytest

from bot.bus.embedded import Embedded
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.commands.loads import chat, drive
from bot.commands.loads.costs import Cost, Costs
from bot.commands.loads.figures import ROOMS, Spread, nth
from bot.commands.loads.rival import Rival, tool
from bot.commands.loads.scale import WITHIN, need
from bot.config import load
from bot.errors import CannotStart
from bot.model import Outcome
from tests.test_cli import danmate

CHEAP = Cost(100.0, 20.0)


def test_the_middle_is_told_with_the_least_and_the_most() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert Spread.of([3.0, 1.0, 2.0]).words() == ("2", "1-3")


def test_of_a_hundred_the_99th_is_p99_and_of_none_it_is_0() -> None:
    assert nth(list(map(float, range(100))), 0.99) == 99
    assert nth([5.0], 0.99) == 5
    assert nth([], 0.5) == 0


def test_lines_of_the_chat_all_differ_and_one_in_ten_asks() -> None:
    lines = chat.Chat()
    asked = {next(lines.asked) for _ in range(1000)}
    said = list(chat.Chat().said("m", rate=100.0, seconds=50.0, begin=5.0))
    assert len({each.text for each in said}) > 0.98 * len(said)
    assert 0.05 < sum(each.text in asked for each in said) / len(said) < 0.15
    assert all(5.0 < each.at < 55.0 for each in said)
    assert 4500 < len(said) < 5500
    assert len({each.room for each in said}) == ROOMS


def test_chat_is_written_as_recordings_that_a_configuration_plays(tmp_path: Path) -> None:
    said = [chat.Said("m1", 5.5, chat.room(3), "多少钱")]
    config = load(chat.write(tmp_path, said, window=0.0, threads=1))
    assert config.rules().window == 0.0
    assert [adapter.room for adapter in config.adapters()] == [chat.room(n) for n in range(ROOMS)]
    rows = [json.loads(row) for row in (tmp_path / "room3.jsonl").read_text("utf-8").splitlines()]
    assert [(row["text"], row["sent_at"]) for row in rows] == [("主播好", 0.0), ("多少钱", 5.5)]


async def test_each_message_that_is_put_is_taken_and_has_its_outcome(store: Store) -> None:
    queue = drive.inbox(store)
    for number in range(70):
        assert await queue.put(drive.message("run", number))
    await drive.drain(queue, 70)
    assert await queue.pending() == 0
    assert await queue.counts() == {"accepted": 70, "ignored": 70}
    events = await Outcomes(store).after(block=0.0)
    assert all(isinstance(event, Outcome) for _, event in events)


@pytest.mark.skipif(tool() is None, reason="needs valkey-benchmark or redis-benchmark")
async def test_the_servers_own_benchmark_is_read(store: Store, server_folder: Path) -> None:
    rival = Rival(tool() or "", Embedded(server_folder).socket, size=100)
    assert await rival.ingest(640, clients=4) > 0
    plain, whole = await rival.consume(640)
    assert 0 < whole < plain
    assert await store.client.xlen("rival:in") == 640


async def test_a_benchmark_that_says_nothing_is_named(tmp_path: Path) -> None:
    silent = tmp_path / "silent-benchmark"
    silent.write_text("#!/bin/sh\n", "utf-8")
    silent.chmod(silent.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(CannotStart, match="silent-benchmark: XADD: expected a rate"):
        await Rival(str(silent), tmp_path / "v.sock", 100).ingest(10, 1)


def costs(question: float) -> Costs:
    return Costs(CHEAP, CHEAP, CHEAP, 4.0, Cost(10_000.0, 20.0), Cost(question, 20.0))


def test_more_rooms_need_more_of_everything() -> None:
    few, many = (need(rooms, 0.5, costs(100_000.0)) for rooms in (10, 1000))
    assert few.worker_cores < many.worker_cores
    assert few.gateway_cores < many.gateway_cores
    assert few.server_cores < many.server_cores
    assert few.shards == 1
    assert (many.messages, many.replies) == (500.0, 50.0)


def test_workers_suffice_for_the_wait_that_is_allowed() -> None:
    found = need(1000, 0.5, costs(100_000.0))
    assert found.wait_p95_ms <= 1000 * WITHIN
    assert found.worker_cores >= 500 * (0.9 * 0.0101 + 0.1 * 0.1001)
    assert found.worker_cores > need(1000, 0.5, costs(10_000.0)).worker_cores


def test_the_queue_is_measured_as_json(tmp_path: Path) -> None:
    words = ("--count", "640", "--rounds", "1", "--seconds", "1", "--json")
    done = danmate(tmp_path, "bench", "queue", *words)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["count"], result["rounds"]) == (640, 1)
    assert all(rate["median"] > 0 for rate in result["ours"].values())
    assert set(result["share"]) == set(result["rival"]) <= set(result["ours"])
    assert set(result["delay_ms"]) == {"100", "1000"}
    for delay in result["delay_ms"].values():
        assert 0 < delay["p50"]["median"] <= delay["p99"]["median"]


def test_without_the_tool_the_rest_is_measured_and_the_way_to_get_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = danmate(tmp_path, "bench", "queue", "--count", "320", "--rounds", "1", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert "apt install redis-tools" in done.stdout
    assert "ping 32" in done.stdout


def test_a_raid_leaves_the_quiet_rooms_alive(tmp_path: Path) -> None:
    done = danmate(tmp_path, "bench", "raid", "--seconds", "2", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["raid_rate"] > 5 * result["capacity"]
    assert result["quiet"]["in_time"] == 1.0
    assert result["raided"]["in_time"] < 1.0


@pytest.mark.models
def test_answers_are_timed_from_the_line_to_the_post(tmp_path: Path) -> None:
    words = ("--rate", "10", "--workers", "1", "--seconds", "3", "--json")
    done = danmate(tmp_path, "bench", "end-to-end", *words)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [(row["rate"], row["workers"], row["window"]) for row in rows] == [
        (10.0, 1, 0.0),
        (10.0, 1, 1.5),
    ]
    for row in rows:
        assert sum(row["outcomes"].values()) == row["messages"]
        assert row["posted"] <= row["answered"]


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "--rounds", "0"),
        ("end-to-end", "--rate", "0"),
        ("end-to-end", "--workers", "0"),
        ("raid", "--seconds", "0"),
        ("nosuch",),
    ],
)
def test_a_bad_option_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = danmate(tmp_path, "bench", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
