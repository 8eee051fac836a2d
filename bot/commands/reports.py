"""The page of a replay, or of a shadow's evening: ``--report F.html``."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import __version__
from bot import config as configuration
from bot.commands import files
from bot.config import Config
from bot.config.files import SHIPPED
from bot.house import pace
from bot.model import Catalogue, Mode, Outcome
from bot.replay.formats import Log
from bot.replay.load import Load
from bot.replay.report import About, Change, Fold, Reading, page

DECIDES = ("bot", "models", "reply", "limits")
"""Tables of the configuration on which answers depend; the others name places and secrets."""


class Reported:
    """Takes the outcomes of one run and writes what they come to as a page."""

    def __init__(
        self, path: Path, config: Config, catalogue: Catalogue, title: str, mode: Mode | None = None
    ) -> None:
        """Open the report at ``path``. Raises BadConfig now rather than after the evening."""
        files.writable(path, "--report")
        self._path = path
        self._fold = Fold(pace(config.limits, "room").windows, config.reply.window)
        self._about = About(
            title=title,
            lang=config.bot.language,
            mode=mode or config.bot.mode,
            catalog=catalogue.name,
            version=__version__,
            products={each.sku: each.name for each in catalogue.products},
            changes=tuple(changes(config)),
        )

    def add(self, outcome: Outcome) -> None:
        """Take the next outcome."""
        self._fold.add(outcome)

    def save(self, log: Log | None = None, load: Load | None = None) -> None:
        """Write the page as it stands, in one step, so that a crash leaves the one before."""
        about = replace(self._about, load=load)
        if log is not None:
            reading = Reading(log.format, log.read, log.other, log.skipped, tuple(log.faults))
            about = replace(about, reading=reading)
        files.replace(self._path, page(self._fold.figures(), about), "--report")


def changes(config: Config) -> Iterator[Change]:
    """Yield what is set otherwise than in the configuration that ships.

    No secret is among it: the configuration holds none, keys are names of variables.
    """
    shipped = dict(_flat(configuration.load(SHIPPED).model_dump(mode="json")))
    for key, value in _flat(config.model_dump(mode="json")):
        if key.partition(".")[0] in DECIDES and value != shipped.get(key):
            yield Change(key, _told(shipped.get(key)), _told(value))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _told(value: object) -> str:
    return "" if value is None else str(value)
