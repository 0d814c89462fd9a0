import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenClock } from '../../analysis/journal/clock.ts';
import type { MetricsTimeline } from '../../analysis/journal/metrics-looks.ts';
import { startsOn } from '../../analysis/journal/process-starts.ts';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import { leakEvidence } from '../../analysis/memory/leak-evidence.ts';
import { bootUsIn } from '../../monitor/system/machine.ts';
import { noFigures } from '../fixtures/memory-run.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const hourUs = 3_600_000_000;
const bootUs = startUs - 5 * hourUs;
const server = serverOf(1_000);
const told: ServerTimeline = { ...server, identity: { ...server.identity, bootUs } };

test('a process started so long after its own machine booted, as the monitor tells', () => {
  assert.equal(startsOn(told)({ startTicks: 360_000 }), bootUs + hourUs);
  const ahead = { ...told, clock: givenClock(2_000, 10) };
  assert.equal(startsOn(ahead)({ startTicks: 360_000 }), bootUs + hourUs - 2_000_000, 'on the clock of the run');
});

test('an older journal tells a start by the process that it met soonest after its own', () => {
  assert.equal(startsOn(server)({ startTicks: 360_000 }), null, 'nobody started while it watched');
  const workers = [
    { ...processOf({ pid: 201, startTicks: 500_000 }), fromMs: 400 },
    { ...processOf({ pid: 202, startTicks: 500_040 }), fromMs: 600 },
  ];
  const { samples } = serverOf(1_000, (atMs) => ({ processes: workers.filter(({ fromMs }) => fromMs <= atMs) }));
  assert.equal(startsOn({ ...server, samples })({ startTicks: 500_000 }), startUs + 350_000);
});

test('without /proc a start is a time, and no count of ticks', () => {
  const portable = { ...server, identity: { ...server.identity, bootId: null } };
  assert.equal(startsOn(portable)({ startTicks: (startUs - hourUs) / 1000 }), startUs - hourUs);
});

test('/proc/stat tells when the machine booted', () => {
  assert.equal(bootUsIn('cpu  1 2 3\nctxt 5\nbtime 1764000000\nprocesses 7\n'), startUs);
  assert.equal(bootUsIn('cpu  1 2 3\n'), null);
});

const cycleMs = 4_250;
/** Two workers of a server that booted long before the run's machine did; its page tells one of them at a look, by its start. */
function heapsOf(identity: Partial<ServerTimeline['identity']>): readonly (readonly (number | null)[])[] {
  const workers = [101, 102].map((pid) => processOf({ pid, startTicks: 1_000_000 + pid * 1_000 }));
  const startedAt = workers.map(({ startTicks }) => Math.round((bootUs + startTicks * 10_000) / 1e6));
  const requests = Array.from({ length: 1000 }, (_, n): MadeRequest => {
    const cycle = Math.floor(n / 100);
    return { atMs: cycle * cycleMs + (n % 100) * 12.5, outcome: 'accepted', phase: `cycle_${cycle}` };
  });
  const looks = Array.from({ length: 43 }, (_, n): MetricsTimeline['looks'][number] => {
    const processes = [{ ...noFigures, startedAt: startedAt[n % 2] ?? null, heapBytes: 20e6 + n }];
    return { metrics: 'page', atUs: startUs + n * 1_000_000, latencyMs: 3, processes };
  });
  const metrics = { looks, failures: [], collectors: [] };
  const made = serverOf(10 * cycleMs, () => ({ processes: workers }), { metrics });
  const afar = { ...made, identity: { ...made.identity, ...identity } };
  const run = runOf([{ name: 'memory-leak', ledger: ledgerOf(requests), toMs: 10 * cycleMs }], { server: afar });
  const [scenario] = run.scenarios;
  assert.ok(scenario !== undefined);
  const found = leakEvidence(run, scenario, afar).processes.map(({ heaps }) =>
    heaps.map(({ heap }) => (heap.startedAt === null ? null : startedAt.indexOf(heap.startedAt))),
  );
  return found;
}

test('a heap is that of the process that started then, on a machine that booted at any time', () => {
  assert.deepEqual(heapsOf({ bootUs }), [[0], [1]]);
});

test('a heap may be that of any process if nobody knows when they started', () => {
  assert.deepEqual(heapsOf({}), [
    [0, 1],
    [0, 1],
  ]);
});
