import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { isCycle } from '../../contract/plan/roles.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { normal, seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const MB = 1e6;
const cycleMs = 4_000;
const plan = planOf('soak', sizesFromSettings({}).sizes, builtInProfiles.embedded, 0);
const phases = plan.phases.flatMap(({ name, role }) => (isCycle(role) ? [name] : []));
const totalMs = phases.length * cycleMs;

interface Made {
  /** How many workers there are; `part` of the soak, from 0 to 1. */
  readonly workers: (part: number) => number;
  readonly rss: (worker: number, part: number) => number;
  /** By default as much. */
  readonly pss?: (worker: number, part: number) => number;
}

function judged({ workers, rss, pss = rss }: Made, source: 'rss' | 'pss' = 'rss') {
  const random = seeded(1);
  const requests = phases.flatMap((phase, cycle) =>
    Array.from({ length: 20 }, (_, n): MadeRequest => ({ atMs: cycle * cycleMs + n * 50, outcome: 'accepted', phase })),
  );
  const server = serverOf(totalMs, (atMs) => {
    const part = atMs / totalMs;
    const made = (worker: number): ProcessSample =>
      processOf({
        ...{ pid: 101 + worker, label: 'apache2' },
        rssBytes: Math.round(rss(worker, part) + normal(random) * 0.05 * MB),
        pssBytes: Math.round(pss(worker, part) + normal(random) * 0.05 * MB),
      });
    return {
      processes: [
        processOf({ pid: 100, role: 'root', rssBytes: 20 * MB, pssBytes: 10 * MB }),
        ...Array.from({ length: workers(part) }, (_, worker) => made(worker)),
      ],
    };
  });
  const identity = { ...server.identity, memorySource: source };
  const run = runOf([{ name: 'soak', ledger: ledgerOf(requests), toMs: totalMs }], {
    server: { ...server, identity },
  });
  return memoryGrowth.judge(run);
}

test('soak: more workers of one kind are no growth, and what grows within them is', () => {
  const workers = (part: number): number => 20 + Math.floor(part * 60);
  const steady = judged({ workers, rss: () => 5 * MB });
  assert.equal(steady.status, 'pass', steady.summary);
  assert.match(
    steady.summary,
    /^\+\d+ MB of settled memory over \d+ cycles after warm-up: [+−]\d\.\d MB within the processes, and \d\d processes in place of \d\d$/,
  );
  assert.match(
    steady.evidence?.join() ?? '',
    /\d\d processes with 5\.\d MB each after warm-up, \d\d with 5\.\d MB each/,
  );
  const leaking = judged({ workers, rss: (_, part) => (5 + 12 * part) * MB });
  assert.equal(leaking.status, 'fail', leaking.summary);
});

test('soak: workers that end do not mask what the others grow by', () => {
  const workers = (part: number): number => 80 - Math.floor(part * 60);
  const leaking = judged({ workers, rss: (_, part) => (5 + 12 * part) * MB });
  assert.equal(leaking.status, 'fail', leaking.summary);
  assert.match(leaking.summary, /^−\d+ MB .*: \+2\d\d MB within the processes, and \d\d processes in place of \d\d$/);
  const steady = judged({ workers, rss: () => 5 * MB });
  assert.equal(steady.status, 'pass', steady.summary);
  assert.doesNotMatch(steady.summary, /within/);
});

test('soak: shared pages that fall to the workers that stay are no growth', () => {
  const workers = (part: number): number => 80 - Math.floor(part * 60);
  const shared = (part: number): number => (600 * MB) / workers(part);
  const { status, summary } = judged({ workers, rss: () => 605 * MB, pss: (_, part) => 5 * MB + shared(part) }, 'pss');
  assert.equal(status, 'pass', summary);
});

test('soak: growth within more and more workers that stops in the middle warns', () => {
  const { status, summary } = judged({
    workers: (part) => 20 + Math.floor(part * 60),
    rss: (_, part) => (5 + 20 * Math.min(0.5, part)) * MB,
  });
  assert.equal(status, 'warn', summary);
  assert.match(summary, /hardly any of it in the later half/);
});
