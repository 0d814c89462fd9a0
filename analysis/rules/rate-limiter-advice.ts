import type { LimiterFault } from '../limiter/named-fault.ts';
import { type Advice, interleaved } from './advice.ts';

/** Of a sorted set whose members are times: those of one second, or one millisecond, are one. */
const overwritten: Advice = {
  about: 'redis',
  text: 'counts that overwrite each other: members of a sorted set that are equal, such as a time alone, count once; let each request add a member of its own',
};

/** What to look at, by the fault, the most likely first. */
const byFault: Readonly<Record<LimiterFault, readonly Advice[]>> = {
  'no limiter': [
    'is the limiter switched on for this route, and does it find the webhook behind a proxy or a different key?',
    'errors of the limiter: what does it do when its store is slow, full or away, or when it fails itself? One that lets the request through then is none',
    overwritten,
  ],
  'fails open': [
    'errors of the limiter: what does it do when its store is slow, full or away, or when it fails itself? One that lets the request through then is none',
    {
      about: 'redis',
      text: 'database fallback: when Redis is down, does the fallback keep the same limit, or let everything through?',
    },
  ],
  'state per worker': [
    'shared counts: does each worker count in one place (the same Redis or database), or in its own memory? k times the limit with k workers is the sign',
  ],
  'state per thread': [
    'one count for all: does each thread, or each instance of the limiter, count by itself? Let all of them use one',
  ],
  'larger limit': [
    'the limit as it is configured: are limit, window and burst of this route those that the profile declares?',
  ],
  'check-then-add race': [
    'limiter logic: count and add in one atomic step (a Lua script, or INCR with a check of its answer; in memory, with nothing awaited between)',
    overwritten,
  ],
  'one more': [
    'the comparison: is a request counted before it is compared, and refused at count > limit? One that is compared first must be refused at count >= limit',
    {
      about: 'redis',
      text: 'a bucket by GCRA (redis-cell, CL.THROTTLE): max_burst counts what comes beyond the first request, so it is one less than the limit',
    },
  ],
  'fixed window': [
    'the kind of window: a fixed one admits up to twice its limit around an edge; take a sliding one, or declare limiter.kind "fixed" if that is meant',
  ],
  'counters lost': [
    {
      about: 'redis',
      text: 'lost counters: a Redis that others flush, that restarts without persistence, or that evicts keys (maxmemory-policy) forgets what it counted',
    },
    'counts in the memory of a process end with it: was one restarted or replaced then, and is that meant to forget what it counted?',
  ],
  'count begins anew': [
    'the block after a refusal: if its end clears the count, it must not be shorter than the window (@nestjs/throttler: blockDuration not below ttl); else let it leave what was counted',
  ],
  'first limit': [
    'the limit of the shorter window: is it switched on for this route, beside the longer one, and does each of them refuse by itself?',
  ],
  'further limit': [
    'the further limit: is it switched on for this route, over the same requests, and does each of the limits refuse by itself?',
  ],
  'penalty time': [
    'the penalty time: is it kept where all workers see it, looked at before anything is counted, and as long as limiter.penaltyMs says?',
  ],
  'penalty length': [
    'the penalty time: is it as long as limiter.penaltyMs says, in the same unit (seconds, milliseconds), and does Retry-After promise the same? If the length that was measured is meant, declare that',
  ],
  'empty bucket': [
    'a new bucket: it should begin full, with limiter.burst tokens; one that begins empty refuses its first client',
  ],
  'stricter limit': [
    'the limit as it is configured: are limit, window and burst of this route those that the profile declares?',
    'other limiters on the way (a proxy, a gateway, the framework) and other clients: does something else refuse, or use the same count?',
  ],
  'other pace': [
    'the pace: is the window, or the time in which a token is gained, as long as the profile declares, and in the same unit (seconds, milliseconds)?',
  ],
  'one webhook blocks another': [
    'the key of the limiter: does it hold the webhook, or only what several have in common (address, tenant, route)?',
  ],
  'key that never expires': [
    'the expiry of the count: set it in one step with the count (a Lua script, MULTI, or SET key 0 EX seconds NX before INCR); as a second call it may be lost, and the key then stays full for ever',
    'a block after a refusal, or a limit over a longer window: if one is meant, declare limiter.penaltyMs or limiter.further',
  ],
  'window renewed': [
    'the expiry of the count: set it once, when the window begins, and in one step with the count (a Lua script, or SET key 0 EX seconds NX before INCR), not at every request',
  ],
  'counts refusals': [
    'refused requests: one that takes a place keeps whoever goes on out for good; if that is meant, declare limiter.countsRefused',
  ],
  'counts repeats': [
    'order of the checks: is a repeat recognized by its key before the limiter counts it? If it comes after the limiter on purpose, declare idempotency.order "after-limiter"',
  ],
  'Retry-After missing': [
    'Retry-After: send it with each refusal, as the seconds until a request is admitted again, or declare limiter.retryAfter as false',
  ],
  'Retry-After': ['Retry-After: the seconds until a request is admitted again, rounded up, or an HTTP date'],
  'RateLimit headers missing': [
    'RateLimit headers: send them with each answer of the limiter, also if it admits, or declare limiter.rateLimitHeaders as false',
  ],
  'RateLimit headers malformed': [
    'RateLimit headers: whole numbers, in the form of the one draft that you follow, whose reset is a wait in seconds and no time',
  ],
  'RateLimit limit': [
    'RateLimit headers: tell the limit that decides on this route, not that of another route or plan; or declare that one as limiter.limit',
  ],
  'RateLimit remaining': [
    'RateLimit headers: what remains is worked out in the same atomic step as the decision, after the request itself was counted',
  ],
  'RateLimit reset': [
    'RateLimit headers: the reset is when more is admitted again, in seconds and rounded up: from now on, or since 1970 if it is a time',
  ],
  'X-Forwarded-For': ['X-Forwarded-For: believed only from your own proxies'],
};

export const limiterAdvice: readonly Advice[] = [...new Set(Object.values(byFault).flat())];

/** On each group of faults that may be behind one finding, the most likely first. */
export const limiterAdviceOn = (groups: readonly (readonly LimiterFault[])[]): readonly Advice[] =>
  interleaved(groups.map((faults) => interleaved(faults.map((fault) => byFault[fault]))));
