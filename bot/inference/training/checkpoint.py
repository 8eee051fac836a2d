"""How far a training has come: its best weights so far, and what a cut-off run goes on from."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from bot.inference.training.recipe import Recipe
from bot.inference.training.student import Student

FILE = "checkpoint.pt"
DAMAGE = (
    OSError, EOFError, RuntimeError, LookupError, ValueError, TypeError, AttributeError,
    UnpicklingError,
)  # fmt: skip
"""What torch.load and what follows raise for a file that is missing, cut or of something else."""


@dataclass
class Checkpoint:
    """``epoch`` epochs are done; ``stale`` of the last ones brought nothing better."""

    epoch: int = 0
    stale: int = 0
    best: dict[str, float] = field(default_factory=dict)
    weights: dict[str, Tensor] = field(default_factory=dict)
    run: str = ""

    @property
    def words(self) -> str:
        """Return the best held-out scores for a progress bar."""
        return ", ".join(f"{name} {value:.3f}" for name, value in self.best.items())

    def judge(self, scores: dict[str, float], student: Student) -> None:
        """Close an epoch: keep its weights if they are the best, or if nothing was held out."""
        self.epoch += 1
        if not scores or not self.best or scores["loss"] <= self.best["loss"]:
            self.best, self.stale = scores, 0
            self.weights = {k: v.detach().clone() for k, v in _taught(student).items()}
        else:
            self.stale += 1

    def best_into(self, student: Student) -> None:
        """Put the best weights back."""
        with torch.no_grad():
            for name, parameter in _taught(student).items():
                parameter.copy_(self.weights[name])

    def save(
        self,
        out: Path,
        student: Student,
        optimiser: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ) -> None:
        """Write what a cut-off run needs; a half-written file is never seen."""
        out.mkdir(parents=True, exist_ok=True)
        whole = {
            "own": {k: getattr(self, k) for k in ("epoch", "stale", "best", "weights", "run")},
            "now": {k: v.detach() for k, v in _taught(student).items()},
            "optimiser": optimiser.state_dict(),
            "schedule": {k: v for k, v in schedule.state_dict().items() if not callable(v)},
        }
        partial = out / f".{FILE}"
        torch.save(whole, partial)
        partial.replace(out / FILE)

    def resume(
        self,
        out: Path,
        origin: str,
        recipe: Recipe,
        student: Student,
        optimiser: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ) -> None:
        """Take up a run of the same origin and recipe that left a checkpoint; else do nothing.

        A damaged file is no checkpoint: the run begins anew.
        """
        self.run = f"{origin} {sorted(asdict(recipe).items())}"
        try:
            whole: dict[str, Any] = torch.load(out / FILE, weights_only=True)
            if whole["own"]["run"] != self.run:
                return
            with torch.no_grad():
                for name, parameter in _taught(student).items():
                    parameter.copy_(whole["now"][name])
            optimiser.load_state_dict(whole["optimiser"])
            schedule.load_state_dict(whole["schedule"])
        except DAMAGE:
            return
        for name, value in whole["own"].items():
            setattr(self, name, value)

    def forget(self, out: Path) -> None:
        """Remove the file: the training is done."""
        (out / FILE).unlink(missing_ok=True)


def _taught(student: Student) -> dict[str, torch.nn.Parameter]:
    return {name: p for name, p in student.named_parameters() if p.requires_grad}
