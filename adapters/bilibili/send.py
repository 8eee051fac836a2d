"""Posting danmaku by the web page's form. It is unofficial: see BilibiliSettings.accept_risk.

The form, with its spelling, is that of several public clients (MagicalDanmaku, BilibiliDanmuRobot).
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import httpx
import structlog

from adapters.bilibili.answers import LOG_IN, RiskControl
from adapters.bilibili.api import WITHIN, Api, Budget
from adapters.bilibili.lanes import THREADS, Lane, Lately, lane
from adapters.bilibili.lines import capacity, lines
from adapters.bilibili.settings import BilibiliSettings
from adapters.bilibili.verdicts import ASIDE, News, Sent, TooLong, Verdict, read
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Reply

log = structlog.get_logger()

SHORTEST, DEFAULT, LONGEST = 10, 20, 200
"""Characters of a line: fewer is no figure, everybody has 20, more is no figure either."""
SPAN = 5.0
"""Seconds that the parts of one reply may be apart in all: the outbox waits 10 for a post."""
MASKED = "***"
Thread: TypeAlias = Mapping[str, str]
PLAIN: Thread = {"reply_mid": "0", "reply_attr": "0", "replay_dmid": ""}


def longest(settings: BilibiliSettings) -> int:
    """Return how many characters a reply may have, before an account is known."""
    return capacity(settings.length, _most(settings))


def _most(settings: BilibiliSettings) -> int:
    """Return in how many lines a reply may be, spacing kept."""
    spacing = settings.spacing
    return min(settings.parts, 1 + int(SPAN / spacing)) if spacing else settings.parts


class Sender:
    """Posts in one room for one account; all senders of an account keep their distance together.

    ``cookies`` are those of ``danmate login bilibili``. ``same_text`` is how many seconds a text is
    not said again, ``patience`` how many a post waits for its turn, ``within`` how many the
    platform has for an answer.
    """

    def __init__(
        self,
        settings: BilibiliSettings,
        cookies: Mapping[str, str],
        client: httpx.AsyncClient,
        *,
        budget: Budget | None = None,
        lately: Lately | None = None,
        same_text: float = 5.0,
        patience: float = 3.0,
        within: float = WITHIN,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        lately = lately or Lately()
        self.uid = cookies.get("DedeUserID", "")
        self.name = cookies.get("uname", "")
        self._settings = settings
        self._csrf = cookies.get("bili_jct", "")
        self._signed_in = bool(self._csrf and cookies.get("SESSDATA"))
        self._api = Api(settings, cookies, client, budget, within=within)
        self._lane: Lane = lane((settings.live, self.uid))
        self._same_text = same_text
        self._patience = patience
        self._now = now
        self._room = 0
        self._length = settings.length
        self._quiet: News | None = None
        self._threads, self._said = lately.threads, lately.own

    @property
    def length(self) -> int:
        """How many characters a line may have, as far as it is known."""
        return self._length

    async def prepare(self) -> None:
        """Look the room and the account up; raises AuthFailed or Disconnected."""
        if not self._signed_in:
            raise AuthFailed(f"not_logged_in: {LOG_IN}")
        try:
            place = await self._api.place(self._settings.room)
            self._take(await self._api.length(place.room_id))
        except RiskControl:
            self._api.budget.hold()
            raise
        self._room = place.room_id

    def note(self, message: ChatMessage) -> ChatMessage:
        """Return the message, with role bot if it is our own; remember whom to answer."""
        if message.text.strip() in self._said and self._is_own(message):
            return replace(message, role="bot")
        if message.author_id.isdecimal() and message.id.isalnum():
            self._threads[message.id] = (message.author_id, message.author)
            if len(self._threads) > THREADS:
                self._threads.popitem(last=False)
        return message

    def heed(self, told: News) -> None:
        """Take in what the room tells: while it is silenced, or we are muted, nothing is posted."""
        if told.kind in ("silenced", "muted"):
            self._quiet = told
        elif told.kind == "unsilenced" and self._quiet and self._quiet.kind == "silenced":
            self._quiet = None

    async def post(self, reply: Reply) -> None:
        """Post ``reply.text`` in as many lines as it takes, under whom it answers if it is known.

        Raises what Session.post does. ``Refused("partly_sent: …")``: some of its lines stand.
        """
        self._may_speak()
        if not self._room:
            await self.prepare()
        thread, texts = self._thread(reply)
        async with self._lane.turn(self._patience):
            self._may_speak()  # it may have been silenced meanwhile
            await self._say(texts, thread)

    def _may_speak(self) -> None:
        if not self._signed_in:
            raise AuthFailed(f"not_logged_in: {LOG_IN}")
        if self._quiet and (left := self._quiet.until - self._now()) > 0:
            raise Throttled(f"room_{self._quiet.kind}", min(left, ASIDE), room_only=True)

    async def _say(self, texts: tuple[str, ...], thread: Thread) -> None:
        """Post the first of ``texts`` that fits; shorten the lines and try once more if told to."""
        parts = self._split(texts)
        if isinstance(verdict := await self._put(parts[0], thread), TooLong):
            parts = self._split(texts)
            verdict = await self._put(parts[0], thread)
        _settle(verdict)
        for stand, part in enumerate(parts[1:], 1):
            try:
                _settle(await self._put(part, thread))
            except Disconnected:
                raise
            except PlatformError as error:
                raise Refused(f"partly_sent: {stand} of {len(parts)}, then {error}") from error

    def _split(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        most = _most(self._settings)
        for text in texts:
            if parts := lines(text, self._length, most):
                for part in parts:
                    self._lane.unsaid((self._room, part), self._same_text)
                return parts
        raise Refused(f"too_long: {most} lines of {self._length}")

    async def _put(self, line: str, thread: Thread) -> Verdict:
        """Post a line as soon as the spacing lets it; learn from what the platform says."""
        await self._lane.gap()
        self._said.append(line.strip())  # it may be heard before the answer is
        try:
            verdict = read(*await self._api.send(self._form(line, thread)))
        finally:
            self._lane.posted((self._room, line), self._settings.spacing)
        if isinstance(verdict, TooLong | Throttled):
            self._lane.unsay((self._room, line))
        match verdict:
            case TooLong():
                await self._shorten(len(line))
            case Throttled(room_only=True):
                self._quiet = News("muted", self._now() + verdict.retry_after)
            case Throttled():
                self._lane.hold(verdict)
        return verdict

    def _form(self, line: str, thread: Thread) -> dict[str, str]:
        return {
            "bubble": "0",
            "msg": line,
            "color": "16777215",
            "mode": "1",
            "room_type": "0",
            "jumpfrom": "0",
            **thread,
            "statistics": '{"appId":100,"platform":5}',
            "fontsize": "25",
            "rnd": str(int(self._now())),
            "roomid": str(self._room),
            "csrf": self._csrf,
            "csrf_token": self._csrf,
        }

    def _thread(self, reply: Reply) -> tuple[Thread, tuple[str, ...]]:
        """Return the fields of a reply, and the texts that will do, the best first.

        Where it is not known whom it answers, the text begins with the name.
        """
        if reply.reply_to is None:
            return PLAIN, (reply.text,)
        if found := self._threads.get(reply.reply_to):
            mid, name = found
            fields = {"reply_mid": mid, "reply_uname": name, "replay_dmid": reply.reply_to}
            return {**PLAIN, **fields, "reply_type": "0"}, (reply.text,)
        name = reply.names[0] if reply.names else ""
        if not name or MASKED in name:
            return PLAIN, (reply.text,)
        return PLAIN, (f"@{name} {reply.text}", reply.text)

    async def _shorten(self, refused: int) -> None:
        """Learn how long a line may be, after one of ``refused`` characters was too long."""
        before = self._length
        with suppress(Disconnected, AuthFailed):  # the lines become shorter all the same
            self._take(await self._api.length(self._room))
        if self._length >= refused:
            self._length = DEFAULT if refused > DEFAULT else max(SHORTEST, refused * 3 // 4)
        log.warning("line_shortened", platform="bilibili", before=before, after=self._length)

    def _take(self, length: int) -> None:
        if SHORTEST <= length <= LONGEST:
            self._length = length

    def _is_own(self, message: ChatMessage) -> bool:
        """Tell whether the author is this account: by uid, by name, or by a masked one."""
        if message.author_id == self.uid or (self.name and message.author == self.name):
            return True
        shown, mask, _ = message.author.partition(MASKED)
        return bool(mask and shown and self.name.startswith(shown))


def _settle(verdict: Verdict) -> None:
    """Return where a line stands; raise what the platform says otherwise."""
    match verdict:
        case Sent():
            return
        case TooLong():
            raise Refused("too_long")
        case PlatformError():
            raise verdict
