"""A recorder beside one room, on a virtual clock and the real queue."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from bot.bus.recording import Recording
from bot.flow.shops import RoomShops
from bot.model import Abilities, ChatMessage, Outcome, Pace, Rules
from bot.plugins import formats
from bot.replay.formats import Log, open_log
from bot.replay.golden import Golden
from bot.replay.player import Player
from bot.replay.recording.beside import catalogues
from bot.replay.recording.book import HOLD
from bot.replay.recording.journal import Folder
from bot.replay.recording.masks import Masks
from bot.replay.recording.means import Means
from bot.replay.recording.packing import files, lines
from bot.replay.recording.scene import Scene
from bot.replay.recording.taking import Taking
from bot.shop.catalogue import load
from bot.vault.pseudonyms import keyed
from bot.web.lines import as_json
from tests.fakes import ScriptedReader, ScriptedSession, said
from tests.flow.desk import ROOM, SHOP, WORDS, Desk

NAMED = keyed(b"k" * 32)
TEXTS = ("4号多少钱", "你好", "几点下播", "2号多少钱", "有货吗", "可以试吗")


def stage(desk: Desk, place: Path, *, named: bool = False, **folder: Any) -> Means:
    """Return what records this desk's room in ``place``; with ``named`` nobody is masked."""
    shops = {ROOM: SHOP.name}
    masks = None if named else Masks(NAMED, desk.rules, shops)
    return Means(
        store=desk.store,
        desk=Recording(desk.store),
        folder=Folder(place, **folder),
        scene=Scene((ROOM,), desk.rooms, RoomShops({}, SHOP, None), desk.rules, masks),
        masks=masks,
        line=as_json,
        clock=desk.clock,
        about={"version": "test"},
    )


def asked(number: int, at: float, text: str = "", author: str = "", **given: Any) -> ChatMessage:
    text = text or TEXTS[number % len(TEXTS)]
    return replace(said(text, number=number, author=author or f"Zed_{number}", at=at), **given)


async def started(use: Means) -> Taking:
    assert await use.desk.hold()
    taking = Taking(use)
    await taking.start()
    return taking


async def killed(taking: Taking) -> None:
    """Let the process that records die: what it had not written is lost, and so is its lease."""
    taking.drop()
    await taking.use.desk.release()


async def settled(desk: Desk, taking: Taking) -> None:
    """Post all that is due, and let the recorder write what is ready."""
    await desk.post(ScriptedSession(), desk.clock.now() + desk.rules.window + 0.1)
    await taking.step(block=0.0)
    desk.clock.advance(desk.clock.now() + HOLD)
    await taking.step(block=0.0)


def rows(place: Path) -> list[dict[str, Any]]:
    """Return all lines of all recordings."""
    return [json.loads(line) for line in Folder(place).lines()]


def outcomes(place: Path) -> list[dict[str, Any]]:
    return [row for row in rows(place) if "message" in row]


def ids(place: Path) -> list[str]:
    return [row["message"]["id"] for row in outcomes(place)]


def notes(place: Path, kind: str) -> list[Mapping[str, Any]]:
    return [row for row in rows(place) if row.get("danmate") == kind]


def everything(place: Path) -> bytes:
    """Return all that can be read of the recordings, and the names of the files."""
    told = b"".join(line for path in files(place) for line in lines(path))
    return told + "".join(path.name for path in place.iterdir()).encode()


def heard(path: Path) -> tuple[list[ChatMessage], int, int]:
    """Return the messages of a log, and how many lines were other ones or unreadable."""
    with open_log(path, plugins=formats()) as log:
        found = list(log)
        return found, log.other, log.skipped


RULES = Rules()


async def replayed(path: Path, rules: Rules) -> tuple[list[Outcome], Log]:
    """Play a recording with the catalogue that lies beside it."""
    beside = list(catalogues(path).values())
    player = Player(
        shops=RoomShops({}, load(beside[0]) if beside else SHOP, None),
        reader=ScriptedReader(WORDS),
        writer=None,
        rules=rules,
        abilities=Abilities(),
        pace=Pace(),
    )
    with open_log(path, plugins={}) as log:
        return [each async for each in player.play(log, told=log.asides)], log


async def evening(desk: Desk, lines: list[Any]) -> None:
    """Let a room say this, one line after the other, and post each reply when it is due."""
    for line in lines:
        await posted(desk, line.sent_at)
        desk.clock.advance(line.sent_at)
        await desk.hear(line)
    await posted(desk, inf)


async def posted(desk: Desk, until: float) -> None:
    while (due := await desk.replies.next_due(ROOM)) is not None and due <= until:
        await desk.post(ScriptedSession(), due)


async def differences(path: Path, rules: Rules) -> list[str]:
    """Play a recording; return what differs from what was live, in lines for people."""
    golden = Golden(line.decode() for line in lines(path))
    again, _ = await replayed(path, rules)
    changes = [change for each in again if (change := golden.add(as_json(each)))]
    return [change.told() for change in (*changes, *golden.gone())]
