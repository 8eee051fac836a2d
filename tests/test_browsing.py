"""``danmate bench page`` pours what it says, counts frames rightly, and says what it lacks."""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.commands.browsing import chromium, flood
from bot.commands.browsing.evening import events_of
from bot.commands.browsing.load import worst
from bot.commands.browsing.looks import Spent, own, resident, seconds
from bot.model import Delivered, Outcome, Reply
from tests.fakes import said
from tests.test_cli import danmate


async def test_as_many_outcomes_are_poured_as_are_asked_for(
    store: Store, server_folder: Path
) -> None:
    outcomes, events = await asyncio.to_thread(flood.pour, server_folder, 2000.0, 0.2)
    told = [event for _, event in await Outcomes(store).after(block=0.0, count=1000)]
    kinds = Counter(type(event) for event in told)
    assert (outcomes, events) == (400, len(told))
    assert kinds == {Outcome: 400, Delivered: 40}
    assert len({event.message.id for event in told if isinstance(event, Outcome)}) == 400


def test_the_slowest_whole_second_counts() -> None:
    smooth = [n * 1000 / 60 for n in range(180)]
    assert worst(smooth) == 60
    stuck = [at for at in smooth if not 1100 < at < 1900]
    assert worst(stuck) == sum(1000 <= at < 2000 for at in stuck)
    assert worst([0.0, 16.0, 2500.0]) == 0
    assert worst([5.0]) == 1


async def test_a_process_that_has_ended_has_no_memory() -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    assert await resident(process.pid) == 0.0
    assert await own(process.pid) == 0.0


def test_processor_time_is_told_as_shares_of_a_core() -> None:
    before, after = Spent(1.0, 2.0, 3.0, 4.0), Spent(2.0, 2.0, 8.0, 5.0)
    assert after.since(before, 10.0) == Spent(0.1, 0.0, 0.5, 0.1)


async def test_what_a_process_shares_is_not_its_own() -> None:
    assert 0 < await own(os.getpid()) <= await resident(os.getpid())


def test_processor_time_is_read_as_ps_writes_it() -> None:
    assert seconds("00:00:07") == 7
    assert seconds("1-02:03:04") == 93_784
    assert seconds("1:02.50") == 62.5
    assert seconds("") == 0


def test_an_evening_tells_each_answer_and_then_its_delivery() -> None:
    first, second = said("1号多少钱", number=1, at=10.0), said("多少钱", number=2, at=11.0)
    reply = Reply(
        "re:m1", "test/room", "129元", "template", (), ("m1", "m2"), at=11.5, delivery="sent"
    )
    outcomes = [Outcome(each, "answered", reply=reply) for each in (first, second)]
    last = Outcome(said("666", number=3, at=12.0), "ignored", "not_a_question")
    told = events_of([*outcomes, last])
    delivered = Delivered("re:m1", "sent", 11.5, "129元", ("m1", "m2"))
    assert told == [*outcomes, delivered, last]


def test_without_a_browser_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("playwright", reason="needs playwright")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.found() is None
    done = danmate(tmp_path, "bench", "page")
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "apt install chromium" in line
