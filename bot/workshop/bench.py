"""The page's workshop: makes what is wished for, out of this danmate's rooms and recordings."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.config import Config
from bot.errors import MissingWeights
from bot.flow.outcomes import Ledger
from bot.model import Catalogue, Outcome
from bot.web.meaning import Meaning
from bot.web.wishes import AnalysisWish, DescriptionWish, Recorded, ScriptWish
from bot.web.works import Made, NotMade, Report
from bot.workshop import recorded, texts

PAGE: Final = 500
"""Events that are read in one go: whoever shares the loop waits a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What makes the page's works."""

    config: Config
    store: Store
    folder: Path
    """Where danmate's recordings lie."""
    meaning: Meaning
    """Whose reader analyses comments."""

    @property
    def model(self) -> bool:
        """Whether a served model may word texts."""
        return texts.served(self.config)

    async def since(self, room: str) -> float | None:
        """Return when the oldest comment was said that a room still holds. Raises LOST."""
        told, cursor = Outcomes(self.store, self.store.shard(room)), "0-0"
        while page := await told.after(cursor, 0.0, PAGE):
            cursor = page[-1][0]
            for _, event in page:
                if isinstance(event, Outcome) and event.message.room == room:
                    return event.message.sent_at
        return None

    async def recordings(self) -> list[Recorded]:
        """Return the recordings that danmate has made, the newest first."""
        return await asyncio.to_thread(recorded.listed, self.folder)

    async def script(self, wish: ScriptWish, shop: Catalogue, report: Report) -> Made:
        """Write a script. Raises NotMade, Stopped or LOST."""
        said = await self._said(wish.room) if wish.asked else []
        return await texts.script(self.config, wish, shop, said, report)

    async def describe(self, wish: DescriptionWish, shop: Catalogue, report: Report) -> Made:
        """Describe a product. Raises Stopped."""
        return await texts.describe(self.config, wish, shop, report)

    async def analyse(self, wish: AnalysisWish, shop: Catalogue, report: Report) -> Made:
        """Analyse comments. Raises NotMade, Stopped or LOST."""
        from bot.workshop import analysing  # it brings numpy's clusters along

        lang = wish.lang or shop.language
        try:
            async with self.meaning.reading() as (reader, judge):
                if reader is None:
                    raise NotMade("no_reader")
                title = f"{shop.name} · {wish.room}"
                task = analysing.Task(reader, judge, self.config.rules(), shop, lang, title)
                if wish.recording is None:
                    return await analysing.of_live(task, await self._said(wish.room), report)
                path = self.folder / wish.recording  # which is one of those that are listed
                return await analysing.of_recording(task, path, wish.room, report)
        except MissingWeights:
            raise NotMade("no_reader") from None

    async def _said(self, room: str) -> list[Outcome]:
        """Return what became of all that the room still holds, commands aside."""
        told, cursor, ledger = Outcomes(self.store, self.store.shard(room)), "0-0", Ledger()
        while page := await told.after(cursor, 0.0, PAGE):
            cursor = page[-1][0]
            for _, event in page:
                if not isinstance(event, Outcome) or event.message.room == room:
                    ledger.add(event)
        found = ledger.final(everything=True)
        return [each for each in found if each.outcome != "commanded"]
