"""Builds the recorder out of its parts, and lets it work beside a role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePath

import structlog

from bot import __version__
from bot.bus.recording import Recording
from bot.bus.rooms import RedisRooms
from bot.config import Config
from bot.config.record import DAY, SPANS, RecordTable
from bot.flow.shops import RoomShops
from bot.house import House
from bot.replay.recording.journal import Folder
from bot.replay.recording.masks import Masks
from bot.replay.recording.means import Means
from bot.replay.recording.recorder import Recorder
from bot.replay.recording.scene import Scene
from bot.vault import pseudonyms
from bot.web.lines import as_json

log = structlog.get_logger()


@asynccontextmanager
async def recording(house: House) -> AsyncIterator[None]:
    """Record while the block runs, where that is wanted, and what happened until its end.

    In a rehearsal nothing is recorded. Raises BadConfig for a key of pseudonyms that others read.
    """
    if house.own_time:
        yield
        return
    stop = asyncio.Event()
    recorder = Recorder(await _means(house), house.config.record.dir is not None)
    task = asyncio.create_task(recorder.run(stop))
    task.add_done_callback(_told)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task])


def folder_of(table: RecordTable) -> Folder:
    """Return the folder of recordings that a configuration names."""
    span = SPANS[table.every]
    return Folder(table.folder(), table.size, span, table.compress, table.keep * DAY)


async def masks_of(config: Config, shops: dict[str, str]) -> Masks:
    """Return what viewers are called in recordings. Raises BadConfig."""
    named = await pseudonyms.kept()
    hashed = pseudonyms.MARK if config.privacy.pseudonyms else ""
    return Masks(named, config.rules(), shops, hashed=hashed)


async def _means(house: House) -> Means:
    config, rules = house.config, house.config.rules()
    shops = {room: each.name for room, each in house.catalogues.items()}
    masks = await masks_of(config, shops) if config.record.pseudonyms else None
    scene = Scene(
        tuple(house.catalogues),
        RedisRooms(house.store),
        RoomShops(house.catalogues, None, None),
        rules,
        masks,
    )
    return Means(
        store=house.store,
        desk=Recording(house.store),
        folder=folder_of(config.record),
        scene=scene,
        masks=masks,
        line=as_json,
        clock=house.clock,
        about=_about(config),
        scrubbed=config.privacy.retention,
    )


def _about(config: Config) -> dict[str, object]:
    """Return what a recording says of itself: what its outcomes depend on, and no secret."""
    models = config.models
    return {
        "version": __version__,
        "pseudonyms": config.record.pseudonyms,
        "rules": {
            "bot": config.bot.model_dump(mode="json"),
            "reply": config.reply.model_dump(mode="json"),
            "limits": config.limits.model_dump(mode="json"),
            "models": {
                "reader": _name(models.reader),
                "writer": _name(models.writer),
                "threshold": models.threshold,
                "write_within": models.write_within,
            },
        },
    }


def _name(weights: str) -> str:
    """Return what weights are called, without where they lie on this machine or who serves them."""
    if "://" in weights:
        return "served"
    return PurePath(weights).name if weights.startswith((".", "~", "/")) else weights


def _told(task: asyncio.Task[None]) -> None:
    """Say at once that nothing is recorded any more; the bot goes on."""
    if not task.cancelled() and (fault := task.exception()):
        log.critical("recording_ended", exc_info=fault)
