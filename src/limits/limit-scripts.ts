import { RedisScript } from '../storage/redis-script.js';

/**
 * The limits of one gateway key in Redis. All keys of it hash to one slot.
 *
 * - requests, tokens: hashes from a second to what was booked in it. A second counts until the 61st after it begins.
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

const WINDOW_TTL_MS = 62_000;

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
${LEASES}
local requestLimit, tokenLimit = tonumber(ARGV[3]), tonumber(ARGV[4])
local parallelLimit, budget = tonumber(ARGV[5]), tonumber(ARGV[6])
local demand, cost = tonumber(ARGV[7]), tonumber(ARGV[8])

local function readWindow(key)
  local window = { amounts = {}, used = 0, newest = 0 }
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local at, amount = tonumber(fields[i]), tonumber(fields[i + 1])
    if at < second - 60 then
      redis.call('HDEL', key, fields[i])
    else
      window.amounts[at] = amount
      window.used = window.used + amount
      if amount > 0 and at > window.newest then window.newest = at end
    end
  end
  return window
end

local function freesUpIn(window, amount)
  for at = second - 60, second do
    amount = amount - (window.amounts[at] or 0)
    if amount <= 0 then return (at + 61) * 1000 - now end
  end
  return 61000
end

local function emptyIn(window)
  if window.used <= 0 then return 0 end
  return (window.newest + 61) * 1000 - now
end

local function book(key, window, amount)
  redis.call('HINCRBY', key, time[1], amount)
  redis.call('PEXPIRE', key, ${WINDOW_TTL_MS})
  window.used = window.used + tonumber(amount)
  window.newest = second
end

local none = { amounts = {}, used = 0, newest = 0 }
local requests = requestLimit >= 0 and readWindow(KEYS[1]) or none
local tokens = tokenLimit >= 0 and readWindow(KEYS[2]) or none

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
  end
  redis.call('PEXPIREAT', KEYS[5], ARGV[10])
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
  if requestLimit >= 0 then book(KEYS[1], requests, '1') end
  if tokenLimit >= 0 and demand > 0 then book(KEYS[2], tokens, ARGV[7]) end
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
${LEASES}
local function takeBack(key, amount)
  if tonumber(amount) > 0 and redis.call('HEXISTS', key, ARGV[2]) == 1 then
    redis.call('HINCRBY', key, ARGV[2], '-' .. amount)
  end
end

free(KEYS[3], KEYS[4], ARGV[1])
takeBack(KEYS[1], ARGV[3])
takeBack(KEYS[2], ARGV[4])
if tonumber(ARGV[5]) > 0 then
  redis.call('HINCRBY', KEYS[2], time[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ${WINDOW_TTL_MS})
end
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
