"""What the models said in a replay, written down: another replay takes it from there.

So a change of rules shows alone: with pinned models nothing but rules, catalogue and guard can move
an answer. One JSON object a line, the makers first; what was asked for twice stands once.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from bot.errors import BadLog
from bot.inference.cache import Outputs
from bot.model import Lang, Reading

FORMAT: Final = 1
KINDS: Final = ("reading", "judgement", "wording")
WANTED: Final = "expected what danmate replay --record writes"
TEXTS: Final = 10
"""Texts without a recorded output that are named."""


class Recorder:
    """Writes down every output that ``under`` gives or gets, once. Obeys Outputs."""

    def __init__(self, under: Outputs, file: TextIO, makers: Mapping[str, str]) -> None:
        self._under = under
        self._file = file
        self._noted: set[tuple[str, str]] = set()
        file.write(_line({"danmate": "outputs", "format": FORMAT, "makers": dict(makers)}))

    def get(self, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of those keys that are known."""
        found = self._under.get(kind, keys)
        self._note(kind, {key: found[key] for key in keys if key in found})
        return found

    def put(self, kind: str, found: Mapping[str, bytes]) -> None:
        """Keep values."""
        self._note(kind, found)
        self._under.put(kind, found)

    def _note(self, kind: str, found: Mapping[str, bytes]) -> None:
        for key, raw in found.items():
            if (kind, key) not in self._noted:
                self._noted.add((kind, key))
                value = _plain(msgspec.msgpack.decode(raw))
                self._file.write(_line({"kind": kind, "key": key, "value": value}))


class Pinned:
    """The outputs of a file. Obeys Outputs; ``makers`` says who made them."""

    def __init__(
        self, outputs: Mapping[str, Mapping[str, bytes]], makers: Mapping[str, str]
    ) -> None:
        self._outputs = outputs
        self.makers = makers

    def get(self, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of those keys that were recorded."""
        known = self._outputs.get(kind, {})
        return {key: known[key] for key in keys if key in known}

    def put(self, kind: str, found: Mapping[str, bytes]) -> None:
        """Keep nothing: what is pinned does not change."""


class Unrecorded:
    """Stands where the models were: notes what was not recorded, and says nothing to it.

    Implements ports.Reader, Judge and Writer.
    """

    def __init__(self) -> None:
        self.asked: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}

    def __len__(self) -> int:
        return sum(map(len, self.asked.values()))

    async def read(self, text: str) -> Reading:
        """Return a reading that nothing is done with."""
        self.asked["reading"][text] = None
        return Reading("chitchat", 0.0, {}, "neutral", "zh", unsure=True)

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return such a reading for each text."""
        return [await self.read(text) for text in texts]

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return that no passage answers."""
        self.asked["judgement"].update(dict.fromkeys(f"{question} | {row}" for row in passages))
        return [0.0] * len(passages)

    async def write(self, prompt: str, _: Lang, __: float) -> str | None:
        """Return no wording: the template goes."""
        self.asked["wording"][prompt] = None
        return None

    def told(self) -> list[str]:
        """Return in lines what was asked and not recorded."""
        return [
            f"{kind}: {len(texts)} not recorded: " + "; ".join(map(repr, list(texts)[:TEXTS]))
            for kind, texts in self.asked.items()
            if texts
        ]


def load(file: Path) -> Pinned:
    """Read a file of outputs. Raises BadLog, with the line."""
    outputs: dict[str, dict[str, bytes]] = {kind: {} for kind in KINDS}
    makers: Mapping[str, str] = {}
    try:
        with file.open(encoding="utf-8") as rows:
            for number, row in enumerate(rows, 1):
                if number == 1:
                    makers = _header(row, file)
                else:
                    kind, key, raw = _output(row, f"{file}:{number}")
                    outputs[kind][key] = raw
    except (OSError, UnicodeDecodeError) as error:
        raise BadLog(f"{file}: {WANTED} ({error})") from None
    if not makers and not any(outputs.values()):
        raise BadLog(f"{file}: {WANTED}, got nothing")
    return Pinned(outputs, makers)


def _header(row: str, file: Path) -> Mapping[str, str]:
    try:
        head = json.loads(row)
        if head["danmate"] == "outputs" and head["format"] == FORMAT:
            return {str(kind): str(maker) for kind, maker in head["makers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise BadLog(f"{file}:1: {WANTED}, format {FORMAT}")


def _output(row: str, where: str) -> tuple[str, str, bytes]:
    try:
        found = json.loads(row)
        kind, key, value = KINDS[KINDS.index(found["kind"])], found["key"], found["value"]
        return kind, str(key), msgspec.msgpack.encode(_packed(value))
    except (ValueError, KeyError, TypeError) as error:
        raise BadLog(f"{where}: {WANTED} ({error!r})") from None


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: bytes as base64."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _packed(value: Any) -> Any:
    if isinstance(value, dict) and list(value) == ["base64"]:
        return base64.b64decode(value["base64"], validate=True)
    return [_packed(each) for each in value] if isinstance(value, list) else value


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
