"""From a mistake to a regression case: what somebody marks as wrong becomes a scenario file."""

from collections.abc import Sequence
from typing import Literal

import structlog
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from bot.bus.server import LOST
from bot.flow.case import Wanted, written
from bot.model import Abilities, Outcome
from bot.rules import retraction
from bot.web.access import Moderator
from bot.web.cases import named
from bot.web.desk import Desk, RoomName

log = structlog.get_logger()

REFUSED = {401: "no log-in", 403: "not for this role", 404: "no such room or message"}


class Wrong(BaseModel):
    """What should have become of a message: an answer (with these words), nothing, a hand-off."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=300)
    wanted: Literal["answer", "silence", "hand_off"]
    text: str = Field(default="", max_length=500)
    note: str = Field(default="", max_length=200)


class Offer(BaseModel):
    """A row that the FAQ may get: what was asked, and what may be said to it."""

    question: str
    answer: str | None


class Kept(BaseModel):
    """The case, its file beside config.toml, and what may mend it."""

    case: str
    file: str
    offer: Offer


def routes(desk: Desk) -> APIRouter:
    """Return the route that keeps cases."""
    router = APIRouter(prefix="/api/rooms")

    @router.post(
        "/{room:path}/wrong",
        responses={
            **{code: {"description": what} for code, what in REFUSED.items()},
            503: {"description": "the queue does not answer, or the folder takes no file"},
        },
    )
    async def wrong(room: RoomName, asked: Wrong, who: Moderator) -> Kept:
        """Write a scenario that fails until the message is handled as ``wanted``.

        ``danmate replay --scenarios`` plays it. It names no viewer.
        """
        try:
            done = await kept(desk, room, asked)
        except KeyError:
            raise HTTPException(404, "no such room or message") from None
        except LOST:
            raise HTTPException(503, "the queue does not answer") from None
        except OSError as fault:
            log.warning("case_not_kept", folder=str(desk.cases.folder), error=fault.strerror)
            detail = f"{desk.cases.folder.name}: {fault.strerror}"
            raise HTTPException(503, detail) from None
        log.info("case_kept", room=room, id=asked.id, case=done.case, by=who.role)
        return done

    return router


async def kept(desk: Desk, room: str, asked: Wrong) -> Kept:
    """Write the case. Raises KeyError for a room or message that is not known, LOST, OSError."""
    if room not in desk.known:
        raise KeyError(room)
    state = await desk.rooms.get(room)
    shop = await desk.shops.at(room, state)
    past = (await desk.past(room)).outcomes
    outcome = next((each for each in reversed(past) if each.message.id == asked.id), None)
    if outcome is None or not outcome.message.text or retraction.gone(outcome.message, state):
        raise KeyError(asked.id)
    wanted = Wanted(asked.wanted, asked.text.strip(), " ".join(asked.note.split()))
    text = written(outcome, past, state, shop, wanted, desk.cases.catalog(room))
    file = await desk.cases.keep(named(asked.id, desk.clock.now()), text)
    said = wanted.text or _unaddressed(outcome, past, desk.abilities(room))
    offer = Offer(question=outcome.message.text, answer=said or None)
    return Kept(case=file.stem, file=f"{file.parent.name}/{file.name}", offer=offer)


def _unaddressed(outcome: Outcome, past: Sequence[Outcome], abilities: Abilities) -> str:
    """Return what was replied, without the names of those whom it was said to."""
    if outcome.reply is None:
        return ""
    text, ids = outcome.reply.text, {*outcome.reply.answers, outcome.message.id}
    names = {each.message.author for each in past if each.message.id in ids} - {""}
    mentions = [abilities.mention.format(name=name) for name in names]
    while found := next((each for each in mentions if each and text.startswith(each)), ""):
        text = text.removeprefix(found)
    return text
