"""What recordings hold of one viewer is handed over and deleted, while danmate records."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.model import ChatMessage
from bot.replay.recording.masks import Masks
from bot.replay.recording.means import Means
from bot.replay.recording.packing import files
from bot.replay.recording.recorder import Recorder
from bot.vault import pseudonyms
from tests.fakes import ScriptedSession
from tests.flow.desk import ROOM, SHOP, START, Desk
from tests.replay.recording.stage import everything, heard, ids, outcomes, settled, stage, started
from tests.replay.recording.test_crash import LIMIT

PEOPLE = ("Zaphod", "小明同学", "Bob")


class Privacy:
    """``danmate privacy`` with a queue, a key, and a folder of recordings."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.secrets = {"DANMATE_SECRETS": str(folder / "secrets")}

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        values = (f"store.url={self._url}", f'record.dir="{self._folder / "recordings"}"')
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "privacy", *words,
            *(part for value in values for part in ("--set", value)),
            env={**os.environ, **self.secrets, "PYTHONUTF8": "1"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def privacy(store_url: str, tmp_path: Path) -> Privacy:
    return Privacy(store_url, tmp_path)


async def keyed(desk: Desk, place: Path, privacy: Privacy, *, named: bool) -> Means:
    """Return what records with the key that the command finds."""
    made = await pseudonyms.kept(privacy.secrets)
    masks = Masks(made, desk.rules, {ROOM: SHOP.name}, hashed=pseudonyms.MARK)
    use = stage(desk, place, named=named)
    return use if named else replace(use, masks=masks, scene=replace(use.scene, masks=masks))


async def chat(privacy: Privacy) -> list[ChatMessage]:
    """Return what three people say, by the ids under which danmate knows them; two ask the same."""
    made = await pseudonyms.kept(privacy.secrets)
    texts = ("4号多少钱", "4号多少钱", "你好 @Zaphod", "几点下播", "你好", "有货吗")
    return [
        ChatMessage(
            id=f"m{number}",
            platform="test",
            room=ROOM,
            author=(who := PEOPLE[number % 3]),
            author_id=made(ROOM, f"uid-{who}"),
            role="viewer",
            text=text,
            sent_at=START + number / 10,
        )
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("user", "named"), [("zaphod", False), ("uid-Zaphod", False), ("@Zaphod", True)]
)
async def test_a_viewer_is_found_by_name_and_by_id_in_recordings_that_are_old(
    store: Store, tmp_path: Path, privacy: Privacy, user: str, *, named: bool
) -> None:
    """The queue has forgotten them long ago."""
    desk, place = Desk(store), tmp_path / "recordings"
    taking = await started(await keyed(desk, place, privacy, named=named))
    await desk.hear(*await chat(privacy))
    await desk.hear(
        replace((await chat(privacy))[0], id="m9", author="Mo", role="moderator",
                text="!bot mute Zaphod", author_id="~mo")
    )  # fmt: skip
    await settled(desk, taking)
    await taking.end()
    await taking.use.desk.release()
    await store.client.flushall()
    before = outcomes(place)
    code, out, err = await privacy("export", "--user", user)
    assert code == 0, err
    rows: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert [row["what"]["message"]["id"] for row in rows] == ["m0", "m3"]
    assert {(row["where"], row["room"]) for row in rows} == {("recordings", ROOM)}
    code, out, err = await privacy("erase", "--user", user)
    assert code == 0, err
    assert json.loads(out)["recordings"] >= 2
    assert ids(place) == [
        row["message"]["id"] for row in before if row["message"]["id"] not in ("m0", "m3")
    ]
    called = {row["message"]["author"] for row in before if row["message"]["id"] == "m0"}.pop()
    left = outcomes(place)
    assert [row for row in left if row["reply"] and called in row["reply"]["text"]] == []
    assert [row for row in left if row["reply"] and "m0" in row["reply"]["answers"]] == []
    assert [row for row in left if row["notice"] and called.lower() in row["notice"].lower()] == []
    assert heard(files(place)[0])[2] == 0
    assert json.loads((await privacy("erase", "--user", user))[1])["recordings"] == 0


async def test_a_viewer_is_erased_from_a_recording_that_goes_on(
    store: Store, tmp_path: Path, privacy: Privacy
) -> None:
    desk, place, stop = Desk(store), tmp_path / "recordings", asyncio.Event()
    use = replace(await keyed(desk, place, privacy, named=False), clock=WallClock())
    async with asyncio.timeout(LIMIT):
        running = asyncio.create_task(Recorder(use, on=True).run(stop))
        while not place.is_dir() or not files(place):
            await store.client.ping()
        await desk.hear(*await chat(privacy))
        await desk.post(ScriptedSession(), START + 9)
        while not place.is_dir() or len(ids(place)) < 6:
            await store.client.ping()
        code, out, err = await privacy("erase", "--user", "Zaphod")
        assert code == 0, err
        assert json.loads(out)["recordings"] >= 2
        assert ids(place) == ["m1", "m2", "m4", "m5"]
        again = replace((await chat(privacy))[4], id="m7")
        await desk.hear(again)
        stop.set()
        await running
    assert ids(place) == ["m1", "m2", "m4", "m5", "m7"]
    assert "zaphod" not in everything(place).decode().lower()


async def test_only_the_room_that_is_named_forgets(
    store: Store, tmp_path: Path, privacy: Privacy
) -> None:
    desk, place = Desk(store), tmp_path / "recordings"
    taking = await started(await keyed(desk, place, privacy, named=False))
    await desk.hear(*await chat(privacy))
    await settled(desk, taking)
    await taking.end()
    await taking.use.desk.release()
    code, out, _ = await privacy("erase", "--user", "Zaphod", "--room", "test/other")
    assert (code, json.loads(out)["recordings"]) == (0, 0)
    assert len(ids(place)) == 6
