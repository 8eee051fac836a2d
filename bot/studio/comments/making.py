"""From lines to the analysis: two passes, and what is told of them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from bot import __version__
from bot.model import ChatMessage, Lang
from bot.studio.comments.crowd import Crowd
from bot.studio.comments.findings import findings
from bot.studio.comments.fold import Fold
from bot.studio.comments.spans import Spans, dated
from bot.studio.comments.spool import Spool
from bot.studio.comments.table import Table
from bot.studio.comments.taking import Taking
from bot.studio.comments.themes import Themes, themes
from bot.studio.comments.use import Use
from bot.studio.comments.values import Analysis
from bot.studio.comments.weighing import Key, settled

ROOMS: Final = 100
"""Rooms that are named."""


async def made(
    lines: Iterable[ChatMessage],
    use: Use,
    title: str,
    lang: Lang | None,
    progress: Callable[[int], None],
    table: TextIO | None,
) -> Analysis:
    """Return the analysis of lines; see ``bot.studio.analysis``."""
    with Spool() as spool:
        taking = Taking(use, spool)
        await taking.take(lines, progress)
        known = await settled(spool, use)
        found = await asyncio.to_thread(themes, spool, use.seed)
        about = use, title, lang
        return await asyncio.to_thread(_told, taking, spool, found, known, table, about)


def _told(
    taking: Taking,
    spool: Spool,
    found: Themes,
    known: frozenset[Key],
    table: TextIO | None,
    about: tuple[Use, str, Lang | None],
) -> Analysis:
    """Count everything. Runs in a thread."""
    use, title, lang = about
    first, last = _ends(spool)
    offset = _offset(first, use)
    rows = Table(table, offset) if table else None
    fold = Fold(Spans(first or 0.0, last or 0.0), found, use.catalogue)
    waits = taking.waits
    for number, comment in enumerate(spool):
        seconds = waits.seconds[number]
        waited, by_bot = (seconds if seconds >= 0 else None), bool(waits.by_bot[number])
        topic = fold.add(
            comment, waited, by_bot=by_bot, settled=(comment.kind, comment.showing) in known
        )
        if rows:
            label = found.themes[topic].label if topic >= 0 else ""
            rows.add(comment, label, waited, by_bot=by_bot)
    bare = replace(
        _counted(fold),
        title=title,
        lang=lang or _spoken(fold),
        messages=taking.messages,
        rooms=tuple(sorted(taking.rooms)[:ROOMS]),
        first=first,
        last=last,
        catalogue=use.catalogue.name if use.catalogue else None,
        viewers=taking.crowd.viewers(),
        offset=offset,
    )
    return replace(bare, findings=findings(bare, built(bare)))


def _counted(fold: Fold) -> Analysis:
    """Return what a fold has counted."""
    return Analysis(
        title="",
        lang="zh",
        messages=0,
        comments=fold.comments,
        questions=fold.count(fold.questions),
        rooms=(),
        first=None,
        last=None,
        languages=fold.counts(fold.languages, ("zh", "en")),
        intents=fold.all_intents(),
        sentiments=fold.all_sentiments(),
        unsure=fold.count(fold.unsure),
        spam=fold.count(fold.spam),
        abuse=fold.count(fold.abuse),
        timeline=fold.spans.timeline(),
        topics=fold.topics(),
        apart=fold.apart(),
        asked=fold.asked(),
        catalogue=None,
        missing=fold.missing(),
        objections=fold.objections(),
        answers=fold.answers(),
        moments=fold.spans.moments(),
        viewers=Crowd().viewers(),
        version=__version__,
    )


def _ends(spool: Spool) -> tuple[float | None, float | None]:
    """Return the times of the first and the last comment that a calendar shows."""
    first = last = None
    for comment in spool:
        if dated(comment.at):
            first = comment.at if first is None else min(first, comment.at)
            last = comment.at if last is None else max(last, comment.at)
    return first, last


def _offset(at: float | None, use: Use) -> int:
    """Return by how many seconds clocks were ahead of UTC then."""
    ahead = datetime.fromtimestamp(at or 0.0, UTC).astimezone(use.zone).utcoffset()
    return round(ahead.total_seconds()) if ahead else 0


def _spoken(fold: Fold) -> Lang:
    """Return the language of most comments."""
    return "zh" if fold.languages["zh"] >= fold.languages["en"] else "en"


def built(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis as JSON's values."""
    data: dict[str, Any] = msgspec.to_builtins(analysis)
    return data
