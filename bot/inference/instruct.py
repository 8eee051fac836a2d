"""A chat model of any make, loaded here: asked through its own template, as if it were remote."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import jinja2
import torch
from torch import BoolTensor, LongTensor, Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.utils import logging

from bot.inference.weights import readable
from bot.inference.writer import Job
from bot.rules import instructions

MAX_TOKENS: Final = 96


def has_chat_template(folder: Path) -> bool:
    """Tell whether the tokenizer of a folder was made for chats. Raises MissingWeights."""
    if (folder / "chat_template.jinja").is_file():
        return True
    file = folder / "tokenizer_config.json"
    with readable(folder, f"{file.name} to be JSON"):
        return file.is_file() and "chat_template" in json.loads(file.read_text("utf-8"))


class Instruct:
    """A chat model; what it answers is a wording only where ``instructions.wording`` says so.

    Raises MissingWeights if it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers' own
        with readable(folder, "a chat model that transformers loads"):
            self._tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
            self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
            self._model.train(mode=False)
            ends = self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id
            self._ends = [ends] if isinstance(ends, int) else list(ends)
            self._tokenizer.pad_token = self._tokenizer.pad_token or self._tokenizer.eos_token
            self._special = [
                token.content
                for token in self._tokenizer.added_tokens_decoder.values()
                if token.special
            ]
            self._system = self._takes_a_system_turn()
        self._greedy = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers' own
            do_sample=False,
            max_new_tokens=MAX_TOKENS,
            eos_token_id=self._ends,
            pad_token_id=self._tokenizer.pad_token_id,
        )

    @torch.inference_mode()
    def write(self, jobs: Sequence[Job]) -> list[str | None]:
        """Return a wording with marks for each job; None where it is over, or gave none."""
        texts = [self._asked(job) for job in jobs]
        batch = self._tokenizer(
            texts, padding=True, return_tensors="pt", add_special_tokens=False
        )  # the template has put them in
        written = self._model.generate(
            **batch,
            generation_config=self._greedy,
            stopping_criteria=StoppingCriteriaList([_Over(jobs)]),
        )[:, batch["input_ids"].shape[1] :]
        return [self._wording(job, row) for job, row in zip(jobs, written, strict=True)]

    def _wording(self, job: Job, row: Tensor) -> str | None:
        if job.over():
            return None
        text = str(self._tokenizer.decode(row, skip_special_tokens=True))
        if not set(row.tolist()) & set(self._ends):
            text = text.rpartition("\n")[0]  # the last line is cut off
        return instructions.wording(text, job.prompt)

    def _asked(self, job: Job) -> str:
        """Return the chat for a job; what would end a turn of it is taken out of the prompt."""
        prompt = job.prompt
        for token in self._special:
            prompt = prompt.replace(token, " ")
        return self._chat(instructions.messages(prompt, job.lang))

    def _chat(self, messages: Sequence[instructions.Message]) -> str:
        turns = [{"role": each.role, "content": each.content} for each in messages]
        if not self._system:
            turns = [{"role": "user", "content": "\n\n".join(each.content for each in messages)}]
        made = self._tokenizer.apply_chat_template(
            turns,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,  # templates that know no thinking ignore it
        )
        return str(made)

    def _takes_a_system_turn(self) -> bool:
        self._system = True
        try:
            self._chat(instructions.messages("", "en"))
        except jinja2.TemplateError:  # some templates refuse it, Gemma 2's for one
            return False
        return True


class _Over(StoppingCriteria):
    """Ends a line that nobody waits for any more."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs

    def __call__(self, input_ids: LongTensor, scores: Tensor, **_: object) -> BoolTensor:
        """Return for each line whether it ends."""
        del scores
        over = [job.over() for job in self._jobs]
        return torch.tensor(over, device=input_ids.device)  # type: ignore[return-value]
