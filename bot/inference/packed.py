"""A BERT encoder in bf16 for inference alone, its weights lying as oneDNN multiplies them.

Torch otherwise repacks every weight at every call, and asks transformers' layers for twice as many
operations: a line alone takes 6 ms here and 10 there, a full pass 9 in 10. The ``mkldnn`` operators
are those that torch's own compiler writes when it freezes a model; torch is pinned, since they
have no public name.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

ROWS = 256
"""Rows that a pass usually has (lines times tokens): the layout is chosen for that many."""


class Linear:
    """A linear layer with what follows it, if it does: ``gelu``, or an addition."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        packed = torch.ops.mkldnn._reorder_linear_weight  # noqa: SLF001 - see above
        self.weight: Tensor = packed(weight.detach().bfloat16().contiguous(), ROWS)
        self.bias = bias.detach().bfloat16()

    def __call__(self, x: Tensor, after: str = "none") -> Tensor:
        """Return (…, out) for (…, in) in bf16."""
        pointwise = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - see above
        y: Tensor = pointwise(x, self.weight, self.bias, after, [], "none")
        return y

    def added(self, x: Tensor, to: Tensor) -> Tensor:
        """Return (…, out) for (…, in), added ``to`` a tensor of that shape."""
        pointwise = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - see above
        y: Tensor = pointwise.binary(x, to, self.weight, self.bias, "add")
        return y


class Norm:
    """A layer norm."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        self._shape, self._eps = norm.normalized_shape, norm.eps
        self._weight, self._bias = norm.weight.detach().bfloat16(), norm.bias.detach().bfloat16()

    def __call__(self, x: Tensor) -> Tensor:
        """Return what ``x`` (…, width) is normalised to."""
        return F.layer_norm(x, self._shape, self._weight, self._bias, self._eps)


class Layer:
    """One layer: attention over the tokens, then what is done with each."""

    def __init__(self, layer: Any, heads: int) -> None:
        own, out = layer.attention.self, layer.attention.output
        less = 1 / math.sqrt(own.query.out_features // heads)  # the scores' scale, in the weights
        weights = own.query.weight * less, own.key.weight, own.value.weight
        biases = own.query.bias * less, own.key.bias, own.value.bias
        self._heads = heads
        self._qkv = Linear(torch.cat(weights), torch.cat(biases))
        self._project = Linear(out.dense.weight, out.dense.bias)
        self._norm_attention = Norm(out.LayerNorm)
        self._up = Linear(layer.intermediate.dense.weight, layer.intermediate.dense.bias)
        self._down = Linear(layer.output.dense.weight, layer.output.dense.bias)
        self._norm_output = Norm(layer.output.LayerNorm)

    def __call__(self, x: Tensor, unseen: Tensor) -> Tensor:
        """Return the states (n, tokens, width) behind this layer; ``unseen`` (n, 1, 1, tokens)."""
        rows, tokens, width = x.shape
        parts = self._qkv(x).view(rows, tokens, 3, self._heads, width // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(query @ key.transpose(-1, -2) + unseen, -1)
        seen = (weights @ value).transpose(1, 2).reshape(rows, tokens, width)
        x = self._norm_attention(self._project.added(seen, x))
        return self._norm_output(self._down.added(self._up(x, "gelu"), x))


class PackedBert(nn.Module):
    """The same encoder as a transformers ``BertModel``, without its dropout and its pooler."""

    def __init__(self, bert: Any) -> None:
        super().__init__()
        own = bert.embeddings
        self._words = own.word_embeddings.weight.detach().bfloat16()
        kind = own.token_type_embeddings.weight[0].detach().float()
        self._places = (own.position_embeddings.weight.detach().float() + kind).bfloat16()
        self._norm = Norm(own.LayerNorm)
        heads = bert.config.num_attention_heads
        self._layers = [Layer(layer, heads) for layer in bert.encoder.layer]
        self.config = bert.config

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the states (n, tokens, width) of ``ids`` (n, tokens), of which ``mask`` counts."""
        states = self._norm(F.embedding(ids, self._words) + self._places[: ids.shape[1]])
        unseen = (1 - mask)[:, None, None, :].bfloat16() * torch.finfo(torch.bfloat16).min
        for layer in self._layers:
            states = layer(states, unseen)
        return states


def words() -> torch.dtype | None:
    """Return the type that a packed encoder's embeddings have, None where none is packed."""
    return torch.bfloat16 if worth_it() else None


def worth_it() -> bool:
    """Tell whether this processor multiplies bf16 in hardware; elsewhere fp32 is faster."""
    return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 - see above
