"""Who wrote: viewers as numbers, and the streams of a recording that they came to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from bot.model import ChatMessage
from bot.studio.comments.values import Regular, Viewers, Visit

PAUSE: Final = 3_600.0
"""Seconds of silence in all rooms after which the next stream begins."""
REGULARS: Final = 10
STREAMS: Final = 30
"""Streams that are told one by one, the latest."""


@dataclass(slots=True)
class _Viewer:
    number: int
    stream: int
    comments: int = 0
    questions: int = 0
    streams: int = 1


@dataclass(slots=True)
class _Stream:
    first: float
    last: float
    viewers: int = 0
    new: int = 0


@dataclass(slots=True)
class Crowd:
    """Numbers viewers in the order in which they first write; keeps no name."""

    _viewers: dict[bytes, _Viewer] = field(default_factory=dict)
    _streams: list[_Stream] = field(default_factory=list)

    def add(self, message: ChatMessage, *, question: bool) -> int:
        """Count a comment and return its viewer's number; 0 where nobody is named."""
        stream = self._stream(message.sent_at)
        name = message.author_id or message.author
        if not name:
            return 0
        key = f"{message.platform}\0{name}".encode("utf-8", "surrogatepass")
        digest = blake2b(key, digest_size=8).digest()
        viewer = self._viewers.get(digest)
        if viewer is None:
            viewer = self._viewers[digest] = _Viewer(len(self._viewers) + 1, stream)
            self._streams[stream].new += 1
            self._streams[stream].viewers += 1
        elif viewer.stream < stream:
            viewer.stream = stream
            viewer.streams += 1
            self._streams[stream].viewers += 1
        viewer.comments += 1
        viewer.questions += question
        return viewer.number

    def _stream(self, at: float) -> int:
        """Return the stream that goes on at a time; what comes out of order belongs to the last."""
        if not self._streams or at - self._streams[-1].last > PAUSE:
            self._streams.append(_Stream(at, at))
        self._streams[-1].last = max(self._streams[-1].last, at)
        return len(self._streams) - 1

    def viewers(self) -> Viewers:
        """Return what has been counted."""
        every = self._viewers.values()
        return Viewers(
            count=len(every),
            once=sum(one.comments == 1 for one in every),
            several=sum(one.comments > 1 for one in every),
            visits=tuple(self._visits()),
            returning=sum(one.streams > 1 for one in every),
            regulars=tuple(
                Regular(f"#{one.number}", one.comments, one.questions, one.streams)
                for one in sorted(every, key=lambda one: (-one.comments, one.number))[:REGULARS]
            ),
        )

    def _visits(self) -> Iterator[Visit]:
        for one in self._streams[-STREAMS:]:
            yield Visit(one.first, one.last, one.viewers, one.new, one.viewers - one.new)
