"""LoRA: a linear layer's low-rank change, taught while the layer itself stands still."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.errors import MissingWeights

SCALE = 2.0
"""What the product of the two factors is multiplied by (alpha / rank in the paper's terms)."""
DOWN, UP = ".lora_A.weight", ".lora_B.weight"
"""What the two factors are called in a file: as peft does, but for its prefix."""


class LoraLinear(nn.Module):
    """``x W' + b + SCALE (x A') B'`` with W and b fixed (Hu et al. 2021, arXiv 2106.09685).

    Written out here for speed: on two CPU cores a step of peft's layer takes 1.4 times as long.
    """

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(requires_grad=False)
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Return (…, out) for (…, in)."""
        low = F.linear(x, self.down.to(x.dtype))
        changed: Tensor = self.linear(x) + SCALE * F.linear(low, self.up.to(x.dtype))
        return changed


def adapt(model: nn.Module, rank: int) -> None:
    """Fix every parameter of ``model`` and give each linear layer in it a change to be taught."""
    model.requires_grad_(requires_grad=False)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, LoraLinear(child, rank))


def changes(model: nn.Module) -> dict[str, Tensor]:
    """Return both factors of every change, by the path of the layer that they belong to."""
    factors: dict[str, Tensor] = {}
    for path, module in model.named_modules():
        if isinstance(module, LoraLinear):
            factors[path + DOWN] = module.down.detach()
            factors[path + UP] = module.up.detach()
    return factors


def begin_from(model: nn.Module, factors: Mapping[str, Tensor]) -> None:
    """Put ``factors`` into an adapted ``model`` of the same rank. Raises MissingWeights."""
    for path, module in model.named_modules():
        if not isinstance(module, LoraLinear):
            continue
        for parameter, name in ((module.down, path + DOWN), (module.up, path + UP)):
            found = factors.get(name)
            if found is None or found.shape != parameter.shape:
                shape = tuple(parameter.shape)
                raise MissingWeights(f"to start from: expected {name} of shape {shape}")
            with torch.no_grad():
                parameter.copy_(found)


def merge(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Add every change among ``tensors`` to the layer of ``model`` that it belongs to.

    Raises MissingWeights where a change has no counterpart.
    """
    modules = dict(model.named_modules())
    for name, down in tensors.items():
        if not name.endswith(DOWN):
            continue
        path = name.removesuffix(DOWN)
        up, layer = tensors.get(path + UP), modules.get(path)
        if up is None or not isinstance(layer, nn.Linear):
            raise MissingWeights(f"adapter: expected a layer of this encoder, got {path}")
        change = SCALE * (up.float() @ down.float())
        if change.shape != layer.weight.shape:
            raise MissingWeights(f"adapter: {path} has shape {tuple(change.shape)}")
        with torch.no_grad():
            layer.weight += change.to(layer.weight.dtype)
