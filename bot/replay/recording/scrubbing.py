"""Takes people and their words out of recordings: what platforms delete, and who asks for it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.bus.removals import Removal, Told
from bot.replay.recording.journal import Folder, key_in
from bot.replay.recording.states import forgotten
from bot.rules.forgetting import Who, bare
from bot.shop.text import language

Row = dict[str, Any]
"""The line of an outcome."""
SOMEBODY = "…"


class Scrub:
    """Makes the lines of removed messages bare: who said what is gone, what became of it stays."""

    def __init__(self) -> None:
        self._removals: list[Removal] = []
        self._words: list[bytes] = []

    def __bool__(self) -> bool:
        return bool(self._removals)

    def add(self, removal: Removal, author: str | None) -> None:
        """Note a removal; ``author`` is how recordings call whose messages were removed."""
        of = removal.removed
        self._removals.append(
            Removal(type(of)(of.room, of.id, None if of.id is not None else author), removal.at)
        )
        self._words.append(json.dumps(of.id or author or of.room, ensure_ascii=False).encode())

    def change(self, line: bytes) -> bytes:
        """Return a line without what was removed; one that has lost nothing as it is."""
        if not any(word in line for word in self._words):
            return line
        if key_in(line) is None:
            return forgotten(line, self._whom)
        row: Row = json.loads(line)
        said = row["message"]
        names = ("id", "room", "author", "author_id", "sent_at")
        told = Told(**{name: said[name] for name in names})
        times = [removal.at for removal in self._removals if removal.covers(told)]
        if not times or not _tells(row):
            return line
        return _line(emptied(row, min(times)))

    def _whom(self, room: str) -> Who:
        """Return of whom, and of which messages, nothing is to stay in how a room stood."""
        here = [each.removed for each in self._removals if each.removed.room == room]
        ids = frozenset(of.author_id for of in here if of.author_id)
        return Who(ids=ids, messages=frozenset(of.id for of in here if of.id is not None))


def emptied(row: Row, at: float, answer: Row | None = None) -> Row:
    """Return the line of a message that was removed ``at``: who said what is gone, its end stays.

    So does what ``answer`` (else its reply) rested on, which is the shop's to tell: a replay of
    what others said after it needs it.
    """
    reply: Row = answer or row["reply"] or {}
    left: Row = {"at": at}
    admitted = row["outcome"] != "commanded" and row["reason"] != "shadow"
    if admitted and (facts := reply.get("facts")):
        lang = language(str(reply.get("text", "")), row["lang"] or "zh")
        left |= {"lang": lang, "facts": facts}
    bare = {**row["message"], "author": "", "author_id": "", "text": ""}
    kept = {key: value for key, value in row.items() if key != "because"}
    return {**kept, "message": bare, "reply": None, "notice": None, "removed": left}


def _tells(row: Row) -> bool:
    said = row["message"]
    return bool(said["author"] or said["author_id"] or said["text"] or row.get("reply"))


@dataclass
class Subject:
    """Whose lines are looked for: somebody that the operator named.

    ``masked`` tells, of a room and a name, what recordings call it; ``hashed`` the same of an id.
    """

    names: frozenset[str]
    ids: frozenset[str]
    room: str | None
    masked: Callable[[str, str], str]
    hashed: Callable[[str, str], str]
    messages: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    """What their lines call them."""
    _rooms: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def said(self, message: Mapping[str, Any]) -> bool:
        """Say whether a message is theirs."""
        room = str(message["room"])
        if self.room not in (None, room):
            return False
        names, ids = self._known(room)
        return message["author_id"] in ids or bare(str(message["author"])) in names

    def who(self, room: str) -> Who:
        """Return them by all that lines of a room may call them."""
        if self.room not in (None, room):
            return Who()
        names, ids = self._known(room)
        return Who(names | {bare(each) for each in self.called}, ids, frozenset(self.messages))

    def _known(self, room: str) -> tuple[frozenset[str], frozenset[str]]:
        if room not in self._rooms:
            masked = {self.masked(room, name) for name in self.names}
            hashed = {self.hashed(room, each) for each in self.ids | self.names}
            names, ids = self.names | masked, self.ids | hashed
            self._rooms[room] = frozenset(names - {""}), frozenset(ids - {""})
        return self._rooms[room]


def found(folder: Folder, of: Subject) -> list[Row]:
    """Return their lines in files, and remember which messages they are and how they are called."""
    rows = []
    for line in folder.lines():
        row: Row = json.loads(line) if key_in(line) else {}
        if row and of.said(row["message"]):
            rows.append(row)
            of.messages.add(str(row["message"]["id"]))
            of.called.add(str(row["message"]["author"]))
    return rows


def erase(folder: Folder, of: Subject) -> int:
    """Delete the lines of somebody in all finished files, and who replies to others name of them.

    ``found`` has been asked before. Returns how many lines that were. Raises OSError.
    """

    def without(line: bytes) -> bytes | None:
        if key_in(line) is None:
            return forgotten(line, of.who)
        row: Row = json.loads(line)
        if of.said(row["message"]):
            return None
        return _line(row) if _forgets(row, of) else line

    return folder.rewrite(without)


def _forgets(row: Row, of: Subject) -> bool:
    """Take somebody out of a reply that answers others too, and of a notice; say if they were."""
    before = _line(row)
    names = sorted(filter(None, of.called), key=len, reverse=True)
    named = re.compile("|".join(map(re.escape, names)) or r"\Z.", re.IGNORECASE)
    if reply := row.get("reply"):
        reply["answers"] = [each for each in reply["answers"] if each not in of.messages]
        reply["text"] = re.sub(f"@(?:{named.pattern}) ", "", reply["text"], flags=re.IGNORECASE)
    if notice := row.get("notice"):
        row["notice"] = named.sub(SOMEBODY, notice)
    return _line(row) != before


def _line(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
