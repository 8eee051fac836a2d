"""A BERT encoder for inference alone, its weights lying as oneDNN multiplies them.

Torch otherwise repacks every weight at every call, and asks transformers' layers for twice as many
operations: a line alone takes 6 ms here and 10 there, a full pass 9 in 10. The ``mkldnn`` operators
are those that torch's own compiler writes when it freezes a model; torch is pinned, since they
have no public name.

The tokens of all texts of a pass lie behind one another, and only attention goes by text, those of
one length together: nothing is padded to the length of another. So what a text is read as does
not hang on its companions, as long as the kernels multiply each row alike: those of processors
with AMX do so for whole tiles of TILE rows, and from LEAST rows on.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

ROWS = 256
"""Tokens that a pass usually has: the weights' layout is chosen for that many."""
TILE = 16
"""Of how many tokens a pass has a multiple: see above."""
LEAST = 64
"""Tokens that it must have for that; a line alone would wait half as long again for them."""


class Span(NamedTuple):
    """Where texts of one length lie in a pass: from which token, how many texts, how long."""

    at: int
    texts: int
    tokens: int

    @property
    def end(self) -> int:
        """Return the token behind them."""
        return self.at + self.texts * self.tokens


class Linear:
    """A linear layer with what follows it, if it does: ``gelu``, or an addition."""

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        packed = torch.ops.mkldnn._reorder_linear_weight  # noqa: SLF001 - see above
        self.weight: Tensor = packed(weight.detach().to(dtype).contiguous(), ROWS)
        self.bias = bias.detach().to(dtype)

    def __call__(self, x: Tensor, after: str = "none") -> Tensor:
        """Return (n, out) for (n, in)."""
        pointwise = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - see above
        y: Tensor = pointwise(x, self.weight, self.bias, after, [], "none")
        return y

    def added(self, x: Tensor, to: Tensor) -> Tensor:
        """Return (n, out) for (n, in), added ``to`` a tensor of that shape."""
        pointwise = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - see above
        y: Tensor = pointwise.binary(x, to, self.weight, self.bias, "add")
        return y


class Norm:
    """A layer norm."""

    def __init__(self, norm: nn.LayerNorm, dtype: torch.dtype) -> None:
        self._shape, self._eps = norm.normalized_shape, norm.eps
        self._weight, self._bias = norm.weight.detach().to(dtype), norm.bias.detach().to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        """Return what ``x`` (n, width) is normalised to."""
        return F.layer_norm(x, self._shape, self._weight, self._bias, self._eps)


class Layer:
    """One layer: attention over the tokens of each text, then what is done with each token."""

    def __init__(self, layer: Any, heads: int, dtype: torch.dtype) -> None:
        own, out = layer.attention.self, layer.attention.output
        less = 1 / math.sqrt(own.query.out_features // heads)  # the scores' scale, in the weights
        weights = own.query.weight * less, own.key.weight, own.value.weight
        biases = own.query.bias * less, own.key.bias, own.value.bias
        self._heads = heads
        self._qkv = Linear(torch.cat(weights), torch.cat(biases), dtype)
        self._project = Linear(out.dense.weight, out.dense.bias, dtype)
        self._norm_attention = Norm(out.LayerNorm, dtype)
        up, down = layer.intermediate.dense, layer.output.dense
        self._up = Linear(up.weight, up.bias, dtype)
        self._down = Linear(down.weight, down.bias, dtype)
        self._norm_output = Norm(layer.output.LayerNorm, dtype)

    def __call__(self, x: Tensor, spans: Sequence[Span]) -> Tensor:
        """Return the states (n, width) behind this layer; tokens in no span see nothing."""
        parts, seen = self._qkv(x), torch.zeros_like(x)
        for span in spans:
            shape = span.texts, span.tokens, 3, self._heads, -1
            own = parts[span.at : span.end].view(shape)
            query, key, value = own.permute(2, 0, 3, 1, 4).unbind(0)
            told = F.scaled_dot_product_attention(query, key, value, scale=1.0)
            seen[span.at : span.end] = told.transpose(1, 2).flatten(0, 1).flatten(1)
        x = self._norm_attention(self._project.added(seen, x))
        return self._norm_output(self._down.added(self._up(x, "gelu"), x))


class PackedBert(nn.Module):
    """The same encoder as a transformers ``BertModel``, without its dropout and its pooler.

    ``least``: tokens that every pass is filled up to.
    """

    def __init__(self, bert: Any, dtype: torch.dtype, least: int = TILE) -> None:
        super().__init__()
        self._least = least
        own = bert.embeddings
        self._words = own.word_embeddings.weight.detach().to(dtype)
        kind = own.token_type_embeddings.weight[0].detach().float()
        self._places = (own.position_embeddings.weight.detach().float() + kind).to(dtype)
        self._norm = Norm(own.LayerNorm, dtype)
        heads = bert.config.num_attention_heads
        self._layers = [Layer(layer, heads, dtype) for layer in bert.encoder.layer]
        self.config = bert.config

    def forward(self, groups: Sequence[Tensor]) -> list[Tensor]:
        """Return the states (texts, tokens, width) of each group of ids (texts, tokens)."""
        spans, begun = list[Span](), list[Tensor]()
        end = 0
        for ids in groups:
            spans.append(Span(end, *ids.shape))
            end = spans[-1].end
            words = F.embedding(ids, self._words) + self._places[: ids.shape[1]]
            begun.append(words.flatten(0, 1))
        spare = max(self._least, -(-end // TILE) * TILE) - end
        states = self._norm(F.pad(torch.cat(begun), (0, 0, 0, spare)))
        for layer in self._layers:
            states = layer(states, spans)
        return [states[span.at : span.end].view(span.texts, span.tokens, -1) for span in spans]


def words() -> torch.dtype | None:
    """Return the type that a packed encoder's embeddings have, None where none is packed."""
    return torch.bfloat16 if worth_it() else None


def worth_it() -> bool:
    """Tell whether this processor multiplies bf16 in hardware; elsewhere fp32 is faster."""
    return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 - see above
