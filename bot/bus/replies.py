"""The replies on their way to a room: pending, then sending, then final, each step taken once."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from math import inf
from typing import Any

from bot.bus.codec import Arg, decode, encode, encode_event, key
from bot.bus.outcomes import MOST
from bot.bus.server import Store
from bot.model import Delivered, Reply

KEPT = 3600
"""Seconds that a settled reply is remembered, so that its cause cannot bring it back."""
ECHO_KEPT = 180_000
"""Milliseconds that our own lines are known again when the room shows them."""

PUT = """
local function put(record, due, id, body, score)
  if redis.call('EXISTS', record) == 1 then return 0 end
  redis.call('HSET', record, 'state', 'pending', 'body', body, 'attempt', 0)
  redis.call('ZADD', due, score, id)
  return 1
end
"""
"""The Lua function that stores a reply once; the stream puts it into its own call too."""

_PUT = PUT + "return put(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])"

# ARGV: id, states it may be in, state it gets, score, body or event, seconds to keep, events kept
_MOVE = """
local state = redis.call('HGET', KEYS[1], 'state')
if not state or not string.find(ARGV[2], '<' .. state .. '>', 1, true) then return false end
local body = redis.call('HGET', KEYS[1], 'body')
redis.call('HSET', KEYS[1], 'state', ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[3] == 'pending' then
  redis.call('HSET', KEYS[1], 'body', ARGV[5])
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
elseif ARGV[3] == 'sending' then
  redis.call('HINCRBY', KEYS[1], 'attempt', 1)
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
else  -- its state alone is needed from here on: whom it named is not
  redis.call('HDEL', KEYS[1], 'body')
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', 'm', ARGV[5])
  redis.call('HINCRBY', KEYS[5], ARGV[3], 1)
end
return body
"""

_WORD = """
if redis.call('HGET', KEYS[1], 'state') ~= 'sending' then return 0 end
redis.call('HSET', KEYS[1], 'body', ARGV[1])
return 1
"""


def reply_keys(room: str, reply_id: str, shard: int = 0) -> list[str]:
    """Return the keys of a reply's record, of its room's pending and of its sending replies."""
    names = (("reply", room, reply_id), ("due", room), ("sending", room))
    return [key(*name, shard=shard) for name in names]


class Replies:
    """The outbox's records. An open reply is kept until it is settled, a settled one an hour.

    A reply is known by its room and its id, because two platforms may number alike.
    """

    def __init__(self, store: Store) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._store = store
        self._put = store.script(_PUT)
        self._move = store.script(_MOVE)
        self._word = store.script(_WORD)

    async def put(self, reply: Reply) -> bool:
        """Make ``reply`` pending; False if a reply with its id is or was there."""
        record, due, _ = self._keys(reply.room, reply.id)
        args: list[Arg] = [reply.id, encode(reply), reply.due]
        return bool(await self._put([record, due], args))

    async def due(self, room: str, now: float, count: int = 100) -> list[Reply]:
        """Return up to ``count`` pending replies whose time has come, the earliest first."""
        ids = await self._redis.zrange(
            self._key("due", room), -inf, now, byscore=True, offset=0, num=count
        )
        return await self._load(room, ids, b"pending")

    async def next_due(self, room: str) -> float | None:
        """Return when the earliest pending reply is due."""
        first = await self._redis.zrange(self._key("due", room), 0, 0, withscores=True)
        return float(first[0][1]) if first else None

    async def waiting(self, room: str) -> list[Reply]:
        """Return all pending replies, the earliest first."""
        ids = await self._redis.zrange(self._key("due", room), 0, -1)
        return await self._load(room, ids, b"pending")

    async def open(self, room: str) -> int:
        """Return how many replies are not settled."""
        names = ("due", "sending")
        return sum([int(await self._redis.zcard(self._key(name, room))) for name in names])

    async def stuck(self, room: str, before: float = inf) -> list[Reply]:
        """Return the replies in sending that were begun at ``before`` at the latest."""
        ids = await self._redis.zrange(self._key("sending", room), -inf, before, byscore=True)
        return await self._load(room, ids, b"sending")

    async def begin(self, reply_id: str, room: str, now: float) -> Reply | None:
        """Take a pending reply for sending; None if somebody else took, settled or cancelled it."""
        body = await self._step(reply_id, room, "<pending>", "sending", score=now, body=b"")
        return None if body is None else decode(body, Reply)

    async def word(self, line: Reply) -> bool:
        """Note a reply in sending as the line that is posted now; False if it is not in sending.

        After a crash the line tells whether its echo was heard.
        """
        record = self._keys(line.room, line.id)[0]
        return bool(await self._word([record], [encode(line)]))

    async def echo(self, room: str, text: str, now: float) -> None:
        """Note that the room has shown a line of our own."""
        await self._redis.set(self._echo(room, text), now, px=ECHO_KEPT)

    async def echoed(self, line: Reply) -> float | None:
        """Return when the room showed a line, if it has since the line was worded."""
        at = await self._redis.get(self._echo(line.room, line.text))
        return float(at) if at is not None and float(at) >= (line.at or 0.0) else None

    async def postpone(self, reply: Reply, due: float) -> bool:
        """Make a reply in sending pending again: it was surely not posted. False if it is not."""
        body = encode(replace(reply, due=due))
        done = await self._step(reply.id, reply.room, "<sending>", "pending", score=due, body=body)
        return done is not None

    async def settle(self, delivered: Delivered, room: str) -> bool:
        """Give an open reply its final state and tell it to the outcomes; False if it has one."""
        return await self._close(delivered, room, "<pending><sending>")

    async def cancel(self, reply_id: str, room: str, reason: str, now: float) -> bool:
        """Settle a pending reply as not sent; False if it is being sent or is settled."""
        found = await self._load(room, [reply_id.encode()], b"pending")
        if not found:
            return False
        answers = found[0].answers
        delivered = Delivered(reply_id, "not_sent", now, answers=answers, reason=reason)
        return await self._close(delivered, room, "<pending>")

    async def _close(self, delivered: Delivered, room: str, states: str) -> bool:
        if delivered.delivery == "pending":
            raise ValueError("pending is no final state")
        event = encode_event(delivered)
        to = delivered.delivery
        done = await self._step(delivered.reply_id, room, states, to, score=0.0, body=event)
        return done is not None

    async def _step(
        self, reply_id: str, room: str, states: str, to: str, *, score: float, body: bytes
    ) -> bytes | None:
        keys = [*self._keys(room, reply_id), self._key("outcomes", room, own=False)]
        keys.append(self._key("counts", room, own=False))
        args: list[Arg] = [reply_id, states, to, score, body, KEPT, MOST]
        left: bytes | None = await self._move(keys, args)
        return left

    async def _load(self, room: str, ids: Iterable[bytes], state: bytes) -> list[Reply]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for each in ids:
                pipe.hmget(self._keys(room, each.decode())[0], ["state", "body"])
            rows = await pipe.execute()
        return [decode(body, Reply) for at, body in rows if at == state]

    def _echo(self, room: str, text: str) -> str:
        digest = sha256(" ".join(text.split()).encode()).hexdigest()[:24]
        return key("echo", room, digest, shard=self._store.shard(room))

    def _keys(self, room: str, reply_id: str) -> list[str]:
        return reply_keys(room, reply_id, self._store.shard(room))

    def _key(self, name: str, room: str, *, own: bool = True) -> str:
        """Return the room's key of this name, or (not its own) its shard's."""
        parts = (name, room) if own else (name,)
        return key(*parts, shard=self._store.shard(room))
