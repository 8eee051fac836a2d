"""Read config.toml and the values laid over it."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config import faults
from bot.config.rooms import anchored
from bot.config.tables import Config
from bot.errors import BadConfig

SHIPPED = Path(__file__).parent.parent / "config.toml"
HIDDEN = {"url", "writer", "writer_key"}
"""Keys whose values a fault does not show: somebody may have written a secret there."""


def load(path: Path | None) -> Config:
    """Read a configuration; None is ./config.toml if there is one, else what ships.

    Relative paths in it are read as beside it. Raises BadConfig with one line for each fault.
    """
    if path is None:
        here = Path("config.toml")
        path = here if here.is_file() else SHIPPED
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadConfig(f"{path}: expected a file ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        raise BadConfig(f"{path}: expected UTF-8 text, byte {error.start} is not") from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path}: expected TOML: {error}") from None
    return _checked(data, f"{path}: ", path.absolute().parent)


def with_values(config: Config, values: Sequence[str]) -> Config:
    """Return ``config`` with ``section.key=value`` laid over it; values are written as in TOML.

    What is no TOML value is a text. Raises BadConfig with one line for each fault.
    """
    data = config.model_dump(mode="json")
    for item in values:
        dotted, equals, text = item.partition("=")
        if not (equals and dotted.strip()):
            raise BadConfig(f"--set {item}: expected section.key=value")
        _put(data, dotted.strip().split("."), text.strip(), f"--set {dotted.strip()}")
    return _checked(data, "--set ", None)


def _put(data: Any, keys: list[str], text: str, where: str) -> None:
    for key in keys[:-1]:
        if isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            data = data.setdefault(key, {}) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise BadConfig(f"{where}: expected section.key, or rooms.0.key for the first room")
    try:
        data[keys[-1]] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        data[keys[-1]] = text


def _checked(data: Mapping[str, Any], where: str, folder: Path | None) -> Config:
    try:
        config = Config.model_validate(data, context=folder)
        settings = config.settings(None)
        config.rules()  # reads the packs of words
    except ValidationError as error:
        found = faults.lines(error.errors(include_url=False), Config, hidden=HIDDEN)
        raise BadConfig(*(where + line for line in found)) from None
    except BadConfig as fault:
        raise BadConfig(*(where + line for line in fault.faults)) from None
    if folder is None:
        return config
    rooms = tuple(map(partial(anchored, folder=folder), config.rooms, settings))
    return config.model_copy(update={"rooms": rooms})
