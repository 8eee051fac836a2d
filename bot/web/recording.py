"""The page's switch for recordings, for the owner alone: they hold everybody's chat."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Strict

from bot.bus.recording import Recording
from bot.bus.server import LOST
from bot.web.access import Owner
from bot.web.refusals import AWAY, CHANGING


class Switch(BaseModel):
    """Whether to record; null: as the configuration says."""

    model_config = ConfigDict(extra="forbid")

    on: Annotated[bool, Strict()] | None


class State(BaseModel):
    """Whether somebody records, and where; ``wanted`` as in Switch; ``since`` in epoch seconds."""

    on: bool
    wanted: bool | None
    folder: str | None = None
    file: str | None = None
    since: float | None = None
    lines: int = 0
    fault: str | None = None


def routes(recording: Recording) -> APIRouter:
    """Return the routes that show and change whether danmate records."""
    router = APIRouter(prefix="/api/record")

    @router.get("", responses=AWAY)
    async def shown(_: Owner) -> State:
        """Say whether somebody records, since when, into which file, and what is wrong."""
        return await _state(recording)

    @router.post("", responses={**CHANGING, **AWAY})
    async def switched(asked: Switch, _: Owner) -> State:
        """Begin or end recording, as ``{"on": true}``, in whichever process does it."""
        try:
            await recording.want(on=asked.on)
        except LOST:
            raise _away() from None
        return await _state(recording)

    return router


async def _state(recording: Recording) -> State:
    try:
        told, wanted = await recording.told(), await recording.wanted()
    except LOST:
        raise _away() from None
    if told is None:
        return State(on=False, wanted=wanted)
    return State(
        on=True,
        wanted=wanted,
        folder=told.folder,
        file=told.file or None,
        since=told.since or None,
        lines=told.lines,
        fault=told.fault or None,
    )


def _away() -> HTTPException:
    return HTTPException(503, "the queue does not answer")
