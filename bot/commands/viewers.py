"""Hands over what is kept of one viewer, or deletes it."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from bot import config as configuration
from bot.bus.persons import Kept, Person, Persons
from bot.bus.server import Store
from bot.commands import recordings
from bot.commands.stores import store_of
from bot.config import Config
from bot.errors import BadConfig
from bot.flow.clock import WallClock
from bot.replay.recording.scrubbing import Row
from bot.rules.forgetting import bare
from bot.vault import pseudonyms


async def export(
    user: str, room: str | None, out: Path | None, config: Path | None, values: list[str]
) -> int:
    """Write what is kept of ``user`` as JSON lines; standard error says how many.

    Raises BadConfig.
    """
    async with _opened(user, room, config, values) as (store, persons, person):
        lines = [_line(kept) async for kept in persons.each(person)]
        recorded = await recordings.found(store, person, _settings(config, values))
    lines += [_row(row) for row in recorded]
    try:
        if out is None:
            _write(sys.stdout, lines)
        else:
            with out.open("w", encoding="utf-8") as file:
                _write(file, lines)
    except OSError as error:
        raise BadConfig(f"--out {out}: expected a file to write ({error.strerror})") from None
    sys.stderr.write(f"{len(lines)} kept\n")
    return 0


async def erase(
    user: str, room: str | None, config: Path | None, values: list[str], *, as_json: bool
) -> int:
    """Delete what is kept of ``user``; say how much there was in each place. Raises BadConfig."""
    async with _opened(user, room, config, values) as (store, persons, person):
        # first: what is recorded meanwhile is made bare, because the queue tells of the removal
        recorded = await recordings.erase(store, person, _settings(config, values))
        kept = await persons.erase(person, WallClock().now())
        await store.rewrite()
    gone = {str(place): count for place, count in kept.items()} | {"recordings": recorded}
    if as_json:
        sys.stdout.write(json.dumps({"erased": sum(gone.values()), **gone}) + "\n")
        return 0
    places = ", ".join(f"{count} in {place}" for place, count in gone.items() if count)
    sys.stdout.write(f"erased: {places}\n" if places else "nothing was kept\n")
    return 0


@asynccontextmanager
async def _opened(
    user: str, room: str | None, config: Path | None, values: list[str]
) -> AsyncIterator[tuple[Store, Persons, Person]]:
    if not bare(user):
        raise BadConfig("--user: expected a name or an id")
    if room is not None and not all(room.partition("/")):
        raise BadConfig(f"--room {room}: expected PLATFORM/NAME, such as twitch/ann")
    async with store_of(config, values) as store:
        persons = Persons(store, await pseudonyms.known())
        yield store, persons, await persons.find(user, room)


def _line(kept: Kept) -> str:
    found = {"where": kept.where, "room": kept.room, "at": kept.at, "what": asdict(kept.value)}
    if kept.where == "rooms":  # what a room keeps of others, or by default, is not theirs
        found["what"] = {name: value for name, value in asdict(kept.value).items() if value}
    return json.dumps(found, ensure_ascii=False, default=_listed)


def _row(row: Row) -> str:
    said = row["message"]
    found = {"where": "recordings", "room": said["room"], "at": said["sent_at"], "what": row}
    return json.dumps(found, ensure_ascii=False)


def _settings(config: Path | None, values: list[str]) -> Config:
    return configuration.with_values(configuration.load(config), values)


def _listed(value: object) -> list[str]:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"no JSON: {type(value).__name__}")


def _write(out: TextIO, lines: list[str]) -> None:
    out.writelines(f"{line}\n" for line in lines)
