"""Opens the queue that a configuration names, for commands that look into it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot import config as configuration
from bot.bus.server import Store, connect


@asynccontextmanager
async def store_of(config: Path | None, values: Sequence[str]) -> AsyncIterator[Store]:
    """Open the store while the block runs: nothing else of the configuration is looked at.

    Raises BadConfig or CannotStart.
    """
    table = configuration.with_values(configuration.load(config), values).store
    async with await connect(table.address(), table.data, table.shards) as store:
        yield store
