"""One role of the flow as a process of its own, to be killed: with a reader that needs no model.

Called as ``python -m tests.flow.roles ROLE STORE LOG OUT``; ROLE is gateway, worker, owner, or
nursery, which starts workers.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from adapters.recording import Recording, RecordingSettings
from bot.bus.inbox import Inbox
from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store, connect
from bot.config import DEMO
from bot.flow.clock import WallClock
from bot.flow.gateway import Gateway
from bot.flow.outbox import Outbox
from bot.flow.patience import Patience
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.model import Abilities, Pace, Reading, Rules, Window
from bot.shop.catalogue import load as load_catalogue
from tests.fakes import ScriptedReader
from tests.flow.desk import WORDS

LEASE = float(os.environ.get("LEASE", "0.5"))
SERIAL = float(os.environ.get("SERIAL", "0"))
SPEED = 20.0
RULES = Rules(window=0.05, cooldown=0.0, user_cooldown=0.0, max_age=100_000.0)
CLOCK = WallClock()


class SlowReader(ScriptedReader):
    """Takes its time, so that there is a middle to be killed in; some texts are poison."""

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.turn = asyncio.Lock()

    async def read(self, text: str) -> Reading:
        if "boom" in text:
            raise ZeroDivisionError
        if "die" in text:
            os._exit(1)
        if SERIAL:  # as a model on one machine: one after the other
            async with self.turn:
                await CLOCK.sleep(SERIAL)
        else:
            await CLOCK.sleep(0.02)
        return await super().read(text)


async def gateway(store: Store, log: Path, out: Path, stop: asyncio.Event) -> None:
    adapter = Recording(RecordingSettings(file=log, speed=SPEED, out=out))
    outbox = Outbox(
        room=adapter.room,
        clock=CLOCK,
        rooms=RedisRooms(store),
        shops=RoomShops({}, load_catalogue(DEMO), None),
        replies=Replies(store),
        limits=Limits(store, "test"),
        rules=RULES,
        abilities=Abilities(),
        pace=Pace((Window("account", 1000, 1.0),)),
        patience=Patience(store, CLOCK, adapter.room),
    )
    await Gateway(adapter, store, Inbox(store, lease=LEASE), outbox, CLOCK).run(stop)


async def worker(store: Store, stop: asyncio.Event) -> None:
    use = Services(
        clock=CLOCK,
        rooms=RedisRooms(store),
        shops=RoomShops({}, load_catalogue(DEMO), None),
        reader=SlowReader(),
        writer=None,
        rules=RULES,
        abilities=lambda _: Abilities(),
    )
    await Worker(store, Inbox(store, lease=LEASE), use, f"worker-{os.getpid()}").run(stop)


async def main(role: str, folder: Path, log: Path, out: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await connect(os.environ.get("STORE_URL", ""), folder) as store:
        print("ready", flush=True)  # noqa: T201 - the test waits for it
        match role:
            case "gateway":
                await gateway(store, log, out, stop)
            case "worker":
                await worker(store, stop)
            case _:
                await stop.wait()


def nursery(*paths: Path) -> None:
    """Fork a worker for each line that comes in and print its id: so it need not import anew."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for _ in sys.stdin:
        if child := os.fork():
            print(child, flush=True)  # noqa: T201 - for the test
            continue
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asyncio.run(main("worker", *paths))
        os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "nursery":
        nursery(*map(Path, sys.argv[2:]))
    else:
        asyncio.run(main(sys.argv[1], *map(Path, sys.argv[2:])))
