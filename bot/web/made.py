"""What the studio has made, as the page shows it; prices and words are the catalogue's."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.model import Lang


class Shares(BaseModel):
    """Seconds of a script that are read aloud, on camera, and with the viewers."""

    said: float
    shown: float
    free: float


class Planned(BaseModel):
    """A row of the run-down; times in seconds since the stream's start, here and below."""

    start: float
    seconds: float
    title: str
    points: list[str] = Field(description="what is talked about")
    sku: str | None
    link: int | None


class Spoken(BaseModel):
    """A sentence, a stage direction, or time for the viewers."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["say", "cue", "floor"]
    at: float
    seconds: float
    text: str
    facts: list[str] = Field(default=[], description="what a sentence rests on")


class Passage(BaseModel):
    """A part of the stream."""

    part: Literal["opening", "product", "interlude", "closing"]
    title: str
    sku: str | None
    round: int
    start: float
    items: list[Spoken]


class Prepare(BaseModel):
    """A question of the viewers for which the host must find an answer."""

    text: str
    count: int
    sku: str | None
    reason: str


class ScriptMade(BaseModel):
    """A live-stream script. ``version``: of the catalogue that it was written from."""

    kind: Literal["script"] = "script"
    version: str
    lang: Lang
    shop: str
    minutes: float
    rate: float
    seconds: float
    shares: Shares
    rundown: list[Planned]
    segments: list[Passage]
    absent: list[str] = Field(description="products for which there was no time")
    prepare: list[Prepare]
    left: list[str] = Field(description="what is not said, and why")
    text: str = Field(description="the whole as Markdown")


class Stated(BaseModel):
    """A row of the table of facts."""

    id: str
    label: str
    text: str


class DescriptionMade(BaseModel):
    """A product's description. ``version`` as in ScriptMade."""

    kind: Literal["description"] = "description"
    version: str
    lang: Lang
    sku: str
    name: str
    title: str
    points: list[str]
    paragraphs: list[str]
    facts: list[Stated]
    left: list[str]
    text: str = Field(description="the whole as Markdown")


class Finding(BaseModel):
    """What an analysis has found, in words, with the figures that it rests on."""

    text: str
    figures: dict[str, str | int | float | None]


class Share(BaseModel):
    """How many comments are of one kind."""

    name: str
    count: int


class AnalysisMade(BaseModel):
    """What viewers' comments say, in short; the report holds all of it."""

    kind: Literal["analysis"] = "analysis"
    lang: Lang
    comments: int
    viewers: int
    began: float | None = Field(description="when the first was said, in epoch seconds")
    ended: float | None
    findings: list[Finding]
    intents: list[Share]
    topics: list[Share]
    text: str = Field(description="the findings as Markdown")


Shown: TypeAlias = Annotated[
    ScriptMade | DescriptionMade | AnalysisMade, Field(discriminator="kind")
]
