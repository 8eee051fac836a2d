"""The state of the queue at one moment: what waits, for how long, what is dead, who works."""

from collections.abc import Iterable

from bot.bus.crew import Crew
from bot.bus.dead import DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.bus.shard import GROUP
from bot.model import Backlog, QueueStats

# An entry leaves its stream with its outcome, so what stands there has none. The first entry
# behind the group's last one is the first that nobody has leased; ids begin with milliseconds.
# ARGV: group. Returns for each stream: entries, leased, milliseconds of lag and of the oldest.
_BACKLOG = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function age(stream, from)
  local entry = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  return entry and math.max(0, now - string.match(entry[1], '^%d+')) or 0
end
local found = {}
for i = 1, #KEYS do
  local leased, behind = 0, '-'
  local groups = redis.pcall('XINFO', 'GROUPS', KEYS[i])
  for g = 1, groups.err and 0 or #groups do
    local info = {}
    for f = 1, #groups[g], 2 do info[groups[g][f]] = groups[g][f + 1] end
    if info['name'] == ARGV[1] then
      leased, behind = info['pending'], '(' .. info['last-delivered-id']
    end
  end
  local length = redis.call('XLEN', KEYS[i])
  found[i] = {length, leased, age(KEYS[i], behind), age(KEYS[i], '-')}
end
return found
"""


class Stats:
    """Reads the state of the queue."""

    def __init__(self, store: Store, inbox: Inbox) -> None:
        self._letters = DeadLetters(store)
        self._inbox = inbox
        self._crew = Crew(store)
        self._backlog = store.script(_BACKLOG)

    async def read(self) -> QueueStats:
        """Return the state of all shards together."""
        urgent: list[Backlog] = []
        rest: list[Backlog] = []
        for shard in self._inbox.shards:
            rows = await self._backlog([shard.urgent, shard.rest], [GROUP])
            for each, row in zip((urgent, rest), rows, strict=True):
                each.append(_backlog(*row))
        return QueueStats(
            counts=await self._inbox.counts(),
            backlog={"urgent": _together(urgent), "rest": _together(rest)},
            dead=await self._letters.count(),
            crew=tuple(await self._crew.alive()),
        )


def _backlog(length: int, leased: int, lag: int, oldest: int) -> Backlog:
    return Backlog(max(0, length - leased), leased, lag / 1000, oldest / 1000)


def _together(parts: Iterable[Backlog]) -> Backlog:
    all_ = list(parts)
    return Backlog(
        waiting=sum(each.waiting for each in all_),
        leased=sum(each.leased for each in all_),
        lag=max((each.lag for each in all_), default=0.0),
        oldest=max((each.oldest for each in all_), default=0.0),
    )
