"""``[record]``: whether what happens is written down, where, in which files, for how long."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import BeforeValidator, Field, Strict

from bot.config.rooms import Table, beside

DAY = 86_400.0
SPANS: Mapping[str, float] = {"hour": 3600.0, "day": DAY}


class RecordTable(Table):
    """``[record]``."""

    dir: Annotated[
        Path | None, BeforeValidator(lambda value, info: beside(value, info) or None)
    ] = None
    size: Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)] = 64.0
    every: Literal["hour", "day"] = "day"
    compress: Literal["gz", "zst", "none"] = "gz"
    keep: Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)] = 30.0
    pseudonyms: Annotated[bool, Strict()] = True

    def folder(self) -> Path:
        """Return where recordings lie, though none may be wanted now."""
        return self.dir or user_state_path("danmate") / "recordings"
