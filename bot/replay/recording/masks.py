"""Viewers' names in a recording: each is another word, the same one wherever they are named.

What is said by whom, to whom, and about whom stays clear; who that is does not.
"""

import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

from bot.model import Because, ChatMessage, Outcome, Reply, Rules
from bot.rules import commands, policy
from bot.rules.forgetting import bare
from bot.shop.text import tidy

KNOWN = 50_000
"""Names of a room that are recognised, the latest: a few megabytes."""
PREFIX = "viewer-"
_LETTERS = "bcdfghjkmnpqrstv"
"""In place of hex digits: no text comes to hold a number by it, and no word."""
_LENGTH = 8
_AT = re.compile(r"[@＠]\s*")
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
"""What is a name behind an @ though nobody of that name has spoken."""
ABOUT = ("mute", "unmute")
"""The commands whose rest is a name."""


class Masks:
    """Replaces who speaks and who is named; names that are no person's stay as they are.

    ``pseudonym`` makes an id another, by room. With ``hashed`` the ids of the rooms have been
    replaced already, which their first character tells. ``shops`` are the shops' names by room:
    whoever calls the shop names nobody.
    """

    def __init__(
        self,
        pseudonym: Callable[[str, str], str],
        rules: Rules,
        shops: Mapping[str, str],
        *,
        hashed: str = "",
    ) -> None:
        self._pseudonym = pseudonym
        self._rules = rules
        self._shops = shops
        self._hashed = hashed
        self._ours = rules.known_bots | {rules.name.lower()}
        self._known = defaultdict[str, _Names](_Names)

    def know(self, room: str, *names: str) -> None:
        """Recognise names from now on, wherever they stand behind an @."""
        for name in names:
            if bare(name) and bare(name) not in self._ours:
                self._known[room].add(name)

    def name(self, room: str, name: str) -> str:
        """Return what stands for a name: the same for all spellings of it."""
        short = bare(name)
        if not short or short in self._ours:
            return name
        digest = sha256(self._pseudonym(room, f"name\0{short}").encode()).hexdigest()
        return PREFIX + "".join(_LETTERS[int(digit, 16)] for digit in digest[:_LENGTH])

    def called(self, room: str, name: str) -> str:
        """Return what stands for a name, behind an @ where the name is."""
        at = "@" if name.startswith("@") and bare(name) else ""
        return at + self.name(room, name)

    def id(self, room: str, author_id: str) -> str:
        """Return what stands for an author's id."""
        if self._hashed and author_id.startswith(self._hashed):
            return author_id
        return self._pseudonym(room, author_id)

    def outcome(self, outcome: Outcome) -> Outcome:
        """Return an outcome in which nobody is named."""
        said = outcome.message
        self.know(said.room, said.author)
        message = self._message(said)
        reply = outcome.reply and self._reply(said.room, outcome.reply)
        notice = outcome.notice and self.notice(said.room, outcome.notice)
        because = outcome.because and self._because(said.room, outcome.because)
        return replace(outcome, message=message, reply=reply, notice=notice, because=because)

    def text(self, room: str, text: str) -> str:
        """Return a text in which nobody is named behind an @."""
        parts: list[str] = []
        at = 0
        for found in _AT.finditer(text):
            start = found.end()
            if found.start() >= at and (end := self._named(room, text, start)):
                parts += text[at:start], self.name(room, text[start:end])
                at = end
        return "".join((*parts, text[at:]))

    def _named(self, room: str, text: str, start: int) -> int:
        """Return where the name ends that begins at ``start``; 0 if there is none to replace."""
        if end := self._known[room].longest(text, start):
            return end
        token = _TOKEN.match(text, start)
        if token is None or token[0].lower() in self._ours:
            return 0
        meant = policy.ours(tidy(token[0]), self._shops.get(room, ""), self._rules)
        return 0 if meant else token.end()

    def _message(self, said: ChatMessage) -> ChatMessage:
        room, author_id = said.room, self.id(said.room, said.author_id)
        own = said.author_id and said.author_id in said.id and author_id != said.author_id
        return replace(
            said,
            id=said.id.replace(said.author_id, author_id) if own else said.id,
            author=self.name(room, said.author),
            author_id=author_id,
            text=self._said(said),
        )

    def _said(self, said: ChatMessage) -> str:
        """Return what was said with nobody in it; a command names people without an @ as well."""
        command = commands.parse(replace(said, role="host", author=""), self._rules)
        if not isinstance(command, commands.Command) or command.name not in ABOUT:
            return self.text(said.room, said.text)
        self.know(said.room, command.rest)
        head = said.text[: said.text.rindex(command.rest)]
        return head + self.called(said.room, command.rest)

    def _reply(self, room: str, reply: Reply) -> Reply:
        self.know(room, *reply.names)
        names = tuple(self.name(room, name) for name in reply.names)
        return replace(reply, names=names, text=self.text(room, reply.text))

    def notice(self, room: str, notice: str) -> str:
        """Return a notice, which names people without an @, with nobody in it."""
        return self.text(room, self._known[room].replaced(notice, lambda of: self.name(room, of)))

    def _because(self, room: str, because: Because) -> Because:
        checked = tuple(replace(one, text=self.text(room, one.text)) for one in because.checked)
        return replace(because, checked=checked)


class _Names:
    """The names that a room has heard, the latest last."""

    def __init__(self) -> None:
        self._names = OrderedDict[str, str]()  # as they are compared, and as they were last spelt
        self._lengths = Counter[int]()

    def add(self, name: str) -> None:
        """Note a name."""
        spelt, short = name.strip().removeprefix("@").strip(), bare(name)
        self._lengths[len(spelt)] += 1  # small letters may be more
        self._names[short] = spelt
        self._names.move_to_end(short)
        if len(self._names) > KNOWN:
            self._names.popitem(last=False)

    def longest(self, text: str, start: int) -> int:
        """Return where the longest name ends that stands at ``start``; 0 for none."""
        for length in sorted(self._lengths, reverse=True):
            end = start + length
            if text[start:end].lower() in self._names and _ends(text, end):
                return end
        return 0

    def replaced(self, text: str, by: Callable[[str], str]) -> str:
        """Return a text with each name in it replaced, the longest where several fit."""
        line = text.lower()
        each = ((name, spelt) for name, spelt in self._names.items() if name in line)
        found = sorted({name for both in each for name in both}, key=len, reverse=True)
        if not found:
            return text
        words = re.compile("|".join(map(_word, found)), re.IGNORECASE)
        return words.sub(lambda name: by(name[0]), text)


def _word(name: str) -> str:
    left = r"(?<![A-Za-z0-9_])" if _plain(name[0]) else ""
    right = r"(?![A-Za-z0-9_])" if _plain(name[-1]) else ""
    return left + re.escape(name) + right


def _ends(text: str, at: int) -> bool:
    """Say whether a word that ends at ``at`` ends there: ideographs stand without blanks."""
    return not (_plain(text[at - 1 : at]) and _plain(text[at : at + 1]))


def _plain(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")
