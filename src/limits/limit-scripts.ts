import { RedisScript } from '../storage/redis-script.js';

/**
 * The limits of one gateway key in Redis. All keys of it hash to one slot.
 *
 * - requests, tokens: hashes from a second to what was booked in it; a second counts until the 61st after it begins. `sum`
 *   is all of them together, `oldest` and `newest` are the first and the last, so that no script has to read them all.
 * - leases: sorted set of the running requests, by the milliseconds at which each expires.
 * - reserved: hash from a lease to its nano-dollars, where there are any; `sum` is all of them together.
 * - spent: nano-dollars of the period.
 *
 * The time is that of Redis, so that replicas need not agree on theirs. Amounts go to commands as text: of large numbers,
 * Lua and some versions of Redis would make text with an exponent, which is no whole number to a command.
 */
const TIME = `
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)

local function whole(number)
  return string.format('%.0f', number)
end
`;

const WINDOWS = `
local first = second - 60

local function openWindow(key)
  local fields = redis.call('HMGET', key, 'sum', 'oldest', 'newest')
  local window = {
    key = key,
    used = tonumber(fields[1] or '0'),
    oldest = tonumber(fields[2] or time[1]),
    newest = tonumber(fields[3] or '0'),
  }
  if window.newest < first then
    redis.call('DEL', key)
    window.used, window.oldest = 0, second
  elseif window.oldest < first then
    local left = {}
    for at = window.oldest, first - 1 do left[#left + 1] = whole(at) end
    for _, amount in ipairs(redis.call('HMGET', key, unpack(left))) do
      window.used = window.used - tonumber(amount or '0')
    end
    redis.call('HDEL', key, unpack(left))
    window.oldest = first
    redis.call('HSET', key, 'sum', whole(window.used), 'oldest', whole(first))
  end
  return window
end

local function book(window, amount)
  window.used = window.used + tonumber(amount)
  window.oldest = math.min(window.oldest, second)
  window.newest = math.max(window.newest, second)
  local bounds = { 'oldest', whole(window.oldest), 'newest', whole(window.newest) }
  redis.call('HINCRBY', window.key, time[1], amount)
  redis.call('HSET', window.key, 'sum', whole(window.used), unpack(bounds))
  redis.call('PEXPIRE', window.key, 62000)
end
`;

/** What is known of leases is forgotten together, a little after the last of them has expired. */
const LEASES = `
local function hold(leases, reserved, id, cost, life)
  redis.call('ZADD', leases, whole(now + life), id)
  redis.call('PEXPIRE', leases, whole(life + 10000))
  if tonumber(cost) > 0 and redis.call('HSETNX', reserved, id, cost) == 1 then
    redis.call('HINCRBY', reserved, 'sum', cost)
  end
  redis.call('PEXPIRE', reserved, whole(life + 10000))
end

local function free(leases, reserved, id)
  redis.call('ZREM', leases, id)
  local cost = redis.call('HGET', reserved, id)
  if cost then
    redis.call('HDEL', reserved, id)
    redis.call('HINCRBY', reserved, 'sum', '-' .. cost)
  end
end
`;

/**
 * Checks all limits and books when none stands in the way; decides as `findRefusal` does.
 *
 * KEYS: requests, tokens, leases, reserved, spent. ARGV: lease, its life in milliseconds, limits of requests, tokens,
 * parallel requests and nano-dollars (-1: none), tokens and nano-dollars of the request, nano-dollars of the period in
 * the database, milliseconds at which what was spent is forgotten.
 *
 * Answer: limit in the way (0 none, 1 requests, 2 tokens, 3 parallel, 4 budget), milliseconds to wait (-1: in vain),
 * second of the booking, requests, milliseconds until they are forgotten, tokens, likewise, running, nano-dollars spent,
 * reserved.
 */
export const RESERVE = new RedisScript(`
${TIME}
${WINDOWS}
${LEASES}
local requestLimit, tokenLimit = tonumber(ARGV[3]), tonumber(ARGV[4])
local parallelLimit, budget = tonumber(ARGV[5]), tonumber(ARGV[6])
local demand, cost = tonumber(ARGV[7]), tonumber(ARGV[8])

local function freesUpIn(window, amount)
  local amounts, fields = {}, redis.call('HGETALL', window.key)
  for i = 1, #fields, 2 do amounts[fields[i]] = tonumber(fields[i + 1]) end
  for at = first, second do
    amount = amount - (amounts[whole(at)] or 0)
    if amount <= 0 then return (at + 61) * 1000 - now end
  end
  return 61000
end

local function emptyIn(window)
  if window.used <= 0 then return 0 end
  return (window.newest + 61) * 1000 - now
end

local none = { used = 0, newest = 0 }
local requests = requestLimit >= 0 and openWindow(KEYS[1]) or none
local tokens = tokenLimit >= 0 and openWindow(KEYS[2]) or none

local running, reserved, spent = 0, 0, 0
if parallelLimit >= 0 or budget >= 0 then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now))) do
    free(KEYS[3], KEYS[4], id)
  end
  running = redis.call('ZCARD', KEYS[3])
  if running == 0 then redis.call('DEL', KEYS[4]) end
  reserved = tonumber(redis.call('HGET', KEYS[4], 'sum') or '0')
end
if budget >= 0 then
  spent = tonumber(redis.call('GET', KEYS[5]) or '0')
  local inDatabase = tonumber(ARGV[9])
  if inDatabase > spent then
    spent = inDatabase
    redis.call('SET', KEYS[5], ARGV[9])
    redis.call('PEXPIREAT', KEYS[5], ARGV[10])
  end
end

local refusedBy, wait = 0, -1
local function refuse(limit, milliseconds)
  if milliseconds > wait then refusedBy, wait = limit, milliseconds end
end
local isSpent = budget >= 0 and (spent >= budget or spent + cost > budget)
if isSpent then
  refusedBy = 4
else
  if budget >= 0 and spent + cost + reserved > budget then refuse(4, 1000) end
  if requestLimit >= 0 and requests.used + 1 > requestLimit then
    refuse(1, freesUpIn(requests, requests.used + 1 - requestLimit))
  end
  if tokenLimit >= 0 and tokens.used + demand > tokenLimit then
    refuse(2, freesUpIn(tokens, tokens.used + demand - tokenLimit))
  end
  if parallelLimit >= 0 and running >= parallelLimit then refuse(3, 1000) end
end

if refusedBy == 0 then
  if requestLimit >= 0 then book(requests, '1') end
  if tokenLimit >= 0 and demand > 0 then book(tokens, ARGV[7]) end
  if parallelLimit >= 0 or budget >= 0 then hold(KEYS[3], KEYS[4], ARGV[1], ARGV[8], tonumber(ARGV[2])) end
end
return {
  refusedBy, wait, second, requests.used, emptyIn(requests), tokens.used, emptyIn(tokens), running, spent, reserved,
}
`);

/**
 * Ends a lease, whether Redis knows it or not.
 *
 * KEYS: as above. ARGV: lease, second of its booking (-1: not known), requests and tokens to take back from there, tokens
 * to add now, nano-dollars to add, milliseconds at which what was spent is forgotten.
 */
export const END = new RedisScript(`
${TIME}
${WINDOWS}
${LEASES}
local function takeBack(key, amount)
  if tonumber(amount) > 0 and redis.call('HEXISTS', key, ARGV[2]) == 1 then
    redis.call('HINCRBY', key, ARGV[2], '-' .. amount)
    redis.call('HINCRBY', key, 'sum', '-' .. amount)
  end
end

free(KEYS[3], KEYS[4], ARGV[1])
takeBack(KEYS[1], ARGV[3])
takeBack(KEYS[2], ARGV[4])
if tonumber(ARGV[5]) > 0 then book(openWindow(KEYS[2]), ARGV[5]) end
if tonumber(ARGV[6]) > 0 then
  redis.call('INCRBY', KEYS[5], ARGV[6])
  redis.call('PEXPIREAT', KEYS[5], ARGV[7])
end
return 0
`);

/**
 * Prolongs the leases of requests that run, and books again those that Redis has lost or never had.
 *
 * KEYS: leases, reserved. ARGV: life in milliseconds, then for each lease its name and nano-dollars.
 */
export const RENEW = new RedisScript(`
${TIME}
${LEASES}
for i = 2, #ARGV, 2 do
  hold(KEYS[1], KEYS[2], ARGV[i], ARGV[i + 1], tonumber(ARGV[1]))
end
return 0
`);
