"""The labelled comments as CSV that spreadsheets open without running anything in it."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO

from bot.studio.comments.sayings import nameless
from bot.studio.comments.spans import dated, mood
from bot.studio.comments.use import Comment
from bot.studio.comments.worries import worries

HEAD: Final = (
    "time", "sent_at", "room", "id", "viewer", "text", "lang", "intent", "score", "unsure",
    "sentiment", "offensive", "mood", "question", "product", "attribute", "reason", "objections",
    "topic", "answered_by", "waited",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet might compute (OWASP, CSV Injection)."""


class Table:
    """Writes a row for each comment; viewers are numbers, and nobody that it mentions is named."""

    def __init__(self, file: TextIO, offset: int) -> None:
        self._write = csv.writer(file, lineterminator="\r\n").writerow
        self._offset = timedelta(seconds=offset)
        file.write("\ufeff")  # or Excel takes Chinese for another encoding
        self._write(HEAD)

    def add(self, comment: Comment, topic: str, waited: float | None, *, by_bot: bool) -> None:
        """Write a comment with its topic's label and how long it waited for an answer."""
        who = "" if waited is None else "bot" if by_bot else "host"
        cells = (
            self._time(comment.at), f"{comment.at:.3f}", comment.room, comment.id,
            comment.who or "", nameless(comment.text), comment.lang, comment.intent,
            f"{comment.score:.4f}", int(comment.unsure), comment.sentiment,
            int(comment.offensive), mood(comment) or "", int(comment.question),
            comment.product or "", comment.attribute if comment.question else "",
            comment.reason or "", " ".join(worries(comment)), topic, who,
            "" if waited is None else f"{waited:.1f}",
        )  # fmt: skip
        self._write([safe(str(cell)) for cell in cells])

    def _time(self, at: float) -> str:
        if not dated(at):
            return ""
        return (datetime.fromtimestamp(at, UTC) + self._offset).strftime("%Y-%m-%d %H:%M:%S")


def safe(cell: str) -> str:
    """Return a cell that is text to a spreadsheet, whatever it begins with."""
    clean = cell.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return f"'{clean}" if clean.lstrip(" ").startswith(FORMULA) or clean[:1] in FORMULA else clean
