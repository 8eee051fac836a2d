"""One way in for commands, whether they were said in the chat or given on the operator page."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from bot.flow.services import Shops
from bot.model import Abilities, Rules
from bot.ports import Rooms
from bot.rules import commands
from bot.rules.commands import Command, Done, Past

LOOK_BACK = frozenset({"why", "stats", "answer"})
"""The commands that are about what has happened."""


class Means(Protocol):
    """What commands need of ``Services``."""

    @property
    def rooms(self) -> Rooms:
        """The rooms' states."""

    @property
    def shops(self) -> Shops:
        """What each room sells."""

    @property
    def rules(self) -> Rules:
        """What the operator decided."""

    @property
    def abilities(self) -> Callable[[str], Abilities]:
        """What the platform of a room can carry."""

    @property
    def past(self) -> Callable[[str], Awaitable[Past]]:
        """What has become of a room's latest messages."""


async def ordered(room: str, command: Command, use: Means, now: float) -> Done:
    """Let a command change a room; return what it led to.

    Its reply is not queued yet: the worker queues it with the outcome of the message that
    commanded it, and whoever commands without a message calls ``Replies.put``, which takes a
    reply once however often its command is given.
    """
    state = await use.rooms.get(room)
    past = await use.past(room) if command.name in LOOK_BACK else Past()
    change = partial(
        commands.obey,
        command=command,
        shop=await use.shops.at(room, state),
        now=now,
        rules=use.rules,
        abilities=use.abilities(room),
        past=past,
    )
    return await use.rooms.update(room, change)
