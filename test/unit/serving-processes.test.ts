import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../analysis/interpret/run.ts';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import { servingProcesses } from '../../analysis/processes/serving.ts';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { ProcessRole } from '../../contract/journal/journal.ts';
import { roles } from '../../contract/plan/roles.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import type { HealthyKind } from '../fixtures/limiters.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

const served = (...has: readonly ProcessRole[]): ServerTimeline =>
  serverOf(20_000, () => ({ processes: has.map((role, n) => processOf({ pid: 100 + n, role })) }));

const fromAfar = (): ServerTimeline => {
  const server = served();
  return { ...server, id: 'afar', identity: { ...server.identity, rootPid: 0 } };
};

/** Five bursts of 40, of which so many pass. */
function burstsOn(servers: readonly ServerTimeline[], admitted: number, kind: HealthyKind = 'sliding'): Run {
  const requests = Array.from({ length: 5 * 40 }, (_, n) => ({
    atMs: 1000 + 3000 * Math.floor(n / 40) + (n % 40) / 10,
    outcome: n % 40 < admitted ? ('accepted' as const) : ('limited' as const),
    phase: roles['limiter.bursts'].name,
  }));
  const run = runOf([{ name: 'rate-limit', ledger: ledgerOf(requests) }], {
    profile: profileOf(kind, defaultTraffic),
    servers,
  });
  return { ...run, manifest: { ...run.manifest, clockMovedUs: 0 } };
}

test('how many processes serve: workers, or the root of a server that has none; unknown where nobody watched', () => {
  const count = (...servers: readonly ServerTimeline[]): number | null => servingProcesses({ servers });
  assert.equal(count(served('root')), 1);
  assert.equal(count(served('root', 'helper')), 1);
  assert.equal(count(served('root', 'worker')), 1);
  assert.equal(count(served('root', 'worker', 'worker')), 2);
  assert.equal(count(served('root'), { ...served('root'), id: 'other' }), 2);
  assert.equal(count(), null);
  assert.equal(count(fromAfar()), null);
  assert.equal(count(served('root'), fromAfar()), null);
});

test('a multiple of the limit is state per worker where several processes serve, or nobody knows how many', () => {
  for (const servers of [[served('root', 'worker', 'worker')], [served('root'), fromAfar()], []]) {
    const { status, summary } = rateLimiter.judge(burstsOn(servers, 20));
    assert.equal(status, 'fail', summary);
    assert.match(summary, /2 × the limit: the sign of state per worker$/);
  }
});

test('of a server of one process it is state per thread or per instance, or a larger limit', () => {
  const named = (admitted: number, kind?: HealthyKind): string =>
    rateLimiter.judge(burstsOn([served('root', 'helper')], admitted, kind)).summary;
  assert.match(named(20), /2 × the limit: the sign of state per thread or per instance, or of a larger limit$/);
  assert.match(
    named(20, 'token-bucket'),
    /2 × the limit: the sign of state per thread or per instance, or of a larger bucket$/,
  );
  assert.match(
    named(13),
    /13 at once .* a larger limit, or the sign of state per thread or per instance over unevenly shared connections/,
  );
  const { status, summary } = rateLimiter.judge(burstsOn([served('root', 'helper')], 10));
  assert.equal(status, 'pass', summary);
});
