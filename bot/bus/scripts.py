"""What a shard does in one step each, in Lua: nobody sees it half done."""

from bot.bus.replies import PUT

# An entry leaves the stream when it is finished, so its presence says that it is not: exact
# without a time limit, and what is left is what is pending.
# ARGV: group, entry, kind, event or '', dead letter's reason or '', room, events kept,
#       what the room's tally counts it as, reply's id, body, due
FINISH = (
    PUT
    + """
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if not entry then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('HINCRBY', KEYS[3], ARGV[3], 1)
if redis.call('HINCRBY', KEYS[5], ARGV[6], -1) < 1 then redis.call('HDEL', KEYS[5], ARGV[6]) end
redis.call('HINCRBY', KEYS[6], ARGV[8], 1)
if ARGV[4] ~= '' then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[7], '*', 'm', ARGV[4]) end
if ARGV[5] ~= '' then
  redis.call('XADD', KEYS[4], '*', 'm', entry[2][2], 'reason', ARGV[5])
end
if KEYS[7] then put(KEYS[7], KEYS[8], ARGV[9], ARGV[10], ARGV[11]) end
return 1
"""
)

# Whoever was stalled for longer than a lease must not take back what others claimed since.
# ARGV: group, consumer, entries
RENEW = """
local held = {}
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 0, 'JUSTID')
    held[#held + 1] = ARGV[i]
  end
end
return held
"""

# ARGV: group, consumer, entries
GIVE_BACK = """
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) > 0 then
    local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
    redis.call('XDEL', KEYS[1], ARGV[i])
    if entry then redis.call('XADD', KEYS[1], '*', unpack(entry[2])) end
  end
end
"""
