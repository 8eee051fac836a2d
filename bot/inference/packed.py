"""Linear layers in bf16 whose weights lie as oneDNN multiplies them: a tenth faster, alone a half.

Torch otherwise repacks every weight at every call. These are the operators that torch's own
compiler writes when it freezes a model; torch is pinned, since they have no public name.
"""

import torch
from torch import Tensor, nn


class PackedLinear(nn.Module):
    """A linear layer for inference alone; equal to the bf16 layer that it is made from."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().bfloat16()
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, ROWS)  # noqa: SLF001 - see above
        self.bias = None if linear.bias is None else linear.bias.detach().bfloat16()

    def forward(self, x: Tensor) -> Tensor:
        """Return (…, out) for (…, in) in bf16."""
        pointwise = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - see above
        y: Tensor = pointwise(x, self.weight, self.bias, "none", [], "")
        return y


ROWS = 256
"""Rows that a pass usually has (lines times tokens): the layout is chosen for that many."""


def pack(model: nn.Module) -> None:
    """Turn ``model`` to bf16 and every linear layer in it to a packed one."""
    model.bfloat16()
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, PackedLinear(child))


def words() -> torch.dtype | None:
    """Return the type that ``pack`` will give to embeddings here, None where it is not called."""
    return torch.bfloat16 if worth_it() else None


def worth_it() -> bool:
    """Tell whether this processor multiplies bf16 in hardware; elsewhere fp32 is faster."""
    return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 - see above
