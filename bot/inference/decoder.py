"""Greedy decoding with the causal language model, over the few words that a reply is made of.

``words.json`` beside the adapter lists every token that a wording may hold, for each language.
The output layer is cut down to these rows: that is faster than any quantised form of the whole,
and nothing that a viewer types can make the model say another word. Each mark of the prompt can
be used once, and a line cannot end before all of them are. Where the adapter has learnt to, the
model may say first, and then alone, that the facts do not answer the question: an empty wording.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from bot.errors import MissingWeights
from bot.inference.weights import readable
from bot.inference.writer import Job
from bot.inference.writing.phrasing import REFUSAL
from bot.model import Lang
from bot.rules.prompts import MARKS, NAME, slots

MAX_TOKENS = 64
REFUSES = 0.5
"""How likely a refusal must be, against all ways to begin a wording taken together."""
ADAPTER = Path(__file__).parent / "data" / "writer"
CONFIG, TENSORS, WORDS = FILES = ("adapter_config.json", "adapter_model.safetensors", "words.json")
_END = "\n"


class Decoder:
    """The model, with the adapter merged into its weights.

    Raises MissingWeights if either cannot be read, or the adapter is for another model.
    """

    def __init__(self, folder: Path, adapter: Path = ADAPTER) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers' own
        with readable(folder, "a causal language model that transformers loads"):
            self._tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
            model.train(mode=False)
            self._body = model.model
            self._config = model.config
        with readable(adapter, f"{', '.join(FILES)} as peft and danmate write them"):
            merge(model, adapter)
            words: dict[Lang, list[str]] = json.loads((adapter / WORDS).read_text("utf-8"))
            tokens = sorted({token for row in words.values() for token in row})
            self._ids = torch.tensor([self._tokenizer.convert_tokens_to_ids(t) for t in tokens])
            self._head: Tensor = model.lm_head.weight.detach()[self._ids].T.contiguous()
            self._bias = {lang: _bias(tokens, words[lang]) for lang in get_args(Lang)}
            self._end = tokens.index(_END)
            self._refusal = tokens.index(REFUSAL) if REFUSAL in tokens else None
        self._marks = {
            mark: [at for at, token in enumerate(tokens) if mark in token] for mark in NAME + MARKS
        }

    @torch.inference_mode()
    def write(self, jobs: Sequence[Job]) -> list[str | None]:
        """Return a wording with marks for each job; None where it is over, or never ended.

        A wording is empty where the model finds that the facts do not answer the question.
        What is written depends on the other jobs of the batch in rare ties, since bf16 rounds.
        """
        batch = self._tokenizer(
            [job.prompt for job in jobs],
            padding=True,
            return_tensors="pt",
            split_special_tokens=True,  # "<eos>" in a prompt is five characters and no more
        )
        ids, mask = batch["input_ids"], batch["attention_mask"]
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._config)
        lines = [self._line(job) for job in jobs]
        bias = torch.stack([line.bias for line in lines])
        for line, row in zip(lines, bias, strict=True):
            line.bias = row  # a view: what a line forbids is forbidden in the batch
        for step in range(MAX_TOKENS):
            hidden = self._body(
                input_ids=ids, attention_mask=mask, position_ids=positions, cache=cache
            ).last_hidden_state[:, -1]
            scores = torch.mm(hidden, self._head).float() + bias
            if step == 0 and self._refusal is not None:  # there are many ways to begin, it is one
                unsure = scores.softmax(1)[:, self._refusal] < REFUSES
                scores[unsure, self._refusal] = -math.inf
            chosen = scores.argmax(1)
            for line, column in zip(lines, chosen.tolist(), strict=True):
                line.take(column)
            if all(line.done for line in lines):
                break
            ids, positions = self._ids[chosen][:, None], positions[:, -1:] + 1
            mask = torch.cat([mask, mask.new_ones(len(jobs), 1)], dim=1)
        return [self._text(line) for line in lines]

    def _line(self, job: Job) -> "_Line":
        bias = self._bias[job.lang].clone()
        present = slots(job.prompt)
        for mark, columns in self._marks.items():
            if mark not in present:
                bias[columns] = -math.inf
        if present:
            bias[self._end] = -math.inf
        open_ = {mark: self._marks[mark] for mark in present}
        return _Line(job, bias, open_, self._end, self._refusal)

    def _text(self, line: "_Line") -> str | None:
        if not line.complete:
            return None
        return str(self._tokenizer.decode(self._ids[line.columns])).strip()


class _Line:
    """What stands of one line, and what may come next."""

    def __init__(
        self, job: Job, bias: Tensor, open_: dict[str, list[int]], end: int, refusal: int | None
    ) -> None:
        self.job = job
        self.bias = bias
        """Added to the scores of the words: 0 or minus infinity."""
        self.open = open_
        """The marks still to be used, with their columns."""
        self.end = end
        self.refusal = refusal
        self.columns: list[int] = []
        self.complete = False
        self.done = False

    def take(self, column: int) -> None:
        """Go on with the word that was chosen."""
        self.done = self.done or self.job.over()
        if self.done:
            return
        if column in (self.end, self.refusal):
            self.complete = self.done = True
            return
        if self.refusal is not None:
            self.bias[self.refusal] = -math.inf  # a line that has begun is no refusal
        self.columns.append(column)
        mark = next((mark for mark, columns in self.open.items() if column in columns), None)
        if mark is not None:
            self.bias[self.open.pop(mark)] = -math.inf
            if not self.open:
                self.bias[self.end] = 0.0


def _bias(tokens: list[str], allowed: list[str]) -> Tensor:
    return torch.tensor([0.0 if token in set(allowed) else -math.inf for token in tokens])


def merge(model: nn.Module, adapter: Path) -> None:
    """Add the LoRA adapter of a folder to the weights of ``model``: W + B A alpha / r.

    Raises MissingWeights if it was made for another model.
    """
    config = json.loads((adapter / CONFIG).read_text("utf-8"))
    tensors = load_file(adapter / TENSORS)
    if not any(name.endswith(".lora_A.weight") for name in tensors):
        raise MissingWeights(f"the adapter in {adapter} holds no LoRA weights")
    scale = config["lora_alpha"] / config["r"]
    for name, down in tensors.items():
        if not name.endswith(".lora_A.weight"):
            continue
        path = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        up = tensors[name.replace(".lora_A.", ".lora_B.")]
        try:
            weight = model.get_submodule(path).weight
        except AttributeError:
            weight = None
        if not isinstance(weight, Tensor) or weight.shape != (up.shape[0], down.shape[1]):
            raise MissingWeights(f"the adapter in {adapter} is not for this model: {path}")
        delta = (up.float() @ down.float()) * scale
        weight.data = (weight.float() + delta).to(weight.dtype)
