"""A log of any size is read in flat memory."""

import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from bot.replay.formats import _log
from bot.replay.readers.source import Source
from tests.replay.readers.samples import PLUGINS, comment, danmu, lines, replayed, said

SIZE = 50_000_000
MOST = 4_000_000  # bytes: the head is held twice, as bytes and as text
ROWS = {
    "jsonl": lines({"text": "how much is it?" * 100, "author": "bob"}),
    "plain": "[0:05] bob: " + "how much is it? " * 100 + "\n",
    "youtube": lines(replayed(said("how much is it?" * 100))),
    "bilibili-commands": lines(danmu("多少钱" * 200)),
    "csv": "0:05,bob," + "how much is it? " * 100 + "\n",
    "bilibili-xml": f'<d p="1.5,1,25,16777215,1767225600,0,42,0" user="小明">{"多少钱" * 200}</d>\n',
    "twitch-downloader": json.dumps(comment("bob", "how much is it? " * 100)) + ",",
}
AROUND = {
    "csv": ("time,user,text\n", ""),
    "bilibili-xml": ("<i>", "</i>"),
    "twitch-downloader": ('{"FileInfo": {}, "comments": [', '{"message": {}}], "embeddedData": "' + "A" * 12_000_000 + '"}'),
}  # fmt: skip


class Endless(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, kind: str) -> None:
        before, after = AROUND.get(kind, ("", ""))
        self.count = SIZE // len(ROWS[kind].encode())
        self._parts = self._all(before.encode(), ROWS[kind].encode() * 100, after.encode())
        self._rest = b""

    def _all(self, before: bytes, rows: bytes, after: bytes) -> Iterator[bytes]:
        yield before or b"\n"
        for _ in range(self.count // 100):
            yield rows
        yield after

    def read(self, size: int = -1, /) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_memory_stays_flat_over_a_file_of_50_mb(kind: str) -> None:
    file = Endless(kind)
    tracemalloc.start()
    try:
        found = _log(Source(file, "x"), PLUGINS, "auto", strict=False)
        read = sum(1 for _ in found)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.format, found.skipped) == (kind, 0)
    assert read == file.count // 100 * 100
    limit = MOST + 24_000_000 * (kind == "twitch-downloader")  # a string of 12 MB, and its end
    assert most < limit
