import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mustAdmit } from '../analysis/legitimate.ts';
import { challenges, mostAdmitted, surelyWithin } from '../analysis/limiter-bounds.ts';
import { limitedShare } from '../analysis/rules/limited-share.ts';
import { rateLimiter } from '../analysis/rules/rate-limiter.ts';
import { phases } from '../contract/plan.ts';
import type { Limiter, TargetProfile } from '../contract/profile.ts';
import { readyProfiles } from '../targets/ready.ts';
import { seeded } from './fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from './fixtures/run.ts';

const limit = 10;
const windowMs = 1000;

type Decide = (atMs: number) => boolean;

/** Limiters as servers have them; each decides at the moment at which it is asked, in order of time. */
const simulated = {
  sliding(n: number): Decide {
    let admitted: number[] = [];
    return (atMs) => {
      admitted = admitted.filter((t) => t > atMs - windowMs);
      if (admitted.length >= n) return false;
      admitted.push(atMs);
      return true;
    };
  },
  fixed(n: number): Decide {
    let window = -1;
    let count = 0;
    return (atMs) => {
      const now = Math.floor(atMs / windowMs);
      if (now !== window) [window, count] = [now, 0];
      count += 1;
      return count <= n;
    };
  },
  bucket(n: number): Decide {
    let tokens = n;
    let lastMs = 0;
    return (atMs) => {
      tokens = Math.min(n, tokens + ((atMs - lastMs) * n) / windowMs);
      lastMs = atMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    };
  },
  perWorker(n: number, workers: number): Decide {
    const each = Array.from({ length: workers }, () => simulated.sliding(n));
    let turn = 0;
    return (atMs) => each[turn++ % workers]?.(atMs) ?? false;
  },
  countsRefusals(n: number): Decide {
    let asked: number[] = [];
    return (atMs) => {
      asked = asked.filter((t) => t > atMs - windowMs);
      asked.push(atMs);
      return asked.length <= n;
    };
  },
  absent: (): Decide => () => true,
};

/**
 * What the generator sees of a limiter: each request is decided somewhere between its send and its end.
 * @param sends times of sending in milliseconds, ascending.
 */
function traffic(decide: Decide, sends: readonly number[], random: () => number, phase = 'phase'): MadeRequest[] {
  const asked = sends.map((atMs) => {
    const toServerMs = random() * 5;
    return { atMs, decidedMs: atMs + toServerMs, tookMs: toServerMs + random() * 5 };
  });
  const byDecision = [...asked].sort((a, b) => a.decidedMs - b.decidedMs);
  const admitted = new Map(byDecision.map((request) => [request, decide(request.decidedMs)]));
  return asked.map((request) => ({
    atMs: request.atMs,
    tookMs: request.tookMs,
    outcome: admitted.get(request) === true ? 'accepted' : 'limited',
    phase,
  }));
}

/** A burst, a pause, another burst, and twice the limit for five seconds. */
function probing(random: () => number): number[] {
  const sends: number[] = [];
  for (let n = 0; n < 20; n += 1) sends.push(10 + random() * 60);
  for (let n = 0; n < 30; n += 1) sends.push(3000 + random() * 100);
  for (let n = 0; n < 100; n += 1) sends.push(6000 + n * 50 + random() * 20);
  return sends.sort((a, b) => a - b);
}

function profileOf(kind: 'sliding' | 'fixed' | 'token-bucket' | 'unknown'): TargetProfile {
  return {
    ...readyProfiles.embedded,
    limiter: {
      kind,
      limit,
      windowMs,
      burst: kind === 'token-bucket' ? limit : null,
      scope: 'webhook',
      retryAfter: true,
    },
  };
}

function verdictOn(decide: Decide, profile: TargetProfile, seed: number): string {
  const random = seeded(seed);
  const ledger = ledgerOf(traffic(decide, probing(random), random));
  return rateLimiter.judge(runOf([{ name: 'rate-limit', ledger }], { profile })).status;
}

test('a limiter that keeps its word passes, whatever the delays', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    assert.equal(verdictOn(simulated.sliding(limit), profileOf('sliding'), seed), 'pass', `sliding, seed ${seed}`);
    assert.equal(verdictOn(simulated.fixed(limit), profileOf('fixed'), seed), 'pass', `fixed, seed ${seed}`);
    assert.equal(verdictOn(simulated.bucket(limit), profileOf('token-bucket'), seed), 'pass', `bucket, seed ${seed}`);
  }
});

test('broken limiters fail', () => {
  const broken: readonly (readonly [string, () => Decide])[] = [
    ['admits one more', () => simulated.sliding(limit + 1)],
    ['counts per worker', () => simulated.perWorker(limit, 2)],
    ['is absent', () => simulated.absent()],
    ['admits one less', () => simulated.sliding(limit - 1)],
    ['counts refusals against the client', () => simulated.countsRefusals(limit)],
  ];
  for (const [name, make] of broken) {
    for (let seed = 1; seed <= 50; seed += 1) {
      assert.equal(verdictOn(make(), profileOf('sliding'), seed), 'fail', `${name}, seed ${seed}`);
    }
  }
});

test('a fixed window sold as sliding fails when a crowd straddles its edge, and is legal where it is declared', () => {
  const random = seeded(7);
  const sends = [
    ...Array.from({ length: 15 }, (_, n) => 900 + n * 4),
    ...Array.from({ length: 15 }, (_, n) => 1005 + n * 4),
  ];
  const ledger = ledgerOf(traffic(simulated.fixed(limit), sends, random));
  const judged = (profile: TargetProfile) => rateLimiter.judge(runOf([{ name: 'hft', ledger }], { profile }));
  assert.equal(judged(profileOf('sliding')).status, 'fail');
  assert.match(judged(profileOf('sliding')).evidence?.[0] ?? '', /hft, webhook 0: 20 admitted within 1000 ms/);
  assert.notEqual(judged(profileOf('fixed')).status, 'fail');
});

test('without a crowd nothing is proven, and a declared absence is not judged', () => {
  const calm = ledgerOf(Array.from({ length: 50 }, (_, n) => ({ atMs: n * 200, outcome: 'accepted' as const })));
  assert.equal(rateLimiter.judge(runOf([{ name: 'hft', ledger: calm }])).status, 'inconclusive');
  const none: TargetProfile = { ...readyProfiles.embedded, limiter: { kind: 'none' } };
  assert.equal(rateLimiter.judge(runOf([{ name: 'hft', ledger: calm }], { profile: none })).status, 'not-applicable');
});

test('property: what must be admitted is admitted by every limiter of the kind', () => {
  const kinds = [
    ['sliding', () => simulated.sliding(limit)],
    ['fixed', () => simulated.fixed(limit)],
    ['token-bucket', () => simulated.bucket(limit)],
  ] as const;
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 0, max: 2 }),
      (seed, n, kindIndex) => {
        const [kind, make] = kinds[kindIndex] ?? kinds[0];
        const random = seeded(seed);
        const sends = Array.from({ length: n }, () => random() * 4000).sort((a, b) => a - b);
        const ledger = ledgerOf(traffic(make(), sends, random));
        const indices = Uint32Array.from(sends, (_, at) => at);
        const must = mustAdmit(ledger, indices, profileOf(kind));
        indices.forEach((at, position) => {
          if (must[position] === 1) assert.equal(ledger.outcomeOf(at), 'accepted');
        });
      },
    ),
    { numRuns: 2000 },
  );
});

test('property: no limiter of a kind ever exceeds the bound of its kind, at any span', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 200, max: 5000 }), (seed, spanMs) => {
      const random = seeded(seed);
      const sends = Array.from({ length: 150 }, () => random() * 5000).sort((a, b) => a - b);
      for (const [kind, make] of [
        ['sliding', simulated.sliding],
        ['fixed', simulated.fixed],
        ['token-bucket', simulated.bucket],
      ] as const) {
        const ledger = ledgerOf(traffic(make(limit), sends, random));
        const admitted = Uint32Array.from(sends, (_, at) => at).filter((at) => ledger.outcomeOf(at) === 'accepted');
        const declared: Exclude<Limiter, { kind: 'none' }> = {
          kind,
          limit,
          windowMs,
          burst: limit,
          scope: 'webhook',
          retryAfter: true,
        };
        assert.ok(
          surelyWithin(ledger, admitted, spanMs).count <= mostAdmitted(declared, spanMs),
          `${kind}, ${spanMs} ms`,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('crowds are told apart by a window of quiet', () => {
  const ledger = ledgerOf([
    ...Array.from({ length: 12 }, (_, n) => ({
      atMs: n * 10,
      outcome: n < 10 ? ('accepted' as const) : ('limited' as const),
    })),
    ...Array.from({ length: 30 }, (_, n) => ({ atMs: 3000 + n * 100, outcome: 'accepted' as const })),
    { atMs: 9000, outcome: 'accepted' as const },
  ]);
  const found = challenges(
    ledger,
    Uint32Array.from({ length: 43 }, (_, n) => n),
    windowMs,
    (at) => ledger.outcomeOf(at) === 'accepted',
  );
  assert.deepEqual(
    found.map(({ attempts, admitted, limited }) => ({ attempts, admitted, limited })),
    [
      { attempts: 12, admitted: 10, limited: 2 },
      { attempts: 1, admitted: 1, limited: 0 },
    ],
  );
});

test('the limited share of the first twenty', () => {
  const cases: readonly (readonly [string, readonly ('accepted' | 'limited')[], number, string])[] = [
    ['half', [...Array(10).fill('accepted'), ...Array(10).fill('limited')], 5, 'pass'],
    ['none', Array(20).fill('accepted'), 5, 'fail'],
    [
      'slow sending lets more through',
      [...Array(17).fill('accepted'), ...Array(3).fill('limited')],
      200,
      'inconclusive',
    ],
    ['too few were sent', Array(10).fill('accepted'), 5, 'inconclusive'],
  ];
  for (const [name, outcomes, stepMs, expected] of cases) {
    const ledger = ledgerOf(outcomes.map((outcome, n) => ({ atMs: n * stepMs, outcome, phase: phases.twenty })));
    assert.equal(limitedShare.judge(runOf([{ name: 'rate-limit', ledger }])).status, expected, name);
  }
});
