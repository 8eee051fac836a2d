"""Teach the reader: labelled lines in, an adapter with its heads and their card out."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bot.inference import heads
from bot.inference.encoder import Encoder
from bot.inference.heads import Trained
from bot.inference.ngrams import teach
from bot.inference.training.checkpoint import Checkpoint
from bot.inference.training.features import encoded, in_order, with_meaning, with_state
from bot.inference.training.judge import judge, lean, measure
from bot.inference.training.lines import OUT_OF_SCOPE, Line, balance, digest, labels, split
from bot.inference.training.recipe import Recipe
from bot.inference.training.student import Example, Student, loss, prepare, targets

PROBE = 3e-3
"""Learning rate of the heads while the encoder stands still."""
SUITED = 2000
"""Lines whose states tell the heads what all lines have in common."""
Step = Callable[[int, int, str], None]
"""Told after each batch: steps done, steps in all, the latest held-out scores in words."""


@dataclass
class Run:
    """One training: the student, its lines made ready, and how far it has come."""

    student: Student
    kept: list[Example]
    held: list[Example]
    weights: Tensor
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    at: Checkpoint


def train(
    folder: Path,
    lines: Sequence[Line],
    out: Path,
    recipe: Recipe,
    tell: Step,
    start: Path | None = None,
    command: str = "",
    apart: Sequence[Line] = (),
) -> Trained:
    """Teach the encoder in ``folder`` and write adapter, heads and card to ``out``.

    ``start`` is a folder of an earlier training to begin from; ``apart`` are the lines to hold out,
    without any a share of ``lines``. A run that was cut off goes on after its last whole epoch when
    it is called again with the same lines and recipe.
    """
    before = heads.load(start) if start else None
    kept, held = split(lines, 0.0 if apart else recipe.held_out, recipe.seed)
    held, lines = [*held, *apart], [*lines, *apart]
    run = _begin(folder, kept, held, recipe, before)
    origin = f"{digest(lines)} {start or ''}"
    run.at.resume(out, origin, recipe, run.student, run.optimiser, run.schedule)
    total = recipe.epochs * _steps(kept, recipe)
    while run.at.epoch < recipe.epochs and run.at.stale < recipe.patience:
        _epoch(run, total, tell)
        run.at.save(out, run.student, run.optimiser, run.schedule)
    run.at.best_into(run.student)
    if run.held and _worded(lines):
        lean(run.student, run.held)
    card = _card(run, lines, recipe, command)
    trained = Trained(run.student.taught(), card)
    trained.save(out)
    run.at.forget(out)
    return trained


def _begin(
    folder: Path, kept: list[Line], held: list[Line], recipe: Recipe, before: Trained | None
) -> Run:
    torch.manual_seed(recipe.seed)
    dtype = torch.bfloat16 if recipe.method == "lora" else torch.float32
    encoder = Encoder(folder, dtype, recipe.drop if recipe.method != "head" else 0.0)
    names = labels([*kept, *held])
    weights = torch.tensor(balance(kept, names))
    examples, measured = prepare(kept, names, encoder), prepare(held, names, encoder)
    if recipe.meaning:
        examples = with_meaning(encoder, kept, examples)
    student = Student(encoder, names, recipe)
    if before:
        student.start_from(before)
    states = encoded(encoder, [x.encoding for x in examples[:SUITED]], 0)
    student.heads.suit(torch.stack(states))
    if recipe.method == "head":
        examples, measured = with_state(encoder, examples), with_state(encoder, measured)
    elif recipe.probe:
        _probe(student, with_state(encoder, examples), weights)
    if held and _worded(kept):  # how far to lean on them is judged by lines they have not seen
        bags = [example.bag for example in examples]
        student.heads.ngrams = teach(bags, targets(examples), len(names), weights, recipe.seed)
    taught = [p for p in student.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(taught, lr=recipe.rate, weight_decay=0.01)
    steps = recipe.epochs * _steps(kept, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, partial(_slope, steps=steps))
    return Run(student, examples, measured, weights, optimiser, schedule, Checkpoint())


def _worded(lines: Sequence[Line]) -> bool:
    """Tell whether n-grams say anything: of pairs they do not."""
    return any(line.passage is None for line in lines)


def _probe(student: Student, examples: list[Example], weights: Tensor) -> None:
    """Teach the heads while the encoder stands still, so that it is not first torn by random ones.

    Fine-tuning from there keeps more of what the encoder knows (Kumar et al. 2022, 2202.10054).
    """
    recipe = student.recipe
    optimiser = torch.optim.AdamW(student.heads.parameters(), lr=PROBE, weight_decay=0.01)
    draw = random.Random(recipe.seed)  # noqa: S311 - an order, not a secret
    for _ in range(recipe.probe):
        draw.shuffle(examples)
        for batch in in_order(examples, 128):
            now = loss(student, student.state(batch), batch, weights)
            optimiser.zero_grad()
            torch.autograd.backward(now)
            optimiser.step()


def _slope(step: int, steps: int) -> float:
    """Return the share of the peak rate: up over the first tenth of the steps, down to nothing."""
    rise = max(1, steps // 10)
    return min((step + 1) / rise, max(0.0, (steps - step) / max(1, steps - rise)))


def _steps(kept: Sequence[Line], recipe: Recipe) -> int:
    """Return the steps of an epoch."""
    return max(1, -(-len(kept) // recipe.batch))


def _epoch(run: Run, total: int, tell: Step) -> None:
    """Go through the lines once, in batches of similar length, then measure."""
    student, recipe = run.student, run.student.recipe
    number = run.at.epoch
    torch.manual_seed(recipe.seed * 1000 + number)  # a resumed run draws what an unbroken one draws
    draw = random.Random(recipe.seed * 1000 + number)  # noqa: S311 - an order, not a secret
    order = sorted(run.kept, key=lambda x: len(x.encoding.ids) + draw.random() * 6)
    batches = [order[at : at + recipe.batch] for at in range(0, len(order), recipe.batch)]
    draw.shuffle(batches)
    student.train()
    for done, batch in enumerate(batches, 1):
        now = loss(student, student.state(batch), batch, run.weights)
        run.optimiser.zero_grad()
        torch.autograd.backward(now)
        torch.nn.utils.clip_grad_norm_(run.optimiser.param_groups[0]["params"], 1.0)
        run.optimiser.step()
        run.schedule.step()
        tell(number * len(batches) + done, total, run.at.words)
    run.at.judge(measure(student, run.held), student)
    tell((number + 1) * len(batches), total, run.at.words)


def _card(run: Run, lines: Sequence[Line], recipe: Recipe, command: str) -> dict[str, Any]:
    verdict = judge(run.student, run.held, recipe.cost)
    taught = {
        "intent": any(x.label not in (None, OUT_OF_SCOPE) for x in lines),
        "mood": any(x.mood for x in lines),
        "offence": any(x.offensive is not None for x in lines),
        "meaning": recipe.meaning > 0,
    }
    return {
        "format": heads.FORMAT,
        "labels": list(run.student.heads.labels),
        "heads": [name for name, there in taught.items() if there],
        "temperature": round(verdict.temperature, 3),
        "threshold": round(verdict.threshold, 4),
        "lean": [round(value, 2) for value in run.student.heads.lean.tolist()],
        "command": command,
        "lines": len(lines),
        "data": digest(lines),
        "recipe": asdict(recipe),
        "epochs": run.at.epoch,
        "held_out": {name: round(value, 4) for name, value in verdict.scores.items()},
    }
