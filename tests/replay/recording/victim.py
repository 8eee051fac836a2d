"""A process that records a queue until it is told to stop, or killed: ``victim.py URL FOLDER``."""

import asyncio
import signal
import sys
from pathlib import Path

from bot import telemetry
from bot.bus.recording import Recording
from bot.bus.rooms import RedisRooms
from bot.bus.server import connect
from bot.config.rooms import DEMO
from bot.flow.clock import WallClock
from bot.flow.shops import RoomShops
from bot.model import Rules
from bot.replay.recording.journal import Folder
from bot.replay.recording.means import Means
from bot.replay.recording.recorder import Recorder
from bot.replay.recording.scene import Scene
from bot.shop.catalogue import load
from bot.web.lines import as_json

ROOM = "test/room"
LEASE = 0.3
"""Seconds: so that the next life need not wait."""


async def main(url: str, place: Path) -> None:
    telemetry.configure("info", "json")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await connect(url, place) as store:
        scene = Scene((ROOM,), RedisRooms(store), RoomShops({}, load(DEMO), None), Rules(), None)
        use = Means(
            store=store,
            desk=Recording(store, lease=LEASE),
            folder=Folder(place, size=0.02),
            scene=scene,
            masks=None,
            line=as_json,
            clock=WallClock(),
            about={"version": "test"},
        )
        await Recorder(use, on=True).run(stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
