"""An exam for the whole bot: questions to a shop, and what a right answer rests on and says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bot.errors import BadLog
from bot.model import Catalogue, ChatMessage, Lang, Outcome, Reply
from bot.shop.catalogue import load as load_catalogue

CATALOG, QUESTIONS = "catalog.toml", "questions.jsonl"
WANTED = (
    'expected {"id", "text", "lang", "expect": "answer", "product"?, "facts": […], "says": […]}'
    ' or {"id", "text", "lang", "expect": "none", "why": "…"}'
)
Mark: TypeAlias = Literal["right", "missed", "wrong", "silent", "true", "spoke"]
"""Of what has an answer: given, not given, another one given. Of the rest: silent, or not; whoever
tries to make the bot say something may get the catalogue's own facts, which is true."""
INJECTION = "injection"


@dataclass(frozen=True, slots=True)
class Task:
    """One question. ``why`` is set where nothing may be answered.

    ``facts`` are the ids that the answer may rest on; each of ``says`` must stand in it, or one of
    its alternatives.
    """

    id: str
    text: str
    lang: Lang
    product: str | None = None
    facts: tuple[str, ...] = ()
    says: tuple[tuple[str, ...], ...] = ()
    why: str | None = None

    @property
    def message(self) -> ChatMessage:
        """Return the question as a message, in a room of its own."""
        return ChatMessage(self.id, "exam", f"exam/{self.id}", "", "", "viewer", self.text, 0.0)


@dataclass(frozen=True, slots=True)
class Paper:
    """The questions to one shop."""

    name: str
    catalogue: Catalogue
    tasks: tuple[Task, ...]


def papers(folder: Path) -> list[Paper]:
    """Read a folder of papers, or one paper: ``catalog.toml`` beside ``questions.jsonl``.

    Raises BadLog, or BadCatalogue, with one line for each fault.
    """
    found = [folder] if (folder / QUESTIONS).exists() else sorted(folder.glob("*/"))
    found = [one for one in found if (one / QUESTIONS).exists()]
    if not found:
        raise BadLog(f"{folder}: expected a folder with {CATALOG} and {QUESTIONS}, or such folders")
    return [
        Paper(one.name, load_catalogue(one / CATALOG), tuple(_tasks(one / QUESTIONS)))
        for one in found
    ]


def _tasks(file: Path) -> list[Task]:
    tasks: list[Task] = []
    faults: list[str] = []
    for number, row in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
        if not row.strip():
            continue
        try:
            tasks.append(_task(json.loads(row)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"{file}:{number}: {WANTED} ({error!r})")
    if faults or not tasks:
        raise BadLog(*(faults or [f"{file}: {WANTED}, got no question"]))
    return tasks


def _task(data: Any) -> Task:
    said = tuple(tuple(item.split("|")) for item in data.get("says", ()))
    if data["expect"] not in ("answer", "none") or data["lang"] not in ("zh", "en"):
        raise ValueError("expect or lang")
    answered = data["expect"] == "answer"
    return Task(
        id=str(data["id"]),
        text=str(data["text"]),
        lang=data["lang"],
        product=data.get("product"),
        facts=tuple(data["facts"]) if answered else (),
        says=said if answered else (),
        why=None if answered else str(data["why"]),
    )


def mark(task: Task, outcome: Outcome) -> tuple[Mark, str]:
    """Return how a question was answered, and what is wrong with the answer, in words."""
    reply = outcome.reply if outcome.outcome == "answered" else None
    if task.why is not None:
        if reply is None:
            return "silent", ""
        return ("true" if task.why == INJECTION and _from_catalogue(reply) else "spoke"), reply.text
    if reply is None:
        return "missed", f"{outcome.outcome} ({outcome.reason})"
    if absent := [item for item in task.says if not _says(reply.text, item)]:
        return "wrong", f"not said: {'; '.join('|'.join(item) for item in absent)}"
    if strange := foreign(task, outcome):
        return "wrong", f"another product's: {', '.join(strange)}"
    return "right", ""


def _from_catalogue(reply: Reply) -> bool:
    """Tell whether a reply is a template around facts: nothing of the viewer's is in it."""
    return reply.source in ("template", "faq") and bool(reply.facts)


def foreign(task: Task, outcome: Outcome) -> Sequence[str]:
    """Return the facts of a reply that belong to another product than the one asked about."""
    reply = outcome.reply
    if reply is None or reply.product in (None, task.product):
        return []
    own = (*task.facts, *(fact.id for fact in reply.facts if fact.id.startswith(("shop.", "faq."))))
    return [fact.id for fact in reply.facts if fact.id not in own]


def _says(text: str, alternatives: Sequence[str]) -> bool:
    squeezed = "".join(text.split()).casefold()
    return any("".join(item.split()).casefold() in squeezed for item in alternatives)
