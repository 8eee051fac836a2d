"""Who makes an output: a digest of a model's weights, adapter, code, libraries and machine."""

import os
import platform
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import structlog

from bot.inference import cache, packages, weights
from bot.model import Lang

log = structlog.get_logger()

PACKAGE = Path(__file__).parent
CODE = (
    *sorted(PACKAGE.glob("*.py")),
    *(PACKAGE.parent / name for name in ("shop/text.py", "rules/prompts.py", "rules/binding.py")),
)
"""What stands between a text and the output: any change of it makes another model."""
LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
CPU = Path("/proc/cpuinfo")
DATA = PACKAGE / "data"


def place() -> Path:
    """Return the file in which outputs are kept; ``DANMATE_CACHE`` moves it."""
    return weights.cache_folder(os.environ) / cache.FILE


def makers(
    source: str,
    lang: Lang,
    reader: Path | None,
    judge: Path | None,
    writer: str,
    writer_adapter: Path | None,
) -> Mapping[str, str]:
    """Return who makes readings, judgements and wordings. Raises MissingWeights.

    A writer that is served elsewhere has no digest: nobody knows what stands behind its address.
    """
    encoder = weights.encoder(source, _say)
    found = {
        "reading": digest([encoder, reader or DATA / "reader"], lang),
        "judgement": digest([encoder, judge or DATA / "judge"]),
    }
    if writer != "none" and "://" not in writer:
        weights.present("writer", writer, packages.CAUSAL)
        folder = weights.causal(writer, _say)
        found["wording"] = digest([folder, writer_adapter or DATA / "writer"], str(writer_adapter))
    return found


def digest(folders: Iterable[Path], *more: str) -> str:
    """Return one digest for the files of folders, our code, the libraries and the processor."""
    files = [each for folder in folders for each in sorted(folder.iterdir()) if each.is_file()]
    parts = [f"{file.name}:{cache.file_digest(file, place())}" for file in files]
    parts += [f"{file.name}:{cache.content_digest(file)}" for file in CODE]
    parts += [f"{name}:{version(name)}" for name in LIBRARIES]
    text = "\n".join((*parts, _processor(), *more))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _processor() -> str:
    """Return what the processor can: it decides whether bf16 is computed with."""
    try:
        rows = CPU.read_text("utf-8", "replace").splitlines()
    except OSError:  # no Linux
        rows = []
    flags = next((row for row in rows if row.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {platform.processor()} {flags}"


def _say(text: str) -> None:
    log.warning("preparing_weights", what=text)
