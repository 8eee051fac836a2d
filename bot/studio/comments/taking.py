"""The first pass: lines of a chat are read, labelled, and put aside until all have come."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from bot.model import STAFF, ChatMessage, Reading
from bot.replay.report.counts import Recent
from bot.rules import commands
from bot.rules.commands import Command
from bot.shop.lookup import Shop, questions
from bot.shop.text import normal
from bot.studio.comments import topics
from bot.studio.comments.asked import Judged, Planner, outcome
from bot.studio.comments.crowd import Crowd
from bot.studio.comments.spool import Spool
from bot.studio.comments.use import Comment, Use
from bot.studio.comments.waits import Waits

AT_ONCE: Final = 512
"""Lines that are read in one go, so that the model works in full batches."""
SEEN: Final = 100_000
"""Messages that are known again, the latest."""


class Taking:
    """Takes lines into a spool; counts what needs no second look."""

    def __init__(self, use: Use, spool: Spool) -> None:
        self._use = use
        self._spool = spool
        self._plan = Planner(None, use.rules)
        self._shop: Shop | None = None
        self._showing: dict[str, str | None] = {}
        self._seen: Recent[tuple[str, str], None] = Recent(SEEN)
        self.crowd = Crowd()
        self.waits = Waits(use.replied)
        self.messages = 0
        self.rooms: Counter[str] = Counter()

    @property
    def shop(self) -> Shop | None:
        """The catalogue, made ready; None before the first line, or where there is none."""
        return self._shop

    async def take(self, lines: Iterable[ChatMessage], progress: Callable[[int], None]) -> None:
        """Take all lines; ``progress`` is told how many so far."""
        await self._prepare()
        source = iter(lines)
        while batch := await asyncio.to_thread(list, islice(source, AT_ONCE)):
            fresh = [each for each in batch if self._is_new(each)]
            texts = [each.text for each in fresh if self._is_comment(each)]
            readings = await self._use.reader.read_all(list(dict.fromkeys(texts)))
            read = dict(zip(dict.fromkeys(texts), readings, strict=True))
            await asyncio.to_thread(self._fold, fresh, read)
            self.messages += len(fresh)
            progress(self.messages)

    async def _prepare(self) -> None:
        catalogue = self._use.catalogue
        if catalogue is None:
            return
        asked = questions(catalogue.faq)
        readings = await self._use.reader.read_all(asked)
        self._shop = Shop(catalogue, dict(zip(asked, readings, strict=True)))
        self._plan = Planner(self._shop, self._use.rules)

    def _is_new(self, message: ChatMessage) -> bool:
        key = message.platform, message.id
        if key in self._seen:
            return False
        self._seen.keep(key, None)
        return True

    def _is_comment(self, message: ChatMessage) -> bool:
        return message.role not in STAFF and not self._is_bot(message)

    def _is_bot(self, message: ChatMessage) -> bool:
        name, rules = message.author.strip().lower(), self._use.rules
        ours = name == rules.name.lower() and name != ""
        return message.role == "bot" or ours or name in rules.known_bots

    def _fold(self, messages: Sequence[ChatMessage], read: Mapping[str, Reading]) -> None:
        """Label a batch. Runs in a thread, one batch after the other."""
        for message in messages:
            self.rooms[message.room] += 1
            if self._is_comment(message):
                self._comment(message, read[message.text])
            elif not self._commanded(message):
                self.waits.answer(message, bot=self._is_bot(message))

    def _commanded(self, message: ChatMessage) -> bool:
        """Follow what the staff puts on screen; tell whether a line is a command."""
        act = commands.parse(message, self._use.rules)
        if not isinstance(act, Command):
            return False
        if act.name == "now" and self._shop and (product := self._shop.find(act.rest)):
            self._showing[message.room] = product.sku
        return True

    def _comment(self, message: ChatMessage, reading: Reading) -> None:
        at_first = self._use.catalogue.now_showing if self._use.catalogue else None
        showing = self._showing.get(message.room, at_first)
        judged = self._plan(message.text, reading, showing)
        who = self.crowd.add(message, question=judged.question)
        self._spool.add(self._labelled(message, reading, judged, who, showing))
        self.waits.comment(outcome(message, reading, judged))

    def _labelled(
        self,
        message: ChatMessage,
        reading: Reading,
        judged: Judged,
        who: int,
        showing: str | None,
    ) -> Comment:
        wording = normal(message.text)
        kind = self._spool.known(wording)
        if kind is None:
            kind = self._spool.number(wording, topics.raw(reading))
        reason = judged.reason if judged.question else None
        return Comment(
            message.id, message.room, message.sent_at, who, message.text, kind, reading.intent,
            reading.score, reading.sentiment, reading.lang, reading.offensive, reading.unsure,
            judged.question, judged.product, judged.attribute, reason, showing,
        )  # fmt: skip
