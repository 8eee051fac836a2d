"""How well the catalogue's texts answer a message, where words alone do not settle it."""

import asyncio
from dataclasses import replace

from bot.flow.services import Services
from bot.model import ChatMessage, Evidence, Question, Reading
from bot.rules import commands, evidence, plan, policy
from bot.shop import lookup, passages
from bot.shop.lookup import Shop


async def weighed(
    message: ChatMessage, question: Question, reading: Reading, shop: Shop, use: Services
) -> tuple[Evidence, ...]:
    """Return how well each piece of the catalogue answers what words alone do not settle."""
    if use.judge is None or not plan.unsettled(question, reading, use.rules):
        return ()
    found = passages.passages(question, reading, shop)
    about = await use.reader.read_all([passage.text for passage in found])  # mostly from its cache
    asked = (message.text, *question.parts)
    readings = await use.reader.read_all(asked)
    likely = [passages.likely(question, own, found, about) for own in readings]
    scores = await asyncio.gather(
        *(
            use.judge.judge(text, [passage.text for passage in row])
            for text, row in zip(asked, likely, strict=True)
        )
    )
    return evidence.merged(map(evidence.weighed, asked, likely, scores, readings))


async def foreseen(message: ChatMessage, now: float, use: Services) -> None:
    """Ask reader and judge what ``handle`` will ask them if the room stays as it is until then.

    It decides nothing and changes nothing: what they keep is found again.
    """
    if commands.parse(message, use.rules):
        return
    room = await use.rooms.get(message.room)
    shop = await use.shops.at(message.room, room)
    if policy.dismiss(message, room, shop.catalogue.name, now, use.rules):
        return
    if room.autonomy:
        use = replace(use, rules=policy.ruled(room, use.rules))
    reading = await use.reader.read(message.text)
    showing = room.showing or shop.catalogue.now_showing
    question = lookup.resolve(message.text, reading, shop, showing)
    await weighed(message, question, reading, shop, use)
