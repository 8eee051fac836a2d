"""``danmate doctor``: what is here, what works, and what to do about the rest."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.doctor import examine


async def doctor(config_file: Path | None) -> int:
    """Print each check with its mend; 1 if one failed."""
    checks = await examine(configuration.load(config_file))
    table = Table(box=None, show_header=False, padding=(0, 1))
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        table.add_row(mark, check.name, check.text + (f"\n→ {check.mend}" if not check.ok else ""))
    Console().print(table)
    return 0 if all(check.ok for check in checks) else 1
