"""What happens is recorded once, in order, and replays to the same outcomes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.bus.removals import Removal, Removals
from bot.bus.server import Store
from bot.model import Removed, Showing
from bot.replay.recording.book import PATIENCE
from bot.replay.recording.packing import files
from bot.replay.recording.taking import SELDOM
from bot.shop.catalogue import load
from tests.fakes import ScriptedSession
from tests.flow.desk import ROOM, SHOP, START, Desk
from tests.replay.recording.stage import (
    asked,
    differences,
    evening,
    everything,
    heard,
    ids,
    killed,
    notes,
    outcomes,
    replayed,
    rows,
    settled,
    stage,
    started,
)


async def test_each_message_is_recorded_once_with_what_became_of_its_reply(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(*(asked(number, START + number / 10) for number in range(4)))
    await settled(desk, taking)
    await taking.end()
    assert ids(tmp_path) == ["m0", "m1", "m2", "m3"]
    found = outcomes(tmp_path)
    assert [row["outcome"] for row in found] == ["answered", "ignored", "answered", "answered"]
    assert [row["reply"]["delivery"] for row in found if row["reply"]] == ["sent"] * 3
    [path] = files(tmp_path)
    assert path.name == "danmate-19700101T001640Z.jsonl.gz"
    messages, other, skipped = heard(path)
    assert ([each.id for each in messages], other, skipped) == (ids(tmp_path), 1, 0)


async def test_a_recording_replays_to_the_outcomes_that_were_live(
    store: Store, tmp_path: Path
) -> None:
    """To the byte, where the live outbox looks at the moment when a reply is due."""
    desk = Desk(store)
    await desk.hear(asked(90, START, "!bot price 4 61", "Mo", role="moderator"))
    use = stage(desk, tmp_path, packing="none")
    taking = await started(use)
    lines = [asked(n, START + 1 + n * 0.7, author=f"Zed_{n % 7}") for n in range(60)]
    spoken = {
        7: "@Zed_3 4号多少钱", 12: "!bot price 4 55", 20: "!bot mute @Zed_5", 33: "!bot now 2",
        41: "!bot unmute Zed_5", 50: "!bot off", 55: "!bot on",
    }  # fmt: skip
    for number, text in spoken.items():
        lines[number] = replace(lines[number], text=text)
        if text.startswith("!bot"):
            lines[number] = replace(lines[number], author="Mo", role="moderator")
    await evening(desk, lines)
    await taking.end()
    [path] = files(tmp_path)
    _, log = await replayed(path, desk.rules)
    assert (log.read, log.skipped, log.other) == (60, 0, len(rows(tmp_path)) - 60)
    assert await differences(path, desk.rules) == []
    kinds = {row["outcome"] for row in outcomes(tmp_path)}
    assert {"answered", "ignored", "commanded", "handed_off"} <= kinds
    reasons = {row["reason"] for row in outcomes(tmp_path)}
    assert {"muted", "off", "to_another", "repeated"} <= reasons


async def test_who_comes_after_a_message_whose_reply_is_on_its_way_waits_for_it(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(asked(0, START), asked(1, START + 0.1))
    desk.clock.advance(START + 30)
    await taking.step(block=0.0)
    assert ids(tmp_path) == []
    desk.clock.advance(START + PATIENCE + 1)  # whose reply has no end after so long never will
    await taking.step(block=0.0)
    assert ids(tmp_path) == ["m0", "m1"]
    assert outcomes(tmp_path)[0]["reply"]["delivery"] == "pending"


async def test_a_file_says_which_rules_and_catalogues_hold_when_it_begins(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.hear(asked(0, START, "!bot price 4 55", "Mo", role="moderator"))
    await desk.hear(asked(1, START, "!bot mute @Zed_5", "Mo", role="moderator"))
    taking = await started(stage(desk, tmp_path))
    [head] = notes(tmp_path, "recording")
    told = head["rooms"][ROOM]
    assert (head["format"], head["version"], told["mode"]) == (1, "test", "auto")
    assert load(tmp_path / told["base"]).version == SHOP.version
    shop = load(tmp_path / told["file"])
    assert next(each.price for each in shop.products if each.link == 4) == 55
    state = await desk.rooms.get(ROOM)
    live = await desk.shops.at(ROOM, state)
    assert told["catalogue"] == live.catalogue.version != SHOP.version
    assert "zed_5" not in json.dumps(head).lower()
    assert len(told["muted"]) == 1
    await taking.end()


async def test_a_live_change_is_told_with_the_version_that_it_makes(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(asked(0, START, "!bot price 4 55", "Mo", role="moderator"))
    await settled(desk, taking)
    [note] = notes(tmp_path, "catalogue")
    live = await desk.shops.at(ROOM, await desk.rooms.get(ROOM))
    assert (note["room"], note["catalogue"]) == (ROOM, live.catalogue.version)
    await settled(desk, taking)
    assert len(notes(tmp_path, "catalogue")) == 1
    await taking.end()


async def test_what_a_platform_puts_on_screen_is_replayed_as_the_hosts_command(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path, packing="none"))
    desk.clock.advance(START + 1)
    await desk.outbox.show(Showing(ROOM, "2", "show-1"))
    await evening(desk, [asked(1, START + 2, "多少钱")])
    await settled(desk, taking)
    await taking.end()
    assert ids(tmp_path) == ["show-1", "m1"]
    shown = outcomes(tmp_path)[0]
    assert (shown["message"]["role"], shown["message"]["text"]) == ("host", "!bot now 2")
    again, _ = await replayed(files(tmp_path)[0], desk.rules)
    assert again[1].product == outcomes(tmp_path)[1]["product"] is not None


# Deletions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [False, True])
async def test_what_moderators_delete_leaves_the_recording_and_its_end_stays(
    store: Store, tmp_path: Path, *, written: bool
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(asked(0, START, "4号多少钱 my street is Elm 5"), asked(1, START + 1))
    await desk.post(ScriptedSession(), START + 3)
    if written:
        await settled(desk, taking)
        assert b"Elm 5" in everything(tmp_path)
    await Removals(store).put(Removal(Removed(ROOM, id="m0"), desk.clock.now()))
    await taking.step(block=0.0)
    desk.clock.advance(desk.clock.now() + SELDOM)
    await taking.step(block=0.0)
    assert b"Elm 5" not in everything(tmp_path)
    first, second = outcomes(tmp_path)
    assert (first["message"]["id"], first["message"]["text"]) == ("m0", "")
    assert (first["outcome"], first["reply"]) == ("answered", None)
    assert second["message"]["text"]
    assert [note["id"] for note in notes(tmp_path, "removed")] == ["m0"]
    await taking.end()
    assert heard(files(tmp_path)[0])[2] == 0


async def test_of_whoever_is_banned_nothing_said_before_stays_in_files_of_late(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    use = stage(desk, tmp_path)
    taking = await started(use)
    await desk.hear(asked(0, START, "secret one", "Troll"), asked(1, START, "fine", "Bob"))
    await settled(desk, taking)
    await use.desk.ask_anew()
    await taking.step(block=0.0)
    await desk.hear(asked(2, START + 4, "secret two", "Troll"))
    await settled(desk, taking)
    assert everything(tmp_path).count(b"secret") == 2
    await Removals(store).put(Removal(Removed(ROOM, author_id="troll"), desk.clock.now()))
    await taking.step(block=0.0)
    desk.clock.advance(desk.clock.now() + SELDOM)
    await taking.step(block=0.0)
    await taking.end()
    assert len(files(tmp_path)) == 2
    assert b"secret" not in everything(tmp_path)
    assert ids(tmp_path) == ["m0", "m1", "m2"]


@pytest.mark.parametrize("end", ["stopped", "killed"])
async def test_what_is_deleted_just_before_the_end_leaves_the_files(
    store: Store, tmp_path: Path, end: str
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(asked(0, START, "4号多少钱 my street is Elm 5"))
    await settled(desk, taking)
    assert b"Elm 5" in everything(tmp_path)
    desk.clock.advance(desk.clock.now() + 2)
    await Removals(store).put(Removal(Removed(ROOM, id="m0"), desk.clock.now()))
    await taking.step(block=0.0)
    if end == "stopped":
        await taking.end()
    else:
        await killed(taking)
        taking = await started(stage(desk, tmp_path))
        desk.clock.advance(desk.clock.now() + SELDOM)
        await taking.step(block=0.0)
        await taking.end()
    assert b"Elm 5" not in everything(tmp_path)
    assert ids(tmp_path) == ["m0"]


# Restarts ---------------------------------------------------------------------------------------


async def test_a_restart_neither_loses_nor_doubles(store: Store, tmp_path: Path) -> None:
    """At every step the process may die: what it had not written is read again."""
    desk = Desk(store)
    count = 0
    for life in range(6):
        taking = await started(stage(desk, tmp_path))
        for step in range(life + 1):
            await desk.hear(asked(count, desk.clock.now() + 0.1))
            count += 1
            desk.clock.advance(desk.clock.now() + 1.3)
            if step % 2:
                await desk.post(ScriptedSession(), desk.clock.now())
            await taking.step(block=0.0)
        await killed(taking)
    await desk.post(ScriptedSession(), desk.clock.now() + 9)
    taking = await started(stage(desk, tmp_path))
    await settled(desk, taking)
    await taking.end()
    assert sorted(ids(tmp_path)) == sorted(f"m{number}" for number in range(count))


async def test_what_happened_before_a_recording_began_is_not_in_it(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.hear(asked(0, START))
    for life in range(3):
        taking = await started(stage(desk, tmp_path))
        await desk.hear(asked(1 + life, START + 1 + life))
        await settled(desk, taking)
        await killed(taking)
    assert ids(tmp_path) == ["m1", "m2", "m3"]


async def test_a_reply_that_stands_after_a_restart_is_told_with_its_message(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path))
    await desk.hear(asked(0, START))
    await taking.step(block=0.0)
    await killed(taking)
    taking = await started(stage(desk, tmp_path))
    await settled(desk, taking)
    [row] = outcomes(tmp_path)
    assert row["reply"]["delivery"] == "sent"
