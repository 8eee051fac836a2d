"""XML of danmaku as its elements, cut by its brackets: a broken one costs only itself.

No XML parser is asked: recorders write characters that XML forbids, and files end where the
power did. So nothing is ever expanded either: a document type is a fault, whatever it declares.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.errors import BadFrame
from bot.replay.readers.source import LONGEST, Piece, Source

TAG = re.compile(r"""<([\w:.-]+)((?:[\s/](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)?+)>""")
ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
ASIDE = re.compile(r"<\?.*?\?>|<!--.*?-->|</[^<>]*>|<i(?:\s[^<>]*)?>", re.DOTALL)
ASIDE_BEGINS = re.compile(r"<(?:\?|!(?:-|$)|/|$)")
NESTED = re.compile(r"<(?:d|sc|gift|guard|toast|metadata)[\s/>]")  # no text of another element
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
STRAY = re.compile(r"[^\s\ufeff\]>]")  # text between elements; a document type may leave ]>
HOLDERS = ("metadata", "BililiveRecorderXmlStyle")


class Element(NamedTuple):
    """One element: its name, its attributes, and the text inside, entities resolved."""

    name: str
    attributes: Mapping[str, str]
    text: str


def parsed(text: str) -> Element:
    """Return the element that a text is. Raises BadFrame."""
    found = TAG.match(text)
    if not found:
        raise BadFrame("expected an XML element")
    pairs = ATTRIBUTE.findall(found[2])
    inner = text[found.end() :].rpartition("</")[0]
    cut = CDATA.sub(lambda each: html.escape(each[1], quote=False), inner)
    attributes = {name: html.unescape(one or other) for name, one, other in pairs}
    return Element(found[1], attributes, html.unescape(cut))


class Elements:
    """The elements below the root of a source in file order, each as its own text."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chunks = source.chunks()
        self._text, self._at = "", 0
        self._line = 1

    def __iter__(self) -> Iterator[Piece]:
        stray: Piece | None = None
        while self._at < len(self._text) or self._more():
            start = self._text.find("<", self._at)
            end = start if start >= 0 else len(self._text)
            if not stray and (found := STRAY.search(self._text, self._at, end)):
                self._forward(found.start())
                stray = self._fault("expected an XML element, got text")
            if stray and start >= 0:
                yield stray
                stray = None
            self._forward(end)
            if start >= 0 and (piece := self._element()):
                yield piece
        if stray:
            yield stray

    def _element(self) -> Piece | None:
        """Take what begins here; None if it counts for nothing."""
        while True:
            if found := ASIDE.match(self._text, self._at):
                self._forward(found.end())
                return None
            if tag := TAG.match(self._text, self._at):
                end = self._end(tag)
                if nested := self._nested(tag, end or len(self._text)):
                    fault = f"expected </{tag[1]}> before the next element"
                    return self._drop(fault, nested.start())
                if end:
                    return self._take(end)
            elif not ASIDE_BEGINS.match(self._text, self._at) and (broken := self._broken()):
                return broken
            if len(self._text) - self._at > LONGEST:
                return self._drop(f"expected at most {LONGEST} characters in an element")
            if not self._more():
                return self._drop("expected the end of this element, the file ends inside it")

    def _end(self, tag: re.Match[str]) -> int:
        """Return where an element ends, 0 where that is not here yet."""
        if tag[2].endswith("/"):
            return tag.end()
        closing = self._text.find(f"</{tag[1]}", tag.end())
        return self._text.find(">", closing) + 1 if closing > 0 else 0

    def _nested(self, tag: re.Match[str], end: int) -> re.Match[str] | None:
        """Return the element that begins inside of this one: then this one was never closed."""
        return None if tag[1] in HOLDERS else NESTED.search(self._text, tag.end(), end)

    def _take(self, end: int) -> Piece:
        text = self._text[self._at : end]
        piece = self._source.piece(self._place(), text, len(text))
        self._forward(end)
        return piece

    def _broken(self) -> Piece | None:
        closing = self._text.find(">", self._at)
        if self._text.startswith("<!", self._at) and closing > 0:
            return self._drop("expected no document type", closing + 1)
        following = self._text.find("<", self._at + 1)
        return self._drop("expected an XML element", following) if following > 0 else None

    def _drop(self, fault: str, end: int | None = None) -> Piece:
        piece = self._fault(fault)
        self._forward(len(self._text) if end is None else end)
        return piece

    def _fault(self, fault: str) -> Piece:
        return Piece(self._place(), "", fault)

    def _place(self) -> str:
        return f"{self._source.name}:{self._line}"

    def _forward(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        chunk = next(self._chunks, "")
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)
