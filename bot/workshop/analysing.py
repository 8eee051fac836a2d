"""Analyses of comments for the page: of what a room still holds, or of a recording's lines.

The reader is the live bot's own where it runs in this process: it is asked for a few lines at a
time, so that no viewer waits behind an analysis.
"""

import asyncio
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import BadLog
from bot.model import Catalogue, ChatMessage, Lang, Outcome, Reading, Rules
from bot.plugins import formats
from bot.ports import Judge, Reader
from bot.replay.formats import open_log
from bot.replay.recording.packing import lines
from bot.studio.analysis import Use, analyse, as_json, replied, report_html
from bot.studio.comments.values import Analysis, Count, Finding
from bot.web.made import AnalysisMade, Share
from bot.web.made import Finding as Found
from bot.web.wishes import TYPES
from bot.web.works import File, FileName, Made, NotMade, Report

FEW: Final = 16
"""Lines that are read in one go."""
TOPICS: Final = 12
"""Topics that the page shows; the report holds all."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A reader that others use too: what they ask comes in between."""

    reader: Reader

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means."""
        return await self.reader.read(text)

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text."""
        found: list[Reading] = []
        for at in range(0, len(texts), FEW):
            found += await self.reader.read_all(texts[at : at + FEW])
        return found


@dataclass(frozen=True, slots=True)
class Task:
    """What is analysed: the catalogue, the rules, in which language it is told."""

    reader: Reader
    judge: Judge | None
    rules: Rules
    shop: Catalogue
    lang: Lang
    title: str


async def of_live(task: Task, said: Sequence[Outcome], report: Report) -> Made:
    """Analyse what was said of late in a room. Raises NotMade or Stopped."""
    chat = sorted((each.message for each in said), key=lambda line: line.sent_at)
    told = {
        each.message.id: each.reply.at
        for each in said
        if each.reply and each.reply.at and each.reply.delivery == "sent"
    }
    return await _made(task, chat, len(chat), told, report)


async def of_recording(task: Task, path: Path, room: str, report: Report) -> Made:
    """Analyse the lines of a room in a recording. Raises NotMade or Stopped."""
    report(0, 0)
    with ExitStack() as stack:
        try:
            count = await asyncio.to_thread(lambda: sum(1 for _ in lines(path)))
            told = await asyncio.to_thread(replied, path)
            log = stack.enter_context(open_log(path, plugins=formats(), strict=False))
        except (OSError, BadLog):  # it was packed or pruned meanwhile, or nothing is in it
            raise NotMade("no_recording") from None
        return await _made(task, (line for line in log if line.room == room), count, told, report)


async def _made(
    task: Task,
    chat: Iterable[ChatMessage],
    count: int,
    told: Mapping[str, float],
    report: Report,
) -> Made:
    report(0, count)
    table = io.StringIO(newline="")
    use = Use(Patient(task.reader), task.rules, task.shop, task.judge, replied=told)
    found = await analyse(
        chat, use, task.title, task.lang, lambda done: report(min(done, count), count), table
    )
    if not found.comments:
        raise NotMade("no_comments")
    return await asyncio.to_thread(_told, found, task.lang, table.getvalue())


def _told(found: Analysis, lang: Lang, table: str) -> Made:
    texts: dict[FileName, str] = {
        "html": report_html(found, lang),
        "json": json.dumps(as_json(found), ensure_ascii=False, indent=1),
        "csv": table,
    }
    files = {
        name: File(TYPES[name], text.encode("utf-8", "replace")) for name, text in texts.items()
    }
    return Made(shown(found, lang), files)


def shown(found: Analysis, lang: Lang) -> AnalysisMade:
    """Return what the page shows of an analysis."""
    findings = [_finding(each, lang) for each in found.findings]
    return AnalysisMade(
        lang=lang,
        comments=found.comments,
        viewers=found.viewers.count,
        began=found.first,
        ended=found.last,
        findings=findings,
        intents=_shares(found.intents),
        topics=[Share(name=each.label, count=each.count) for each in found.topics[:TOPICS]],
        text="".join(f"{number}. {each.text}\n" for number, each in enumerate(findings, 1)),
    )


def _finding(one: Finding, lang: Lang) -> Found:
    return Found(text=one.words[lang], figures={each.path: each.value for each in one.numbers})


def _shares(counts: Mapping[str, Count]) -> list[Share]:
    found = [Share(name=name, count=each.count) for name, each in counts.items() if each.count]
    return sorted(found, key=lambda each: -each.count)
