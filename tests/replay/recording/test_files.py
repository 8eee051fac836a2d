"""Files of recordings: begun in time, packed once they are full, whole wherever they are cut."""

import json
import os
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.server import Store
from bot.errors import BadLog
from bot.replay.recording import journal
from bot.replay.recording.journal import Folder
from bot.replay.recording.packing import NEW, Packing, files, lines, pack
from tests.flow.desk import START, Desk
from tests.replay.recording.stage import asked, heard, ids, outcomes, settled, stage, started

PACKINGS: list[Packing] = list(get_args(Packing))
DAY = 86_400.0


def line(number: int, text: str = "多少钱") -> bytes:
    message = {"id": f"m{number}", "platform": "test", "text": text, "author": f"v{number}"}
    return (
        json.dumps({"message": message, "outcome": "ignored"}, ensure_ascii=False).encode() + b"\n"
    )


def written(place: Path, *rows: bytes, packing: Packing = "gz", now: float = START) -> Path:
    """Write one finished recording."""
    folder = Folder(place, packing=packing)
    file = folder.begin(now)
    file.write(b'{"danmate": "recording"}\n')
    for row in rows:
        file.write(row)
    file.close()
    folder.finish()
    return max(files(place))


@given(st.data(), st.lists(st.text(max_size=80), min_size=1, max_size=40))
def test_a_file_that_is_cut_anywhere_is_read_up_to_there(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, texts: list[str]
) -> None:
    """Not before the last line begins where the file is plain; never with a fault that ends it."""
    packing = data.draw(st.sampled_from(PACKINGS))
    rows = [line(number, text) for number, text in enumerate(texts)]
    path = written(tmp_path_factory.mktemp("cut"), *rows, packing=packing)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:at])
    found = list(lines(path))[1:]
    assert found == rows[: len(found)]
    if packing == "none":
        assert len(found) >= whole[:at].count(b"\n") - 1
    if at == len(whole):
        assert found == rows
    try:
        messages, _, skipped = heard(path)
    except BadLog:  # nothing of it is left by which anybody could tell what it was
        assert not found
    else:
        assert [each.id for each in messages][: len(found)] == [f"m{n}" for n in range(len(found))]
        assert skipped <= 2


@pytest.mark.parametrize("packing", PACKINGS)
async def test_a_new_file_begins_where_one_is_full(
    store: Store, tmp_path: Path, packing: Packing
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path, packing=packing, size=0.004))
    for number in range(30):
        await desk.hear(asked(number, desk.clock.now() + 0.5))
        await settled(desk, taking)
    await taking.end()
    found = files(tmp_path)
    assert len(found) > 4
    assert {path.suffix for path in found} == {".jsonl" if packing == "none" else f".{packing}"}
    assert ids(tmp_path) == [f"m{number}" for number in range(30)]
    for path in found:
        messages, other, skipped = heard(path)
        assert messages
        assert (skipped, other >= 1) == (0, True)
        assert sum(map(len, lines(path))) < 8000


@pytest.mark.parametrize(("span", "count"), [(3600.0, 4), (DAY, 2)])
async def test_a_new_file_begins_with_each_hour_or_day(
    store: Store, tmp_path: Path, span: float, count: int
) -> None:
    desk = Desk(store)
    desk.clock.advance(DAY * 20 - 5400)
    taking = await started(stage(desk, tmp_path, span=span))
    for number in range(4):
        await desk.hear(asked(number, desk.clock.now()))
        await settled(desk, taking)
        desk.clock.advance(desk.clock.now() + 3600)
        await taking.step(block=0.0)
    await taking.end()
    assert len(files(tmp_path)) == count
    assert ids(tmp_path) == ["m0", "m1", "m2", "m3"]


async def test_a_file_in_which_nothing_has_happened_is_not_kept(
    store: Store, tmp_path: Path
) -> None:
    taking = await started(stage(Desk(store), tmp_path))
    assert len(files(tmp_path)) == 1
    await taking.end()
    assert files(tmp_path) == []


def test_files_that_begin_in_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    for number in range(12):
        written(tmp_path, line(number))
    endings = ["", *(f"-{number}" for number in range(2, 13))]
    names = [f"danmate-19700101T001640Z{ending}.jsonl.gz" for ending in endings]
    assert [path.name for path in files(tmp_path)] == names


def test_what_a_crash_left_is_finished_without_its_last_line(tmp_path: Path) -> None:
    for packing in PACKINGS:
        folder = Folder(tmp_path / packing, packing=packing)
        file = folder.begin(START)
        file.write(line(1) + line(2) + line(3)[:-9])
        os.close(file._file)
        (tmp_path / packing / f"danmate-19700101T001640Z.jsonl.gz{NEW}").write_bytes(b"half")
        folder.finish()
        [path] = files(tmp_path / packing)
        assert list(lines(path)) == [line(1), line(2)]
        assert heard(path)[2] == 0
        assert not list((tmp_path / packing).glob(f"*{NEW}"))


def test_what_was_packed_when_the_process_died_is_there_once(tmp_path: Path) -> None:
    path = written(tmp_path, line(1), packing="none")
    plain = path.read_bytes()
    pack(path, "gz")
    path.write_bytes(plain)  # it had not been deleted yet
    Folder(tmp_path).finish()
    assert [found.suffix for found in files(tmp_path)] == [".gz"]


def test_a_file_that_is_written_is_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path, keep=1.0)
    file = folder.begin(START)
    file.write(line(1))
    folder.finish()
    assert folder.rewrite(lambda _: None) == 0
    assert list(lines(file.path)) == [line(1)]
    file.close()
    assert folder.rewrite(lambda _: None) == 1


def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    for packing in PACKINGS:
        one, other = (written(tmp_path / f"{packing}{n}", line(1), packing=packing) for n in "ab")
        assert one.read_bytes() == other.read_bytes()


def test_only_the_owner_may_read_a_recording(tmp_path: Path) -> None:
    path = written(tmp_path / "new", line(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_older_than_it_is_kept_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    folder = Folder(tmp_path, keep=10 * DAY)
    old, young = (written(tmp_path, line(n), now=START + n) for n in (1, 2))
    others = [tmp_path / name for name in ("notes.jsonl", "danmate-best.jsonl.gz", "x.gz")]
    catalogue, sold = tmp_path / "catalog-aaaaaaaaaaaa.toml", tmp_path / "catalog-bbbbbbbbbbbb.toml"
    for path in (*others, catalogue, sold):
        path.write_text("mine")
    now = young.stat().st_mtime + 3 * DAY
    for path in (old, *others):
        os.utime(path, (0, now - 11 * DAY))
    os.utime(sold, (0, now - 13 * DAY))
    assert folder.prune(now) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != journal.LOCK) == sorted(
        path.name for path in (young, catalogue, *others)
    )
    assert Folder(tmp_path).prune(now + 1000 * DAY) == 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_recordings_are_in_the_order_in_which_they_began(
    tmp_path_factory: pytest.TempPathFactory, times: list[int]
) -> None:
    place = tmp_path_factory.mktemp("order")
    for number, at in enumerate(sorted(times)):
        written(place, line(number), packing="none", now=START + at)
    rows: list[Any] = [row["message"]["id"] for row in outcomes(place)]
    assert all(int(one[1:]) < int(other[1:]) for one, other in pairwise(rows))
