"""What a training of the writer that was cut off goes on from."""

from pathlib import Path
from typing import Any

import torch

from bot.inference.training.checkpoint import DAMAGE, FILE
from bot.inference.writing.learner import Learner


def save(out: Path, run: str, step: int, learner: Learner, optimiser: torch.optim.AdamW) -> None:
    """Write the state after ``step`` steps of ``run``; a half-written file is never seen."""
    taught = {name: p.detach() for name, p in learner.named_parameters() if p.requires_grad}
    partial = out / f".{FILE}"
    whole = {"run": run, "step": step, "taught": taught, "optimiser": optimiser.state_dict()}
    torch.save(whole, partial)
    partial.replace(out / FILE)


def resume(out: Path, run: str, learner: Learner, optimiser: torch.optim.AdamW) -> int:
    """Take up the same ``run`` and return the steps that it had done; 0 where there is none.

    A damaged file is no checkpoint: the run begins anew.
    """
    try:
        whole: dict[str, Any] = torch.load(out / FILE, weights_only=True)
        if whole["run"] != run:
            return 0
        optimiser.load_state_dict(whole["optimiser"])
        with torch.no_grad():
            for name, parameter in learner.named_parameters():
                if parameter.requires_grad:
                    parameter.copy_(whole["taught"][name])
        return int(whole["step"])
    except DAMAGE:
        return 0


def forget(out: Path) -> None:
    """Remove the file: the training is done."""
    (out / FILE).unlink(missing_ok=True)
