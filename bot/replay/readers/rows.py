"""JSON of any size as its elements: lines of JSON, one array, or an object that holds one."""

import json
import re
from collections.abc import Iterator, KeysView

from bot.replay.readers.source import LONGEST, Piece, Source

FIRST = 20  # lines that are looked at
WALKED = ("comments", "messages", "items")  # the arrays of an object that are walked into
NAMED = re.compile(rf'"({"|".join(WALKED)})"\s*:\s*$')
ARRAY = re.compile(r'\[\s*(?:[{"\[\]]|$)')
BACK = 200  # characters before a bracket in which its name stands
# whole strings and what stands between them; possessive, so that it never goes back
INSIDE = re.compile(r'(?:[^"{}\[\]]++|"(?:[^"\\\n]++|\\.)*+["\n])*+', re.DOTALL)
BESIDE = re.compile(r'(?:[^"{}\[\],]++|"(?:[^"\\\n]++|\\.)*+["\n])*+', re.DOTALL)
QUOTED = re.compile(r'(?:[^"\\\n]++|\\.)*+', re.DOTALL)  # to the end of a string, or of its line
WHOLE = json.JSONDecoder().raw_decode
NEXT = re.compile(r",\s*(?=\{)")
SUSPECT = 1_000_000  # characters: so long an element may be one that was never closed
BLANK = re.compile(r"[\s\ufeff\x1e]*+")


def by_line(head: str) -> bool:
    """Return whether each line holds a value of its own: then a broken one costs only itself."""
    text = head.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return not ARRAY.match(text)
    lines = [line for line in text.split("\n", FIRST) if line.strip()]
    if first := _object(lines[0]):
        named = any(isinstance(first.get(name), list) for name in WALKED)
        return not named or "text" in first
    return 2 * sum(bool(_object(line)) for line in lines) >= len(lines)


def _object(line: str) -> dict[str, object]:
    if not line.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Rows:
    """The elements of a JSON source in file order; ``before`` is what an object said before them.

    A broken element costs only itself: elements are told apart by their brackets, and a string
    ends with its line. Iterate once.
    """

    def __init__(self, source: Source) -> None:
        self.before = ""
        self._source = source

    def __iter__(self) -> Iterator[Piece]:
        if by_line(self._source.head):
            return self._source.lines()
        return _Walk(self._source, self).run()


class _Walk:
    """Cuts a stream of JSON into its elements, without reading them."""

    def __init__(self, source: Source, rows: Rows) -> None:
        self._source = source
        self._rows = rows
        self._chunks = source.chunks()
        self._text = ""
        self._from = self._at = 0  # where in the text the element begins, and how far it is read
        self._parts: list[str] = []  # of the element, from before the text
        self._size = 0  # characters of these parts
        self._quoted = False
        self._name: str | None = None  # of the array that is walked; None outside of one
        self._count = 0
        self._keys: KeysView[str] = {}.keys()  # of the last element that was whole

    def run(self) -> Iterator[Piece]:
        """Yield the elements, and a fault where an array is not closed."""
        while char := self._start():
            if self._name is None and char == "[":
                self._enter("")
            elif self._name is not None and char == ",":
                self._at += 1
            elif self._name is not None and char == "]":
                self._leave()
            elif piece := self._value():
                yield piece
        if self._name is not None:
            yield Piece(self._place(), "", "expected ] after the last element, the file ends")

    def _start(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            if found := BLANK.match(self._text, self._at):
                self._at = found.end()
            self._from = self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _enter(self, name: str) -> None:
        self._at += 1
        self._name, self._count = name, 0

    def _leave(self) -> None:
        """Go behind the array, and the object that holds it; nothing of that is kept."""
        self._at += 1
        depth = 1 if self._name else 0
        while depth and (char := self._bracket(depth)):
            self._at += 1
            depth += 1 if char in "{[" else -1
        self._forget()
        self._name, self._count = None, 0

    def _value(self) -> Piece | None:
        """Read a value; None where it holds an array that is walked instead."""
        if self._name is not None and self._at_once():
            return self._close(whole=True)
        depth = 0
        while char := self._bracket(depth):
            if not depth and char in ",]}":
                self._at += not self._size and self._at == self._from  # it closes nothing
                break
            if self._size > SUSPECT and self._resumed():
                return self._broken()
            if depth == 1 and char == "[" and self._name is None and (name := self._named()):
                self._rows.before = name.string[: name.start()]
                self._forget()
                self._enter(name[1])
                return None
            self._at += 1
            depth += 1 if char in "{[" else -1
            if not depth:
                break
        if not char and depth and self._resumed():
            return self._broken()
        return self._close(whole=bool(char) or not depth)

    def _at_once(self) -> bool:
        """Go behind an element that is whole and all here, which nearly all of them are."""
        if self._text[self._at] not in '{["':
            return False
        try:
            found, end = WHOLE(self._text, self._at)
        except (ValueError, RecursionError):
            return False
        if self._text[self._at] == '"' and self._text[end : end + 1] not in (",", "]"):
            return False  # more may follow
        self._at = end
        self._keys = found.keys() if isinstance(found, dict) else self._keys
        return True

    def _resumed(self) -> bool:
        """Go to the next element inside of this one, which has a bracket or a quote too few.

        An element is known by its keys: it has most of those that the one before had.
        """
        if self._name is None or not self._keys:
            return False
        text = "".join(self._parts) + self._text[self._from :]
        for found in NEXT.finditer(text, 1):
            try:
                keys = WHOLE(text, found.end())[0].keys()
            except (ValueError, RecursionError):
                continue
            if 2 * len(keys & self._keys) > len(self._keys):
                self._text, self._from, self._at = text, found.end(), found.end()
                return True
        self._keys = {}.keys()  # there is none: look no more until one is whole
        return False

    def _broken(self) -> Piece:
        piece = Piece(self._place(), "", "expected JSON: a bracket or quote is missing")
        self._quoted = False
        self._count += 1
        self._forget()
        return piece

    def _named(self) -> re.Match[str] | None:
        near = self._text[max(self._from, self._at - BACK) : self._at]
        if len(near) < BACK:  # its name may be cut in two
            near = "".join(self._parts)[-BACK:] + near
        if not NAMED.search(near):
            return None
        return NAMED.search("".join(self._parts) + self._text[self._from : self._at])

    def _close(self, *, whole: bool) -> Piece:
        text = "".join(self._parts) + self._text[self._from : self._at]
        size = self._size + self._at - self._from
        place = self._place()
        self._forget()
        self._count += 1
        if not whole:
            return Piece(place, "", "expected the end of this element, the file ends inside it")
        return self._source.piece(place, text, size)

    def _place(self) -> str:
        if self._name is None:
            return f"{self._source.name}: value {self._count + 1}"
        return f"{self._source.name}: {self._name}[{self._count}]"

    def _bracket(self, depth: int) -> str:
        """Go to the next bracket (at depth 0 comma too) outside of strings; "" at the end."""
        while True:
            if self._quoted and self._go(QUOTED) in ("\n", '"'):
                self._at += 1
                self._quoted = False
            if not self._quoted:
                char = self._go(INSIDE if depth else BESIDE)
                if char and char != '"':
                    return char
                self._at += len(char)
                self._quoted = bool(char)
                if char:
                    continue
            if not self._more():
                self._at = len(self._text)
                return ""

    def _go(self, pattern: re.Pattern[str]) -> str:
        if found := pattern.match(self._text, self._at):
            self._at = found.end()
        return self._text[self._at : self._at + 1]

    def _more(self) -> bool:
        """Put the next chunk behind what is not read yet, and aside what is."""
        chunk = next(self._chunks, "")
        if not chunk:
            return False
        self._size += self._at - self._from
        if self._size > LONGEST:
            self._parts.clear()
        elif self._at > self._from:
            self._parts.append(self._text[self._from : self._at])
        self._text = self._text[self._at :] + chunk
        self._from = self._at = 0
        return True

    def _forget(self) -> None:
        self._parts.clear()
        self._size = 0
        self._from = self._at
