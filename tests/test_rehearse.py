"""A rehearsal: the live bot on a clock that may run, with a recorded room and nothing posted."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bot.commands.followed import Told
from bot.commands.rehearse import LOG, Rehearsal, Work
from bot.commands.stage import Script, Stage, apart, written
from bot.config import SHIPPED, load, with_values
from bot.flow.clock import WallClock
from bot.flow.supply import BATCH
from bot.flow.worker import Worker
from bot.house import House
from bot.model import Abilities, ChatMessage, Reading
from bot.replay.causes import Explained
from bot.replay.golden import Golden
from bot.replay.load import Load
from bot.service import Live, running
from bot.web.lines import as_json
from tests.fakes import ScriptedReader, said, scripted
from tests.flow.desk import SHOP, WORDS
from tests.flow.test_worker import LIMIT, working
from tests.replay.test_player import play, player

START = 1_700_000_000.0
TEXTS = ("1号多少钱", "你好", "4号多少钱", "几点下播", "有货吗", "可以试吗")
PATIENT = with_values(load(SHIPPED), ["reply.max_age=100000.0"])
"""However busy the machine is, no answer comes too late."""
Beside = Callable[[House], Awaitable[None]]


def log(count: int, every: float = 4.0) -> list[ChatMessage]:
    return [
        said(TEXTS[n % 6], number=n, author=f"v{n}", at=START + n * every) for n in range(count)
    ]


async def nothing(_: House) -> None:
    """Do nothing beside the bot."""


def working_with(reader: ScriptedReader, beside: Beside) -> Work:
    """Return what runs the bot with a scripted reader in place of the models."""

    @asynccontextmanager
    async def work(house: House, stop: asyncio.Event) -> AsyncIterator[Live]:
        use = scripted(house, reader)
        worker = Worker(house.store, house.inbox, use, "w")
        doing = asyncio.ensure_future(beside(house))
        async with working(worker), running(house, "gateway", stop) as live:
            yield live
        await doing

    return work


class Rehearsed:
    """One rehearsal and what it told."""

    def __init__(
        self,
        folder: Path,
        messages: Sequence[ChatMessage],
        speed: float = 200.0,
        golden: Golden | None = None,
        reader: ScriptedReader | None = None,
    ) -> None:
        self.out = StringIO()
        self.told = Told(self.out, golden=golden)
        self.stop = asyncio.Event()
        self.script: Script = written(messages, folder / LOG)
        clock = WallClock(speed, self.script.first)
        self.stage = Stage.of(self.script, folder / LOG, Abilities(), clock)
        config = apart(PATIENT, self.script, folder)
        sold = dict.fromkeys(self.script.rooms, SHOP)
        self.rehearsal = Rehearsal(config, self.stage, sold)
        self.reader = reader or ScriptedReader(WORDS)

    async def play(self, beside: Beside = nothing) -> Load:
        work = working_with(self.reader, beside)
        async with asyncio.timeout(LIMIT):
            return await self.rehearsal.play(self.told, self.stop, work)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


async def test_each_message_has_one_outcome_in_the_logs_order_and_time(tmp_path: Path) -> None:
    messages = log(30)
    run = Rehearsed(tmp_path, [*messages, *messages[:5]])
    load = await run.play()
    assert [line["message"] for line in run.lines] == [asdict(each) for each in messages]
    assert (load.messages, load.unheard, load.speed, load.broken_off) == (30, 0, 200.0, False)
    assert load.rate > 0
    replies = {line["reply"]["id"]: line for line in run.lines if line["reply"]}
    assert replies
    for line in replies.values():
        assert line["reply"]["delivery"] == "sent"
        assert line["reply"]["at"] >= line["message"]["sent_at"]


async def test_a_rehearsal_agrees_with_a_replay_but_for_what_load_explains(tmp_path: Path) -> None:
    messages = log(60)
    replayed = await play(player(PATIENT.rules()), messages)
    golden = Golden(map(as_json, replayed))
    run = Rehearsed(tmp_path, messages, golden=golden)
    await run.play()
    explained: Explained = run.told.explained
    assert [change.told() for change in explained.unexplained] == []
    assert golden.tally.compared == 60
    assert list(golden.gone()) == []


async def test_what_waits_for_a_slow_model_is_taken_up_late(tmp_path: Path) -> None:
    free = asyncio.Event()

    class Slow(ScriptedReader):
        async def read(self, text: str) -> Reading:
            await free.wait()
            return await super().read(text)

    async def release(house: House) -> None:
        while await house.inbox.pending() < count:
            await house.store.client.ping()
        free.set()

    count = BATCH + 6
    run = Rehearsed(tmp_path, log(count, 0.5), reader=Slow(WORDS))
    load = await run.play(release)
    assert load.messages == count
    assert load.worst >= 2.5  # the first that found no place waited for the last five to come
    assert load.half < load.worst


async def test_a_log_of_several_rooms_is_played_by_one_clock(tmp_path: Path) -> None:
    messages = [replace(each, room=f"test/{n % 3}") for n, each in enumerate(log(18))]
    run = Rehearsed(tmp_path, messages)
    load = await run.play()
    assert [line["message"]["room"] for line in run.lines] == [each.room for each in messages]
    assert load.unheard == 0
    assert {line["outcome"] for line in run.lines} >= {"answered", "ignored", "handed_off"}


async def test_told_to_stop_it_keeps_what_it_has_and_says_what_it_never_heard(
    tmp_path: Path,
) -> None:
    run = Rehearsed(tmp_path, log(3, 1e6))
    run.told.shown = lambda _: run.stop.set()
    load = await run.play()
    assert [line["message"]["id"] for line in run.lines] == ["m0"]
    assert (load.unheard, load.broken_off) == (2, True)
    assert "2 messages never taken up" in load.told()


async def test_a_fault_of_who_reads_what_is_told_ends_it(tmp_path: Path) -> None:
    class Full(StringIO):
        def write(self, _: str) -> int:
            raise OSError("No space left on device")

    run = Rehearsed(tmp_path, log(3, 1e6))
    run.told.out = Full()
    with pytest.raises(OSError, match="No space left"):
        await run.play()


def test_its_queue_its_page_and_its_record_are_its_own(tmp_path: Path) -> None:
    config = with_values(load(SHIPPED), ["store.url=redis://live:6379", "web.port=9999"])
    script = written(log(2), tmp_path / LOG)
    own = apart(config, script, tmp_path)
    assert (own.store.url, own.store.data, own.store.shards) == ("", tmp_path, 1)
    assert (own.web.port, own.web.host) == (0, "127.0.0.1")
    assert own.record == load(SHIPPED).record
    assert own.limits == config.limits
