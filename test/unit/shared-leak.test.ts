import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLeak } from '../../analysis/rules/memory-leak.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { judgeMemory, type MemoryRun } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';

const MB = 1e6;
const garbage = /garbage by a collector that has not run/;

/** Workers that keep so much of each of their requests. */
function leakOf(perRequest: (worker: number) => number, made: Partial<MemoryRun>): Judgement {
  const memory = (requests: number, worker: number) => ({ rss: 40 * MB + requests * perRequest(worker) });
  return judgeMemory({ memory, random: seeded(5), ...made });
}

test('a runtime that counts references and has no collector leaves no garbage: that is neither doubted nor advised', () => {
  const perl: readonly Partial<MemoryRun>[] = [
    { label: 'app.pl' },
    { label: 'perl hypnotoad' },
    { label: 'starman worker' },
    { label: 'signals', executable: 'perl' },
  ];
  for (const made of perl) {
    const judgement = leakOf(() => 100_000, made);
    assert.equal(judgement.status, 'fail');
    assert.match(judgement.summary, /^about [\d.]+ kB leaked per request: .* Perl counts references/);
    assertAdvice(memoryLeak, judgement, { first: /^caches and in-memory maps/, never: /^the collector/ });
  }
});

test('of a program that is not known, and of one with a collector, both explanations stand', () => {
  const others: readonly Partial<MemoryRun>[] = [
    ...['signals-api', 'python3 gunicorn', 'php artisan', 'puma', 'node app.pl'].map((label) => ({ label })),
    { label: 'signals', executable: 'ruby3.1' },
  ];
  for (const made of others) {
    const judgement = leakOf(() => 100_000, made);
    assert.equal(judgement.status, 'fail');
    assert.match(judgement.summary, garbage, JSON.stringify(made));
  }
  assert.equal(leakOf(() => 100_000, { label: 'java app.pl' }).status, 'inconclusive');
});

const perRequestOf = ({ measures = [] }: Judgement): number =>
  measures.find(({ name }) => name === 'leaked-per-request')?.value ?? 0;

test('what is leaked per request is the sum of all workers that grow alike, also by less than accuses one alone', () => {
  const made = { workers: 4, perCycle: 200, label: 'app.pl' };
  const judgement = leakOf((worker) => (worker === 3 ? 8_000 : 60_000), made);
  assert.equal(judgement.status, 'fail');
  const perRequest = perRequestOf(judgement);
  assert.ok(Math.abs(perRequest - (3 * 60_000 + 8_000) / 4) < 1_000, String(perRequest));
  assert.ok((judgement.evidence ?? []).every((line) => !/ is the sum of /.test(line)));
});

test('a worker that does not grow steadily is left out of the sum, and that is said', () => {
  const judgement = leakOf((worker) => (worker === 3 ? 0 : 60_000), { workers: 4, perCycle: 200, label: 'app.pl' });
  const said = (judgement.evidence ?? []).filter((line) => / is the sum of 3 of 4 processes /.test(line));
  assert.equal(said.length, 1);
  assert.equal(
    leakOf(() => 2_000, { workers: 4, label: 'app.pl' }).status === 'fail',
    false,
    'few bytes accuse nobody',
  );
});
