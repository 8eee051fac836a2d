"""``danmate bench page``: the pages in a real browser, under load or for their picture."""

from pathlib import Path


async def page(rate: float, seconds: float, pictures: Path | None, *, as_json: bool) -> None:
    """Measure the page under load, or write its pictures into a folder.

    Raises CannotStart where there is no browser, or nothing that steers it.
    """
    if pictures is not None:
        from bot.commands.browsing.shots import shoot

        await shoot(pictures)
    else:
        from bot.commands.browsing.load import load

        await load(rate, seconds, as_json=as_json)
