/** Keeps a sorted set of ids by time in µs. */
export const idsByTimeLua = `
local function addToLimiter()
  redis.call('ZADD', quotaKey, string.format('%.0f', nowUs), id)
  redis.call('PEXPIRE', quotaKey, string.format('%.0f', math.ceil(windowUs / 1000) + 1000))
end
local function withdrawFromLimiter() redis.call('ZREM', quotaKey, id) end
`;
