import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwarded } from '../../analysis/limiter/probes/forwarded.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { ledgerOf } from '../fixtures/run.ts';

function summaryFor(kind: 'concurrent' | 'sliding'): string {
  const profile: TargetProfile = profileOf(kind, defaultTraffic);
  const limiter = profile.limiter as DeclaredLimiter;
  const ledger = ledgerOf(
    Array.from({ length: 30 }, (_, n) => ({
      atMs: n,
      outcome: n < 10 ? ('accepted' as const) : ('limited' as const),
      phase: roles['limiter.forwarded'].name,
    })),
  );
  const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
  const requestsOf = () => [indices];
  const part = forwarded({
    ledger,
    profile,
    limiter,
    requestsOf,
    wrongfulIn: () => 0,
    withinBounds: true,
    maxUnforged: 0,
    missedBoundary: null,
  });
  return part?.summary ?? '';
}

test('a limit on concurrent requests bounds no number in a time, and none is printed', () => {
  assert.match(summaryFor('concurrent'), /a limit on concurrent requests allows any number$/);
  assert.match(summaryFor('sliding'), /10 are allowed$/);
});
