"""A BERT encoder with its tokenizer: texts in, a state for the heads and an embedding out."""

import contextlib
import logging
import os
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import torch
from tokenizers import Encoding, Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.inference.packed import TILE, PackedBert

PREFIX = "query: "
"""What e5 was taught to see before a text whose embedding is wanted (its model card).

The trained reader does without: it reads as well, and a fifth faster."""
LONGEST = 128
"""Tokens of a chat line that are read; the rest is cut off."""
Input: TypeAlias = str | tuple[str, str]
"""A text, or a question and a passage that are read together."""
BEGIN, END = "<s>", "</s>"


class Encoder(nn.Module):
    """Encodes texts: ``forward`` gives (heads' input (n, 2h), unit embedding (n, h)).

    The embedding is the mean over all tokens; the heads read it and the first token's state.
    ``drop`` is the share of hidden values that training blanks out. Attention is computed the
    plain way: on a CPU the fused kernel is no faster forwards and three times slower backwards.
    """

    def __init__(
        self,
        folder: Path,
        dtype: torch.dtype = torch.float32,
        drop: float = 0.0,
        words: torch.dtype | None = None,
    ) -> None:
        """``words``: the type of the vocabulary's embeddings, if they are not ``dtype`` too.

        They are four fifths of the weights: in their last type from the start, loading takes half.
        """
        super().__init__()
        with quiet_transformers():
            from transformers import BertModel

            self.bert: Any = BertModel.from_pretrained(
                folder,
                dtype="auto" if words else dtype,  # as they lie in the file
                add_pooling_layer=False,
                attn_implementation="eager",
                hidden_dropout_prob=drop,
                attention_probs_dropout_prob=0.0,
            )
        if words:
            embeddings = self.bert.embeddings.word_embeddings
            embeddings.to(words)
            for weight in self.bert.parameters():
                if weight is not embeddings.weight:
                    weight.data = weight.data.to(dtype)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        positions = int(self.bert.config.max_position_embeddings)
        self.longest = min(LONGEST, positions)
        """Tokens that are read at most; the rest of a text is cut off."""
        self.tokenizer.enable_truncation(self.longest)
        self.tokenizer.no_padding()
        special = [(piece, int(self.tokenizer.token_to_id(piece) or 0)) for piece in (BEGIN, END)]
        self.tokenizer.post_processor = TemplateProcessing(  # of a pair as XLM-R was taught it
            single=f"{BEGIN} $A {END}",
            pair=f"{BEGIN} $A {END} {END} $B {END}",
            special_tokens=special,
        )
        self.pad = int(self.tokenizer.token_to_id("<pad>") or 0)

    def pack(self, dtype: torch.dtype, least: int = TILE) -> None:
        """Turn to what computes faster, and can no more be taught: ``read`` is all it does.

        Passes of few tokens are filled up to ``least``.
        """
        self.bert = PackedBert(self.bert, dtype, least)

    @property
    def width(self) -> int:
        """Return the size of an embedding; the heads' input is twice as wide."""
        return int(self.bert.config.hidden_size)

    def tokenize(self, texts: Sequence[Input]) -> list[Encoding]:
        """Return the tokens of each text or pair; lone surrogates are read as question marks."""
        return self.tokenizer.encode_batch(
            [_clean(x) if isinstance(x, str) else (_clean(x[0]), _clean(x[1])) for x in texts]
        )

    def pad_up(self, encodings: Sequence[Encoding]) -> tuple[Tensor, Tensor]:
        """Return (ids, mask), both (n, longest), padded on the right."""
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = torch.full((len(encodings), longest), self.pad)
        mask = torch.zeros((len(encodings), longest), dtype=torch.long)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = torch.tensor(encoding.ids)
            mask[row, : len(encoding.ids)] = 1
        return ids, mask

    def read(self, encodings: Sequence[Encoding]) -> tuple[Tensor, Tensor]:
        """Return what ``forward`` does, of texts of any lengths; packed, none is padded."""
        if not isinstance(self.bert, PackedBert):
            ahead: tuple[Tensor, Tensor] = self(*self.pad_up(encodings))
            return ahead
        groups = defaultdict[int, list[int]](list)
        for row, encoding in enumerate(encodings):
            groups[len(encoding.ids)].append(row)
        ids = [torch.tensor([encodings[row].ids for row in rows]) for rows in groups.values()]
        told = [states.float() for states in self.bert(ids)]
        order = torch.tensor([row for rows in groups.values() for row in rows]).argsort()
        first = torch.cat([states[:, 0] for states in told])[order]
        mean = torch.cat([states.mean(1) for states in told])[order]
        return torch.cat([first, mean], dim=-1), F.normalize(mean, dim=-1)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return (first token's state and mean (n, 2h), unit embedding (n, h)), both float32."""
        states = self.bert(ids, mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        mean = (states * weights).sum(1) / weights.sum(1)
        return torch.cat([states[:, 0], mean], dim=-1), F.normalize(mean, dim=-1)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers from talking about progress and from asking a hub."""
    before = os.environ.get("HF_HUB_DISABLE_PROGRESS_BARS")
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from transformers.utils import logging as talk

    talk.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            os.environ.pop("HF_HUB_DISABLE_PROGRESS_BARS", None)
