"""A room of config.toml: the shop that it sells from, and the keys of its own platform."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from bot import secrets
from bot.config import faults
from bot.config.presets import Choice
from bot.errors import BadConfig
from bot.plugins import adapters
from bot.ports import Adapter

DEMO = Path(__file__).parent.parent / "demo" / "catalog.toml"
Name: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"\S")]


def beside(value: Any, info: ValidationInfo) -> Any:
    """Read a relative path as one beside config.toml."""
    if not isinstance(value, str) or not value:
        return value
    return str((info.context or Path()) / Path(value).expanduser())


def _catalog(value: Any, info: ValidationInfo) -> Any:
    return str(DEMO) if value == "demo" else beside(value, info)


class Table(BaseModel):
    """A table of config.toml: what it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RoomTable(Table):
    """One of ``[[rooms]]``; the other keys are those of its platform."""

    model_config = ConfigDict(extra="allow")

    platform: Name
    catalog: Annotated[Path, BeforeValidator(_catalog)]
    limits: Choice = ""

    def settings(
        self,
        environ: Mapping[str, str] | None = None,
        known: Mapping[str, type[Adapter]] | None = None,
    ) -> Any:
        """Return the platform's own Settings, secrets taken from ``environ`` if it is given.

        ``known`` are the platforms there are (those installed).
        Raises BadConfig with one line for each fault; its key comes first.
        """
        known = adapters() if known is None else known
        if self.platform not in known:
            got = faults.shown(self.platform) + faults.hint(self.platform, known)
            raise BadConfig(f"platform: expected one of {', '.join(known)}, got {got}")
        schema = known[self.platform].Settings
        keys = dict(self.model_extra or {})
        plain = []
        hidden = _secret_names(schema)
        for name in sorted(keys.keys() & hidden):
            try:
                keys[name] = _secret(keys[name], environ)
            except BadConfig as fault:
                plain.append(f"{name}: {fault}")
        if plain:
            raise BadConfig(*plain)
        try:
            return schema.model_validate(keys)
        except ValidationError as error:
            found = error.errors(include_url=False)
            others = tuple(RoomTable.model_fields)
            raise BadConfig(*faults.lines(found, schema, others, hidden)) from None


def anchored(room: RoomTable, settings: Any, folder: Path) -> RoomTable:
    """Return the room with its platform's relative paths read as beside config.toml."""
    paths = {
        key: str(folder / Path(text).expanduser())
        for key, text in (room.model_extra or {}).items()
        if isinstance(getattr(settings, key, None), Path) and text != "-"
    }
    return RoomTable.model_validate(room.model_dump(mode="json") | paths)


def _secret_names(schema: Any) -> set[str]:
    return {
        name
        for name, field in schema.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    }


def _secret(reference: str, environ: Mapping[str, str] | None) -> str:
    """Check a reference and, where there is an environment, return what it stands for."""
    if environ is None and secrets.named(reference):
        return reference
    return secrets.resolve(reference, environ or {}).reveal()
