import type { Flaw } from '../../contract/plan/flaws.ts';
import type { Advice } from './advice.ts';

const lines = {
  check:
    'check the signature before anything else is done with the request, over the raw bytes of the body, and compare in constant time',
  raw: 'what was parsed and serialized again, as by JSON.stringify or json.dumps, is another text than the sender signed as soon as a space or an escape differs',
  missing: 'a request without the header or parameter is refused, not let through as unsigned',
  malformed:
    'a signature that cannot be decoded, or has another length, is refused like any wrong one: decoders and comparisons in constant time may throw at it',
  key: 'the key is that of the webhook in the URL, and no other is tried',
  age: 'the timestamp is part of what is signed, and its age is checked on both sides',
} as const;

export const flawAdvice: Readonly<Record<Flaw, Advice>> = {
  wrong: lines.check,
  missing: lines.missing,
  'other-secret': lines.key,
  malformed: lines.malformed,
  'other-body': lines.check,
  stale: lines.age,
  replayed: lines.age,
};

export const rawBody: Advice = lines.raw;

export const authenticationAdvice: readonly Advice[] = Object.values(lines);
