"""Builds the pages out of their parts, and serves them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

from bot.bus.limits import Limits
from bot.bus.recording import Recording
from bot.bus.stats import Stats
from bot.flow.clock import WallClock
from bot.house import House, pace
from bot.ports import Adapter
from bot.vault.page import PageToken
from bot.web import answers as shown
from bot.web import recording, rooms, studio, vitals
from bot.web.access import entrance
from bot.web.aired import Aired
from bot.web.answers import Answers
from bot.web.api import create_app
from bot.web.cases import Cases
from bot.web.desk import Desk
from bot.web.feed import Feed, opened
from bot.web.health import Health
from bot.web.meaning import Meaning, Sense
from bot.web.metrics import Metrics
from bot.web.questions import Questions
from bot.web.rooms import Board
from bot.web.series import Series
from bot.web.server import serve
from bot.web.vitals import Vitals
from bot.web.works import Works
from bot.workshop.bench import Bench


@asynccontextmanager
async def pages(
    house: House, served: Sequence[Adapter], health: Health, meaning: Meaning | None = None
) -> AsyncIterator[str]:
    """Serve the pages, with what the platforms of ``served`` want to serve; yield the address.

    ``meaning`` tells which questions mean the same; None: equal words.
    """
    web, rules = house.config.web, house.config.rules()
    site = web.site()
    access = await entrance(site, house.store, PageToken(web.token), WallClock(), web.session)
    cases = Cases(web.cases, _catalogs(house))
    desk = Desk.of(house.store, house.catalogues, rules, house.clock, house.abilities, cases)
    board = Board(
        desk,
        Questions(desk.known, rules),
        Series(desk.known, house.clock.now),
        meaning or Meaning(),
    )
    answers = Answers(Aired(house.catalogues, rules.lexicon), house.clock.now)
    feed = await opened(
        house.store,
        health.metrics.observe,
        house.config.privacy.retention,
        house.clock.now,
        (board.questions, board.series, answers),
    )
    works = Works(WallClock())
    bench = Bench(house.config, house.store, house.config.record.folder(), board.meaning)
    told = (
        rooms.routes(board),
        studio.routes(desk, bench, works),
        vitals.routes(_vitals(house, health, feed)),
        shown.routes(answers),
        recording.routes(Recording(house.store)),
    )
    app = create_app(served, feed, health, access=access, desk=desk, routers=told)
    app.state.close = partial(_closed, feed, answers)
    async with serve(app, web.host, web.port, web.tls(), proxied=site.proxied) as port:
        feeding = asyncio.create_task(feed.run())
        try:
            yield web.address(port)
        finally:
            _closed(feed, answers)
            await asyncio.gather(feeding, works.aclose(), return_exceptions=True)
            await board.meaning.aclose()


def _closed(feed: Feed, answers: Answers) -> None:
    """End all endless responses."""
    feed.close()
    answers.close()


def _vitals(house: House, health: Health, feed: Feed) -> Vitals:
    """Return what the page is told of this danmate."""
    tables = zip(house.adapters, house.config.rooms, strict=True)
    limits = house.config.limits
    return Vitals(
        health=health,
        rooms=[adapter.room for adapter in house.adapters],
        paces={
            adapter.room: (adapter.platform, pace(limits, adapter.room, table.limits).windows)
            for adapter, table in tables
            if adapter.abilities.send
        },
        accounts={each.platform: Limits(house.store, each.platform) for each in house.adapters},
        now=house.clock.now if house.own_time else lambda: None,
        dropped=lambda: feed.dropped,
        recording=Recording(house.store),
    )


def _catalogs(house: House) -> dict[str, Path]:
    """Return the catalogue's file of each room that sells from another than the first."""
    rooms = zip(house.adapters, house.config.rooms, strict=True)
    first = house.config.rooms[0].catalog
    return {each.room: table.catalog for each, table in rooms if table.catalog != first}


def health_of(house: House, fine: Mapping[str, Callable[[], bool]]) -> Health:
    """Return what is told of this process; ``fine`` of each room that it keeps connected."""
    return Health(
        Stats(house.store, house.inbox).read,
        lambda: {room: well() for room, well in fine.items()},
        Metrics({adapter.platform for adapter in house.adapters}),
    )


def sense(house: House) -> AbstractAsyncContextManager[Sense]:
    """Open what compares questions in a process where no reader is at work, in little memory."""
    from bot.inference.light.sense import open_sense

    models = house.config.models
    return open_sense(models.reader, house.config.bot.language, models.reader_adapter)
