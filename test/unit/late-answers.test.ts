import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addSpans, phaseSpansIn } from '../../analysis/interpret/phase-spans.ts';
import { descriptors } from '../../analysis/rules/descriptors.ts';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { memoryLeak } from '../../analysis/rules/memory-leak.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { normal, seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const [cycles, cycleMs, loadMs, perCycle] = [10, 4000, 1250, 100];
const sentBy = (atMs: number): number =>
  Math.min(cycles, Math.floor(atMs / cycleMs)) * perCycle +
  (atMs >= cycles * cycleMs ? 0 : Math.min(1, (atMs % cycleMs) / loadMs) * perCycle);

interface Made {
  /** How long an answer takes. */
  readonly tookMs: (n: number) => number;
  /** Bytes and descriptors that stay of each request. */
  readonly left?: readonly [bytes: number, descriptors: number];
  /** Bytes that a request holds while it is open. */
  readonly held?: number;
}

/** Verdicts on a server whose answers take as long as that, in cycles of load and rest. */
function judged({ tookMs, left: [bytes, files] = [0, 0], held = 0 }: Made): readonly Judgement[] {
  const random = seeded(7);
  const requests = Array.from({ length: cycles * perCycle }, (_, n): MadeRequest => {
    const cycle = Math.floor(n / perCycle);
    const atMs = cycle * cycleMs + (n % perCycle) * (loadMs / perCycle);
    return { atMs, tookMs: tookMs(n), outcome: 'accepted', phase: `cycle_${cycle}` };
  });
  const toMs = cycles * cycleMs;
  const server = serverOf(toMs, (atMs) => {
    const open = requests.filter((one) => one.atMs <= atMs && one.atMs + (one.tookMs ?? 0) > atMs).length;
    const rssBytes = Math.round(80e6 + bytes * sentBy(atMs) + held * open + normal(random) * 0.15e6);
    const fileDescriptors = 30 + Math.floor(files * sentBy(atMs));
    return { processes: [processOf({ pid: 101, rssBytes, fileDescriptors, threads: 11, connections: 0 })] };
  });
  const run = runOf([{ name: 'memory-leak', ledger: ledgerOf(requests), toMs }], { server });
  return [memoryLeak, descriptors].map((rule) => rule.judge(run));
}

const statuses = (judgements: readonly Judgement[]): readonly string[] => judgements.map(({ status }) => status);

/** Every 40th answer lasts until just before the next load. */
const fewLate = (n: number): number => (n % 40 === 39 ? cycleMs - 100 - (n % perCycle) * (loadMs / perCycle) : 20);

test('a leak beside a few answers that outlast the rest is seen', () => {
  const [leak, held] = judged({ tookMs: fewLate, left: [40e3, 1] });
  assert.equal(leak?.status, 'fail', leak?.summary);
  assert.match(leak?.summary ?? '', /^about (?:39|40|41)(?:\.\d)? kB leaked per request/);
  assert.equal(held?.status, 'warn', held?.summary);
  assert.match(held?.summary ?? '', /^100 descriptors more per 100 requests/);
});

test('a server that finishes slow work late and gives its memory back is healthy', () => {
  assert.deepEqual(statuses(judged({ tookMs: fewLate, held: 1e6 })), ['pass', 'pass']);
  // More of them from cycle to cycle, all ended by the middle of the rest.
  const slower = (n: number): number => (n % perCycle < Math.floor(n / perCycle) * 3 ? 2500 : 20);
  assert.deepEqual(statuses(judged({ tookMs: slower, held: 1e6 })), ['pass', 'pass']);
});

test('a server that works on a good part of the load in its rest is not at rest, and what is missing is said', () => {
  const many = (n: number): number => (n % 5 === 4 ? fewLate(39) : 20);
  const why =
    /: in 10 of 10 rests the server worked on more than 5% of the requests for over half of the time: raise LEAK_SETTLE_SECONDS$/;
  for (const { status, summary } of judged({ tookMs: many, held: 1e6 })) {
    assert.equal(status, 'inconclusive');
    assert.match(summary, why);
    assert.doesNotMatch(summary, /no process lived/);
  }
});

test('settled memory that is missing from soak says why', () => {
  const phases = Array.from({ length: cycles }, (_, cycle) => cycle);
  const requests = phases.flatMap((cycle) =>
    Array.from(
      { length: perCycle },
      (_, n): MadeRequest => ({
        ...{ atMs: cycle * cycleMs + n * 12, tookMs: n % 5 === 0 ? 4200 - n * 12 : 20 },
        ...{ outcome: 'accepted', phase: `soak_${cycle}` },
      }),
    ),
  );
  const server = serverOf(cycles * cycleMs);
  const run = runOf([{ name: 'soak', ledger: ledgerOf(requests), toMs: cycles * cycleMs }], { server });
  const { status, summary } = memoryGrowth.judge(run);
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /6 needed: in \d+ of \d+ rests the server worked on more than 5%.*raise SOAK_REST_MS/);
});

test('a phase that lies in two pieces of a ledger reads as one', () => {
  const requests = Array.from(
    { length: 60 },
    (_, n): MadeRequest => ({
      ...{ atMs: n * 10, tookMs: n % 7 === 0 ? 500 : 5, outcome: n % 3 === 0 ? 'limited' : 'accepted' },
      phase: 'cycle_0',
    }),
  );
  const spanOf = (some: readonly MadeRequest[]) => {
    const span = phaseSpansIn(ledgerOf(some)).get('cycle_0');
    assert.ok(span);
    return span;
  };
  assert.deepEqual(addSpans(spanOf(requests.slice(0, 40)), spanOf(requests.slice(40))), spanOf(requests));
});
