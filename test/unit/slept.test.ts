import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import type { ProbeResult, ProcessSample, ServerSampleLine } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { noAnswer as silent } from '../fixtures/probe-results.ts';
import { ledgerOf, type MadeRequest, type MadeScenario, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const quick: ProbeResult = { state: 'ok', latencyMs: 5, numbers: {} };
const fromMs = 15_000;

/** Two a second; those of 15 to 40 s got no answer in 10 s. */
const requests = Array.from({ length: 120 }, (_, n): MadeRequest => {
  const isLate = n >= 30 && n < 80;
  return { atMs: n * 500, tookMs: isLate ? 10_000 : 20, outcome: isLate ? 'timeout' : 'accepted' };
});

interface Made {
  /** Of each process while the machine is full, and from when on. */
  readonly processes?: (atMs: number) => readonly Partial<ProcessSample>[];
  readonly stores?: Pick<ServerSampleLine, 'redis' | 'database'>;
  readonly profile?: Partial<Pick<typeof builtInProfiles.embedded, 'redis' | 'database'>>;
  readonly silentMs?: number;
  readonly stepMs?: number;
  readonly unwatched?: readonly string[];
  readonly scenario?: Partial<MadeScenario>;
}

const blocked = { cpuPercent: 4, cpuWaitPercent: 12 } as const;
const starved = { cpuPercent: 4, cpuWaitPercent: 80 } as const;
const noStores = { redis: 'none', database: 'none' } as const;

/** The health check is silent from 15 s on while others fill the machine. */
function judged({
  processes = () => [blocked],
  stores = { redis: null, database: null },
  profile = noStores,
  silentMs = 35_000,
  ...made
}: Made) {
  const server = serverOf(
    70_000,
    (atMs) => {
      const isSilent = atMs >= fromMs + 2000 && atMs <= fromMs + silentMs;
      return {
        ...stores,
        machineCpuPercent: atMs >= fromMs && atMs <= fromMs + 35_000 ? 100 : 20,
        health: atMs % 1000 === 0 ? (isSilent ? silent : quick) : null,
        processes: processes(atMs).map((one, n) => processOf({ pid: 100 + n, ...one })),
      };
    },
    { stepMs: made.stepMs ?? 250 },
  );
  const identity = { ...server.identity, ...(made.unwatched === undefined ? {} : { unwatched: [...made.unwatched] }) };
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests), ...made.scenario }], {
    server: { ...server, identity },
    profile: { ...builtInProfiles.embedded, ...profile },
  });
  return [errorRate, successRate, p95ResponseTime, responsiveness].map((rule) => rule.judge(run).status);
}

const accused = ['warn', 'fail', 'fail', 'fail'];
const open = ['inconclusive', 'inconclusive', 'inconclusive', 'inconclusive'];

test('a server that slept through a silence is accused, however full the machine was', () => {
  assert.deepEqual(judged({}), accused);
  assert.deepEqual(judged({ processes: () => [blocked, { ...blocked, role: 'worker' }] }), accused, 'in no process');
  const spread = Array.from({ length: 8 }, () => ({ cpuPercent: 5, cpuWaitPercent: 10 }));
  assert.deepEqual(judged({ processes: () => spread }), accused, 'eight workers that want little each');
  assert.deepEqual(
    judged({ processes: (atMs) => [atMs % 5000 < 1000 ? { ...blocked, cpuWaitPercent: 38 } : blocked] }),
    accused,
  );
});

test('a server that waited for a CPU through a silence is not', () => {
  assert.deepEqual(judged({ processes: () => [starved] }), open);
  assert.deepEqual(judged({ processes: () => [blocked, starved] }), open, 'one worker of two');
  assert.deepEqual(judged({ processes: () => [blocked, { ...starved, role: 'helper' }] }), open, 'a helper it asks');
});

test('a wait that is told in a lump, once it is over, counts for the time before', () => {
  const lump = (atMs: number) =>
    Math.floor(atMs / 1000) % 6 === 5 ? { cpuPercent: 20, cpuWaitPercent: 500 } : blocked;
  assert.deepEqual(judged({ processes: (atMs) => [lump(atMs)] }), open);
});

test('who does not tell how long it waited is not known to have slept', () => {
  assert.deepEqual(judged({ processes: () => [{ cpuPercent: 20 }] }), open, 'no schedstat');
  assert.deepEqual(judged({ processes: () => [blocked, { cpuPercent: 20 }] }), open, 'one process does not');
  assert.deepEqual(
    judged({ processes: () => [{ ...blocked, threads: 600 }] }),
    open,
    'one thread of many is looked at',
  );
  const born = (atMs: number) => [{ ...blocked, threads: 3 + ((atMs / 250) % 2) }];
  assert.deepEqual(judged({ processes: born }), open, 'a thread for each request: its first wait is not told');
  assert.deepEqual(judged({ unwatched: ['nginx (pid 7) passes connections on'] }), open, 'a proxy is not watched');
});

test('a server that sleeps may wait for a store that lacks CPU', () => {
  assert.deepEqual(judged({ profile: { ...noStores, database: 'unknown' } }), open, 'nobody says whether there is one');
  assert.deepEqual(judged({ profile: { ...noStores, database: 'sqlite' } }), accused, 'SQLite has no process');
  assert.deepEqual(judged({ profile: { ...noStores, database: 'mysql' } }), open, 'it may have lacked CPU');
  const profile = { ...noStores, database: 'present' } as const;
  assert.deepEqual(judged({ profile }), open, 'nobody asked it');
  const slow: ProbeResult = { state: 'ok', latencyMs: 900, numbers: {} };
  assert.deepEqual(judged({ profile, stores: { redis: null, database: slow } }), open);
  assert.deepEqual(judged({ profile, stores: { redis: null, database: quick } }), accused, 'it had CPU');
});

test('a monitor or a generator that lacked CPU itself accuses nobody of a silence', () => {
  assert.deepEqual(judged({ stepMs: 2000 }), open, 'its looks were late');
  const loads = [{ fromUs: startUs + 14e6, toUs: startUs + 51e6, usedCores: 1.9, cores: 2, waitedForCpu: false }];
  assert.deepEqual(judged({ scenario: { loads } }), open);
});

test('a short silence on a full machine stays open', () => {
  const statuses = judged({ silentMs: 4000 });
  assert.equal(statuses.at(-1), 'inconclusive');
});
