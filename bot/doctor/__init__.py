"""Looks at what danmate needs, here and at its platforms, and says what to mend."""

import asyncio

from bot.config import Config
from bot.doctor.live import catalogue, limits, live, platforms, rooms
from bot.doctor.machine import disk, machine, port, python, terminal, torch
from bot.doctor.models import models, weights, writer
from bot.doctor.stores import store, stores
from bot.model import Check

__all__ = [
    "catalogue",
    "disk",
    "examine",
    "limits",
    "platforms",
    "port",
    "python",
    "rooms",
    "store",
    "terminal",
    "torch",
    "weights",
    "writer",
]


async def examine(config: Config) -> list[Check]:
    """Look at everything; nothing is loaded, converted, posted or left behind."""
    found = await asyncio.gather(live(config), stores(config), models(config.models))
    return [*(check for checks in found for check in checks), *machine(config)]
