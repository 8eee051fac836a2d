"""Comments analysed for the page: those that a room still holds, and those of a recording."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.bus.server import Store
from bot.model import Outcome, Reading
from bot.ports import Reader
from bot.web.lines import as_json
from bot.workshop.analysing import FEW, Patient
from tests.fakes import ScriptedReader
from tests.web.asking import answered, left, line
from tests.web.entry import ROOM, START, Entry
from tests.web.test_rooms import happen, until
from tests.web.test_studio import begun, over

FILE = "danmate-20260101T120000Z.jsonl"
ELSEWHERE = "room/elsewhere"
SAID = (
    *(answered("多少钱", START + n, author=f"a{n}") for n in range(4)),
    *(left("防水吗", START + 10 + n, author=f"b{n}") for n in range(2)),
    Outcome(line("=1+1 你好", START + 20, author="c"), "ignored", "not_a_question", lang="zh"),
)


class Counting(ScriptedReader):
    """The quick reader, which notes how many lines it was asked for at once."""

    def __init__(self) -> None:
        super().__init__({"多少钱": "price", "防水": "product", "你好": "greeting"})
        self.asked: list[int] = []

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        self.asked.append(len(texts))
        return await super().read_all(texts)


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


@asynccontextmanager
async def reading(entry: Entry, reader: Reader) -> AsyncIterator[httpx.AsyncClient]:
    """Let a moderator in, with a reader that the worker has lent."""
    with entry.meaning.lent(reader):
        async with entry.visiting("moderator") as http:
            yield http


async def analysed(http: httpx.AsyncClient, **wish: Any) -> dict[str, Any]:
    return await over(http, await begun(http, "analysis", {"room": ROOM, **wish}))


async def test_what_a_room_holds_is_analysed_and_kept_in_three_forms(
    entry: Entry, store: Store
) -> None:
    elsewhere = Outcome(line("多少钱", START, room=ELSEWHERE), "ignored", "no_words")
    await happen(store, *SAID, elsewhere)
    async with reading(entry, Counting()) as http:
        work = await analysed(http, lang="en")
        path = f"/api/studio/works/{work['id']}/files"
        page, table = await http.get(f"{path}/html"), await http.get(f"{path}/csv")
        figures = (await http.get(f"{path}/json")).json()
    assert (work["state"], work["files"]) == ("done", ["html", "json", "csv"])
    made = work["made"]
    assert (made["comments"], made["viewers"]) == (len(SAID), len(SAID))
    assert (made["began"], made["ended"]) == (START, START + 20)
    assert {each["name"]: each["count"] for each in made["intents"]} == {
        "price": 4, "product": 2, "greeting": 1,
    }  # fmt: skip
    assert 1 <= len(made["findings"]) <= 5
    for finding in made["findings"]:
        for pointer, value in finding["figures"].items():
            assert at(figures, pointer) == value  # what is said can be looked up
    assert page.headers["content-disposition"].startswith("attachment;")
    assert "<script" not in page.text
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert len(rows) == len(SAID)
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert table.text.count("\ufeff") == 1  # by which spreadsheets know UTF-8


def at(figures: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) points to."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        figures = figures[int(name)] if isinstance(figures, list) else figures[name]
    return figures


async def test_a_recording_that_is_listed_is_analysed_for_the_room_alone(entry: Entry) -> None:
    other = Outcome(line("防水吗", START + 30, room=ELSEWHERE), "ignored", "no_words")
    await asyncio.to_thread(recorded, entry.folder / "recordings", (*SAID, other))
    async with reading(entry, Counting()) as http:
        [listed] = (await http.get("/api/studio", params={"room": ROOM})).json()["recordings"]
        work = await analysed(http, recording=listed["name"], lang="zh")
    assert work["made"]["comments"] == len(SAID)
    assert work["made"]["text"].startswith("1. ")


def recorded(folder: Path, said: Sequence[Outcome]) -> None:
    folder.mkdir()
    (folder / FILE).write_text("".join(f"{json.dumps(row(each))}\n" for each in said), "utf-8")


def row(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a recording holds it."""
    found: dict[str, Any] = json.loads(as_json(outcome))
    return found


async def test_where_nobody_has_spoken_there_is_nothing_to_analyse(entry: Entry) -> None:
    async with reading(entry, Counting()) as http:
        work = await analysed(http)
    assert (work["state"], work["fault"], work["files"]) == ("failed", "no_comments", [])


async def test_without_a_reader_it_says_so(entry: Entry, store: Store) -> None:
    await happen(store, *SAID)
    async with entry.visiting("moderator") as http:
        work = await analysed(http)
    assert (work["state"], work["fault"]) == ("failed", "no_reader")


async def test_a_reader_that_answers_viewers_is_asked_for_a_few_lines_at_a_time() -> None:
    reader = Counting()
    texts = [f"多少钱 {n}" for n in range(3 * FEW + 1)]
    found = await Patient(reader).read_all(texts)
    assert reader.asked == [FEW, FEW, FEW, 1]
    assert (len(found), reader.read_texts) == (len(texts), texts)


class Stuck(ScriptedReader):
    """A reader that never has done."""

    async def read(self, text: str) -> Reading:
        await asyncio.Event().wait()
        return await super().read(text)


async def test_an_analysis_is_stopped_while_it_reads(entry: Entry, store: Store) -> None:
    await happen(store, *SAID)
    async with reading(entry, Stuck({})) as http:
        work = await begun(http, "analysis", {"room": ROOM})
        path = f"/api/studio/works/{work['id']}"
        await until(http, path, lambda told: told["of"] > 0)
        assert (await http.post(f"{path}/stop", json={})).json()["state"] == "stopped"
        again = await begun(http, "description", {"room": ROOM, "sku": "A1"})
        assert (await over(http, again))["state"] == "done"
