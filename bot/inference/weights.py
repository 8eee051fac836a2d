"""Where weights come from: an installed package, a folder, or a hub id."""

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from safetensors import SafetensorError

from bot.errors import MissingWeights
from bot.inference.packages import CAUSAL, ENCODERS, Package, converted, intact, metadata

CACHE = "DANMATE_CACHE"  # the environment variable that moves the cache folder
HUB_FILES = ("*.json", "*.safetensors", "*.jinja")
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Folder:
    """A folder that already holds what transformers loads."""

    path: Path


@dataclass(frozen=True)
class Hub:
    """A repository of the Hugging Face hub, ``org/name``."""

    id: str


Source = Package | Folder | Hub


def encoder(source: str, progress: Progress) -> Path:
    """Give the folder of the reader's encoder; see :func:`fetch`."""
    return fetch("reader", source, ENCODERS, progress)


def causal(source: str, progress: Progress) -> Path:
    """Give the folder of the writer's causal LM; see :func:`fetch`."""
    return fetch("writer", source, CAUSAL, progress)


def present(key: str, source: str, known: Mapping[str, Package]) -> None:
    """Raise MissingWeights if ``source`` names a package or a folder that is not there."""
    try:
        match classify(source, known):
            case Package() as package:
                for part in package.parts:
                    metadata(package, part, sys.path)
            case Folder(path):
                checked(path.expanduser())
    except MissingWeights as fault:
        raise MissingWeights(_placed(key, source, fault)) from fault


def _placed(key: str, source: str, fault: MissingWeights) -> str:
    return f"{key} = {source!r} under [models] in config.toml: {fault}"


def fetch(key: str, source: str, known: Mapping[str, Package], progress: Progress) -> Path:
    """Give a folder with config.json, tokenizer.json and safetensors.

    The first call for a package converts it, which takes its ``cost``; the result is
    kept. Raises :class:`MissingWeights`: one line that names ``key``, which is where
    ``source`` stands in config.toml, and says what to do.
    """
    try:
        match classify(source, known):
            case Package() as package:
                return installed(package, progress, cache_folder(os.environ), sys.path)
            case Folder(path):
                return checked(path.expanduser())
            case Hub(name):
                return checked(downloaded(name, progress))
    except MissingWeights as fault:
        raise MissingWeights(_placed(key, source, fault)) from fault


def classify(source: str, known: Mapping[str, Package]) -> Source:
    """Say what ``source`` names; a known package goes by any spelling that pip takes."""
    if source.startswith(("/", ".", "~")):
        return Folder(Path(source))
    if package := known.get(re.sub(r"[-_.]+", "-", source).lower()):
        return package
    if HUB_ID.fullmatch(source):
        return Hub(source)
    names = ", ".join(known)
    raise MissingWeights(
        f"expected a package ({names}), a folder (/… ./… ~/…) or a hub id (org/name)"
    )


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Give the folder that keeps converted weights; ``DANMATE_CACHE`` moves it."""
    moved = environ.get(CACHE)
    return Path(moved).expanduser() if moved else user_cache_path("danmate")


def checked(folder: Path) -> Path:
    """Give ``folder`` back if transformers can load it."""
    if not folder.is_dir():
        raise MissingWeights(f"there is no folder {folder}")
    for wanted in ("config.json", "tokenizer.json", "*.safetensors"):
        if not any(folder.glob(wanted)):
            raise MissingWeights(f"the folder {folder} has no {wanted}")
    return folder


@contextlib.contextmanager
def readable(folder: Path, expected: str) -> Iterator[None]:
    """Turn what libraries raise over the files of ``folder`` into one line of MissingWeights."""
    try:
        yield
    except (
        OSError, ImportError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
        RuntimeError, SafetensorError,
    ) as error:  # fmt: skip
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise MissingWeights(f"{folder}: expected {expected} ({why[:200]})") from error


def downloaded(name: str, progress: Progress) -> Path:
    """Give the hub's own cache folder of a repository, brought up to date."""
    from huggingface_hub import snapshot_download

    progress(f"{name}: asking the hub")
    try:
        return Path(snapshot_download(name, allow_patterns=list(HUB_FILES)))
    except (OSError, ValueError) as fault:
        raise MissingWeights(f"the hub did not give it: {' '.join(str(fault).split())}") from fault


def installed(package: Package, progress: Progress, cache: Path, search: Sequence[str]) -> Path:
    """Convert a package found on ``search`` once, into a folder named by its version."""
    version = metadata(package, package.parts[0], search).version
    folder = cache / f"{package.name}-{version}-{package.format}"

    def build(partial: Path) -> None:
        files = [intact(package, part, search) for part in package.parts]
        for notice in package.notices:
            shutil.copy(intact(package, notice, search), partial)
        converted(package, files, partial)

    try:
        return publish(folder, build, progress, f"{package.name} {version} ({package.cost})")
    except OSError as fault:
        raise MissingWeights(
            f"{cache} cannot keep the weights: {fault}: set {CACHE} to a roomy folder"
        ) from fault


def publish(folder: Path, build: Callable[[Path], None], progress: Progress, what: str) -> Path:
    """Have ``build`` fill ``folder`` unless it is there: whole or not at all, and by one process.

    Another process that asks meanwhile waits. A build that fails leaves nothing.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder, progress, what):
        if folder.is_dir():
            return folder
        progress(f"{what}: converting once")
        for stale in folder.parent.glob(f".{folder.name}-*"):  # of a process that was killed
            shutil.rmtree(stale, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            build(partial)
            for file in partial.iterdir():
                file.chmod(0o644)  # another account may run the bot
            partial.chmod(0o755)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


@contextlib.contextmanager
def locked(folder: Path, progress: Progress, what: str) -> Iterator[None]:
    """Hold the lock beside ``folder``; say so when another process has it."""
    lock = FileLock(f"{folder}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        progress(f"{what}: another process is converting, waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
