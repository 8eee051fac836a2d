"""The rooms as the page shows them: list, picture, questions, charts; whoever looks may ask."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query

from bot.bus.server import LOST
from bot.model import RoomState
from bot.shop.lookup import Shop
from bot.web.access import Viewer
from bot.web.desk import Desk
from bot.web.digest import RoomQuestions, digest
from bot.web.grouping import WORDINGS, grouped, wordings
from bot.web.meaning import Meaning
from bot.web.picture import Picture, RoomLine, RoomList, lined, pictured
from bot.web.questions import Questions
from bot.web.refusals import AWAY, NO_ROOM
from bot.web.series import SPAN, STEP, RoomSeries, Series

FRESH: Final = 1.0
"""Seconds for which questions that have not changed are told as they were."""
BUSY: Final = 0.2
"""The same where they have: in a raid they always have, and many pages ask."""


@dataclass(frozen=True, slots=True)
class Board:
    """What is shown of the rooms that a desk knows; ``questions`` and ``series`` watch the feed."""

    desk: Desk
    questions: Questions
    series: Series
    meaning: Meaning
    _made: dict[str, float] = field(default_factory=dict)
    """When a room's questions were summed up, by the clock of the loop."""

    async def rooms(self) -> RoomList:
        """Return all rooms, by name. Raises LOST."""
        now, names = self.desk.clock.now(), sorted(self.desk.known)
        lines = await asyncio.gather(*(self._line(room, now) for room in names))
        return RoomList(rooms=lines, now=now)

    async def picture(self, room: str) -> Picture:
        """Return a room as it is now. Raises LOST; KeyError for one that is not known."""
        state, shop = await self._look(room)
        desk = self.desk
        now = desk.clock.now()
        return pictured(room, state, shop.catalogue, desk.rules, desk.abilities(room), now)

    async def asked(self, room: str) -> RoomQuestions:
        """Return what is asked in a room. Raises LOST; KeyError for one that is not known."""
        now = self.desk.clock.now()
        _, shop = await self._look(room)
        told, changed = self.questions.told(room)
        began = asyncio.get_running_loop().time()
        if told is not None and began - self._made[room] < (BUSY if changed else FRESH):
            return told
        found = wordings(self.questions.of(room, now))
        known = self.questions.vectors(room)
        new = {
            each.key: each.asks[0].text
            for each in found[:WORDINGS]
            if each.key and each.key not in known
        }
        if learnt := await self.meaning.vectors(new):
            self.questions.learn(room, learnt)
            found = wordings(self.questions.of(room, now))
        groups = grouped(found, self.questions.vectors(room))
        told = digest(groups, shop.rows.keys(), now)
        self.questions.keep(room, told)
        self._made[room] = began
        return told

    def charts(self, room: str, span: int) -> RoomSeries:
        """Return what happened of late. Raises KeyError for a room that is not known."""
        return self.series.of(room, self.desk.clock.now(), span)

    async def _line(self, room: str, now: float) -> RoomLine:
        desk = self.desk
        state, shop = await self._look(room)
        return lined(room, state, shop.catalogue, desk.rules, desk.abilities(room), now)

    async def _look(self, room: str) -> tuple[RoomState, Shop]:
        if room not in self.desk.known:
            raise KeyError(room)
        state = await self.desk.rooms.get(room)
        return state, await self.desk.shops.at(room, state)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what may go wrong into the answer that is documented."""
    try:
        yield
    except KeyError:
        raise HTTPException(404, "no such room") from None
    except LOST:
        raise HTTPException(503, "the queue does not answer") from None


def routes(board: Board) -> APIRouter:
    """Return the routes that tell of rooms and change nothing.

    A room's name holds a slash, so that two parts of the path are it: nothing that it may be
    called is taken for what follows it.
    """
    router = APIRouter(prefix="/api/rooms", responses=AWAY)

    @router.get("")
    async def rooms(_: Viewer) -> RoomList:
        """List the rooms."""
        with _answering():
            return await board.rooms()

    @router.get("/{platform}/{name:path}/questions", responses=NO_ROOM)
    async def questions(platform: str, name: str, _: Viewer) -> RoomQuestions:
        """Tell what waits for a person, what viewers ask most, and what the FAQ lacks."""
        with _answering():
            return await board.asked(f"{platform}/{name}")

    @router.get("/{platform}/{name:path}/series", responses=NO_ROOM)
    async def series(
        platform: str, name: str, _: Viewer, span: Annotated[int, Query(ge=STEP, le=SPAN)] = SPAN
    ) -> RoomSeries:
        """Count messages, questions and answers of the last ``span`` seconds, by ten seconds."""
        with _answering():
            return board.charts(f"{platform}/{name}", span)

    @router.get("/{platform}/{name:path}", responses=NO_ROOM)
    async def picture(platform: str, name: str, _: Viewer) -> Picture:
        """Tell how a room is set, what it sells, which drafts wait, and who changed what."""
        with _answering():
            return await board.picture(f"{platform}/{name}")

    return router
