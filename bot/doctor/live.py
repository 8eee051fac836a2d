"""The rooms: whether their settings hold, and what their platforms say, all asked at once."""

import asyncio
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from bot import secrets
from bot.config import Config, RoomTable
from bot.config.presets import PRESETS
from bot.doctor.clocks import asked
from bot.errors import BadConfig, UserFault
from bot.house import pace
from bot.model import Check
from bot.plugins import adapters
from bot.ports import Adapter, Examined
from bot.shop.catalogue import load as load_catalogue

PATIENCE = 10.0
"""Seconds that a platform has for all of its checks."""
FAULTY = "this is a fault of the adapter: tell whoever wrote it"


async def live(config: Config, patience: float = PATIENCE) -> list[Check]:
    """Check the rooms' settings, their catalogues, their platforms and their limits."""
    files = dict.fromkeys(room.catalog for room in config.rooms)
    catalogues = [catalogue(file) for file in files]
    # gathered, so that whatever an adapter raises is a value: it must not end the other checks
    (made,) = await asyncio.gather(asyncio.to_thread(config.adapters), return_exceptions=True)
    if isinstance(made, BaseException):
        return [platforms(), _unmade(made), *catalogues]
    names = ", ".join(adapter.room for adapter in made)
    asking = [_asking(adapter, room) for adapter, room in zip(made, config.rooms, strict=True)]
    answers = await _all(asking, patience)
    paced = [limits(config, *each) for each in zip(made, config.rooms, strict=True)]
    found = [check for each in zip(made, answers, strict=True) for check in _heard(*each, patience)]
    found = [check for check in (*found, *paced) if check]
    here = [platforms(), Check("rooms", ok=True, text=names), *catalogues]
    return [*here, *dict.fromkeys(found)]


def platforms(known: Mapping[str, type[Adapter]] | None = None) -> Check:
    """Check that each platform that is installed can be loaded, and name them."""
    known = adapters() if known is None else known
    faults = []
    for name in known:
        try:
            known[name]
        except BadConfig as fault:
            faults.append(str(fault))
    if faults:
        mend = "install it anew, or uninstall it"
        return Check("platforms", ok=False, text="\n".join(faults), mend=mend)
    return Check("platforms", ok=True, text=", ".join(known))


def rooms(config: Config) -> Check:
    """Check that each room's platform takes its settings, and that its secrets are set."""
    try:
        found = [adapter.room for adapter in config.adapters()]
    except UserFault as fault:
        return _unmade(fault)
    return Check("rooms", ok=True, text=", ".join(found))


def _unmade(fault: BaseException) -> Check:
    mend = "mend these lines of config.toml" if isinstance(fault, UserFault) else FAULTY
    return Check("rooms", ok=False, text=_words(fault), mend=mend)


def _words(fault: BaseException) -> str:
    if isinstance(fault, UserFault):
        return secrets.masked(str(fault))
    return secrets.masked(f"{type(fault).__name__}: {fault}".removesuffix(": "))


async def _asking(adapter: Adapter, room: RoomTable) -> list[Check | None]:
    """Ask a platform what it says of itself, and what time it is."""
    if not isinstance(adapter, Examined):
        return []
    url = _address(room.settings())
    clock = asyncio.create_task(asked(adapter.room, url)) if url else None
    try:
        found: list[Check | None] = list(await adapter.examine())
        return [*found, await clock] if clock else found
    finally:
        if clock:
            clock.cancel()


def _address(settings: Any) -> str:
    """Return the first address of a platform's settings, or nothing."""
    values = settings.model_dump().values()
    return next((v for v in values if isinstance(v, str) and v.startswith("http")), "")


Answer = Sequence[Check | None] | BaseException | None
"""What a platform said, what was raised instead, or None for no answer in time."""


async def _all(asking: Sequence[Any], patience: float) -> list[Answer]:
    """Ask all at once; whoever does not answer in time is left behind."""
    tasks = [asyncio.create_task(each) for each in asking]
    if not tasks:
        return []
    _, late = await asyncio.wait(tasks, timeout=patience)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=1.0)
    return [
        None if task in late or task.cancelled() else task.exception() or task.result()
        for task in tasks
    ]


def _heard(adapter: Adapter, answer: Answer, patience: float) -> list[Check]:
    if answer is None:
        text, mend = f"no answer within {patience:g} s", "see whether this machine reaches it"
        return [Check(adapter.room, ok=False, text=text, mend=mend)]
    if isinstance(answer, BaseException):
        mend = "mend what the line says" if isinstance(answer, UserFault) else FAULTY
        return [Check(adapter.room, ok=False, text=_words(answer), mend=mend)]
    return [
        Check(check.name, check.ok, secrets.masked(check.text), secrets.masked(check.mend))
        for check in answer
        if check
    ]


def limits(config: Config, adapter: Adapter, room: RoomTable) -> Check | None:
    """Check that we keep to what the platform takes; None for a room in which nothing is posted."""
    if not adapter.abilities.send:
        return None
    name = f"{adapter.room} limits"
    own = [each for each in PRESETS if each.partition("_")[0] == adapter.platform]
    if preset := room.limits or config.limits.preset:
        if own and preset not in own:
            text, mend = f"{preset} is of another platform", f"choose one of {', '.join(own)}"
            return Check(name, ok=False, text=text, mend=mend)
        return Check(name, ok=True, text=f"{preset}: for {PRESETS[preset].about}")
    windows = [each for each in pace(config.limits, adapter.room).windows if each.waits]
    for count, seconds in adapter.abilities.limits:
        most = min((each.count * ceil(seconds / each.seconds) for each in windows), default=None)
        if most is None or most > count:
            text = f"{adapter.platform} takes {count} in {seconds:g} s, [limits] lets more through"
            mend = f'set limits = "{own[0]}" in its table' if own else "lower [limits] room"
            return Check(name, ok=False, text=text, mend=mend)
    return Check(name, ok=True, text="[limits] is below what the platform takes")


def catalogue(file: Path) -> Check:
    """Check a room's catalogue."""
    try:
        shop = load_catalogue(file)
    except UserFault as fault:
        return Check("catalogue", ok=False, text=str(fault), mend=f"danmate catalog check {file}")
    text = f"{shop.name}: {len(shop.products)} products, {len(shop.faq)} FAQ rows ({file})"
    return Check("catalogue", ok=True, text=text)
