"""``danmate bench answers``: how well the whole bot answers questions to shops it does not know."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.commands.offline import player
from bot.model import ChatMessage, Outcome
from bot.replay.exam import Mark, Paper, Task, mark, papers

SHIPPED = Path(__file__).parents[1] / "demo" / "answers"
PERCENT = 100
APART = 60.0
"""Seconds of the virtual clock between two questions: none is late for another."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A question with its outcome, the mark, and the wall time from message to outcome."""

    paper: str
    task: Task
    outcome: Outcome
    mark: Mark
    detail: str
    seconds: float


async def answers(data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """Ask all questions of the papers, each in a room of its own, and print the marks."""
    config = configuration.load(config_file)
    exam = _seated(papers(data or SHIPPED))
    rooms = {message.room: paper.catalogue for paper, message, _ in exam}
    marked: list[Marked] = []
    async with player(config, exam[0][0].catalogue, rooms=rooms) as use:
        for paper, message, task in exam:
            begun = perf_counter()
            async for outcome in use.play([message]):
                seconds = perf_counter() - begun
                marked.append(Marked(paper.name, task, outcome, *mark(task, outcome), seconds))
    if as_json:
        print(json.dumps(_report(marked), ensure_ascii=False, indent=1))  # noqa: T201 - the result
    else:
        _show(marked, Console())


def _seated(found: Sequence[Paper]) -> list[tuple[Paper, ChatMessage, Task]]:
    """Give each question an id, a room and a time of its own."""
    asked = [(paper, task) for paper in found for task in paper.tasks]
    return [
        (
            paper,
            replace(task.message, id=f"{at}:{task.id}", room=f"exam/{at}", sent_at=APART * at),
            task,
        )
        for at, (paper, task) in enumerate(asked)
    ]


def _report(marked: Sequence[Marked]) -> dict[str, object]:
    return {
        "questions": len(marked),
        "shops": {name: _rates([m for m in marked if m.paper == name]) for name in _names(marked)},
        "all": _rates(marked),
        "milliseconds": {name: _times(group) for name, group in _by_source(marked).items()},
        "failed": [
            {
                "id": one.task.id,
                "text": one.task.text,
                "mark": one.mark,
                "why": one.task.why,
                "detail": one.detail,
                "intent": one.outcome.intent,
                "score": one.outcome.score,
                "product": one.outcome.product,
                "reply": one.outcome.reply.text if one.outcome.reply else None,
            }
            for one in marked
            if one.mark not in ("right", "silent")
        ],
    }


def _names(marked: Sequence[Marked]) -> list[str]:
    return list(dict.fromkeys(one.paper for one in marked))


def _rates(marked: Sequence[Marked]) -> dict[str, float]:
    counts = Counter(one.mark for one in marked)
    asked = counts["right"] + counts["missed"] + counts["wrong"]
    rest = counts["silent"] + counts["spoke"] + counts["true"]
    return {
        "answerable": asked,
        "right": counts["right"],
        "missed": counts["missed"],
        "wrong": counts["wrong"],
        "others": rest,
        "silent": counts["silent"],
        "true": counts["true"],
        "spoke": counts["spoke"],
    }


def _show(marked: Sequence[Marked], console: Console) -> None:
    table = Table(box=None, padding=(0, 1))
    table.add_column("shop")
    for name in (
        "answerable",
        "right",
        "missed",
        "wrong",
        "others",
        "silent",
        "true",
        "spoke",
    ):
        table.add_column(name, justify="right")
    groups = [(name, [m for m in marked if m.paper == name]) for name in _names(marked)]
    for name, group in [*groups, ("all", list(marked))]:
        rates = _rates(group)
        table.add_row(
            name,
            str(rates["answerable"]),
            _share(rates["right"], rates["answerable"]),
            str(rates["missed"]),
            str(rates["wrong"]),
            str(rates["others"]),
            _share(rates["silent"], rates["others"]),
            str(rates["true"]),
            str(rates["spoke"]),
        )
    console.print(table)
    for source, group in _by_source(marked).items():
        if times := _times(group):
            words = f"{times['p50']:.0f} ms, slowest 5 % from {times['p95']:.0f} ms"
            console.print(f"by {source}: {times['n']:.0f} replies in {words}", highlight=False)
    for one in marked:
        if one.mark not in ("right", "silent"):
            wanted = one.task.why or f"answer from {', '.join(one.task.facts[:2])}"
            console.print(
                f"{one.mark:>7} {one.task.text}   ({wanted}; {one.detail})",
                highlight=False, markup=False,
            )  # fmt: skip


def _by_source(marked: Sequence[Marked]) -> dict[str, list[Marked]]:
    """Return the answered questions by whether the language model worded the reply."""
    said = [(one, one.outcome.reply.source) for one in marked if one.outcome.reply]
    return {
        "template": [one for one, source in said if source != "model"],
        "model": [one for one, source in said if source == "model"],
    }


def _times(marked: Sequence[Marked]) -> dict[str, float]:
    """Return how long it took from message to outcome, in ms: the median and the slowest 5 %."""
    times = [1000 * one.seconds for one in marked]
    if len(times) < 2:  # noqa: PLR2004 - of one there is no spread
        return {}
    slowest = quantiles(times, n=20)[-1]
    return {"n": len(times), "p50": round(median(times), 1), "p95": round(slowest, 1)}


def _share(part: float, whole: float) -> str:
    return f"{PERCENT * part / whole:.1f}%" if whole else "-"
