"""One line for each fault of a configuration: its key path, what was expected, what was found."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias, get_args

Location: TypeAlias = Sequence[str | int]

_WORDING = {
    "missing": "a value (missing)",
    "too_short": "one at least",
    "model_type": "a table",
    "dict_type": "a table",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": "another text",
    "int_type": "a whole number",
    "float_type": "a number",
    "path_type": "a path",
}
_LONGEST = 60


def lines(
    errors: Iterable[Mapping[str, Any]],
    schema: Any,
    others: Sequence[str] = (),
    hidden: Collection[str] = (),
) -> list[str]:
    """Word what pydantic found against ``schema`` (a model class).

    ``others`` are keys that stand in the same table and are not the schema's; the values of
    ``hidden`` keys are not shown.
    """
    found = list(errors)
    within = {error["loc"][:depth] for error in found for depth in range(len(error["loc"]))}
    return [
        _line(error, schema, others, hidden)
        for error in found
        if error["type"] != "too_short" or error["loc"] not in within  # its rows have the faults
    ]


def path(location: Location) -> str:
    """Write a location as it is found in the file: ``limits.account[0]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def hint(name: str, known: Iterable[str]) -> str:
    """Return the nearest of ``known`` as a question, or nothing."""
    near = get_close_matches(name, list(known), 1)
    return f", did you mean {near[0]}?" if near else ""


def shown(value: object) -> str:
    """Return a value as it is written in the file, cut to what a line can carry."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _line(
    error: Mapping[str, Any], schema: Any, others: Sequence[str], hidden: Collection[str]
) -> str:
    location, kind = error["loc"], error["type"]
    where = f"{path(location)}: expected"
    if kind == "extra_forbidden":
        known = [*others, *_keys(schema, location[:-1])]
        near = _elsewhere(schema, location[-1]) or hint(str(location[-1]), known)
        return f"{where} one of {', '.join(known)} (unknown key{near})"
    if kind in ("missing", "too_short"):
        return f"{where} {_WORDING[kind]}"
    wanted = str(error["ctx"]["error"]) if kind == "value_error" else _WORDING.get(kind)
    wanted = wanted or error["msg"].removeprefix("Input should be ")
    if any(part in hidden for part in location):
        return f"{where} {wanted}"
    near = hint(str(error["input"]), _choices(wanted)) if kind == "literal_error" else ""
    return f"{where} {wanted}, got {shown(error['input'])}{near}"


def _choices(wanted: str) -> list[str]:
    return [choice.strip("'") for choice in wanted.replace(" or ", ", ").split(", ")]


def _keys(schema: Any, location: Location) -> list[str]:
    for part in location:
        if isinstance(part, str):
            schema = _table(schema.model_fields[part].annotation)
    return list(schema.model_fields)


def _table(annotation: Any) -> Any:
    """Return the model class in an annotation such as ``tuple[Room, ...]``."""
    if hasattr(annotation, "model_fields"):
        return annotation
    inner = (_table(argument) for argument in get_args(annotation))
    return next((found for found in inner if found is not None), None)


def _elsewhere(schema: Any, key: str | int) -> str:
    """Say which other table has a key of this name."""
    for name, field in schema.model_fields.items():
        table = _table(field.annotation)
        if table is not None and key in table.model_fields:
            return f", which belongs under [{name}]"
    return ""
