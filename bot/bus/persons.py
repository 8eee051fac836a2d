"""All that the queue's server keeps of one person: found, shown, and deleted."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any, Literal, TypeAlias

from bot.bus.codec import BODY, decode, decode_event, key
from bot.bus.inbox import Inbox
from bot.bus.removals import Removal, Removals, Sketch, Told, pages, sketch_of
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.model import ChatMessage, Delivered, Outcome, Removed, Reply, RoomState
from bot.rules import forgetting
from bot.rules.forgetting import Who, bare

Where: TypeAlias = Literal["waiting", "outcomes", "dead", "replies", "rooms"]
PLACES: tuple[Where, ...] = ("waiting", "outcomes", "dead", "replies", "rooms")
_STREAMS: tuple[tuple[Where, str], ...] = (
    ("waiting", "in:hi"), ("waiting", "in:lo"), ("outcomes", "outcomes"), ("dead", "dead"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that the operator named: ``user`` is a name, an id, or a pseudonym of danmate's."""

    user: str
    room: str | None
    """The only room that is looked at; None: all."""
    who: Who
    accounts: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """The rooms in which they were seen, with their ids there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that is kept of somebody; ``at`` is the server's time, where it has one."""

    where: Where
    room: str | None
    at: float | None
    value: ChatMessage | Outcome | Delivered | Reply | RoomState


class Persons:
    """Looks for people in all that is kept. Works beside a danmate that runs."""

    def __init__(self, store: Store, pseudonym: Callable[[str, str], str]) -> None:
        """``pseudonym`` tells, of a room and an id, how the id is written in what is kept."""
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._store = store
        self._pseudonym = pseudonym
        self._replies = Replies(store)
        self._rooms = RedisRooms(store)
        self._inbox = Inbox(store)

    async def find(self, user: str, room: str | None = None) -> Person:
        """Return who ``user`` is: the ids that go with the name, or the names with the id."""
        names, messages, accounts = set[str](), set[str](), set[tuple[str, str]]()
        for shard in range(self._store.shards):
            for place, name in _STREAMS:
                async for page in pages(self._redis, key(name, shard=shard)):
                    for _, packed in page:
                        said = sketch_of(packed.get(BODY, b""), event=place == "outcomes").message
                        if said and room in (None, said.room) and self._is(user, said):
                            names.add(bare(said.author))
                            messages.add(said.id)
                            accounts.add((said.room, said.author_id))
        if not accounts and not bare(user).isdecimal():
            names.add(bare(user))  # who is muted, say, may have said nothing of late
        ids = {user, *(author for _, author in accounts)}
        ids |= {self._pseudonym(at, user) async for at in self.rooms()}
        who = Who(*(frozenset(each - {""}) for each in (names, ids, messages)))
        return Person(user, room, who, frozenset(accounts))

    async def rooms(self) -> AsyncIterator[str]:
        """Yield the rooms that have a state."""
        for shard in range(self._store.shards):
            head = key("room", "", shard=shard)
            async for name in self._redis.scan_iter(match=f"{head}*", count=1000):
                yield name.decode().removeprefix(head)

    async def each(self, person: Person) -> AsyncIterator[Kept]:
        """Yield all that is kept of somebody, place by place; of a room what is theirs in it."""
        for shard in range(self._store.shards):
            for place, name in _STREAMS:
                async for entry, raw in self._theirs(person, place, key(name, shard=shard)):
                    value = decode_event(raw) if place == "outcomes" else decode(raw, ChatMessage)
                    room = None if isinstance(value, Delivered) else _room(value)
                    yield Kept(place, room, int(entry.split(b"-")[0]) / 1000, value)
        async for room in self._of(person):
            for reply in await self._open(room, person.who):
                yield Kept("replies", room, None, reply)
            state = await self._rooms.get(room)
            rest, count = forgetting.person(state, who=person.who)
            if count:
                yield Kept("rooms", room, None, difference(state, rest))

    async def erase(self, person: Person, now: float) -> dict[Where, int]:
        """Delete all that is kept of somebody; return how much there was in each place.

        What they said is counted on. Pages that show it are told to forget it too. Answers to
        others go on. What is being sent in this moment stays: it will have settled a minute later.
        """
        gone: dict[Where, int] = dict.fromkeys(PLACES, 0)
        gone["waiting"] = await self._discard(person)
        for room, author_id in sorted(person.accounts):
            if author_id:
                removal = Removal(Removed(room, author_id=author_id), now)
                await Removals(self._store, self._store.shard(room)).put(removal)
        async for room in self._of(person):
            change = partial(forgetting.person, who=person.who)
            gone["rooms"] += await self._rooms.update(room, change)
            for reply in await self._open(room, person.who):
                gone["replies"] += await self._drop(reply, person.who, now)
        gone["dead"] = await self._delete(person, "dead")
        gone["outcomes"] = await self._delete(person, "outcomes")
        return gone

    async def _discard(self, person: Person) -> int:
        count = 0
        for shard in self._inbox.shards:
            for stream in (shard.urgent, shard.rest):
                async for entry, raw in self._theirs(person, "waiting", stream):
                    count += await shard.discard(stream, entry, decode(raw, Told).room)
        return count

    async def _delete(self, person: Person, place: Where) -> int:
        count = 0
        for number in range(self._store.shards):
            stream = key(place, shard=number)
            async for entry, _ in self._theirs(person, place, stream):
                count += int(await self._redis.xdel(stream, entry))
        return count

    async def _drop(self, reply: Reply, who: Who, now: float) -> bool:
        """Take somebody out of a reply that waits, or the reply away where it was for them alone.

        One that is being sent is left alone.
        """
        state = await self._rooms.get(reply.room)
        if all(slot.reply_id != reply.id for slot in state.slots):
            return await self._replies.cancel(reply.id, reply.room, "deleted", now)
        taken = await self._replies.begin(reply.id, reply.room, now)
        if taken is None:
            return False
        names = tuple(name for name in taken.names if bare(name) not in who.names)
        answers = tuple(each for each in taken.answers if each not in who.messages)
        return await self._replies.postpone(replace(taken, names=names, answers=answers), taken.due)

    async def _open(self, room: str, who: Who) -> list[Reply]:
        """Return the replies on their way that name somebody or answer them."""
        waiting = await self._replies.waiting(room)
        found = [*waiting, *await self._replies.stuck(room, inf)]
        return [
            reply
            for reply in found
            if not who.messages.isdisjoint(reply.answers)
            or any(bare(name) in who.names for name in reply.names)
        ]

    async def _of(self, person: Person) -> AsyncIterator[str]:
        async for room in self.rooms():
            if person.room in (None, room):
                yield room

    async def _theirs(
        self, person: Person, place: Where, stream: str
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        async for page in pages(self._redis, stream):
            for entry, packed in page:
                raw = packed.get(BODY, b"")
                if self._holds(person, sketch_of(raw, event=place == "outcomes")):
                    yield entry, raw

    def _holds(self, person: Person, sketch: Sketch) -> bool:
        who, said = person.who, sketch.message
        if said is None:
            line = "" if person.room else sketch.text.lower()  # nobody knows its room
            return any(f"@{name}" in line for name in who.names) or not who.messages.isdisjoint(
                sketch.answers
            )
        if person.room not in (None, said.room):
            return False
        named = sketch.notice is not None and who.named(sketch.notice)
        return named or self._is(person.user, said) or (said.room, said.author_id) in _real(person)

    def _is(self, user: str, said: Told) -> bool:
        known = (user, self._pseudonym(said.room, user))
        return said.author_id in known or (bool(bare(user)) and bare(said.author) == bare(user))


def difference(whole: RoomState, rest: RoomState) -> RoomState:
    """Return what stands in a room's state and not in the rest of it."""
    found: dict[str, Any] = {}
    for name in (
        "slots",
        "told",
        "commands",
        "closed",
        "gone",
        "cleared",
        "served",
        "muted",
        "log",
    ):
        before, after = getattr(whole, name), getattr(rest, name)
        if isinstance(before, dict):
            found[name] = {k: v for k, v in before.items() if k not in after}
        elif isinstance(before, tuple):
            found[name] = tuple(each for each in before if each not in after)
        else:
            found[name] = before - after
    return RoomState(**found)


def _real(person: Person) -> set[tuple[str, str]]:
    return {each for each in person.accounts if each[1]}


def _room(value: ChatMessage | Outcome) -> str:
    return value.room if isinstance(value, ChatMessage) else value.message.room
