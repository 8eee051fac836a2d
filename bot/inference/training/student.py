"""The encoder with its heads while it learns, and what it is told to get right."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.errors import MissingWeights
from bot.inference import lora
from bot.inference.encoder import Encoder
from bot.inference.heads import BODY, HEAD, Heads, Trained
from bot.inference.ngrams import Targets, grams
from bot.inference.training.lines import OUT_OF_SCOPE, Line
from bot.inference.training.recipe import Recipe
from bot.model import SENTIMENTS

UNKNOWN = -100
"""What cross_entropy passes over."""
WARMTH = 0.1
"""Temperature of the contrastive loss."""


@dataclass(frozen=True, slots=True)
class Example:
    """A line made ready: its tokens, its targets (UNKNOWN where not known), its meaning."""

    encoding: Encoding
    bag: list[int]
    """Buckets of its n-grams."""
    label: int
    mood: int
    offence: float
    outside: bool
    meaning: Tensor
    state: Tensor | None = None
    """The heads' input, where the encoder stands still and need not be asked again."""


class Student(nn.Module):
    """``forward(ids, mask)`` gives the heads' input (n, 2 width)."""

    def __init__(self, encoder: Encoder, labels: Sequence[str], recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.encoder = encoder
        if recipe.method == "lora":
            lora.adapt(encoder.bert, recipe.rank)
        elif recipe.method == "full":
            # a row of the vocabulary is met too seldom to learn, and there are a quarter million
            encoder.bert.embeddings.requires_grad_(requires_grad=False)
        else:
            encoder.bert.requires_grad_(requires_grad=False)
        self.heads = Heads(encoder.width, labels)
        self.heads.ngrams.requires_grad_(requires_grad=False)  # it is taught apart
        self.drop = nn.Dropout(recipe.drop)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the heads' input."""
        whole = self.recipe.method == "full"
        with torch.autocast("cpu", torch.bfloat16, enabled=whole):
            state: Tensor = self.encoder(ids, mask)[0]
        return self.heads.ready(state.float())

    def state(self, batch: Sequence[Example]) -> Tensor:
        """Return the heads' input for a batch, (n, 2 width)."""
        known = [example.state for example in batch if example.state is not None]
        if len(known) == len(batch):
            return self.heads.ready(torch.stack(known))
        state: Tensor = self(*self.encoder.pad_up([example.encoding for example in batch]))
        return state

    def taught(self) -> dict[str, Tensor]:
        """Return what was taught, in half precision, under the names that Trained wants."""
        body = self.encoder.bert
        tensors = {HEAD + name: t for name, t in self.heads.state_dict().items()}
        if self.recipe.method == "lora":
            tensors |= lora.changes(body)
        elif self.recipe.method == "full":
            tensors |= {BODY + n: p.detach() for n, p in body.named_parameters() if p.requires_grad}
        if not bool(self.heads.lean.any()):
            tensors = {name: t for name, t in tensors.items() if ".ngrams." not in name}
        return {name: tensor.half() for name, tensor in tensors.items()}

    def start_from(self, before: Trained) -> None:
        """Begin with what another training by the same method taught: its encoder and its heads.

        Of the intents' head those rows are taken whose labels are wanted here too. Raises
        MissingWeights where the method or the adapter's shape is another.
        """
        method = before.card["recipe"]["method"]
        if method != self.recipe.method:
            raise MissingWeights(
                f"to start from: expected a reader made by --method {self.recipe.method},"
                f" got one by {method}"
            )
        if method == "lora":
            lora.begin_from(self.encoder.bert, before.tensors)
        before.embody(self.encoder)
        own = self.heads.state_dict()
        for name in own:
            found = before.tensors.get(HEAD + name)
            if found is None:
                continue
            if name.startswith(("ngrams.", "lean")):
                continue  # it is taught anew, in seconds
            if name.startswith("intent."):
                for row, label in enumerate(self.heads.labels):
                    if label in before.labels:
                        own[name][row] = found[before.labels.index(label)].float()
            else:
                own[name] = found.float()
        self.heads.load_state_dict(own)


def prepare(lines: Sequence[Line], labels: Sequence[str], encoder: Encoder) -> list[Example]:
    """Tokenise the lines and put their targets into numbers; the meaning is filled in later."""
    place = {label: at for at, label in enumerate(labels)}
    nothing = torch.zeros(encoder.width)
    return [
        Example(
            encoding=encoding,
            bag=grams(line.input),
            label=place.get(line.label or "", UNKNOWN),
            mood=SENTIMENTS.index(line.mood) if line.mood else UNKNOWN,
            offence=float("nan") if line.offensive is None else float(line.offensive),
            outside=line.label == OUT_OF_SCOPE,
            meaning=nothing,
        )
        for line, encoding in zip(lines, encoder.tokenize([x.input for x in lines]), strict=True)
    ]


def targets(examples: Sequence[Example]) -> Targets:
    """Return what the examples are labelled, as tensors."""
    return Targets(
        label=torch.tensor([example.label for example in examples]),
        mood=torch.tensor([example.mood for example in examples]),
        offence=torch.tensor([example.offence for example in examples]),
    )


def loss(student: Student, state: Tensor, batch: Sequence[Example], weights: Tensor) -> Tensor:
    """Return what ``student`` has still to learn on a batch whose state (n, 2 width) is given."""
    recipe, heads = student.recipe, student.heads
    dropped = student.drop(state)
    wanted = targets(batch)
    label, mood, offence = wanted.label, wanted.mood, wanted.offence
    outside = torch.tensor([example.outside for example in batch])
    meaning = torch.stack([example.meaning for example in batch])
    total = state.sum() * 0.0
    logits = heads.intent(dropped)
    if bool((label != UNKNOWN).any()):
        total = total + F.cross_entropy(
            logits, label, weight=weights, label_smoothing=recipe.smoothing
        )
        if recipe.contrast:
            total = total + recipe.contrast * contrast(state, label)
    if bool(outside.any()):  # none of the labels: as likely the one as the other
        total = total - logits[outside].log_softmax(-1).mean() * float(outside.float().mean())
    if bool((mood != UNKNOWN).any()):
        total = total + 0.3 * F.cross_entropy(heads.mood(dropped), mood, label_smoothing=0.05)
    if bool((known := ~offence.isnan()).any()):
        score = heads.offence(dropped).squeeze(-1)
        total = total + 0.5 * F.binary_cross_entropy_with_logits(score[known], offence[known])
    if bool(meaning.any()):
        apart = 1.0 - F.cosine_similarity(heads.meaning(state), meaning).mean()
        total = total + recipe.meaning * apart
    return total


def contrast(state: Tensor, label: Tensor) -> Tensor:
    """Return the supervised contrastive loss: lines of one label together, others apart."""
    unit = F.normalize(state, dim=-1)
    alike = unit @ unit.T / WARMTH
    itself = torch.eye(len(label), dtype=torch.bool)
    same = (label[:, None] == label[None, :]) & ~itself & (label[:, None] != UNKNOWN)
    chance = alike.masked_fill(itself, -1e9).log_softmax(-1)
    friends = same.sum(1)
    if not bool((friends > 0).any()):
        return state.sum() * 0.0
    each = -(chance * same).sum(1)[friends > 0] / friends[friends > 0]
    return each.mean()
