"""The model card: what a trained folder is, for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "README.md"


def write(folder: Path, card: Mapping[str, Any], measured: Mapping[str, Any] | None) -> None:
    """Write the card of a trained ``folder`` beside its tensors, with what it was measured at."""
    recipe = card["recipe"]
    rows = [
        "# A reader for danmate",
        "",
        f"Made by `{card['command'] or 'danmate train'}`.",
        "",
        f"- labels ({len(card['labels'])}): {', '.join(card['labels']) or 'none'}",
        f"- heads: {', '.join(card['heads'])}",
        f"- lines: {card['lines']}, data hash {card['data']}",
        f"- method: {recipe['method']}, seed {recipe['seed']}, {card['epochs']} epochs",
        f"- temperature {card['temperature']}, unsure below {card['threshold']}",
        "",
    ]
    if card["held_out"]:
        rows += ["| held out | |", "|---|---|"]
        rows += [f"| {name} | {value} |" for name, value in card["held_out"].items()]
    if measured:
        rows += ["", "| measured | |", "|---|---|", f"| lines | {measured['lines']} |"]
        for name in ("accuracy", "macro_f1", "calibration_error"):
            if name in measured:
                rows.append(f"| {name} | {measured[name]} |")
        for name in ("sentiment", "offensive"):
            if name in measured:
                rows.append(f"| {name}: accuracy | {measured[name]['accuracy']} |")
    rows += ["", "```json", json.dumps(recipe), "```", ""]
    (folder / NAME).write_text("\n".join(rows), "utf-8")
