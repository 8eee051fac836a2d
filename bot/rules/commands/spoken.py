"""Chat lines that command the bot: who may, in which spellings."""

import re
import unicodedata
from dataclasses import dataclass
from typing import get_args

from bot.model import STAFF, ChatMessage, Lang, Mode, Role, Rules

PADDING = "\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
"""Some clients end a line that is sent twice with a character that nobody sees."""
_BLANK = rf"[\s\x00-\x1f{PADDING}]+"
_EDGES = re.compile(rf"^{_BLANK}|{_BLANK}$")
_BLANKS = re.compile(_BLANK)

CHINESE = {
    "开": "on", "关": "off", "模式": "mode", "暂停": "pause", "状态": "status", "讲解": "now",
    "价格": "price", "库存": "stock", "问答": "faq", "静音": "mute", "取消静音": "unmute",
    "撤销": "undo", "帮助": "help", "通过": "ok", "不发": "no", "草稿": "drafts",
    "为什么": "why", "统计": "stats", "记录": "log", "回答": "answer", "回复": "answer",
}  # fmt: skip
ALIASES = {**CHINESE, "reply": "answer"}
"""Other names of commands."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a moderator asked for: the command's name and the rest of the line.

    It need not come from the chat: whoever makes one has seen to it that its author may.
    """

    name: str
    rest: str
    id: str
    """The message that asked for it, or another id that no other command has."""
    author: str = ""
    author_id: str = ""
    role: Role = "host"
    room: str = ""
    """Where it was said; empty: not in a chat, so that nothing is answered there."""
    lang: Lang | None = None
    """The language of its notice; None: the operator's, as the configuration says."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody without the role tried a command."""


def parse(message: ChatMessage, rules: Rules) -> Command | Denied | None:
    """Return the command that a message is, or None if it is none.

    Only its very beginning counts, and only the role that the platform gave its author: what is
    quoted or passed on stands behind other words. A known bot that moderates is no moderator, as
    it may say what a viewer made it say.
    """
    head, rest = first(message.text)
    if plain(head) != plain(_EDGES.sub("", rules.prefix)):  # one of two words is no line's first
        return None
    if message.role not in STAFF or message.author.strip().lower() in rules.known_bots:
        return Denied()
    name, rest = first(rest)
    name = ALIASES.get(plain(name), plain(name)) or "help"
    if name in get_args(Mode) and name != "off":
        name, rest = "mode", name
    return Command(
        name, rest, message.id, message.author, message.author_id, message.role, message.room
    )


def plain(word: str) -> str:
    """Return a word without case and full width: ``！BOT`` is ``!bot``."""
    return unicodedata.normalize("NFKC", word).lower()


def first(text: str) -> tuple[str, str]:
    """Part the first word of a text from the rest, at blanks of any kind."""
    head, *rest = _BLANKS.split(_EDGES.sub("", text), maxsplit=1)
    return head, "".join(rest)
