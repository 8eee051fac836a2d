"""``danmate doctor``: what is here, what works, and what to do about the rest."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import config as configuration
from bot import secrets
from bot.config import SHIPPED, Config
from bot.doctor import examine
from bot.errors import BadConfig
from bot.model import Check


async def doctor(
    config_file: Path | None, *, as_json: bool = False, values: Sequence[str] = ()
) -> int:
    """Print each check with its mend; 1 if one failed."""
    config, check = _configured(config_file, values)
    checks = [check, *await examine(config)]
    good = all(each.ok for each in checks)
    if as_json:
        rows = {"ok": good, "checks": [asdict(each) for each in checks]}
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        Console(highlight=False).print(shown(checks))
    return 0 if good else 1


def _configured(file: Path | None, values: Sequence[str]) -> tuple[Config, Check]:
    """Return the configuration; where it is faulty, what ships, so that the rest is looked at."""
    name = str(file or (here if (here := Path("config.toml")).is_file() else "what ships"))
    try:
        config = configuration.with_values(configuration.load(file), values)
    except BadConfig as fault:
        mend = "mend these lines; all that follows is about the default configuration"
        text = secrets.masked(str(fault))
        return configuration.load(SHIPPED), Check("config", ok=False, text=text, mend=mend)
    return config, Check("config", ok=True, text=f"{name}: {len(config.rooms)} room(s)")


def shown(checks: Sequence[Check]) -> Table:
    """Return the checks for a terminal: what failed is followed by what to do about it."""
    rows = Table.grid(padding=(0, 1))
    for check in checks:
        found = Text(check.text)
        if not check.ok and check.mend:
            found.append(f"\n→ {check.mend}", "bold")
        mark = Text("✓", "green") if check.ok else Text("✗", "red")
        rows.add_row(mark, Text(check.name), found)
    failed = sum(not check.ok for check in checks)
    total = f"{failed} of {len(checks)} checks failed" if failed else f"all {len(checks)} are well"
    rows.add_row("", "", Text(f"\n{total}", "red" if failed else "green"))
    return rows
