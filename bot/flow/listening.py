"""What the staff says in the chat takes the place of what the bot was about to say."""

from functools import partial

from bot.flow.services import Services
from bot.model import ChatMessage, RoomState
from bot.rules import retraction, stated
from bot.rules.stated import Said
from bot.shop import lookup
from bot.shop.lookup import Shop


async def listened(
    message: ChatMessage, room: RoomState, shop: Shop, now: float, use: Services
) -> None:
    """Close the answers that a line of the staff gives, and let nobody be given them soon.

    It costs a reading only where an answer is on its way, or has just been given, and the line
    states something.
    """
    if room.slots:
        said = partial(retraction.answered, message=message, now=now)
        await use.rooms.update(message.room, said)
    keys = retraction.lately(room, now - use.rules.cooldown)
    plans = {key: each for key in keys if (each := stated.planned(key))[0]}
    line = stated.stated(message.text) if plans else ""
    if not line:
        return
    texts = (line, message.text, *(words for _, words in plans.values()))
    reading, whole, *answers = await use.reader.read_all(texts)
    showing = room.showing or shop.catalogue.now_showing
    heard = Said(line, reading, lookup.resolve(line, reading, shop, showing), whole)
    given = [
        key
        for (key, (topics, _)), answer in zip(plans.items(), answers, strict=True)
        if stated.answers(heard, topics, answer.vector, showing)
    ]
    if given:
        quieted = partial(retraction.quieted, keys=given, now=now)
        await use.rooms.update(message.room, quieted)
