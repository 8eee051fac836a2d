"""A replay of a recording, or of a part of it, comes to what was live: deletions, modes, mutes."""

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest

from bot.bus.removals import Removal, Removals
from bot.bus.server import Store
from bot.model import ChatMessage, Removed, Rules
from bot.replay.recording.packing import files
from bot.replay.recording.taking import SELDOM, Taking
from tests.flow.desk import ROOM, START, Desk
from tests.replay.recording.stage import (
    asked,
    differences,
    everything,
    notes,
    outcomes,
    posted,
    replayed,
    stage,
    started,
)

Happens = ChatMessage | tuple[float, Removed] | float
"""A line that is said, what is deleted and when, or when another file begins."""


def mod(number: int, at: float, text: str) -> ChatMessage:
    return asked(number, at, text, "Mo", role="moderator")


async def deleted(desk: Desk, at: float, removed: Removed) -> None:
    """Delete as a gateway does."""
    await posted(desk, at)
    desk.clock.advance(at)
    await desk.outbox.retract(removed)
    await Removals(desk.store).put(Removal(removed, at))


async def live(desk: Desk, taking: Taking, happens: list[Happens]) -> None:
    """Let all this happen in the room, with a recorder beside it that looks after each of it."""
    for each in happens:
        match each:
            case ChatMessage():
                await posted(desk, each.sent_at)
                desk.clock.advance(each.sent_at)
                await desk.hear(each)
            case (at, removed):
                await deleted(desk, at, removed)
            case at:
                await posted(desk, at)
                desk.clock.advance(at)
                await taking.use.desk.ask_anew()
        await taking.step(block=0.0)
    await posted(desk, inf)
    desk.clock.advance(desk.clock.now() + SELDOM)
    await taking.step(block=0.0)
    await taking.end()


async def recorded(
    store: Store, place: Path, happens: list[Happens], rules: Rules | None = None, **given: Any
) -> Desk:
    """Record a room in which something has happened before: ``given`` is how it stands."""
    desk = Desk(store, rules=rules)
    await desk.set(**given)
    await live(desk, await started(stage(desk, place, packing="none")), happens)
    return desk


# Deletions --------------------------------------------------------------------------------------


def ends(place: Path) -> list[tuple[str, str, str | None]]:
    return [(row["message"]["id"], row["outcome"], row["reason"]) for row in outcomes(place)]


async def test_an_answer_whose_question_is_deleted_in_time_is_not_given_in_a_replay_either(
    store: Store, tmp_path: Path
) -> None:
    """Who asks the same after it comes too soon, then and now."""
    happens: list[Happens] = [
        asked(0, START, "4号多少钱"),
        (START + 1, Removed(ROOM, id="m0")),
        asked(1, START + 5, "4号多少钱"),
        asked(2, START + 40, "4号多少钱"),
    ]
    desk = await recorded(store, tmp_path, happens)
    assert ends(tmp_path) == [
        ("m0", "ignored", "deleted"),
        ("m1", "ignored", "repeated"),
        ("m2", "answered", None),
    ]
    assert "4号多少钱" not in str(outcomes(tmp_path)[0])
    assert await differences(files(tmp_path)[0], desk.rules) == []
    again, _ = await replayed(files(tmp_path)[0], desk.rules)
    assert [each.outcome for each in again] == ["ignored", "ignored", "answered"]


@pytest.mark.parametrize(
    "removed", [Removed(ROOM, id="m0"), Removed(ROOM, author_id="zed_0")], ids=["message", "ban"]
)
async def test_who_joined_a_question_that_is_deleted_is_answered_in_both(
    store: Store, tmp_path: Path, removed: Removed
) -> None:
    happens: list[Happens] = [
        asked(0, START, "4号多少钱"),
        asked(1, START + 0.4, "4号多少钱"),
        (START + 1, removed),
        asked(2, START + 1.2, "4号多少钱"),
    ]
    desk = await recorded(store, tmp_path, happens)
    assert ends(tmp_path)[0] == ("m0", "answered", None)  # the answer was given, to others
    assert [row["reply"]["id"] for row in outcomes(tmp_path)[1:]] == ["re:m0", "re:m0"]
    assert await differences(files(tmp_path)[0], desk.rules) == []


async def test_what_is_deleted_after_its_answer_stays_answered(
    store: Store, tmp_path: Path
) -> None:
    """Also where its line had been written: only when it was said is told, and what was said."""
    happens: list[Happens] = [
        asked(0, START, "4号多少钱"),
        asked(1, START + 6, "几点下播"),
        asked(2, START + 12, "2号多少钱"),
        (START + 20, Removed(ROOM)),
        asked(3, START + 21, "几点下播"),
        asked(4, START + 40, "4号多少钱"),
    ]
    desk = await recorded(store, tmp_path, happens)
    found = outcomes(tmp_path)
    assert [row["outcome"] for row in found] == [
        "answered", "answered", "answered", "ignored", "answered",
    ]  # fmt: skip
    assert [bool(row["message"]["text"]) for row in found] == [False, False, False, True, True]
    assert found[0]["removed"]["facts"][0]["id"] == "A4.price" or found[0]["removed"]["facts"]
    assert await differences(files(tmp_path)[0], desk.rules) == []


async def test_a_draft_that_is_deleted_keeps_its_number_in_a_replay(
    store: Store, tmp_path: Path
) -> None:
    happens: list[Happens] = [
        asked(0, START, "4号多少钱"),
        asked(1, START + 4, "几点下播"),
        (START + 5, Removed(ROOM, id="m0")),
        mod(2, START + 6, "!bot ok 2"),
        asked(3, START + 9, "2号多少钱"),
        mod(4, START + 12, "!bot ok 3"),
    ]
    desk = await recorded(store, tmp_path, happens, Rules(mode="approve"))
    assert [kind for _, kind, _ in ends(tmp_path)[1:]] == ["answered", "commanded"] * 2
    assert await differences(files(tmp_path)[0], desk.rules) == []


async def test_a_deletion_whose_message_has_its_words_still_cancels_the_answer(
    tmp_path: Path,
) -> None:
    """As where a crash came between the two; and in files that others write."""
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"text": "4号多少钱", "id": "m0", "author": "A", "author_id": "a", "sent_at": 1000}\n'
        '{"danmate": "removed", "room": "log/log", "id": null, "author_id": "a", "at": 1001}\n'
        '{"text": "几点下播", "id": "m1", "author": "B", "author_id": "b", "sent_at": 1000.5}\n'
        '{"danmate": "removed", "room": "log/log", "id": "m1", "author_id": null, "at": 1009}\n'
        '{"danmate": "removed", "at": "soon"}\n{"danmate": "removed"}\n{"danmate": "new"}\n',
        "utf-8",
    )
    again, log = await replayed(path, Rules())
    assert [(each.outcome, each.reason) for each in again] == [
        ("ignored", "deleted"),
        ("answered", None),
    ]
    assert (log.read, log.other, log.skipped) == (2, 5, 0)


# How a room stood -------------------------------------------------------------------------------


async def test_a_recording_that_begins_while_something_holds_replays_with_it(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    before = ["mute @Zed_3", "price 4 61", "stock 2 0", "now 2", "faq add 有赠品吗 = 有的"]
    for number, text in enumerate(before):
        await desk.hear(mod(90 + number, START + number, f"!bot {text}"))
    taking = await started(stage(desk, tmp_path, packing="none"))
    await live(
        desk,
        taking,
        [
            asked(0, START + 10, "4号多少钱", "Zed_1"),
            asked(1, START + 16, "多少钱", "Zed_2"),
            asked(2, START + 22, "4号多少钱", "Zed_3"),
            asked(3, START + 28, "有赠品吗", "Zed_4"),
            mod(4, START + 30, "!bot unmute Zed_3"),
            asked(5, START + 40, "4号多少钱", "Zed_3"),
            mod(6, START + 50, "!bot undo"),
            mod(7, START + 52, "!bot undo"),
            asked(8, START + 58, "4号多少钱", "Zed_3"),
        ],
    )
    found = outcomes(tmp_path)
    assert "61" in found[0]["reply"]["text"]
    assert found[2]["reason"] == "muted"
    assert "zed" not in everything(tmp_path).decode().lower()
    assert await differences(files(tmp_path)[0], desk.rules) == []


async def test_a_price_that_is_taken_back_in_another_part_is_the_catalogues_again(
    store: Store, tmp_path: Path
) -> None:
    happens: list[Happens] = [
        mod(0, START, "!bot price 4 61"),
        START + 10,
        mod(1, START + 20, "!bot undo"),
        asked(2, START + 30, "4号多少钱"),
    ]
    desk = await recorded(store, tmp_path, happens)
    _, second = files(tmp_path)
    assert "61" not in outcomes(tmp_path)[2]["reply"]["text"]
    assert await differences(second, desk.rules) == []


async def test_every_part_replays_by_itself(store: Store, tmp_path: Path) -> None:
    """Wherever it is cut: while an answer is on its way, after a command that is not written."""
    texts = ("4号多少钱", "几点下播", "4号多少钱", "你好", "2号多少钱", "有货吗")
    happens: list[Happens] = []
    for number in range(120):
        at = START + number * 0.9
        line = asked(number, at, texts[number % 6], f"Zed_{number % 7}")
        spoken = {
            20: "!bot mute @Zed_5", 31: "!bot price 4 55", 44: "!bot off", 52: "!bot on",
            61: "!bot now 2", 70: "!bot unmute Zed_5", 75: "!bot approve", 79: "!bot ok 1",
            90: "!bot auto", 99: "!bot undo",
        }  # fmt: skip
        if text := spoken.get(number):
            line = mod(number, at, text)
        happens.append(line)
        if number in (30, 31, 32, 45, 62, 76, 100):
            happens.append(at + 0.3)
        if number % 25 == 24:
            happens.append((at + 0.4, Removed(ROOM, id=f"m{number - 1}")))
    desk = await recorded(store, tmp_path, happens)
    parts = files(tmp_path)
    assert len(parts) == 8
    found = {path.name: await differences(path, desk.rules) for path in parts}
    assert found == {path.name: [] for path in parts}
    assert "zed_" not in everything(tmp_path).decode().lower()


async def test_of_a_log_of_several_parts_the_first_tells_how_it_begins(
    store: Store, tmp_path: Path
) -> None:
    happens: list[Happens] = [
        asked(0, START, "4号多少钱"),
        mod(1, START + 5, "!bot off"),
        START + 10,
        mod(2, START + 20, "!bot on"),
        asked(3, START + 30, "4号多少钱"),
    ]
    desk = await recorded(store, tmp_path, happens)
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(path.read_bytes() for path in files(tmp_path)))
    again, _ = await replayed(whole, desk.rules)
    assert [each.outcome for each in again] == ["answered", "commanded", "commanded", "answered"]


async def test_what_a_room_remembers_names_nobody_and_forgets_who_is_deleted(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store, rules=replace(Rules(), mode="approve"))
    await desk.hear(
        mod(90, START, "!bot mute @Quentin"), asked(91, START + 1, "4号多少钱", "Zaphod")
    )
    await desk.hear(mod(92, START + 2, "!bot unmute Quentin"))
    taking = await started(stage(desk, tmp_path, packing="none"))
    [head] = notes(tmp_path, "recording")
    told = head["rooms"][ROOM]["state"]
    assert len(told["slots"]) == 1
    assert {"quentin", "zaphod"}.isdisjoint(str(head).lower().replace("'", " ").split())
    assert "quentin" not in str(head).lower()
    assert "zaphod" not in str(head).lower()
    await desk.hear(asked(0, START + 3, "你好"))
    await deleted(desk, START + 4, Removed(ROOM, id="m91"))
    await taking.step(block=0.0)
    desk.clock.advance(START + 4 + SELDOM)
    await taking.step(block=0.0)
    [head] = notes(tmp_path, "recording")
    assert "slots" not in head["rooms"][ROOM]["state"]
    await taking.end()
