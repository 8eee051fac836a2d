"""A BERT encoder's forward pass (Devlin et al. 2018, 1810.04805) by numpy."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.inference.light.tensors import Tensor

Array: TypeAlias = NDArray[np.float32]
SCALE: Final = 2.0
"""As bot.inference.lora: what the product of a layer's two factors is multiplied by."""
FAR: Final = np.float32(-1e9)


class Bert:
    """Weights by transformers' names; ``changes`` are low-rank ones, ``layer.lora_A.weight``.

    The weights stay where they lie, and become float32 while they are multiplied.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], changes: Mapping[str, Tensor], heads: int, eps: float
    ) -> None:
        self._weights = weights
        self._changes = changes
        self._heads = heads
        self._eps = np.float32(eps)
        self._layers = 1 + max(
            int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")
        )

    def states(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Array:
        """Return (n, longest, h) for ids and mask (n, longest); padding is masked out."""
        part = "embeddings"
        x = (
            self._get(f"{part}.word_embeddings.weight", ids)
            + self._get(f"{part}.position_embeddings.weight")[: ids.shape[1]]
            + self._get(f"{part}.token_type_embeddings.weight")[0]
        )
        x = self._norm(x, f"{part}.LayerNorm")
        far = np.where(mask, np.float32(0), FAR)[:, None, None, :]
        for number in range(self._layers):
            x = self._layer(x, far, f"encoder.layer.{number}")
        return x

    def _layer(self, x: Array, far: Array, at: str) -> Array:
        query, key, value = (
            self._split(self._linear(x, f"{at}.attention.self.{each}"))
            for each in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.float32(query.shape[-1] ** 0.5) + far
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = (shares @ value).swapaxes(1, 2).reshape(x.shape)
        told = self._linear(mixed, f"{at}.attention.output.dense")
        x = self._norm(x + told, f"{at}.attention.output.LayerNorm")
        wide = gelu(self._linear(x, f"{at}.intermediate.dense"))
        return self._norm(x + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _split(self, x: Array) -> Array:
        """Return (n, heads, length, h / heads) for (n, length, h)."""
        return x.reshape(*x.shape[:2], self._heads, -1).swapaxes(1, 2)

    def _linear(self, x: Array, name: str) -> Array:
        rows = x.reshape(-1, x.shape[-1])  # one multiplication, not one for each line
        y: Array = rows @ self._get(f"{name}.weight").T
        y += self._get(f"{name}.bias")
        if (down := self._changes.get(f"{name}.lora_A.weight")) is not None:
            up = self._changes[f"{name}.lora_B.weight"]
            y += rows @ down.astype(np.float32).T @ (SCALE * up.astype(np.float32).T)
        return y.reshape(*x.shape[:-1], -1)

    def _norm(self, x: Array, name: str) -> Array:
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(-1, keepdims=True) + self._eps)
        return x * self._get(f"{name}.weight") + self._get(f"{name}.bias")

    def _get(self, name: str, rows: NDArray[np.int64] | None = None) -> Array:
        tensor = self._weights[name]
        return (tensor if rows is None else tensor[rows]).astype(np.float32)


def gelu(x: Array) -> Array:
    """Return x times the normal distribution's share below x.

    Its error function is Abramowitz and Stegun's 7.1.26, which is right to 1.5e-7.
    """
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    share: Array = (1 + erf) * np.float32(0.5)
    return x * share


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (ids, mask), both (n, longest), padded on the right."""
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, pad, np.int64)
    ids[mask] = np.concatenate([np.asarray(row, np.int64) for row in rows])
    return ids, mask
