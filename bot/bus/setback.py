"""What follows when the server's clock is set back: leases begun in its future begin anew."""

from collections.abc import Iterable

from bot.bus.codec import key
from bot.bus.server import Store

# XPENDING takes a lease that begins in the future for one that has just begun: until the clock
# has caught up, nobody could take over what a dead worker holds. The last look at the clock is
# kept in the server, so that it outlives the workers and goes along to a replica with a clock of
# its own. It is noted last: a call that fails is made again, and must see the step again.
# KEYS: last look, streams; ARGV: group
_SET_BACK = """
local now = tonumber(redis.call('TIME')[1])
local restarted = 0
if now + 1 < tonumber(redis.call('GET', KEYS[1]) or 0) then
  for i = 2, #KEYS do
    local after = '-'
    repeat
      local rows = redis.call('XPENDING', KEYS[i], ARGV[1], after, '+', 1000)
      for _, row in ipairs(rows) do
        redis.call('XCLAIM', KEYS[i], ARGV[1], row[2], 0, row[1], 'IDLE', 0, 'JUSTID')
        after = '(' .. row[1]
      end
      restarted = restarted + #rows
    until #rows < 1000
  end
end
redis.call('SET', KEYS[1], now)
return restarted
"""


class Setback:
    """Watches the server's clock for the leases of one shard."""

    def __init__(self, store: Store, number: int) -> None:
        self._script = store.script(_SET_BACK)
        self._looked = key("clock", shard=number)

    async def __call__(self, streams: Iterable[str], group: str) -> int:
        """Begin all leases anew if the clock went back by more than a second; return how many.

        Whoever lives loses nothing by it; what the dead hold can be taken over a lease later.
        """
        return int(await self._script([self._looked, *streams], [group]))
