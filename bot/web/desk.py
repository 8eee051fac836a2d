"""The operator's desk: a command from the page does what the same line does in chat."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Self, TypeAlias

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from bot.bus.recorded import Recorder
from bot.bus.rooms import RedisRooms
from bot.bus.server import LOST, Store
from bot.flow.commanding import ordered
from bot.flow.recall import Recall
from bot.flow.services import Shops
from bot.flow.shops import RoomShops
from bot.model import Abilities, Catalogue, ChatMessage, Lang, Outcome, Rules
from bot.ports import Clock, Rooms
from bot.rules import commands
from bot.rules.commands import Past
from bot.web.access import Moderator
from bot.web.cases import Cases
from bot.web.refusals import AWAY, NO_ROOM
from bot.web.seals import Pass
from bot.web.sessions import new_id

RoomName: TypeAlias = Annotated[str, Path(pattern=r"^[^\r\n]+$")]
"""A room in a path, slash and all."""
LINE = 4000
"""Characters of a command, which may name every message that it answers."""


class Line(BaseModel):
    """A command as in chat, without the prefix; one that is sent again keeps its ``id``."""

    model_config = ConfigDict(extra="forbid")

    line: str = Field(min_length=1, max_length=LINE, pattern=r"\S")
    id: str | None = Field(default=None, pattern=r"^[\w-]{1,64}$")
    lang: Lang | None = Field(default=None, description="of the notice; null: the operator's")


class Given(BaseModel):
    """A command as it was recorded, and what it did, in words."""

    id: str
    room: str
    by: str
    notice: str
    done: bool
    """False: it was refused, or could not be done, and ``notice`` says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever gave a command is told."""

    id: str
    notice: str
    done: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What the operator's commands need, by the names that it has in Services.

    ``record`` tells an outcome to whoever reads the bus, once, and queues its reply.
    """

    known: Collection[str]
    rooms: Rooms
    shops: Shops
    rules: Rules
    clock: Clock
    abilities: Callable[[str], Abilities]
    past: Callable[[str], Awaitable[Past]]
    record: Callable[[Outcome], Awaitable[bool]]
    cases: Cases = field(default_factory=Cases)
    """Where what went wrong is kept."""

    @classmethod
    def of(
        cls,
        store: Store,
        catalogues: Mapping[str, Catalogue],
        rules: Rules,
        clock: Clock,
        abilities: Callable[[str], Abilities],
        cases: Cases | None = None,
    ) -> Self:
        """Return the desk of the rooms that have these catalogues."""
        return cls(
            known=frozenset(catalogues),
            rooms=RedisRooms(store),
            shops=RoomShops(catalogues, None, None),
            rules=rules,
            clock=clock,
            abilities=abilities,
            past=Recall(store),
            record=Recorder(store),
            cases=cases or Cases(),
        )

    async def command(self, room: str, asked: Line, who: Pass) -> Told:
        """Apply a command once, however often it comes, and record it as this user's.

        Raises LOST; KeyError for a room that is not known, ValueError for no command.
        """
        if room not in self.known:
            raise KeyError(room)
        now = self.clock.now()
        message = _message(room, asked, who, self.rules.prefix, now)
        command = commands.parse(message, self.rules)
        if not isinstance(command, commands.Command):
            raise ValueError(asked.line)  # noqa: TRY004 - no fault of a type: the line is none
        # its notice stands on the page, in the language of who reads it there, not in the chat
        command = replace(command, room="", lang=asked.lang)
        done = await ordered(room, command, self, now)
        await self.record(Outcome(message, "commanded", notice=done.notice, reply=done.reply))
        return Told(message.id, done.notice, done.done)


def _message(room: str, asked: Line, who: Pass, prefix: str, now: float) -> ChatMessage:
    """Return the line as if it had been said in the room, by this user of the page."""
    return ChatMessage(
        id=f"page:{who.id}:{asked.id or new_id()}",
        platform=room.partition("/")[0],
        room=room,
        author=who.name,
        author_id=f"page:{who.id}",
        role="host" if who.may("owner") else "moderator",
        text=f"{prefix} {asked.line}",
        sent_at=now,
    )


def routes(desk: Desk) -> APIRouter:
    """Return the routes that change a room."""
    router = APIRouter(prefix="/api/rooms")

    @router.post("/{room:path}/command", responses={**NO_ROOM, **AWAY})
    async def command(room: RoomName, asked: Line, who: Moderator) -> Given:
        """Do what a moderator's line does in chat, as ``{"line": "now 3"}``; say what it did."""
        try:
            told = await desk.command(room, asked, who)
        except KeyError:
            raise HTTPException(404, "no such room") from None
        except ValueError:
            raise HTTPException(422, "no command") from None
        except LOST:
            raise HTTPException(503, "the queue does not answer") from None
        return Given(id=told.id, room=room, by=who.name, notice=told.notice, done=told.done)

    return router
