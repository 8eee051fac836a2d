"""What danmate needs of the machine: Python, torch, room on the disk, a port, a terminal."""

import os
import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.config import Config
from bot.inference.weights import CACHE, cache_folder
from bot.model import Check

TORCH = "2.13.0"
PYTHON = (3, 11)
ROOM = 2 * 10**9
"""Bytes that the converted weights of reader and writer take, with the copy made on the way."""


def machine(config: Config) -> list[Check]:
    """Look at all of it."""
    return [
        python(sys.version_info[:3]),
        torch(),
        disk(cache_folder(os.environ)),
        port(config.web.host, config.web.port),
        terminal(sys.stdout.encoding),
    ]


def python(found: tuple[int, ...]) -> Check:
    """Check the interpreter's version."""
    wanted = ".".join(map(str, PYTHON))
    return Check(
        "python", found >= PYTHON, ".".join(map(str, found)), f"install Python {wanted} or later"
    )


def torch() -> Check:
    """Check that the torch which the models are measured with is installed."""
    mend = f"pip install torch=={TORCH}"
    try:
        found = version("torch")
    except PackageNotFoundError:
        return Check("torch", ok=False, text="not installed", mend=mend)
    return Check("torch", found.partition("+")[0] == TORCH, found, mend)


def disk(cache: Path) -> Check:
    """Check that the converted weights have room."""
    there = next(folder for folder in (cache, *cache.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    kept = sum(file.stat().st_size for file in cache.glob("*/*.safetensors"))
    return Check(
        "disk",
        free + kept >= ROOM,
        f"{free / 1e9:.1f} GB free for {cache}",
        f"free {ROOM / 1e9:.0f} GB, or set {CACHE} to a folder on another disk",
    )


def port(host: str, number: int) -> Check:
    """Check that the page's port is free."""
    name = f"{host}:{number}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        mend = "set web.port to another, or end the program that holds it"
        return Check("port", ok=False, text=f"{name}: {error.strerror or error}", mend=mend)
    return Check("port", ok=True, text=f"{name} is free")


def terminal(encoding: str | None) -> Check:
    """Check that Chinese can be printed."""
    found = (encoding or "unknown").lower()
    return Check(
        "terminal", found.replace("-", "") == "utf8", found, "set PYTHONUTF8=1 or a UTF-8 locale"
    )
