"""Moderator commands: a chat line becomes a Command, a Command changes a room and says so."""

from bot.rules.commands.acts import ACTS, READING
from bot.rules.commands.answering import OWN
from bot.rules.commands.asked import Past
from bot.rules.commands.naming import parted
from bot.rules.commands.obeyed import KEPT, LOGGED, Done, apply, obey
from bot.rules.commands.spoken import ALIASES, CHINESE, Command, Denied, parse

__all__ = [
    "ACTS",
    "ALIASES",
    "CHINESE",
    "KEPT",
    "LOGGED",
    "OWN",
    "READING",
    "Command",
    "Denied",
    "Done",
    "Past",
    "apply",
    "obey",
    "parse",
    "parted",
]
