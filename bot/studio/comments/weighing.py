"""What only seems to be missing: the bot itself, with its judge, is asked the questions again."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.model import Abilities, Catalogue, ChatMessage, Pace, Reading
from bot.ports import Judge, Reader
from bot.replay.player import Player
from bot.studio.comments.spool import Spool
from bot.studio.comments.use import GAP, Use

MOST: Final = 200
"""Questions that are asked again, those that came most often."""
KEPT: Final = 5_000
Key: TypeAlias = tuple[int, str | None]
"""A wording, and the product that was on screen."""


async def settled(spool: Spool, use: Use) -> frozenset[Key]:
    """Return the questions that the bot answers after all from what the catalogue says."""
    if use.catalogue is None or use.judge is None:
        return frozenset()
    asked = await asyncio.to_thread(_asked, spool)
    if not asked:
        return frozenset()
    reader = Heard(use.reader)
    await _answered(asked, use.catalogue, use, reader, Nobody())  # reads all that will be asked for
    if use.release:
        await use.release()
    return await _answered(asked, use.catalogue, use, reader, use.judge)


class Heard:
    """A reader that remembers all that it is asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Reading] = {}

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means."""
        return (await self.read_all([text]))[0]

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known |= zip(new, await self._reader.read_all(new), strict=True)
        return [self._known[text] for text in texts]


class Nobody:
    """A judge that takes nothing for an answer."""

    async def judge(self, _: str, passages: Sequence[str]) -> list[float]:
        """Return 0 for each passage."""
        return [0.0] * len(passages)


async def _answered(
    asked: Mapping[Key, str], catalogue: Catalogue, use: Use, reader: Reader, judge: Judge
) -> frozenset[Key]:
    """Return which questions the bot answers, each in a room of its own."""
    keys = list(asked)
    rooms = {_room(at): _showing(catalogue, sku) for at, (_, sku) in enumerate(keys)}
    playing = Player(
        shops=RoomShops(rooms, catalogue, reader),
        reader=reader,
        writer=None,
        rules=replace(use.rules, mode="shadow"),
        abilities=Abilities(),
        pace=Pace(),
        clock=VirtualClock(),
        judge=judge,
    )
    found = set()
    async for one in playing.play([_message(at, asked[key]) for at, key in enumerate(keys)]):
        if one.outcome in ("answered", "drafted"):
            found.add(keys[int(one.message.id)])
    return frozenset(found)


def _asked(spool: Spool) -> Mapping[Key, str]:
    """Return what seems to be missing most often, with its text."""
    counts: Counter[Key] = Counter()
    texts: dict[Key, str] = {}
    for comment in spool:
        if comment.reason in GAP:
            key = comment.kind, comment.showing
            counts[key] += 1
            texts.setdefault(key, comment.text)
            if len(counts) > 2 * KEPT:
                counts = Counter(dict(counts.most_common(KEPT)))
                texts = {each: texts[each] for each in counts}
    return {key: texts[key] for key, _ in counts.most_common(MOST)}


def _showing(catalogue: Catalogue, sku: str | None) -> Catalogue:
    return catalogue if sku == catalogue.now_showing else replace(catalogue, now_showing=sku)


def _room(at: int) -> str:
    return f"analysis/{at}"


def _message(at: int, text: str) -> ChatMessage:
    return ChatMessage(str(at), "analysis", _room(at), "", str(at), "viewer", text, 60.0 * at)
