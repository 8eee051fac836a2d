"""Small stand-ins that obey the Protocols: for tests where the models are not the point."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bot.bus.rooms import RedisRooms
from bot.config import Config, load
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.house import House
from bot.model import ChatMessage, Intent, Lang, Reading, Removed, Reply, Vector
from bot.ports import Reader
from bot.shop.text import language, tidy


class ScriptedReader:
    """Reads by a table of words: the first that a text contains gives its intent."""

    def __init__(self, table: Mapping[str, Intent], score: float = 0.99) -> None:
        self.table = table
        self.score = score
        self.read_texts: list[str] = []

    async def read(self, text: str) -> Reading:
        self.read_texts.append(text)
        line = tidy(text)
        intent: Intent = next((i for word, i in self.table.items() if word in line), "chitchat")
        return Reading(intent, self.score, {intent: self.score}, "neutral", language(line, "zh"))

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        return [await self.read(text) for text in texts]

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        return [() for _ in texts]


class ScriptedJudge:
    """Takes a passage for an answer where it holds the word that the table gives a question."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = table
        self.asked: list[tuple[str, int]] = []

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        self.asked.append((question, len(passages)))
        word = next((w for q, w in self.table.items() if q in question), "\0")
        return [0.97 if word in passage else 0.02 for passage in passages]


class ScriptedWriter:
    """Writes what it is told to, or nothing."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.prompts: list[str] = []

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        self.prompts.append(prompt)
        return self.text


class ScriptedSession:
    """Says what is given, then ends or breaks off; keeps what is posted, or raises in turn."""

    def __init__(
        self,
        *faults: Exception | None,
        says: Sequence[ChatMessage | Removed] = (),
        breaks: Exception | None = None,
    ) -> None:
        self.posted: list[Reply] = []
        self.faults = list(faults)
        self.says = says
        self.breaks = breaks

    async def messages(self) -> AsyncIterator[ChatMessage | Removed]:
        for message in self.says:
            yield message
        if self.breaks is not None:
            raise self.breaks

    async def post(self, reply: Reply) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.posted.append(reply)


def said(
    text: str, *, number: int = 1, author: str = "Ann", role: str = "viewer", at: float = 1000.0
) -> ChatMessage:
    """A message with everything but the text made up."""
    return ChatMessage(
        id=f"m{number}",
        platform="test",
        room="test/room",
        author=author,
        author_id=author.lower(),
        role=role,  # type: ignore[arg-type]  # tests name roles as plain text
        text=text,
        sent_at=at,
    )


def recorded_room(
    folder: Path, store_url: str, texts: Sequence[str] = (), more: str = ""
) -> Config:
    """Return a room in which ``texts`` were said, with a queue of ``store_url``.

    Its page has a free port; ``more`` are further tables of its config.toml.
    """
    with (folder / "log.jsonl").open("w") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps(asdict(said(text, number=number, author=f"v{number}"))) + "\n")
    (folder / "config.toml").write_text(
        f"""
        [store]
        url = "{store_url}"
        [web]
        port = 0
        {more}
        [[rooms]]
        platform = "recording"
        catalog = "demo"
        file = "log.jsonl"
        out = "posted.jsonl"
        """
    )
    return load(folder / "config.toml")


def scripted(house: House, reader: Reader) -> Services:
    """Return what the pipeline of a house works with, a reader in place of all models."""
    return Services(
        clock=house.clock,
        rooms=RedisRooms(house.store),
        shops=RoomShops(house.catalogues, None, None),
        reader=reader,
        writer=None,
        rules=house.config.rules(),
        abilities=house.abilities,
    )
