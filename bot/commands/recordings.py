"""What recordings hold of one viewer: found, or deleted, beside a danmate that records."""

import asyncio

from bot.bus.persons import Person
from bot.bus.recording import Recording
from bot.bus.server import Store
from bot.config import Config
from bot.errors import BadConfig
from bot.flow.clock import WallClock
from bot.recording import folder_of
from bot.replay.recording import scrubbing
from bot.replay.recording.journal import Folder
from bot.replay.recording.masks import Masks
from bot.replay.recording.scrubbing import Row, Subject
from bot.rules.forgetting import bare
from bot.vault import pseudonyms

WITHIN = 15.0
"""Seconds that whoever records has to finish its file."""
LOOK = 0.1


async def found(store: Store, person: Person, config: Config) -> list[Row]:
    """Return somebody's lines in finished files and, once it is finished, in the one at hand.

    Raises BadConfig.
    """
    folder, of = await _of(store, person, config)
    return await asyncio.to_thread(scrubbing.found, folder, of)


async def erase(store: Store, person: Person, config: Config) -> int:
    """Delete them, and the person's name from answers to others; return how many lines changed.

    Raises BadConfig.
    """
    folder, of = await _of(store, person, config)
    try:
        await asyncio.to_thread(scrubbing.found, folder, of)
        return await asyncio.to_thread(scrubbing.erase, folder, of)
    except OSError as error:
        where = f"{folder.place}: expected recordings that can be replaced"
        raise BadConfig(f"{where} ({error.strerror or error})") from None


async def _of(store: Store, person: Person, config: Config) -> tuple[Folder, Subject]:
    named = await pseudonyms.known()
    names = person.who.names | {bare(person.user)}
    masks = Masks(named, config.rules(), {})
    await _finished(store)
    of = Subject(names, person.who.ids, person.room, masks.name, named)
    return folder_of(config.record), of


async def _finished(store: Store) -> None:
    """Let whoever records finish the file that is being written."""
    desk, clock = Recording(store), WallClock()
    if not await desk.held():
        return
    await desk.ask_anew()
    late = clock.now() + WITHIN
    while await desk.asked_anew():
        if clock.now() > late:
            raise BadConfig(
                "recordings: expected danmate run to finish its file by now: repeat the command"
            )
        await clock.sleep(LOOK)
