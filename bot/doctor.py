"""Looks at what danmate needs on this machine and says what to mend."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.bus.server import connect, masked
from bot.config import Config, served
from bot.config.tables import ModelsTable
from bot.errors import BadConfig, MissingWeights, UserFault
from bot.inference.packages import CAUSAL, ENCODERS, Package, intact, metadata
from bot.inference.weights import CACHE, Folder, cache_folder, checked, classify
from bot.shop.catalogue import load as load_catalogue

TORCH = "2.13.0"
PYTHON = (3, 11)
ROOM = 2 * 10**9
"""Bytes that the converted weights of reader and writer take, with the copy made on the way."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well, what was found, and how to mend it if not."""

    name: str
    ok: bool
    text: str
    mend: str = ""


async def examine(config: Config) -> list[Check]:
    """Look at everything; nothing is loaded, converted or left behind."""
    models = config.models
    return [
        python(sys.version_info[:3]),
        torch(),
        await asyncio.to_thread(weights, "reader", models.reader, ENCODERS),
        await writer(models),
        disk(cache_folder(os.environ)),
        await store(config),
        port(config.web.host, config.web.port),
        rooms(config),
        *(catalogue(room.catalog) for room in config.rooms),
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


def weights(key: str, source: str, known: Mapping[str, Package]) -> Check:
    """Check that a model's weights are at hand, without loading them."""
    if source == "none":
        return Check(key, ok=True, text="none: replies by template only")
    try:
        return Check(key, ok=True, text=_at_hand(source, known))
    except MissingWeights as fault:
        mend = f"see the line, or change models.{key} in config.toml"
        return Check(key, ok=False, text=f"{source}: {fault}", mend=mend)


async def writer(models: ModelsTable) -> Check:
    """Check that the writer's weights are at hand, or that whoever serves it answers."""
    if "://" not in models.writer:
        return await asyncio.to_thread(weights, "writer", models.writer, CAUSAL)
    from bot.inference.remote import probe

    try:
        found = await probe(models.writer, models.writer_model, served.key(models.writer_key))
    except BadConfig as fault:
        mend = "set the variable, or change models.writer_key in config.toml"
        return Check("writer", ok=False, text=str(fault), mend=mend)
    if isinstance(found, str):
        return Check("writer", ok=True, text=f"{models.writer} serves {found}")
    return Check("writer", ok=False, text=f"{models.writer}: {found.what}", mend=found.mend)


def _at_hand(source: str, known: Mapping[str, Package]) -> str:
    match classify(source, known):
        case Package() as package:
            found = metadata(package, package.parts[0], sys.path).version
            prefix = f"{package.name}-{found}-"
            if any(cache_folder(os.environ).glob(f"{prefix}*/config.json")):
                return f"{package.name} {found}, converted"
            for part in package.parts:
                intact(package, part, sys.path)
            return f"{package.name} {found}, converted at the first start ({package.cost})"
        case Folder(path):
            return str(checked(path.expanduser()))
        case hub:
            return f"{hub.id}, asked of the hub at the first start"


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


async def store(config: Config) -> Check:
    """Check that the queue's server answers: a fresh embedded one, or the one that is named."""
    try:
        url = config.store.address()
        with tempfile.TemporaryDirectory(prefix="danmate-") as folder:
            async with await connect(url, Path(folder)) as opened:
                await opened.client.ping()
    except UserFault as fault:
        mend = "set store.url to a Redis 7.0 or Valkey 7.2 server that is up"
        return Check("store", ok=False, text=str(fault), mend=mend)
    return Check("store", ok=True, text=f"{masked(url) or 'the embedded server'} answers")


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


def rooms(config: Config) -> Check:
    """Check that each room's platform takes its settings, and that its secrets are set."""
    try:
        found = [adapter.room for adapter in config.adapters()]
    except UserFault as fault:
        return Check("rooms", ok=False, text=str(fault), mend="mend these lines of config.toml")
    return Check("rooms", ok=True, text=", ".join(found))


def catalogue(file: Path) -> Check:
    """Check a room's catalogue."""
    try:
        shop = load_catalogue(file)
    except UserFault as fault:
        return Check("catalogue", ok=False, text=str(fault), mend=f"danmate catalog check {file}")
    text = f"{shop.name}: {len(shop.products)} products, {len(shop.faq)} FAQ rows ({file})"
    return Check("catalogue", ok=True, text=text)


def terminal(encoding: str | None) -> Check:
    """Check that Chinese can be printed."""
    found = (encoding or "unknown").lower()
    return Check(
        "terminal", found.replace("-", "") == "utf8", found, "set PYTHONUTF8=1 or a UTF-8 locale"
    )
