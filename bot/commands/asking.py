"""What the viewers of a recording asked, and what the bot would answer to each alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

from bot.commands.offline import Models, seated
from bot.commands.replay import bar, opened_log
from bot.config import Config
from bot.model import Catalogue, ChatMessage, Lang, Rules
from bot.rules import commands
from bot.rules.commands import Command
from bot.shop.lookup import Shop
from bot.studio.rundown import Wanted
from bot.studio.wanted import Folded

VIEWERS = frozenset({"viewer", "subscriber", "vip"})
AT_ONCE = 2000
"""Different lines that are answered by one player."""
ANSWERED, OPEN = 200, 12
"""Questions that a script may answer, and that a host is told to prepare."""


async def asked(
    log: str, config: Config, catalogue: Catalogue, models: Models, lang: Lang
) -> tuple[Wanted, ...]:
    """Return the most asked questions of a recording. Raises BadLog.

    Each line is answered alone, so that no cooldown hides one, with the product that was on screen.
    """
    folded = Folded(lang)
    with ExitStack() as stack:
        messages = stack.enter_context(opened_log(log, "auto", strict=False))
        said = _distinct(messages, catalogue, config.rules())
        report = bar(stack, len(said))
        lines, done = iter(said.items()), 0
        while batch := list(islice(lines, AT_ONCE)):
            rooms = {_room(at): _showing(catalogue, sku) for at, ((_, sku), _) in enumerate(batch)}
            playing = seated(models, config, catalogue, rooms=rooms, mode="approve")
            texts = [_message(at, text) for at, ((text, _), _) in enumerate(batch)]
            async for outcome in playing.play(texts):
                folded.add(outcome, batch[int(outcome.message.id)][1])
            done += len(batch)
            report(done)
    return folded.most(ANSWERED, OPEN)


def _distinct(
    messages: Iterable[ChatMessage], catalogue: Catalogue, rules: Rules
) -> Mapping[tuple[str, str | None], int]:
    """Return how often each line was said, by viewers, while which product was on screen."""
    shop = Shop(catalogue, {})
    showing: dict[str, str | None] = {}
    said: Counter[tuple[str, str | None]] = Counter()
    for message in messages:
        act = commands.parse(message, rules)
        if isinstance(act, Command):
            product = shop.find(act.rest) if act.name == "now" else None
            if product:
                showing[message.room] = product.sku
        elif message.role in VIEWERS:
            said[message.text, showing.get(message.room, catalogue.now_showing)] += 1
    return said


def _showing(catalogue: Catalogue, sku: str | None) -> Catalogue:
    return catalogue if sku == catalogue.now_showing else replace(catalogue, now_showing=sku)


def _room(at: int) -> str:
    return f"asked/{at}"


def _message(at: int, text: str) -> ChatMessage:
    return ChatMessage(
        id=str(at), platform="asked", room=_room(at), author="", author_id=str(at),
        role="viewer", text=text, sent_at=60.0 * at,
    )  # fmt: skip
