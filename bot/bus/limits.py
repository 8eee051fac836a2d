"""The limits of an account: exact sliding windows, several taken at once or none."""

from collections.abc import Sequence

from bot.bus.codec import account_key
from bot.bus.server import Store
from bot.model import Window

_MICRO = 1_000_000
_DAY = 86_400_000

# Each list holds the times of the latest n sends, newest first: the n-th one says how long to wait.
# ARGV: now or '', then n, window and time to live of each key.
_TAKE = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local wait = 0
for i = 1, #KEYS do
  local oldest = redis.call('LINDEX', KEYS[i], ARGV[3 * i - 1] - 1)
  if oldest then wait = math.max(wait, oldest + ARGV[3 * i] - now) end
end
if wait > 0 then return wait end
for i = 1, #KEYS do
  redis.call('LPUSH', KEYS[i], string.format('%d', now))
  redis.call('LTRIM', KEYS[i], 0, ARGV[3 * i - 1] - 1)
  redis.call('PEXPIRE', KEYS[i], ARGV[3 * i + 1])
end
return 0
"""


class Limits:
    """What one account may send, shared by all processes that send for it."""

    def __init__(self, store: Store, account: str) -> None:
        self._account = account
        self._take = store.client.register_script(_TAKE)

    async def take(self, windows: Sequence[Window], now: float | None = None) -> float:
        """Take one send from each of ``windows``, whose counts are at least 1.

        Returns 0.0 once taken, else the seconds until all have room, and nothing is taken. In no
        span of ``seconds`` are more than ``count`` taken, by the server's clock, or by the given
        one. A margin for the network is the caller's business.
        """
        least: dict[tuple[str, float], int] = {}
        for each in windows:
            of = each.name, each.seconds
            least[of] = min(each.count, least.get(of, each.count))
        args: list[int | str] = ["" if now is None else round(now * _MICRO)]
        for (_, seconds), count in least.items():
            # A given clock may be slower than the server's, which is the one that forgets.
            kept = _DAY if now is not None else round(seconds * 1000) + 1000
            args += [count, round(seconds * _MICRO), kept]
        keys = [account_key(self._account, name, str(float(seconds))) for name, seconds in least]
        wait: int = await self._take(keys=keys, args=args)
        return wait / _MICRO
