"""Looking ahead changes no outcome and no record: models are asked the same, many at once."""

import io
from collections.abc import Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from bot.commands.offline import Models
from bot.flow.clock import VirtualClock
from bot.inference.cache import Cache, Memory, Outputs
from bot.inference.kept import KeptJudge, KeptReader, Late
from bot.model import ChatMessage
from bot.ports import Judge, Reader
from bot.replay.foresight import SPAN, Foresight
from bot.replay.pinned import Recorder
from bot.web.lines import as_json
from tests.fakes import said
from tests.flow.desk import WORDS
from tests.replay.kept import VectorReader, log, player

MAKERS = {"reading": "a", "judgement": "b"}
ASKS = ("材质怎么样", "有什么颜色", "保修多久", "怎么洗", "多重", "能退吗")


class Asked:
    """Notes when it is asked of which pairs. Obeys ports.Judge."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.pairs: list[tuple[str, str]] = []
        self.times: list[float] = []

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        self.times.append(self.clock.now())
        self.pairs += [(question, passage) for passage in passages]
        return [0.9 if "棉" in passage else 0.1 for passage in passages]


class Run:
    """One replay with a look ahead, or without one."""

    def __init__(self) -> None:
        self.judge = Asked()
        self.lines: list[str] = []
        self.record = io.StringIO()
        self.asked = 0

    async def play(
        self, messages: list[ChatMessage], *, ahead: bool, under: Outputs | None = None
    ) -> Self:
        outputs = under or Memory()
        noted = Recorder(outputs, self.record, {})
        async with AsyncExitStack() as stack:
            reads: Late[Reader] = Late(stack, lambda: nullcontext(VectorReader(WORDS)))
            judges: Late[Judge] = Late(stack, lambda: nullcontext(self.judge))
            look = Foresight(
                KeptReader(outputs, reads), KeptJudge(outputs, judges), (reads, judges)
            )
            reader, judge = KeptReader(noted, reads), KeptJudge(noted, judges)
            use = player(Models(reader, judge, None, look if ahead else None))
            self.judge.clock = use.clock
            self.lines = [as_json(outcome) async for outcome in use.play(messages)]
            self.asked = reads.asked + judges.asked
        return self


def questions(count: int) -> list[ChatMessage]:
    return [
        said(f"{n % 4 + 1}号{ASKS[n % 6]}{n}", number=n, author=f"v{n}", at=1e9 + n * 2.0)
        for n in range(count)
    ]


def shown(messages: list[ChatMessage]) -> list[ChatMessage]:
    """Let a moderator show another product now and then."""
    return [
        said(f"!bot now {n % 4 + 1}", number=n, author="mod", role="moderator", at=each.sent_at)
        if n % 25 == 7
        else each
        for n, each in enumerate(messages)
    ]


@pytest.mark.parametrize("messages", [log(300), questions(120), shown(questions(120))])
async def test_outcomes_and_records_are_the_same_bytes_with_and_without_it(
    messages: list[ChatMessage],
) -> None:
    plain = await Run().play(messages, ahead=False)
    ahead = await Run().play(messages, ahead=True)
    assert ahead.lines == plain.lines
    assert ahead.record.getvalue() == plain.record.getvalue()


async def test_the_judge_is_asked_of_hundreds_of_lines_before_the_first_is_answered() -> None:
    messages = questions(2 * SPAN)
    plain = await Run().play(messages, ahead=False)
    ahead = await Run().play(messages, ahead=True)
    assert len(set(plain.judge.times)) == len(messages)
    assert set(ahead.judge.times) == {messages[at].sent_at for at in (0, SPAN, SPAN + 1)}
    assert sorted(ahead.judge.pairs) == sorted(plain.judge.pairs)


async def test_what_a_command_changes_is_looked_at_anew() -> None:
    messages = [replace(each, text=each.text[2:]) for each in questions(60)]
    shows = said("!bot now 2", number=999, author="mod", role="moderator", at=1e9 + 39)
    run = await Run().play([*messages[:20], shows, *messages[20:]], ahead=True)
    first, alone, others = sorted(set(run.judge.times))
    assert first == messages[0].sent_at
    assert shows.sent_at < alone < others < messages[-1].sent_at


async def test_what_is_kept_already_is_not_looked_at(tmp_path: Path) -> None:
    with Cache(tmp_path / "c.db", MAKERS) as cache:
        first = await Run().play(questions(60), ahead=True, under=cache)
        second = await Run().play(questions(60), ahead=True, under=cache)
    assert second.lines == first.lines
    assert second.record.getvalue() == first.record.getvalue()
    assert first.asked > second.asked == 0
