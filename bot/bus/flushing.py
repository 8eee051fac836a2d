"""The embedded server's log reaches the disk every second, and the server never waits for it."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

log = structlog.get_logger()

EVERY = 1.0
"""Seconds between two flushes: what a power cut may cost."""

_flush: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class Flushing:
    """Flushes a server's log from a thread of its own until it is stopped.

    The server's own ``appendfsync everysec`` keeps what it has already answered to in its memory
    while a flush of a busy disk is under way, for up to two seconds (``flushAppendOnlyFile`` of
    Redis and Valkey): killed then, it forgets messages that were accepted. With ``no`` it hands
    every change to the system before it answers, and only the system's end can lose it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._end = threading.Event()
        threading.Thread(target=self._run, name="log flush", daemon=True).start()

    def stop(self) -> None:
        """Have the thread end, after a flush that has begun."""
        self._end.set()

    def _run(self) -> None:
        failed = ""
        while not self._end.wait(EVERY):
            said, failed = failed, self._once()
            if failed and failed != said:
                log.error("log_not_flushed", where=str(self._folder), error=failed)

    def _once(self) -> str:
        for path in self._folder.glob("*.incr.aof"):  # the server flushes the rest itself
            try:
                file = os.open(path, os.O_RDONLY)
            except FileNotFoundError:  # written anew meanwhile
                continue
            try:
                _flush(file)
            except OSError as error:
                return error.strerror or str(error)
            finally:
                os.close(file)
        return ""
