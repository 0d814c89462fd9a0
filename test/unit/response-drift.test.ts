import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeScenario, runOf, startUs } from '../fixtures/run.ts';

const [count, everyMs] = [600, 50];

function judged(tookMs: (n: number) => number, seed: number, scenario: Partial<MadeScenario> = {}) {
  const random = seeded(seed);
  const ledger = ledgerOf(
    Array.from({ length: count }, (_, n) => ({
      atMs: n * everyMs,
      tookMs: tookMs(n) * (0.7 + 0.6 * random()),
      outcome: 'accepted' as const,
      phase: 'sustained',
    })),
  );
  return p95ResponseTime.judge(runOf([{ name: 'sustained', ledger, ...scenario }]));
}

const cases: readonly (readonly [string, (n: number) => number, Status])[] = [
  ['steady', () => 30, 'pass'],
  ['ever slower', (n) => 20 + n / 8, 'warn'],
  ['a little slower', (n) => 50 + n / 50, 'pass'],
  ['ten times slower, and still quick', (n) => 1 + n / 60, 'pass'],
  ['slower at first, as a cache that fills', (n) => 20 + 40 * (1 - Math.exp(-n / 60)), 'pass'],
  ['quicker, as a runtime that warms up', (n) => 20 + 60 * Math.exp(-n / 100), 'pass'],
  ['slow for a while', (n) => (n > 200 && n < 350 ? 120 : 20), 'pass'],
];

for (const [name, tookMs, expected] of cases) {
  test(`drift of response times: ${name}: ${expected}`, () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { status, summary } = judged(tookMs, seed);
      assert.equal(status, expected, `seed ${seed}: ${summary}`);
    }
  });
}

test('drift of response times: told with its figures; what the generator delayed itself is none', () => {
  const slower = (n: number): number => 20 + n / 8;
  const { summary, measures = [], evidence = [] } = judged(slower, 3);
  assert.match(summary, /the median grew steadily, from \d+ ms to \d+ ms/);
  assert.ok((measures.find(({ name }) => name === 'drift')?.value ?? 0) > 20);
  assert.match(evidence.join('\n'), /median of each tenth of the answers: /);
  const stalls = [{ fromUs: startUs, toUs: startUs + count * everyMs * 1000 }];
  assert.doesNotMatch(judged(slower, 3, { stalls }).summary, /grew steadily/);
});

test('drift of response times: quick answers that grow slower are told of what grows, and not of a full server', () => {
  const drifting = judged((n) => 20 + n / 8, 3);
  assertAdvice(p95ResponseTime, drifting, { first: /^what grows while the server runs/, never: /in use|task queue/ });
  assert.deepEqual(
    toldOf(
      p95ResponseTime,
      judged(() => 30, 3),
    ),
    [],
  );
});
