"""Teach the writer: invented pairs in, a LoRA adapter with its words and its card out."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import get_args

import torch
from safetensors.torch import load_file, save_file

from bot.errors import MissingWeights
from bot.inference import lora
from bot.inference.decoder import CONFIG, TENSORS, WORDS
from bot.inference.weights import readable
from bot.inference.writing import checkpoint
from bot.inference.writing.learner import PREFIX, Example, Learner
from bot.inference.writing.pairs import pairs
from bot.inference.writing.recipe import Recipe
from bot.inference.writing.source import digest
from bot.model import Lang

EVERY = 50
"""Steps after which a run that is cut off loses nothing."""
FADE = 0.95
"""How much of the loss that is shown is what it was a step before."""
Step = Callable[[int, int, float], None]
"""Told after each step: steps done, steps in all, the loss of late."""


def train(folder: Path, out: Path, recipe: Recipe, tell: Step, start: Path | None = None) -> None:
    """Teach the model in ``folder`` and write the adapter to ``out``, which is there.

    ``start`` is a folder of an earlier training to begin from. A run that was cut off goes on
    where it last saved when it is called again with the same recipe. Raises MissingWeights.
    """
    torch.manual_seed(recipe.seed)
    factors = _earlier(start) if start else None
    learner = Learner(folder, recipe.rank)
    if factors is not None:
        lora.begin_from(learner.body, factors)
    taught = [p for p in learner.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(taught, lr=recipe.rate, weight_decay=recipe.decay)
    run = f"{folder} {start or ''} {digest()} {sorted(asdict(recipe).items())}"
    done = checkpoint.resume(out, run, learner, optimiser)
    shown = 0.0
    for at, batch in enumerate(batches(learner, recipe)[done:], done):
        optimiser.param_groups[0]["lr"] = recipe.rate * slope(at, recipe)
        loss = learner.loss(batch)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(taught, recipe.clip)
        optimiser.step()
        optimiser.zero_grad()
        shown = FADE * shown + (1 - FADE) * float(loss.detach()) if shown else float(loss.detach())
        tell(at + 1, recipe.steps, shown)
        if (at + 1) % EVERY == 0:
            checkpoint.save(out, run, at + 1, learner, optimiser)
    write(learner, out, recipe)
    checkpoint.forget(out)


def batches(learner: Learner, recipe: Recipe) -> list[list[Example]]:
    """Return the batches of a run in their order: each of one language and of like prompts."""
    draw = Random(recipe.seed)  # noqa: S311 - an order, not a secret
    made: list[list[Example]] = []
    langs = get_args(Lang)
    for at, lang in enumerate(langs):
        count = (recipe.steps + at) // len(langs) * recipe.batch
        examples = [learner.prepare(pair) for pair in pairs(recipe.seed, count, lang)]
        for first in range(0, count, recipe.window * recipe.batch):
            near = examples[first : first + recipe.window * recipe.batch]
            # by the prompt alone: refusals are short, and a batch of them would teach to refuse
            near.sort(key=lambda example: len(example.prompt))
            made += [near[i : i + recipe.batch] for i in range(0, len(near), recipe.batch)]
    draw.shuffle(made)
    return made


def slope(step: int, recipe: Recipe) -> float:
    """Return the share of the peak rate at a step: up in a line, down along a cosine."""
    rise = max(1, round(recipe.steps * recipe.warm))
    if step < rise:
        return (step + 1) / rise
    way = (step - rise) / max(1, recipe.steps - rise)
    return recipe.least + (1 - recipe.least) * (1 + math.cos(math.pi * way)) / 2


def write(learner: Learner, out: Path, recipe: Recipe) -> None:
    """Write the adapter to ``out`` as peft and the decoder read it, with the words beside it."""
    save_file(learner.taught(), out / TENSORS)
    kinds: Sequence[str] = sorted({name.split(".")[-3] for name in learner.taught()})
    config = {
        "base_model_name_or_path": "google/gemma-3-270m",
        "bias": "none",
        "lora_alpha": lora.SCALE * recipe.rank,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": recipe.rank,
        "target_modules": kinds,
        "task_type": "CAUSAL_LM",
    }
    (out / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    text = json.dumps(learner.words, ensure_ascii=False, indent=0)
    (out / WORDS).write_text(text + "\n", "utf-8")


def _earlier(start: Path) -> dict[str, torch.Tensor]:
    with readable(start, f"{TENSORS} as danmate train-writer writes it"):
        tensors = load_file(start / TENSORS)
    if not any(name.startswith(PREFIX) for name in tensors):
        raise MissingWeights(f"{start / TENSORS}: expected a writer's adapter")
    return {name.removeprefix(PREFIX): tensor for name, tensor in tensors.items()}
