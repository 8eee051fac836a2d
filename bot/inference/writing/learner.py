"""The causal language model while it learns to word: what it is shown and how wrong it is.

Three things make a step quick on a processor. The loss looks at the rows of the output layer that
decoding looks at, some hundreds of 262,144, and only where the wording stands. What all prompts of
a batch begin with goes through the model once. Batches are of one language and of like length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from bot.inference import lora
from bot.inference.weights import readable
from bot.inference.writing.pairs import Pair
from bot.inference.writing.words import END, missing, words
from bot.model import Lang

PREFIX = "base_model.model.model."
"""Stands before a layer's path in a file of peft for a causal language model."""
NOWHERE = -100
"""What cross_entropy passes over."""
DECIDES = 4.0
"""How much more the first token counts: it says whether the facts answer the question at all."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair in tokens: the prompt's ids, the wording's ids, and their rows among the words."""

    prompt: list[int]
    wording: list[int]
    rows: list[int]
    lang: Lang

    @property
    def length(self) -> int:
        """Return the tokens of both."""
        return len(self.prompt) + len(self.wording)


class Learner(nn.Module):
    """The model of ``folder`` with changes to be taught. Raises MissingWeights."""

    def __init__(self, folder: Path, rank: int) -> None:
        super().__init__()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers' own
        with readable(folder, "a causal language model that transformers loads"):
            self.tokenizer = AutoTokenizer.from_pretrained(folder)
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=torch.bfloat16,
                attn_implementation="eager",  # the fused one is slower backwards on a processor
            )
            self.body = model.model
            self.words = words(self.tokenizer)
            tokens = sorted({token for row in self.words.values() for token in row})
            ids = [self.tokenizer.convert_tokens_to_ids(token) for token in tokens]
            self.head: Tensor = model.lm_head.weight.detach()[torch.tensor(ids)].T.contiguous()
        lora.adapt(self.body, rank)
        self.row = {of: at for at, of in enumerate(ids)}
        self.bias = {
            lang: torch.tensor([0.0 if token in set(row) else -torch.inf for token in tokens])
            for lang, row in self.words.items()
        }

    def prepare(self, pair: Pair) -> Example:
        """Return a pair in tokens."""
        text = pair.wording + END
        assert not missing(self.words, pair.lang, self.tokenizer.tokenize(text)), text  # noqa: S101 - every_piece has them all
        prompt = self.tokenizer(pair.prompt, split_special_tokens=True)["input_ids"]
        wording = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return Example(prompt, wording, [self.row[of] for of in wording], pair.lang)

    def loss(self, batch: Sequence[Example]) -> Tensor:
        """Return the mean surprise, in nats, of a token of the wordings of a batch.

        The first of a wording counts DECIDES times.
        """
        cut = common([example.prompt for example in batch])
        width = max(example.length for example in batch) - cut
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        rows = torch.full((len(batch), width), NOWHERE)
        weights = torch.ones(len(batch), width)
        for at, example in enumerate(batch):
            own = torch.tensor([*example.prompt[cut:], *example.wording])
            ids[at, : len(own)] = own  # padding stands behind, where nothing looks at it
            first = len(own) - len(example.rows) - 1
            rows[at, first : len(own) - 1] = torch.tensor(example.rows)
            weights[at, first] = DECIDES
        hidden = self._states(torch.tensor([batch[0].prompt[:cut]]), ids)
        spoken = rows != NOWHERE
        scores = torch.mm(hidden[spoken], self.head).float() + self.bias[batch[0].lang]
        surprise = F.cross_entropy(scores, rows[spoken], reduction="none")
        return (surprise * weights[spoken]).sum() / weights[spoken].sum()

    def _states(self, prefix: Tensor, ids: Tensor) -> Tensor:
        """Return the last layer's states at ``ids``, each row of which follows ``prefix``."""
        cache = DynamicCache(config=self.body.config)
        if prefix.shape[1]:
            self.body(input_ids=prefix, cache=cache)
            cache.batch_repeat_interleave(len(ids))
        states: Tensor = self.body(input_ids=ids, cache=cache).last_hidden_state
        return states

    def taught(self) -> dict[str, Tensor]:
        """Return what was taught, in half precision, under peft's names."""
        return {PREFIX + name: t.half() for name, t in lora.changes(self.body).items()}


def common(prompts: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all prompts begin with; the last of a prompt is never among them."""
    most = min(map(len, prompts)) - 1
    return next((at for at in range(most) if len({row[at] for row in prompts}) > 1), most)
