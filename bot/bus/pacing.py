"""The Lua of bot.bus.limits: what is asked of an account's windows and holds in one call."""

# ARGV[1] is now or ''. A hold is the time when it ends and the span that it was made for: one that
# ends much later was made before the clock went back, and starts anew.
TIME = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local function whole(number) return string.format('%d', number) end
local function held(key)
  local ends, span = unpack(redis.call('HMGET', key, 'ends', 'span'))
  if not ends then return 0 end
  if ends - now > 2 * span then
    ends = now + span
    redis.call('HSET', key, 'ends', whole(ends))
  end
  return ends - now
end
local function hold(key, span, kept)
  if span <= held(key) then return end
  redis.call('HSET', key, 'ends', whole(now + span), 'span', whole(span))
  redis.call('PEXPIRE', key, kept)
end
"""

# KEYS: the windows, the account's hold, and for a room its hold and its refusals. ARGV: now, how
# many windows, the trips, span and time to live of a trial, then count (0: not waited for), span
# and time to live of each window. The times of sends stand newest first: the n-th says how long to
# wait. They are kept for a second span, because a call whose clock is given may come behind a later
# one; it harms nothing else: where each send keeps away from the n-th before it, n sequences of
# sends have one in a span each, in whatever order.
TAKE = """
local windows, wait = tonumber(ARGV[2]), 0
for i = windows + 1, #KEYS do wait = math.max(wait, held(KEYS[i])) end
for i = 1, windows do
  local key, count, span = KEYS[i], tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4])
  if (tonumber(redis.call('LINDEX', key, 0)) or now) > now + span then  -- the clock went back
    for j = 0, redis.call('LLEN', key) - 1 do
      local sent = tonumber(redis.call('LINDEX', key, j))
      if sent > now then redis.call('LSET', key, j, whole(now)) end
    end
  end
  local nth = count > 0 and redis.call('LINDEX', key, count - 1)
  if nth then wait = math.max(wait, nth + span - now) end
end
if wait > 0 then return wait end
for i = 1, windows do
  local key, span = KEYS[i], tonumber(ARGV[3 * i + 4])
  redis.call('LPUSH', key, whole(now))
  while redis.call('LINDEX', key, -1) + 2 * span <= now do redis.call('RPOP', key) end
  redis.call('PEXPIRE', key, ARGV[3 * i + 5])
end
local refusals = KEYS[windows + 3]
if refusals and (tonumber(redis.call('HGET', refusals, 'count')) or 0) >= tonumber(ARGV[3]) then
  hold(refusals, tonumber(ARGV[4]), ARGV[5])
end
return 0
"""

# ARGV: now, the span, its time to live.
HOLD = "hold(KEYS[1], tonumber(ARGV[2]), ARGV[3])"

# ARGV: now, the trips, the first span, the last, the time to live.
REFUSED = """
local over = redis.call('HINCRBY', KEYS[1], 'count', 1) - ARGV[2]
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if over < 0 then return 0 end
hold(KEYS[1], math.min(ARGV[3] * 2 ^ over, tonumber(ARGV[4])), ARGV[5])
return held(KEYS[1])
"""

# KEYS: the windows. ARGV: now. The latest send of each is set to now, unless that would be earlier.
ARRIVED = """
for _, key in ipairs(KEYS) do
  local sent = tonumber(redis.call('LINDEX', key, 0))
  if sent and sent < now then redis.call('LSET', key, 0, whole(now)) end
end
"""

UNDO = "redis.call('LPOP', KEYS[1])"

FINE = "redis.call('DEL', KEYS[1])"

# KEYS: the windows. ARGV: now, then the span of each. Times from before the span are kept for
# another one, and a call that came behind a later one stands before it.
USED = """
local used = {}
for i, key in ipairs(KEYS) do
  local span, count = tonumber(ARGV[i + 1]), 0
  for _, sent in ipairs(redis.call('LRANGE', key, 0, -1)) do
    if tonumber(sent) + span > now then count = count + 1 end
  end
  used[i] = count
end
return used
"""
