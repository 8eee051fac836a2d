"""The chat of fifty rooms: lines that all differ, because the reader remembers what it has read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from random import Random

from bot.commands.loads.figures import ROOMS
from bot.model import GOODS, INTENTS

QUESTIONS = 0.1
"""Share of the lines that ask about goods."""
TOLD = INTENTS[10:]
"""What nobody answers: greetings and the like, not who asks to show or when it ends."""
_TABLES = """
[bot]
mode = "auto"
[store]
data = "store"
[models]
writer = "none"
threads = {threads}
[reply]
window = {window}
cooldown = 0.0
user_cooldown = 0.0
[limits]
account = [[1000000, 1.0]]
room = [[1000000, 1.0]]
margin = 0.0
[web]
port = 0
[log]
level = "warning"
"""
_ROOM = """
[[rooms]]
platform = "recording"
catalog = "demo"
file = "room{number}.jsonl"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One line: when it is said, counted from the beginning, in which of the rooms, and what."""

    id: str
    at: float
    room: str
    text: str


class Chat:
    """Lines of the reader's training data, shuffled: one in ten asks about goods."""

    def __init__(self) -> None:
        self._draw = Random(0)  # noqa: S311 - a sample, not a secret
        asked: list[str] = []
        told: list[str] = []
        for file in sorted(Path(str(files("bot.inference"))).glob("data/intents.*.jsonl")):
            for row in map(json.loads, file.read_text("utf-8").splitlines()):
                if row["intent"] in GOODS:
                    asked.append(row["text"])
                elif row["intent"] in TOLD:
                    told.append(row["text"])
        self._draw.shuffle(asked)
        self._draw.shuffle(told)
        self.asked, self.told = cycle(asked), cycle(told)

    def text(self) -> str:
        """Return the next line."""
        return next(self.asked if self._draw.random() < QUESTIONS else self.told)

    def said(self, run: str, rate: float, seconds: float, begin: float = 0.0) -> Iterator[Said]:
        """Yield what is said at ``rate`` lines a second, at random moments in random rooms."""
        at, number = begin, 0
        while (at := at + self._draw.expovariate(rate)) < begin + seconds:
            number += 1
            yield Said(f"{run}{number}", at, room(self._draw.randrange(ROOMS)), self.text())


def room(number: int) -> str:
    """Return the name of a room."""
    return f"bench/{number}"


def write(folder: Path, said: list[Said], *, window: float, threads: int) -> Path:
    """Write the rooms' recordings and return the configuration that plays them.

    Every recording begins with a greeting at 0.0, so that all rooms keep the same time.
    """
    names = [room(number) for number in range(ROOMS)]
    lines = {name: [_line(f"lead {name}", 0.0, name, "主播好")] for name in names}
    for each in said:
        lines[each.room].append(_line(each.id, each.at, each.room, each.text))
    config = _TABLES.format(window=window, threads=threads)
    for number, of in enumerate(lines.values()):
        (folder / f"room{number}.jsonl").write_text("".join(of), "utf-8")
        config += _ROOM.format(number=number)
    file = folder / "config.toml"
    file.write_text(config, "utf-8")
    return file


def _line(id_: str, at: float, of: str, text: str) -> str:
    row = {"id": id_, "room": of, "platform": "bench", "author": f"viewer {id_}", "text": text}
    return json.dumps(row | {"author_id": id_, "sent_at": at}, ensure_ascii=False) + "\n"
