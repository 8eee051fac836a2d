"""``danmate replay --scenarios``: plays scenario files and says which expectations do not hold."""

import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot import config as configuration
from bot.commands.offline import seated
from bot.commands.outputs import Opened, Source, opened
from bot.commands.replay import write_report
from bot.config import Config
from bot.errors import UserFault
from bot.replay import scenarios
from bot.replay.junit import Case
from bot.replay.scenarios import Scenario
from bot.shop.catalogue import load as load_catalogue


@dataclass
class Stage:
    """Plays scenarios, each in a room of its own; models are opened once and live in ``stack``.

    ``catalog``, ``config`` and ``values`` hold where a scenario says nothing else.
    """

    stack: AsyncExitStack
    catalog: Path | None = None
    config: Path | None = None
    values: list[str] = field(default_factory=list)
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        self._opened: list[tuple[Config, Opened]] = []

    async def failures(self, scenario: Scenario) -> list[str]:
        """Play one; return a line for each expectation that does not hold. Raises UserFault."""
        values = [*self.values, *scenario.settings]
        config = configuration.with_values(
            configuration.load(scenario.config or self.config), values
        )
        catalogue = load_catalogue(scenario.catalog or self.catalog or config.rooms[0].catalog)
        use = await self._models(config)
        known = len(use.unrecorded)
        playing = seated(use.models, config, catalogue, mode=scenario.mode)
        outcomes = [outcome async for outcome in playing.play(scenario.messages)]
        found = scenario.failures(outcomes)
        return found + (use.unrecorded.told() if len(use.unrecorded) > known else [])

    async def _models(self, config: Config) -> Opened:
        """Return the models of a configuration, opened for the first of those that share them."""
        for other, use in self._opened:
            if (other.models, other.bot.language) == (config.models, config.bot.language):
                return use
        use = await self.stack.enter_async_context(opened(config, self.source))
        self._opened.append((config, use))
        return use


async def play(
    folder: Path,
    catalog: Path | None,
    config: Path | None,
    values: list[str],
    source: Source,
    junit: Path | None,
) -> int:
    """Play all scenarios of a folder, or one file; 1 if an expectation does not hold."""
    cases = []
    async with AsyncExitStack() as stack:
        stage = Stage(stack, catalog, config, values, source)
        for scenario in scenarios.load_all(folder):
            cases.append(case := await _played(stage, scenario))
            _say(case)
    failed = sum(bool(case.failures or case.error) for case in cases)
    sys.stdout.write(f"{len(cases)} scenarios: {len(cases) - failed} hold, {failed} do not\n")
    if junit:
        write_report(junit, "danmate scenarios", cases)
    return int(failed > 0)


async def _played(stage: Stage, scenario: Scenario) -> Case:
    where = str(scenario.file)
    try:
        return Case(scenario.name, where, await stage.failures(scenario))
    except UserFault as fault:  # the others may be played
        return Case(scenario.name, where, error="\n".join(fault.faults))


def _say(case: Case) -> None:
    word = "error" if case.error else "failed" if case.failures else "holds"
    sys.stdout.write(f"{word:<6} {case.where}: {case.name}\n")
    for line in (*case.failures, *filter(None, [case.error])):
        sys.stdout.write(f"       {line}\n")
