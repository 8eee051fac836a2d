"""What danmate keeps of viewers: under which name, for whom, and what no log says."""

import asyncio
import io
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import telemetry
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.persons import Persons
from bot.bus.removals import Removals
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store, connect
from bot.config.tables import PrivacyTable
from bot.errors import BadConfig, Refused
from bot.flow.clock import WallClock
from bot.flow.gateway import Gateway
from bot.flow.sweep import Keep, Sweep
from bot.model import ChatMessage, Outcome, Reading, Removed
from bot.vault import FileVault, pseudonyms
from tests.fakes import ScriptedReader, ScriptedSession, said
from tests.flow.desk import WORDS, Desk, ScriptedAdapter
from tests.flow.test_gateway import PATIENT, live
from tests.flow.test_worker import LIMIT

Call = Callable[..., subprocess.CompletedProcess[str]]
NAMED = pseudonyms.keyed(b"k" * 32)
ROOM = "test/room"


@pytest.fixture
def restored() -> Iterator[None]:
    """Leave the logging of the other tests as it was."""
    handlers, level, hook = logging.root.handlers[:], logging.root.level, sys.excepthook
    yield
    logging.root.handlers[:], logging.root.level, sys.excepthook = handlers, level, hook
    structlog.reset_defaults()


# Pseudonyms -------------------------------------------------------------------------------------


async def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    environ = {"DANMATE_SECRETS": str(tmp_path / "secrets")}
    several = await asyncio.gather(*(pseudonyms.kept(environ) for _ in range(5)))
    assert len({named(ROOM, "42") for named in several}) == 1
    [file] = (tmp_path / "secrets").rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    await FileVault(tmp_path / "secrets").put("twitch", {"token": "x"})  # log-ins go on beside it
    assert await FileVault(tmp_path / "secrets").names() == ["twitch"]


async def test_who_deletes_the_key_makes_earlier_pseudonyms_nobodys(tmp_path: Path) -> None:
    environ = {"DANMATE_SECRETS": str(tmp_path)}
    before = (await pseudonyms.kept(environ))(ROOM, "42")
    (pseudonyms.place(environ) / "pseudonyms.json").unlink()
    assert (await pseudonyms.known(environ))(ROOM, "42") == "42"
    assert (await pseudonyms.kept(environ))(ROOM, "42") != before


@pytest.mark.parametrize("text", ['{"key": "abc"}', '{"key": "xyz"}', "[]", ""])
async def test_a_key_that_is_none_is_one_line_with_its_file(tmp_path: Path, text: str) -> None:
    environ = {"DANMATE_SECRETS": str(tmp_path)}
    await pseudonyms.kept(environ)
    file = pseudonyms.place(environ) / "pseudonyms.json"
    file.write_text(text)
    with pytest.raises(BadConfig, match=r"pseudonyms\.json"):
        await pseudonyms.kept(environ)


async def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    environ = {"DANMATE_SECRETS": str(tmp_path)}
    await pseudonyms.kept(environ)
    (pseudonyms.place(environ) / "pseudonyms.json").chmod(0o644)
    with pytest.raises(BadConfig, match="0600"):
        await pseudonyms.kept(environ)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that takes no files")
async def test_where_no_key_can_be_kept_there_is_one_for_the_time_being() -> None:
    environ = {"DANMATE_SECRETS": "/proc/danmate/secrets"}
    one, other = await pseudonyms.kept(environ), await pseudonyms.kept(environ)
    assert one(ROOM, "42") == one(ROOM, "42") != other(ROOM, "42")
    assert (await pseudonyms.known(environ))(ROOM, "42") == "42"


@given(st.text(), st.text(), st.text(min_size=1))
def test_one_viewer_has_one_pseudonym_a_platform_and_no_other_has_it(
    one: str, other: str, platform: str
) -> None:
    rooms = [f"{platform}/a", f"{platform}/b"]
    first = NAMED(rooms[0], one)
    assert first == NAMED(rooms[1], one)
    assert (first == NAMED(rooms[0], other)) == (one == other)
    assert (first == "") == (one == "")
    assert not one or first != NAMED(f"other{platform}/a", one)


@asynccontextmanager
async def heard(desk: Desk, *says: ChatMessage | Removed) -> AsyncIterator[Gateway]:
    """Let a room say this to a gateway that has pseudonyms; the block runs once it has."""
    adapter, stop = ScriptedAdapter(ScriptedSession(says=says)), asyncio.Event()
    door = Gateway(adapter, desk.store, desk.inbox, desk.outbox, desk.clock, pseudonym=NAMED)
    async with asyncio.timeout(LIMIT):
        running = asyncio.create_task(door.run(stop))
        while door.accepted < sum(isinstance(each, ChatMessage) for each in says):
            await desk.store.client.ping()
        yield door
        stop.set()
        await running


async def test_behind_the_gateway_nobody_is_known_by_their_id(store: Store) -> None:
    desk, client = Desk(store, rules=PATIENT), cast("Any", store.client)
    says = [replace(said("4号多少钱"), author_id="141981764"), said("你好", number=2, author="Bob")]
    async with heard(desk, Removed(desk.room, author_id="141981764"), *says):
        entry, _ = await desk.inbox.read("w", 9)
        assert entry.message.author_id == NAMED(desk.room, "141981764")
        assert set((await desk.rooms.get(desk.room)).cleared) == {NAMED(desk.room, "141981764")}
        async for name in client.scan_iter(_type="stream"):
            assert "141981764" not in repr(await client.xrange(name))


async def test_who_is_banned_is_recognised_by_the_pseudonym(store: Store) -> None:
    desk = Desk(store, rules=PATIENT)
    ann, bob = said("4号多少钱", at=900.0), said("1号有货吗", number=2, author="Bob", at=1e9)
    async with heard(desk, Removed(desk.room, author_id="ann"), ann, bob):
        await desk.worker.step()
        found = {
            each.message.id: each.reason
            for each in await desk.events()
            if isinstance(each, Outcome)
        }
        assert found == {"m1": "deleted", "m2": None}
        await desk.set(slots=())


# Export and erase -------------------------------------------------------------------------------


@pytest.fixture
def privacy(store_url: str, tmp_path: Path) -> Call:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        secrets = {"DANMATE_SECRETS": str(tmp_path / "secrets"), "PYTHONUTF8": "1"}
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", "privacy", *words, "--set", f"store.url={store_url}"],
            env={**os.environ, **secrets}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return call


async def test_a_viewer_is_handed_over_then_forgotten_and_again_is_no_fault(
    privacy: Call, store: Store, tmp_path: Path
) -> None:
    named = await pseudonyms.kept({"DANMATE_SECRETS": str(tmp_path / "secrets")})
    for number, author in enumerate(("Ann", "Bob", "Ann")):
        line = replace(said(f"多少钱 {number}", number=number, author=author))
        await Inbox(store).put(replace(line, author_id=named(ROOM, f"id-{author}")))
    done = privacy("export", "--user", "id-Ann", "--out", str(tmp_path / "ann.jsonl"))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    rows = [json.loads(line) for line in (tmp_path / "ann.jsonl").read_text("utf-8").splitlines()]
    assert [(row["where"], row["what"]["text"]) for row in rows] == [
        ("waiting", "多少钱 0"),
        ("waiting", "多少钱 2"),
    ]
    assert privacy("export", "--user", "@ann").stdout.splitlines() == [
        json.dumps(row, ensure_ascii=False) for row in rows
    ]
    gone = privacy("erase", "--user", "ann")
    assert gone.returncode == 0, gone.stderr
    assert json.loads(gone.stdout) == {
        "erased": 2, "waiting": 2, "outcomes": 0, "dead": 0, "replies": 0, "rooms": 0,
        "recordings": 0,
    }  # fmt: skip
    assert json.loads(privacy("erase", "--user", "ann").stdout)["erased"] == 0
    assert privacy("export", "--user", "ann").stdout == ""
    assert await Inbox(store).pending() == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("export", "--user", " @ "), "--user: expected a name or an id"),
        (("erase", "--user", ""), "--user: expected a name or an id"),
        (("erase", "--user", "ann", "--room", "shop"), "--room shop: expected PLATFORM/NAME"),
        (("export", "--user", "ann", "--out", "/"), "--out /: expected a file to write"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(
    privacy: Call, words: tuple[str, ...], fault: str
) -> None:
    done = privacy(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"danmate: {fault}")
    assert "Traceback" not in done.stderr


async def test_somebody_can_be_erased_while_the_bot_works(store: Store) -> None:
    desk, persons = Desk(store, rules=PATIENT), Persons(store, NAMED)
    says = [said("4号多少钱", number=n, author="Ann" if n % 2 else "Bob") for n in range(60)]
    async with asyncio.timeout(LIMIT):
        working = asyncio.create_task(live(desk, ScriptedAdapter(ScriptedSession(says=says))))
        while not working.done():
            await persons.erase(await persons.find("Ann"), desk.clock.now())
        await working
    await persons.erase(await persons.find("Ann"), desk.clock.now())
    assert [each async for each in persons.each(await persons.find("Ann"))] == []
    counts = await desk.inbox.counts()
    ends = {"answered", "ignored", "handed_off", "expired", "blocked", "shed", "dead", "drafted"}
    assert counts["accepted"] == sum(counts.get(kind, 0) for kind in ends) == 60


async def test_what_is_erased_leaves_the_disk(tmp_path: Path) -> None:
    """The embedded server's log is written anew without it."""
    async with asyncio.timeout(LIMIT), await connect("", tmp_path) as store:
        await Inbox(store).put(said("多少钱", author="Annabella"))
        client: Any = store.client
        await client.execute_command("CONFIG", "SET", "appendfsync", "always")
        await Inbox(store).put(said("几点下播", number=2, author="Bob"))
        assert b"Annabella" in on_disk(tmp_path)
        persons = Persons(store, NAMED)
        await persons.erase(await persons.find("Annabella"), 5.0)
        await store.rewrite()
        while b"Annabella" in on_disk(tmp_path):
            await client.ping()
        assert b"Bob" in on_disk(tmp_path)


def on_disk(folder: Path) -> bytes:
    found = b""
    for file in folder.rglob("appendonlydir/*"):
        try:
            found += file.read_bytes()
        except FileNotFoundError:  # replaced in this moment
            continue
    return found


# Removals by the platform ------------------------------------------------------------------------


async def test_what_a_platform_deletes_leaves_the_outbox_the_history_and_the_dead_letters(
    store: Store,
) -> None:
    desk = Desk(store, rules=PATIENT)
    await desk.hear(said("4号多少钱"), said("你好", number=2, author="Bob"))
    session = ScriptedSession(says=[Removed(desk.room, id="m1")])
    await live(desk, ScriptedAdapter(session))
    assert session.posted == []
    assert [each for _, each in await Removals(store).after()]
    counts = await desk.inbox.counts()
    await Sweep(store, Keep())(WallClock().now(), desk.clock.now())
    told = [each for _, each in await Outcomes(store).after(block=0.0)]
    assert [each.message.id for each in told if isinstance(each, Outcome)] == ["m2"]
    assert await desk.inbox.counts() == counts


# The log -----------------------------------------------------------------------------------------


class Failing(ScriptedReader):
    """Quotes what it cannot read, as libraries do."""

    async def read(self, text: str) -> Reading:
        if "坏" in text:
            raise ValueError(f"cannot read {text!r} in {text}")
        return await super().read(text)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["json", "console"])
async def test_a_busy_run_logs_no_name_no_id_and_no_text_at_info(
    store: Store, style: telemetry.Style
) -> None:
    out = io.StringIO()
    telemetry.configure("info", style, out)
    desk = Desk(store, rules=PATIENT, reader=Failing(WORDS))
    texts = ("4号多少钱", "坏消息'来了\"", "你好", "几点下播", "half a \ud83d", "试穿一下")
    people = [f"小明{number}号" for number in range(len(texts))]
    says: list[Any] = [
        replace(said(text, number=number, author=person), author_id=f"uid-7{number}")
        for number, (text, person) in enumerate(zip(texts, people, strict=True))
    ]
    says += [
        replace(said("!bot mute @小明3号", number=90, author="Modesta", role="moderator")),
        Removed(desk.room, author_id="uid-73"),
    ]
    refused = Refused(f"duplicate: {people[0]} {texts[0]}")
    session = ScriptedSession(refused, says=says)
    await live(desk, ScriptedAdapter(session))
    await Sweep(store, Keep())(WallClock().now())
    persons = Persons(store, NAMED)
    await persons.erase(await persons.find(people[0]), 5.0)
    log = out.getvalue()
    for event in ("outcome", "reply", "message_failed", "message_unreadable", "connected"):
        assert event in log
    secret = [*texts, *people, *(f"uid-7{n}" for n in range(len(texts))), "Modesta", "坏消息"]
    assert [word for word in secret if word in log] == []


def test_no_event_but_debug_says_what_is_personal() -> None:
    told = telemetry.without_chat(
        None, "", {"event": "x", "level": "error", "author": "Ann", "exception": "E: 'Ann' said"}
    )
    assert told == {"event": "x", "level": "error", "exception": "E: '…' said"}


async def test_a_room_forgets_in_the_time_that_the_configuration_says(store: Store) -> None:
    rooms, now = RedisRooms(store), WallClock().now()
    await rooms.update(ROOM, lambda room: (replace(room, served={"~a": now}), None))
    await Sweep(store, Keep(events=70.0))(now + 80.0)
    assert (await rooms.get(ROOM)).served == {}


def test_the_documentation_names_every_place_of_the_table_and_every_setting() -> None:
    text = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text("utf-8")
    assert [name for name in PrivacyTable.model_fields if f"`{name}" not in text] == []
    assert Keep() == Keep(
        *(PrivacyTable().model_dump()[n] for n in ("retention", "dead_letters", "rooms"))
    )
