"""Proofs about plug-ins: found by entry point, imported when used, a broken one named alone."""

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bot.errors import BadConfig
from bot.model import ChatMessage
from bot.plugins import adapters, formats
from bot.ports import Adapter


def entry(name: str, value: str, group: str = "bot.adapters") -> EntryPoint:
    return EntryPoint(name, value, group)


def read_nothing(lines: Iterable[str]) -> Iterator[ChatMessage | None]:
    """Read a format that holds no message."""
    return (None for _ in lines)


def test_the_platforms_that_ship_are_installed() -> None:
    found = adapters()
    assert {"room", "recording", "console"} <= set(found)
    for name, kind in found.items():
        assert kind.platform == name


def test_an_adapter_that_is_made_obeys_the_protocol() -> None:
    room = adapters()["room"]
    assert isinstance(room(room.Settings()), Adapter)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("no_such_module:X", "the plugin b (no_such_module:X) cannot be loaded: ModuleNotFound"),
        ("bot.model:Nothing", "the plugin b (bot.model:Nothing) cannot be loaded: AttributeError"),
        ("bot.model:INTENTS", "the plugin b (bot.model:INTENTS): expected a class"),
        (
            "bot.model:Reply",
            "the plugin b (bot.model:Reply): expected a class with platform, Settings, abilities,",
        ),
    ],
)
def test_a_broken_plugin_is_one_line_when_it_is_used(value: str, fault: str) -> None:
    found = adapters([entry("b", value), entry("room", "adapters.room:Room")])
    assert list(found) == ["b", "room"]
    assert found["room"].platform == "room"
    with pytest.raises(BadConfig) as caught:
        found["b"]
    (line,) = caught.value.faults
    assert line.startswith(fault)
    assert "\n" not in line


def test_a_plugin_that_fails_while_it_is_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_plugin.py").write_text("1 +\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadConfig, match=r"the plugin b .* cannot be loaded: SyntaxError"):
        adapters([entry("b", "broken_plugin:X")])["b"]


def test_an_unknown_name_is_a_key_error() -> None:
    assert "nothing" not in adapters([])
    with pytest.raises(KeyError):
        adapters([])["nothing"]


def test_a_log_format_is_a_callable_by_name() -> None:
    found = formats([entry("none", f"{__name__}:read_nothing", "bot.formats")])
    assert list(found["none"](["a", "b"])) == [None, None]
    with pytest.raises(BadConfig, match="expected a callable"):
        formats([entry("f", "bot.model:INTENTS", "bot.formats")])["f"]
