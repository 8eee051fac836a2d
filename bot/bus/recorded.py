"""Outcomes of what did not come through the queue: the operator's commands, told like all else."""

from bot.bus.codec import Arg, encode, encode_event, key
from bot.bus.outcomes import MOST
from bot.bus.replies import PUT, reply_keys
from bot.bus.server import Store
from bot.bus.tally import counted_as, tally_key
from bot.model import Outcome

KEPT = 86_400
"""Seconds in which an outcome that comes again is known."""

# Accepted and ended at once: what is counted still adds up.
# ARGV: kind, event, events kept, what the room's tally counts it as, seconds, reply's id, body, due
_RECORD = (
    PUT
    + """
local first = redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[5])
if first then
  redis.call('HINCRBY', KEYS[3], 'accepted', 1)
  redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
  redis.call('HINCRBY', KEYS[4], ARGV[4], 1)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'm', ARGV[2])
end
if KEYS[5] then put(KEYS[5], KEYS[6], ARGV[6], ARGV[7], ARGV[8]) end
return first and 1 or 0
"""
)


class Recorder:
    """Writes outcomes into the events of their rooms."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._record = store.script(_RECORD)

    async def __call__(self, outcome: Outcome) -> bool:
        """Tell an outcome whose message never was in the queue, and queue its pending reply.

        Both happen once, however often it is called: False if it was told before. Raises LOST.
        """
        room = outcome.message.room
        shard = self._store.shard(room)
        keys = [key("told", outcome.message.id, shard=shard)]
        keys += [key(name, shard=shard) for name in ("outcomes", "counts")]
        keys.append(tally_key(room, shard))
        args: list[Arg] = [outcome.outcome, encode_event(outcome), MOST, counted_as(outcome), KEPT]
        if (reply := outcome.reply) is not None and reply.delivery == "pending":
            keys += reply_keys(room, reply.id, shard)[:2]
            args += [reply.id, encode(reply), reply.due]
        return bool(await self._record(keys, args))
