"""``danmate bench scale``: what ten to a hundred thousand rooms need, by the measured costs."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heapreplace
from math import ceil
from pathlib import Path
from random import Random

from rich.console import Console

from bot.commands.loads.chat import QUESTIONS
from bot.commands.loads.costs import Cost, Costs, measure
from bot.commands.loads.drive import processes
from bot.commands.loads.figures import beside, nth, steps, table, tell

SIZES = (10, 1000, 100_000)
"""Rooms."""
FULL = 0.6
"""Share of a core that is planned for: the rest is for moments that are busier."""
WITHIN = 0.1
"""Seconds that 95 of 100 messages may wait for a core."""
DRAWN = 50_000
"""Messages that are drawn in the simulation of one size."""


@dataclass(frozen=True, slots=True)
class Need:
    """What so many rooms need. Cores are of this machine's kind."""

    rooms: int
    messages: float
    replies: float
    worker_cores: int
    gateway_cores: float
    server_cores: float
    shards: int
    wait_p95_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """The measured costs, what was assumed, and what follows."""

    costs: Costs
    rate: float
    questions: float
    per_core: float
    needs: Sequence[Need]
    beside: str


async def scale(rate: float, *, as_json: bool) -> None:
    """Measure what a message costs, and print what rooms with ``rate`` messages a second need."""
    with steps(2) as begin, tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        begin("costs")
        async with processes(1) as (alone,):
            loop = asyncio.get_running_loop()
            costs = await loop.run_in_executor(alone, measure, Path(scratch))
        begin("rooms")
        needs = [need(rooms, rate, costs) for rooms in SIZES]
    mean = (1 - QUESTIONS) * costs.chatter.ours + QUESTIONS * costs.question.ours + costs.take.ours
    result = Result(costs, rate, QUESTIONS, round(1e6 / mean, 1), needs, beside())
    tell(result, partial(_show, result), as_json=as_json)


def need(rooms: int, rate: float, costs: Costs) -> Need:
    """Return what ``rooms`` need in which ``rate`` messages a second are said each."""
    messages = rooms * rate
    handled = _mean(costs.chatter.server, costs.question.server)
    looks = rooms * costs.looks
    gateways = (messages * costs.put.ours + looks * costs.look.ours) / 1e6 / FULL
    server = messages * (costs.put.server + costs.take.server + handled)
    server = (server + looks * costs.look.server) / 1e6 / FULL
    cores, wait = workers(messages, costs)
    return Need(
        rooms, messages, round(messages * QUESTIONS, 1), cores,
        round(gateways, 2), round(server, 2), max(1, ceil(server)), round(1000 * wait, 1),
    )  # fmt: skip


def workers(messages: float, costs: Costs) -> tuple[int, float]:
    """Return the fewest cores with which messages wait as long as they may, and how long they do.

    Simulated: messages come at random, one in ten is a question, whichever core is free first
    takes the next.
    """
    chatter, question = (
        (each.ours + costs.take.ours) / 1e6 for each in (costs.chatter, costs.question)
    )
    cores = ceil(messages * _mean(chatter, question))
    while (wait := _wait(cores, messages, chatter, question)) > WITHIN:
        cores += max(1, cores // 50)
    return cores, wait


def _mean(chatter: float, question: float) -> float:
    return (1 - QUESTIONS) * chatter + QUESTIONS * question


def _wait(cores: int, messages: float, chatter: float, question: float) -> float:
    draw = Random(0)  # noqa: S311 - a sample, not a secret
    free, at, waits = [0.0] * cores, 0.0, []
    heapify(free)
    for _ in range(max(DRAWN, 10 * cores)):
        at += draw.expovariate(messages)
        begin = max(at, free[0])
        heapreplace(free, begin + (question if draw.random() < QUESTIONS else chatter))
        waits.append(begin - at)
    return nth(waits, 0.95)


def _show(result: Result, console: Console) -> None:
    costs = table("processor time, us", "danmate", "server")
    named: tuple[tuple[str, Cost], ...] = (
        ("put a message", result.costs.put),
        ("take and finish it", result.costs.take),
        ("handle a line that asks nothing", result.costs.chatter),
        ("handle a question, by template", result.costs.question),
        (f"an idle room's outbox, {result.costs.looks:g} times a second", result.costs.look),
    )
    for name, cost in named:
        costs.add_row(name, f"{cost.ours:.0f}", f"{cost.server:.0f}")
    console.print(costs)
    console.print(
        f"one core carries {result.per_core:.0f} messages/s. Assumed: {result.rate:g} messages/s a"
        f" room, {result.questions:.0%} questions, every line new to the reader, cores {FULL:.0%}"
        f" full but for the workers', of whom 95 % of messages wait at most {1000 * WITHIN:.0f} ms;"
        f" {result.beside}"
    )
    needs = table(
        "rooms", "messages/s", "replies/s", "cores: workers", "gateways", "servers", "shards"
    )
    for each in result.needs:
        cells = (each.messages, each.replies, each.worker_cores)
        rest = (f"{each.gateway_cores:.1f}", f"{each.server_cores:.1f}", str(each.shards))
        needs.add_row(f"{each.rooms:,}", *(f"{cell:,g}" for cell in cells), *rest)
    console.print(needs)
