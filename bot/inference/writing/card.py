"""The card of a trained writer: what the folder is, for people."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from bot.inference.training.card import NAME
from bot.inference.writing.measure import Figures
from bot.inference.writing.recipe import Recipe
from bot.inference.writing.source import digest
from bot.model import Lang

TERMS = """## Terms

Gemma is provided under and subject to the Gemma Terms of Use found at
<https://ai.google.dev/gemma/terms>. An adapter of gemma-3-270m is a Model Derivative of it: using
or passing it on is subject to these terms and to the Gemma Prohibited Use Policy
(<https://ai.google.dev/gemma/prohibited_use_policy>). `adapter_model.safetensors` was made by
fine-tuning as said above; the base weights are not part of it."""
ROWS = {
    "pairs": "held-out pairs",
    "true": "worded: bound and passed by the guard",
    "answered": "answerable: worded",
    "refused": "unanswerable: refused",
    "unfinished": "wordings without an end",
    "unbound": "wordings with a fact under another name",
    "numbers": "wordings with a number that no fact has",
    "distinct": "different wordings",
    "per_second": "replies a second",
}
"""What each figure says."""


def write(
    out: Path, source: str, recipe: Recipe, figures: Mapping[Lang, Figures], command: str
) -> None:
    """Write the card of a trained folder beside its tensors, with what it was measured at."""
    lines = [
        "# A writer's adapter for danmate",
        "",
        f"Made by `{command or 'danmate train-writer'}`:",
        f"a LoRA adapter for `{source}` that teaches it to put the marks of facts into",
        "a friendly sentence, and to refuse where the facts do not answer the question.",
        "`words.json` lists every token that a wording may hold.",
        "",
        f"- pairs: {recipe.steps * recipe.batch}, invented by danmate, data hash {digest()};",
        "  no text of any data set, chat or shop is among them",
        f"- seed {recipe.seed}, {recipe.steps} steps of {recipe.batch} pairs",
        "",
        f"| other goods and other questions than in training | {' | '.join(figures)} |",
        "|---|" + "---|" * len(figures),
    ]
    rows = [asdict(each) for each in figures.values()]
    lines += [
        f"| {says} | {' | '.join(str(row[key]) for row in rows)} |" for key, says in ROWS.items()
    ]
    lines += ["", "```json", json.dumps(asdict(recipe)), "```", "", TERMS, ""]
    (out / NAME).write_text("\n".join(lines), "utf-8")
