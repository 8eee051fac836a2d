"""The door to the analysis of comments: lines of a chat in; figures, a page, JSON and CSV out."""

from collections.abc import Callable, Iterable
from typing import TextIO

from bot.model import ChatMessage, Lang
from bot.studio.comments.making import built, made
from bot.studio.comments.replies import replied
from bot.studio.comments.report import page
from bot.studio.comments.use import Use
from bot.studio.comments.values import Analysis

__all__ = ["Analysis", "Use", "analyse", "as_json", "replied", "report_html"]


async def analyse(
    lines: Iterable[ChatMessage],
    use: Use,
    title: str,
    lang: Lang | None = None,
    progress: Callable[[int], None] = lambda _: None,
    table: TextIO | None = None,
) -> Analysis:
    """Return what the lines of a chat, in about the order of their times, come to.

    ``lang`` is the one to tell it in; None: that of most comments. ``progress`` is told how many
    lines have been taken. ``table`` gets the viewers' comments with their labels, as CSV. Computing
    is done in threads: the event loop stays free. Lines wait in the system's folder for temporary
    files until all have come; nothing of them stays there.
    """
    return await made(lines, use, title, lang, progress, table)


def report_html(analysis: Analysis, lang: Lang) -> str:
    """Return the report as one page that asks for nothing else; ``lang`` is shown first."""
    return page(analysis, lang)


def as_json(analysis: Analysis) -> dict[str, object]:
    """Return the analysis as JSON's values; docs/analyze.md explains the keys."""
    return built(analysis)
