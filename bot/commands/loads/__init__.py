"""``danmate bench queue | end-to-end | raid | scale``: what the queue and the roles bear."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

RATES, WORKERS, WINDOWS = (10.0, 100.0, 500.0), (1, 2), (0.0, 1.5)
"""An answer goes out at once, or waits for others who ask the same, as shipped."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which bench, and what the command line says of it."""

    name: Literal["queue", "end-to-end", "raid", "scale"]
    rounds: int
    count: int | None
    rates: Sequence[float] | None
    workers: Sequence[int] | None
    seconds: float | None
    models: bool


async def load(choice: Choice, *, as_json: bool) -> None:
    """Run a bench and print what it measured."""
    rates, seconds = choice.rates or RATES, choice.seconds or 20.0
    if choice.name == "queue":
        from bot.commands.loads.queue import queue

        await queue(choice.rounds, choice.count or 6400, choice.seconds or 10.0, as_json=as_json)
    elif choice.name == "end-to-end":
        from bot.commands.loads.live import live, plans

        await live(plans(rates, choice.workers or WORKERS, WINDOWS), seconds, as_json=as_json)
    elif choice.name == "raid":
        from bot.commands.loads.raid import raid

        await raid(seconds, choice.models, as_json=as_json)
    else:
        from bot.commands.loads.scale import scale

        await scale(choice.rates[0] if choice.rates else 0.5, as_json=as_json)
