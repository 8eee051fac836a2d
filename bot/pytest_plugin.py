"""Scenarios as tests: ``pytest scenarios/`` plays each TOML file of such a folder.

A file is taken whose folder, or one above it, is called ``scenarios``, or whose name ends in
``.scenario.toml``. Whatever else pytest collects is left alone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # whoever has danmate installed and no scenarios waits for none of it
    from bot.replay.scenarios import Scenario

FOLDER, SUFFIX, ENDING = "scenarios", ".toml", ".scenario.toml"
OPTIONS = {
    "catalog": "catalogue of scenarios that name none",
    "config": "configuration of scenarios that name none",
    "pin": "file of what models say, as danmate replay --record writes it",
}


class _Theatre:
    """The models that all scenarios of a run share, in an event loop of their own."""

    def __init__(self, catalog: Path | None, config: Path | None, pin: Path | None) -> None:
        from bot.commands.outputs import Source
        from bot.commands.scenarios import Stage

        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._stage = Stage(self._stack, catalog, config, source=Source(pin))

    def failures(self, scenario: "Scenario") -> list[str]:
        """Play one."""
        return self._runner.run(self._stage.failures(scenario))

    def close(self) -> None:
        """Close the models and the loop."""
        with self._runner:
            self._runner.run(self._stack.aclose())


THEATRE = pytest.StashKey[_Theatre]()


class ScenarioFailed(AssertionError):
    """Expectations of a scenario do not hold."""


class ScenarioItem(pytest.Item):
    """One scenario."""

    def runtest(self) -> None:
        """Play it. Raises ScenarioFailed, or UserFault for a file that cannot be used."""
        from bot.replay.scenarios import load

        stash = self.config.stash
        if THEATRE not in stash:
            stash[THEATRE] = _Theatre(*(self.config.getoption(f"danmate_{of}") for of in OPTIONS))
        if failures := stash[THEATRE].failures(load(self.path)):
            raise ScenarioFailed("\n".join(failures))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """Return what failed, without a traceback where there is nothing to trace."""
        from bot.errors import UserFault

        if isinstance(excinfo.value, ScenarioFailed | UserFault):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it stands."""
        return self.path, 0, f"scenario: {self.name}"


class ScenarioFile(pytest.File):
    """A file of one scenario."""

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield the scenario, if it is one: a catalogue may lie beside them."""
        from bot.replay.scenarios import is_scenario

        if is_scenario(self.path):
            yield ScenarioItem.from_parent(self, name=self.path.stem)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what scenarios fall back to."""
    group = parser.getgroup("danmate", "danmate's scenarios")
    for of, text in OPTIONS.items():
        group.addoption(f"--danmate-{of}", type=Path, default=None, help=text)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Take scenario files."""
    inside = file_path.suffix == SUFFIX and FOLDER in file_path.parent.parts
    if inside or file_path.name.endswith(ENDING):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what the scenarios have opened."""
    if theatre := config.stash.get(THEATRE, None):
        theatre.close()
        del config.stash[THEATRE]
