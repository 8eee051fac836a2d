"""The worker pool: child processes that work on the queue, each kept alive until all shall stop."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_result
from tenacity.wait import wait_base, wait_random_exponential

from bot.config import Config
from bot.errors import BadConfig, CannotStart
from bot.flow.clock import until
from bot.house import opened
from bot.service import SLOT, Role, running, signals

log = structlog.get_logger()

DRAIN = 10.0
"""Seconds that a child has to finish what it has begun: more than a worker takes for it."""
LASTING = 60.0
"""Seconds after which a child that dies did not die of its start: it begins anew at once."""
BACKOFF = wait_random_exponential(multiplier=1, max=30)
MEND = 2
"""The exit code of a child that finds something for the user to mend: it has said what."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a child ended, and after how many seconds."""

    code: int
    seconds: float


class Pool:
    """One child for each name, started by ``command``; a child that ends is started again.

    A child gets its name in the variable ``SLOT``, the same in every life, writes a line to
    standard output once it is ready, and ends when its standard input does.
    """

    def __init__(
        self,
        command: Sequence[str],
        names: Sequence[str],
        drain: float = DRAIN,
        backoff: wait_base = BACKOFF,
    ) -> None:
        self._command = command
        self._names = names
        self._drain = drain
        self._backoff = backoff

    async def run(self, stop: asyncio.Event, warm: asyncio.Event) -> None:
        """Keep all children alive until ``stop`` is set; then end them within the drain.

        The others start once the first is ready, so that a fault is told once; then ``warm`` is
        set. Raises CannotStart if the first finds something for the user to mend before that.
        Later such a fault passes, as when a queue that is away comes back.
        """
        first, *others = (partial(self._keep, name, stop, warm) for name in self._names)
        keeping = [asyncio.create_task(first())]
        waiting = asyncio.create_task(warm.wait())
        try:
            await asyncio.wait({waiting, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            keeping += [asyncio.create_task(other()) for other in others if warm.is_set()]
            await asyncio.gather(*keeping)
        finally:
            stop.set()
            waiting.cancel()
            await asyncio.gather(waiting, *keeping, return_exceptions=True)

    async def _keep(self, name: str, stop: asyncio.Event, warm: asyncio.Event) -> None:
        retry = AsyncRetrying(
            retry=retry_if_result(lambda life: life is not None),
            wait=self._pause,
            sleep=partial(until, stop),
            before_sleep=partial(_say, name),
        )
        await retry(self._live, name, stop, warm)

    def _pause(self, state: RetryCallState) -> float:
        life: Life | None = state.outcome.result() if state.outcome else None
        if life and life.seconds >= LASTING:
            state.attempt_number = 1
        return self._backoff(state)

    async def _live(self, name: str, stop: asyncio.Event, warm: asyncio.Event) -> Life | None:
        """Run a child until it ends; return None if it was told to."""
        if stop.is_set():
            return None
        began = asyncio.get_running_loop().time()
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, SLOT: name},
            start_new_session=True,  # Ctrl-C reaches it through us, once it can drain
        )
        log.info("worker_started", worker=name, pid=child.pid)
        hearing = asyncio.create_task(_hear(child, warm))
        try:
            await self._until(child, name, stop)
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            code = await child.wait()
            await hearing
        if stop.is_set():
            log.info("worker_stopped", worker=name, pid=child.pid, code=code)
            return None
        if code == MEND and not warm.is_set():
            raise CannotStart
        return Life(code, asyncio.get_running_loop().time() - began)

    async def _until(
        self, child: asyncio.subprocess.Process, name: str, stop: asyncio.Event
    ) -> None:
        """Wait until the child has ended, or until it was told to and its time is over."""
        ending, stopping = asyncio.create_task(child.wait()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                with suppress(ProcessLookupError):  # it has ended by itself just now
                    child.terminate()
                await asyncio.wait({ending}, timeout=self._drain)
            if not ending.done():
                log.error("worker_killed", worker=name, pid=child.pid, drained=self._drain)
        finally:
            for task in (ending, stopping):
                task.cancel()
            await asyncio.gather(ending, stopping, return_exceptions=True)


async def run(config: Config, role: Role, ready: Callable[[str], None], pool: Pool) -> None:
    """Run a role, its work done by ``pool``, until SIGINT or SIGTERM or all its rooms have ended.

    ``ready`` is called as ``service.run`` does. The workers end first: a server of the queue
    that this process started outlives them.
    """
    stop, warm = asyncio.Event(), asyncio.Event()
    with signals(stop):
        if role == "worker":
            await pool.run(stop, warm)
        else:
            await _beside(config, ready, pool, stop, warm)


async def _beside(
    config: Config,
    ready: Callable[[str], None],
    pool: Pool,
    stop: asyncio.Event,
    warm: asyncio.Event,
) -> None:
    """Keep the rooms and their pages while ``pool`` works."""
    async with opened(config) as house, running(house, "gateway", stop) as live:
        working = asyncio.create_task(pool.run(stop, warm))
        waiting = asyncio.create_task(warm.wait())
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if warm.is_set():
                ready(live.url)
            await replace(live, tasks=(*live.tasks, working)).ended()
        finally:
            stop.set()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await working


def of(role: Role, config: Path | None, values: Sequence[str], threads: int, count: int) -> Pool:
    """Return a pool of ``count`` workers that share the cores, unless ``threads`` says otherwise.

    They work by the same configuration file and ``--set`` values. Raises BadConfig for a role
    that has no workers.
    """
    if role not in ("all", "worker"):
        raise BadConfig(f"--workers: --role {role} has none: expected --role all or worker")
    share = threads or max(1, cores() // count)
    options = [part for value in (*values, f"models.threads={share}") for part in ("--set", value)]
    named = ["--config", str(config)] if config else []
    command = [sys.executable, "-m", "bot.cli", "run", "--role", "worker", *named, *options]
    # no two pools share a name, though they share a machine and a queue
    name = f"{socket.gethostname()}-{os.getpid()}"
    return Pool(command, [f"{name}-{number}" for number in range(1, count + 1)])


def attach() -> Callable[[], None]:
    """Hold on to the pool that started this process; return what tells it that we are ready.

    When the pool dies, even by kill -9, this process is told to stop, and ends after the drain in
    any case. Without a pool nothing happens.
    """
    if SLOT not in os.environ:
        return lambda: None
    threading.Thread(target=_hold, daemon=True).start()
    return partial(print, "ready", flush=True)


def _hold() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(DRAIN)
    os._exit(1)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


async def _hear(child: asyncio.subprocess.Process, warm: asyncio.Event) -> None:
    """Wait for the child's word that it is ready, and for its end."""
    while child.stdout and await child.stdout.read(1024):
        warm.set()


def _say(name: str, state: RetryCallState) -> None:
    life: Life | None = state.outcome.result() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0.0
    if life:
        lived, again = round(life.seconds, 1), round(pause, 1)
        log.warning("worker_ended", worker=name, code=life.code, lived=lived, again_in=again)
