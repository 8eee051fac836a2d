"""Puts each answer together as the video shows it: its words, who asked what, about what."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from bot.bus.removals import Removal
from bot.model import GOODS, Catalogue, ChatMessage, Delivered, Intent, Lang, Lexicon, Outcome
from bot.rules.guard import nameable
from bot.web.removed import told_of

MESSAGES: Final = 4000
"""Messages that are remembered until what answers them is posted."""
REPLIES: Final = 2000
"""Replies whose words are remembered until they are posted."""
CARDS: Final = 100
"""Answers that are remembered once they are posted, so that they may be taken back."""
OWN: Final = 200
"""Lines of bots that are remembered: a moderator may delete what we have said."""
ASKERS: Final = 20
"""Names that are told of one answer."""
ASKING: Final = frozenset[Intent]({*GOODS, "show", "stream", "complaint"})
"""What is remembered of a message that has no reply: somebody of the staff may still answer it."""
UNSAID: Final = {("not_sent", "shown"): "shown", ("not_sent", "auth_failed"): "failed"}
"""How it is told that an answer stands nowhere in the chat, though it is right and in time."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Card:
    """One answer. ``asked`` are the messages that it answers, as far as they still stand."""

    id: str
    room: str
    text: str
    line: str
    """The whole line as it was posted, with who is mentioned in it."""
    answers: tuple[str, ...]
    asked: tuple[ChatMessage, ...]
    product: str | None
    lang: Lang | None
    at: float
    delivery: str
    """sent; shown: the room is one that nobody can post to; refused, held, failed."""

    @property
    def public(self) -> bool:
        """Whether viewers may see it: the platform has not turned it down."""
        return self.delivery in ("sent", "shown")


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that stands no more."""

    id: str
    room: str
    public: bool


Change: TypeAlias = Card | Taken


@dataclass(frozen=True, slots=True)
class _Words:
    room: str
    text: str
    product: str | None
    lang: Lang | None


class Aired:
    """The latest answers of all rooms; ``see`` and ``remove`` tell what that changes.

    ``catalogues`` (by room) name the products. A question or a name in which ``lexicon`` finds
    abuse, or a way to be reached elsewhere, is not shown: viewers would see it as the host's.
    Memory is bounded by the numbers above, and by ``forget``. What was removed early is seen bare.
    """

    def __init__(self, catalogues: Mapping[str, Catalogue], lexicon: Lexicon | None = None) -> None:
        self._names = {
            (room, product.sku): product.name
            for room, catalogue in catalogues.items()
            for product in catalogue.products
        }
        self._lexicon = lexicon
        self._messages = OrderedDict[tuple[str, str], ChatMessage]()
        self._taken = OrderedDict[tuple[str, str], None]()
        self._replies = OrderedDict[str, _Words]()
        self._cards = OrderedDict[str, Card]()
        self._own = deque[ChatMessage](maxlen=OWN)

    def see(self, item: Outcome | Delivered) -> Iterator[Change]:
        """Note what became of a message or a reply."""
        if isinstance(item, Outcome):
            self._note(item)
            return
        fate = _fate(item)
        words = self._replies.get(item.reply_id)
        if fate and words and item.reply_id not in self._cards:
            yield from self._shown(item, fate, words)

    def remove(self, removal: Removal) -> Iterator[Change]:
        """Take out what was removed from a room, and the answers that only it had asked for."""
        of = removal.removed
        if of.id is not None:
            self._take((of.room, of.id))
        else:
            for key, message in list(self._messages.items()):
                if removal.covers(told_of(message)):
                    self._take(key)
        deleted = {own.text for own in self._own if removal.covers(told_of(own))}
        for card in list(self._cards.values()):
            if card.room == of.room:
                yield from self._without(card, removal, deleted)

    def cards(self, room: str | None = None) -> list[Card]:
        """Return the answers of a room (None: of all) that stand, the oldest first."""
        return [card for card in self._cards.values() if room in (None, card.room)]

    def forget(self, before: float) -> None:
        """Forget what was said before ``before`` (seconds since the epoch)."""
        while self._cards and next(iter(self._cards.values())).at < before:
            self._cards.popitem(last=False)
        while self._messages and next(iter(self._messages.values())).sent_at < before:
            self._messages.popitem(last=False)
        while self._own and self._own[0].sent_at < before:
            self._own.popleft()

    def told(self, card: Card) -> dict[str, object]:
        """Return an answer as clients are told of it; nothing of it is fit for innerHTML."""
        names = dict.fromkeys(name for each in card.asked if (name := self._fit(each.author)))
        texts = [text for each in card.asked[:1] if (text := self._fit(each.text))]
        return {
            "type": "answer",
            "id": card.id,
            "text": card.text,
            "asked": "".join(texts),
            "names": list(names)[:ASKERS],
            "count": len(card.answers),
            "product": card.product,
            "lang": card.lang,
            "at": card.at,
            "delivery": card.delivery,
        }

    def _fit(self, text: str) -> str:
        return nameable(text, self._lexicon) or ""

    def _note(self, outcome: Outcome) -> None:
        message, reply = outcome.message, outcome.reply
        if outcome.reason in ("own_message", "known_bot"):
            self._own.append(message)
        elif reply or outcome.intent in ASKING:
            self._remember((message.room, message.id), message)
        if reply is None or (outcome.outcome == "commanded" and message.id in reply.answers):
            return  # a command's own notice answers nobody's question
        known = self._replies.get(reply.id)
        text = reply.text or (known.text if known else "")  # who joins it brings no words
        product = self._names.get((reply.room, reply.product or outcome.product or ""))
        words = _Words(reply.room, text, product, outcome.lang)
        if known:
            words = replace(words, product=product or known.product, lang=known.lang)
        _keep(self._replies, reply.id, words, REPLIES)

    def _remember(self, key: tuple[str, str], message: ChatMessage) -> None:
        if not message.text:  # it was removed before its outcome came
            self._take(key)
        elif key not in self._taken:
            _keep(self._messages, key, message, MESSAGES)

    def _take(self, key: tuple[str, str]) -> None:
        self._messages.pop(key, None)
        _keep(self._taken, key, None, MESSAGES)

    def _shown(self, item: Delivered, fate: str, words: _Words) -> Iterator[Card]:
        room = words.room
        answers = tuple(each for each in item.answers if (room, each) not in self._taken)
        if (item.answers and not answers) or not words.text:
            return
        found = (self._messages.get((room, each)) for each in answers)
        card = Card(
            item.reply_id,
            room,
            words.text,
            item.text,
            answers,
            tuple(filter(None, found)),
            words.product,
            words.lang,
            item.at,
            fate,
        )
        _keep(self._cards, card.id, card, CARDS)
        yield card

    def _without(self, card: Card, removal: Removal, deleted: set[str]) -> Iterator[Change]:
        removed = removal.removed
        answers = tuple(each for each in card.answers if (card.room, each) not in self._taken)
        everything = removed.id is None and removed.author_id is None and card.at <= removal.at
        if everything or card.line in deleted or (card.answers and not answers):
            del self._cards[card.id]
            yield Taken(card.id, card.room, card.public)
        elif answers != card.answers:
            asked = tuple(each for each in card.asked if each.id in answers)
            self._cards[card.id] = replace(card, answers=answers, asked=asked)
            yield self._cards[card.id]


def _fate(item: Delivered) -> str | None:
    """Return how an answer is told, or None for one that nobody should say any more."""
    if item.delivery in ("sent", "refused", "held"):
        return item.delivery
    return UNSAID.get((item.delivery, item.reason or ""))


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
