"""The same weights run in other ways, on the same lines and threads: what the reader is up against.

onnxruntime and onnx come with the ``dev`` extra; without them their rows are left out.
"""

import asyncio
import contextlib
import importlib.util
import logging
import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bot.inference import classifier as classifiers
from bot.inference.classifier import Classifier
from bot.inference.encoder import LONGEST, Encoder, quiet_transformers
from bot.inference.ngrams import grams
from bot.inference.reader import EncoderReader

BATCH = 32
"""Lines in one list of the rivals'."""
Labels = list[str]
Run = Callable[[Sequence[str]], Labels | None]
"""Reads every text; gives their labels, or None where it has none to give."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender: what it is, and how it reads."""

    name: str
    run: Run


@dataclass(frozen=True, slots=True)
class Result:
    """How one contender did: lines a second (median of the rounds, and its spread), labels."""

    name: str
    rate: float
    slowest: float
    fastest: float
    labels: Labels | None


def live(lines: Sequence[str], seed: int = 0) -> list[str]:
    """Return as many lines as given, repeating as live chat does: Zipf's law with exponent 1."""
    weights = [1 / rank for rank in range(1, len(lines) + 1)]
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return draw.choices(list(lines), weights, k=len(lines))


def race(entries: Sequence[Entry], lines: Sequence[str], rounds: int) -> list[Result]:
    """Let every entry read ``lines`` once to warm up and ``rounds`` times in turn."""
    seconds: dict[str, list[float]] = {entry.name: [] for entry in entries}
    labels: dict[str, Labels | None] = {}
    for number in range(rounds + 1):
        for entry in entries:
            began = time.perf_counter()
            labels[entry.name] = entry.run(lines)
            if number:
                seconds[entry.name].append(time.perf_counter() - began)
    return [
        Result(
            name,
            len(lines) / statistics.median(taken),
            len(lines) / max(taken),
            len(lines) / min(taken),
            labels[name],
        )
        for name, taken in seconds.items()
    ]


@contextlib.contextmanager
def entries(
    source: str, trained: Path, scratch: Path, progress: Callable[[str], None]
) -> Iterator[list[Entry]]:
    """Build every contender that this machine can run; ``scratch`` takes the exported files."""
    ours = classifiers.load(source, trained, progress)
    exact = classifiers.load(source, trained, progress, exact=True)
    with asyncio.Runner() as loop:
        found = [
            Entry("danmate, no cache", lambda texts: _read(loop, ours, texts, 0)),
            Entry("danmate, live repeats", lambda texts: _read(loop, ours, live(texts), 20_000)),
            *_pipelines(exact),
        ]
        if all(map(importlib.util.find_spec, ("onnx", "onnxruntime", "onnxscript"))):
            found += _onnx(exact, scratch)
        yield found


def _read(
    loop: asyncio.Runner, classifier: Classifier, texts: Sequence[str], remember: int
) -> Labels:
    async def all_of_them() -> Labels:
        async with EncoderReader(classifier, "zh", remember) as reader:
            return [str(reading.intent) for reading in await reader.read_all(texts)]

    return loop.run(all_of_them())


class Whole(nn.Module):
    """Encoder and intent head as one module, without n-grams: (ids, mask) to logits (n, labels)."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.encoder: Encoder = classifier.encoder
        self.heads = classifier.heads

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.heads.intent(self.heads.ready(self.encoder(ids, mask)[0]))
        return logits


def _pipelines(exact: Classifier) -> list[Entry]:
    """Build transformers' own text-classification pipeline on the same encoder, in fp32.

    Its head is one of the library's, untrained: it is timed, its labels mean nothing.
    """
    with quiet_transformers():
        import transformers

        kit: Any = transformers  # it leaves much of this untyped
        config = exact.encoder.bert.config
        config.num_labels = len(exact.labels)
        model = kit.BertForSequenceClassification(config).eval()
        model.bert.load_state_dict(exact.encoder.bert.state_dict(), strict=False)
        tokenizer = kit.PreTrainedTokenizerFast(
            tokenizer_object=exact.encoder.tokenizer, model_max_length=LONGEST
        )
        tokenizer.pad_token = exact.encoder.tokenizer.id_to_token(exact.encoder.pad)
        pipe: Any = kit.pipeline(
            "text-classification", model=model, tokenizer=tokenizer, device="cpu"
        )

    def singly(texts: Sequence[str]) -> None:
        for text in texts:
            pipe(text)

    def listed(texts: Sequence[str]) -> None:
        pipe(list(texts), batch_size=BATCH)

    return [Entry("transformers pipeline, one by one", singly),
            Entry("transformers pipeline, lists of 32", listed)]  # fmt: skip


def _onnx(exact: Classifier, scratch: Path) -> list[Entry]:
    """Export the classifier to ONNX, in fp32 and quantised to int8 (dynamic), for onnxruntime."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = Whole(exact).eval()
    plain, small = scratch / "fp32.onnx", scratch / "int8.onnx"
    ids, mask = exact.encoder.pad_up(exact.encoder.tokenize(["a line", "another line of chat"]))
    axes = {0: torch.export.Dim("lines", max=4096), 1: torch.export.Dim("tokens", max=LONGEST)}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            whole, (ids, mask), plain, input_names=["ids", "mask"], output_names=["logits"],
            dynamic_shapes=(axes, axes), dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
        logging.getLogger().setLevel(logging.ERROR)
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8, per_channel=True)
    return [
        Entry("onnxruntime fp32", _session(exact, plain)),
        Entry("onnxruntime int8", _session(exact, small)),
    ]


def _session(exact: Classifier, file: Path) -> Run:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def run(texts: Sequence[str]) -> Labels:
        encodings = exact.encoder.tokenize(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        labels = [""] * len(texts)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            ids, mask = exact.encoder.pad_up([encodings[i] for i in rows])
            (logits,) = session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})
            extra = exact.heads.ngrams([grams(texts[row]) for row in rows])[:, : logits.shape[1]]
            logits = logits + float(exact.heads.lean[0]) * extra.numpy()
            for row, best in zip(rows, np.argmax(logits, axis=1), strict=True):
                labels[row] = exact.labels[int(best)]
        return labels

    return run
