"""What the studio is asked for on the page, how it is told, and who makes it."""

from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.model import Catalogue, Lang
from bot.web.made import Shown
from bot.web.refusals import Refusal
from bot.web.works import FileName, Kind, Made, Report, State

SHORTEST, LONGEST = 5, 180
"""Minutes of a script."""
SLOWEST, FASTEST = 60, 500
"""Characters (zh) or words (en) that somebody says in a minute."""
SKUS: Final = 500
"""Products that a script may be asked for."""
Voice: TypeAlias = Literal["plain", "warm", "lively", "expert"]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Seed: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
TYPES: Final[dict[FileName, str]] = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {each.partition(";")[0]: {"schema": {}} for each in TYPES.values()}},
    404: {"model": Refusal, "description": "no such work or file"},
}


class Wish(BaseModel):
    """What every work is told: the room whose catalogue it is about, and the language."""

    model_config = ConfigDict(extra="forbid")

    room: Name
    lang: Lang | None = Field(default=None, description="null: the catalogue's")


class ScriptWish(Wish):
    """A live-stream script."""

    minutes: int = Field(ge=SHORTEST, le=LONGEST)
    style: Voice = "warm"
    order: Literal["as-listed", "by-link", "price-up", "price-down"] = "as-listed"
    skus: list[Name] = Field(
        default=[], max_length=SKUS, description="these alone and in this order; none: all"
    )
    host: str = Field(default="", max_length=40, description="who hosts, for the greeting")
    rate: int | None = Field(default=None, ge=SLOWEST, le=FASTEST)
    asked: bool = Field(default=False, description="answer what viewers have asked in the room")
    model: bool = Field(default=False, description="let the served model word it, if there is one")
    seed: Seed = 0


class DescriptionWish(Wish):
    """A product's description."""

    sku: Name
    length: Literal["short", "medium", "long"] = "medium"
    voice: Voice = "plain"
    title: int | None = Field(default=None, ge=4, le=200, description="characters at most")
    model: bool = Field(default=False, description="let the served model word it, if there is one")
    seed: Seed = 0


class AnalysisWish(Wish):
    """An analysis of the comments that the room still holds, or of those of a recording."""

    recording: Name | None = Field(default=None, description="one that is listed; null: live")


class Recorded(BaseModel):
    """A recording that danmate has made."""

    name: str
    began: float
    size: int = Field(description="bytes, packed as it may be")


class Choices(BaseModel):
    """What there is to choose from."""

    model: bool = Field(description="whether a served model may word texts")
    since: float | None = Field(description="of when the oldest comment is that the room holds")
    recordings: list[Recorded] = Field(description="the newest first")


class WorkShown(BaseModel):
    """A work: how far it is, and what it has made."""

    id: str
    room: str
    kind: Kind
    state: State
    began: float
    done: int
    of: int = Field(description="how much there is to do; 0: not known yet")
    fault: str | None = Field(description="why it came to nothing, as a code")
    files: list[FileName]
    made: Shown | None


class WorkList(BaseModel):
    """A session's works, the newest first, without what they have made."""

    works: list[WorkShown]


class Workshop(Protocol):
    """What makes the works; ``shop`` is the room's catalogue with its live changes."""

    @property
    def model(self) -> bool:
        """Whether a served model may word texts."""

    async def since(self, room: str) -> float | None:
        """Return when the oldest comment was said that a room still holds. Raises LOST."""

    async def recordings(self) -> list[Recorded]:
        """Return the recordings that danmate has made, the newest first."""

    async def script(self, wish: ScriptWish, shop: Catalogue, report: Report) -> Made:
        """Write a script. Raises NotMade."""

    async def describe(self, wish: DescriptionWish, shop: Catalogue, report: Report) -> Made:
        """Describe a product of ``shop``. Raises NotMade."""

    async def analyse(self, wish: AnalysisWish, shop: Catalogue, report: Report) -> Made:
        """Analyse the room's comments, or those of a recording that is listed. Raises NotMade."""
