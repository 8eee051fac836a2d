"""Fine-tune the reader's encoder on labelled lines: a LoRA adapter and two linear heads.

The first token learns the labels; the mean over the tokens, which is the embedding, is held to
what the untrained encoder gives, so that one pass serves intents and look-up alike.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.errors import BadLog
from bot.inference.encoder import Encoder, quiet_transformers

MOODS = ("negative", "neutral", "positive")
TARGETS = ["query", "key", "value", "dense"]
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line."""

    text: str
    label: str
    mood: str = "neutral"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. ``hold`` pulls the embedding towards the untrained one."""

    epochs: int = 6
    batch: int = 32
    rank: int = 16
    rate: float = 1e-3
    hold: float = 1.0
    smoothing: float = 0.05
    held_out: float = 0.1
    seed: int = 0


def load_lines(path: Path) -> list[Line]:
    """Read ``{"text", "intent", "sentiment"?}`` lines. Raises BadLog with each fault's line."""
    lines, faults = [], []
    for number, row in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not row.strip():
            continue
        try:
            data = json.loads(row)
            lines.append(Line(data["text"], data["intent"], data.get("sentiment", "neutral")))
        except (ValueError, KeyError, TypeError):
            faults.append(f'{path}:{number}: expected {{"text": …, "intent": …}}')
    if faults or not lines:
        raise BadLog(*(faults or [f"{path}: expected at least one line"]))
    return lines


class Student(nn.Module):
    """The encoder with its heads, while it learns."""

    def __init__(self, encoder: Encoder, labels: Sequence[str], rank: int) -> None:
        super().__init__()
        with quiet_transformers():
            from peft import LoraConfig, get_peft_model

            config = LoraConfig(
                r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=TARGETS
            )
            # the model is changed in place: its dense layers become LoRA layers
            self.adapted = get_peft_model(encoder.bert, config)
        self.encoder = encoder
        self.intent = nn.Linear(encoder.width, len(labels))
        self.mood = nn.Linear(encoder.width, len(MOODS))
        self.drop = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return (intent logits, mood logits, embedding)."""
        state, embedding = self.encoder(ids, mask)
        state = self.drop(state)
        return self.intent(state), self.mood(state), embedding


def train(
    folder: Path, lines: Sequence[Line], out: Path, recipe: Recipe, report: Report
) -> dict[str, float]:
    """Train on ``lines`` and write adapter, heads and card to ``out``; return held-out scores."""
    random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    labels = sorted({line.label for line in lines})
    kept, held = _split(lines, recipe)
    encoder = Encoder(folder)
    untrained = {line.text: vector for line, vector in _embed(encoder, lines)}
    student = Student(encoder, labels, recipe.rank)
    trainable = [p for p in student.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=recipe.rate, weight_decay=0.01)
    steps = recipe.epochs * (len(kept) // recipe.batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=steps + 1, pct_start=0.1
    )
    scores: dict[str, float] = {}
    for epoch in range(recipe.epochs):
        student.train()
        for batch in _batches(kept, recipe.batch):
            loss = _loss(student, batch, labels, untrained, recipe)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
        scores = measure(student, held, labels, untrained)
        report(f"epoch {epoch + 1}/{recipe.epochs}: {_row(scores)}")
    scores["temperature"] = _temperature(student, held, labels)
    _save(student, labels, lines, out, recipe, scores)
    return scores


def _row(scores: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in scores.items())


def _split(lines: Sequence[Line], recipe: Recipe) -> tuple[list[Line], list[Line]]:
    shuffled = sorted(lines, key=lambda line: line.text)
    random.Random(recipe.seed).shuffle(shuffled)  # noqa: S311 - a split, not a secret
    cut = int(len(shuffled) * recipe.held_out)
    return shuffled[cut:], shuffled[:cut]


def _batches(lines: Sequence[Line], size: int) -> list[list[Line]]:
    """Return the lines in random batches of similar length."""
    order = sorted(lines, key=lambda line: len(line.text) + random.random() * 8)  # noqa: S311
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    random.shuffle(batches)
    return batches


def _embed(encoder: Encoder, lines: Sequence[Line]) -> list[tuple[Line, Tensor]]:
    pairs: list[tuple[Line, Tensor]] = []
    encoder.eval()
    for batch in _batches(lines, 64):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            _, vectors = encoder(*encoder.pad_up(encoder.tokenize([b.text for b in batch])))
        pairs += zip(batch, vectors.clone(), strict=True)
    return pairs


def _loss(
    student: Student,
    batch: Sequence[Line],
    labels: Sequence[str],
    untrained: dict[str, Tensor],
    recipe: Recipe,
) -> Tensor:
    ids, mask = student.encoder.pad_up(student.encoder.tokenize([b.text for b in batch]))
    with torch.autocast("cpu", torch.bfloat16):
        intents, moods, vectors = student(ids, mask)
    wanted = torch.tensor([labels.index(line.label) for line in batch])
    felt = torch.tensor([MOODS.index(line.mood) for line in batch])
    original = torch.stack([untrained[line.text] for line in batch])
    drift = 1 - (vectors * original).sum(-1)
    smoothing = recipe.smoothing
    loss: Tensor = (
        F.cross_entropy(intents.float(), wanted, label_smoothing=smoothing)
        + 0.3 * F.cross_entropy(moods.float(), felt, label_smoothing=smoothing)
        + recipe.hold * drift.mean()
    )
    return loss


def measure(
    student: Student, lines: Sequence[Line], labels: Sequence[str], untrained: dict[str, Tensor]
) -> dict[str, float]:
    """Return accuracy of intent and mood, and the embedding's mean cosine to the untrained one."""
    student.eval()
    right = mood = 0
    cosine = 0.0
    for batch in _batches(lines, 64):
        ids, mask = student.encoder.pad_up(student.encoder.tokenize([b.text for b in batch]))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            intents, moods, vectors = student(ids, mask)
        original = torch.stack([untrained[line.text] for line in batch])
        cosine += float((vectors * original).sum())
        for line, guess, feel in zip(batch, intents.argmax(1), moods.argmax(1), strict=True):
            right += labels[int(guess)] == line.label
            mood += MOODS[int(feel)] == line.mood
    count = max(1, len(lines))
    return {"intent": right / count, "sentiment": mood / count, "embedding": cosine / count}


def _temperature(student: Student, lines: Sequence[Line], labels: Sequence[str]) -> float:
    """Return the divisor of the logits that makes held-out probabilities honest."""
    logits, wanted = [], []
    for batch in _batches(lines, 64):
        ids, mask = student.encoder.pad_up(student.encoder.tokenize([b.text for b in batch]))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            logits.append(student(ids, mask)[0].float())
        wanted += [labels.index(line.label) for line in batch]
    scores, target = torch.cat(logits).clone(), torch.tensor(wanted)
    candidates = [0.4 + 0.05 * step for step in range(33)]
    return min(candidates, key=lambda t: float(F.cross_entropy(scores / t, target)))


def _save(
    student: Student,
    labels: Sequence[str],
    lines: Sequence[Line],
    out: Path,
    recipe: Recipe,
    scores: dict[str, float],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tensors = {
        name.replace(".default", ""): tensor.half().contiguous()
        for name, tensor in student.adapted.named_parameters()
        if "lora_" in name
    }
    for head, layer in (("intent", student.intent), ("mood", student.mood)):
        tensors[f"{head}.weight"] = layer.weight.detach().half().contiguous()
        tensors[f"{head}.bias"] = layer.bias.detach().half().contiguous()
    save_file(tensors, out / "reader.safetensors")
    digest = hashlib.sha256("\n".join(sorted(f"{x.label}\t{x.text}" for x in lines)).encode())
    card = {
        "labels": list(labels),
        "scale": 2.0,
        "temperature": scores["temperature"],
        "lines": dict(sorted(Counter(line.label for line in lines).items())),
        "data": digest.hexdigest()[:16],
        "recipe": {slot: getattr(recipe, slot) for slot in recipe.__slots__},
        "held_out": {name: round(value, 4) for name, value in scores.items()},
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (out / "reader.json").write_text(text, "utf-8")
