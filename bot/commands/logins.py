"""Logs an account in, shows which log-ins are kept, and forgets one."""

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import config as configuration
from bot import plugins, secrets, vault
from bot.commands.prompting import plain, tell
from bot.config import DEMO, faults
from bot.config.rooms import RoomTable
from bot.errors import AuthFailed, BadConfig, Disconnected
from bot.ports import Account, Adapter
from bot.vault import ELSEWHERE, FileVault, RingVault

FAILED = 1
WHO = ("who", "login", "name", "uname", "user_id", "DedeUserID")
UNTIL = ("expires_at", "expires", "until")
"""Keys of a record that tell, the first that is there, whose it is and until when it holds."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    platform: str
    config: Path | None = None
    account: str = ""
    values: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """What a log-in needs beside the options: platforms, variables, and where it shows itself."""

    known: Mapping[str, type[Adapter]] = field(default_factory=plugins.adapters)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    @property
    def vault(self) -> FileVault | RingVault:
        """Where log-ins are kept."""
        return vault.of(self.environ)

    def say(self, text: str = "") -> None:
        """Print a line at once."""
        self.out.write(f"{text}\n")
        self.out.flush()


async def log_in(options: Options, place: Place) -> int:
    """Log in to the first room of the platform; 1 if the platform refuses or is not there.

    Raises BadConfig, one line for each thing that is missing.
    """
    kind = _kind(options.platform, place.known)
    room, found = _room(options)
    settings = _settings(room, options, place)
    adapter = kind(settings)
    if not isinstance(adapter, Account):  # its class said so
        raise TypeError(options.platform)
    kept, name = place.vault, getattr(settings, "account", options.platform)
    async with kept.locked(name):
        pass  # before anybody has logged in: there is a place for it
    adapter.keep(kept)
    try:
        who = await adapter.login(partial(tell, place.out))
    except (AuthFailed, Disconnected) as error:
        why = plain(secrets.masked(str(error)))
        place.err.write(f"danmate: {options.platform}: not logged in: {why}\n")
        return FAILED
    ringed = await kept.peek(name) == ELSEWHERE
    where = "the system keyring" if ringed else f"{vault.folder(place.environ)}, for you alone"
    place.say(f"{options.platform}: logged in as {plain(who)}, kept in {where}")
    file = f" --config {options.config}" if options.config else ""
    if not found:
        place.say("Now write the room into config.toml:\n")
        place.say("\n".join(_table(room)) + "\n")
    place.say(f"Next: danmate doctor{file}   looks whether all is well")
    place.say(f"      danmate run{file}      answers in the room")
    return 0


async def forget(options: Options, place: Place) -> int:
    """Forget a log-in. Raises BadConfig where none of that name is kept."""
    name, kept = options.account or _account(options, place.known), place.vault
    names = await kept.names()
    if name not in names:
        there = f"one of {', '.join(names)}" if names else "one (none is kept)"
        raise BadConfig(f"{plain(name)}: no log-in is kept under this name: expected {there}")
    async with kept.locked(name):
        await kept.put(name, {})
    place.say(f"{name}: forgotten here; the platform's own pages end what it was allowed")
    return 0


async def show(place: Place, *, as_json: bool) -> int:
    """List what is kept: under which name, who that is, until when, and where; no secret."""
    rows = [await _row(place.vault, name) for name in await place.vault.names()]
    if as_json:
        for row in rows:
            place.say(json.dumps(row, ensure_ascii=False))
        return 0
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("account", "who", "until", "kept in"):
        table.add_column(head)
    for row in rows:
        table.add_row(*(Text(plain(value or "-")) for value in row.values()))
    Console(file=place.out).print(table if rows else "no log-in is kept: danmate login PLATFORM")
    return 0


async def _row(kept: FileVault | RingVault, name: str) -> dict[str, str | None]:
    try:
        ringed = await kept.peek(name) == ELSEWHERE
        record = await kept.get(name)
    except BadConfig as fault:
        return {"account": name, "who": None, "until": None, "kept_in": f"cannot be used: {fault}"}
    return {
        "account": name,
        "who": next((record[key] for key in WHO if key in record), None),
        "until": _time(next((record[key] for key in UNTIL if key in record), "")),
        "kept_in": "keyring" if ringed else "file",
    }


def _time(text: str) -> str | None:
    try:
        return datetime.fromtimestamp(float(text), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return None


def _kind(platform: str, known: Mapping[str, type[Adapter]]) -> type[Adapter]:
    """Return a platform that has log-ins."""
    if platform not in known:
        got = faults.shown(platform) + faults.hint(platform, known)
        raise BadConfig(f"PLATFORM: expected one of {', '.join(known)}, got {got}")
    kind = known[platform]
    if not issubclass(kind, Account):
        raise BadConfig(f"{platform}: has no log-in: expected danmate run, which needs none there")
    return kind


def _room(options: Options) -> tuple[RoomTable, bool]:
    """Return the room to log in for, with the values laid over it, and whether it is written."""
    whole = [value for value in options.values if "." in value.partition("=")[0]]
    config = configuration.with_values(configuration.load(options.config), whole)
    rooms = [room for room in config.rooms if room.platform == options.platform]
    own = [room for room in rooms if _extras(room).get("account") == options.account]
    fresh = RoomTable.model_validate({"platform": options.platform, "catalog": DEMO})
    room = next(iter([*own, *rooms, fresh]))
    given = dict(_value(value) for value in options.values if value not in whole)
    if options.account:
        given["account"] = options.account
    return RoomTable.model_validate(room.model_dump(mode="json") | given), bool(rooms)


def _extras(room: RoomTable) -> Mapping[str, Any]:
    return room.model_extra or {}


def _value(item: str) -> tuple[str, Any]:
    key, equals, text = item.partition("=")
    if not (equals and key.strip()):
        raise BadConfig(f"--set {item}: expected key=value, a key of the platform's table")
    try:
        return key.strip(), tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), text.strip()


def _settings(room: RoomTable, options: Options, place: Place) -> Any:
    where = f'[[rooms]] with platform = "{options.platform}" in {options.config or "config.toml"}'
    try:
        return room.settings(place.environ, place.known)
    except BadConfig as fault:
        lines = [f"{options.platform}: {line.removeprefix(': ')}" for line in fault.faults]
        raise BadConfig(*lines, f"{where}, or --set KEY=VALUE here, is where it belongs") from None


def _account(options: Options, known: Mapping[str, type[Adapter]]) -> str:
    """Return the name under which the log-in of the platform's first room is kept."""
    kind = _kind(options.platform, known)
    room, _ = _room(options)
    own = kind.Settings.model_fields.get("account")
    return str(_extras(room).get("account") or (own.default if own else options.platform))


def _table(room: RoomTable) -> list[str]:
    keys = {"platform": room.platform, "catalog": "demo", **_extras(room)}
    return ["[[rooms]]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
