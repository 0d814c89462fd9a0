import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, onRunClock, ownClock } from '../../analysis/journal/clock.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { wilson } from '../../analysis/statistics.ts';
import type { AlertLine, ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { machine, root } from '../fixtures/machines.ts';
import { noAnswer as silent } from '../fixtures/probe-results.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, startUs } from '../fixtures/run.ts';
import { simulations } from '../fixtures/simulations.ts';
import { asSeveralNoted, skewedGenerators } from '../fixtures/skewed-generators.ts';

// A monitor and two to four generators, each on a machine of its own, clocks up to 500 ms apart that drift by up to 100 ppm. What broke
// with a process, and what was answered through a silence, is laid beside each other by clocks as they were measured, as they were noted,
// or by one that all share.

const runs = simulations(5);
const lengthMs = 60_000;
const stepMs = 250;

type How = 'one clock' | 'measured' | 'as noted';

interface Trace {
  readonly requests: readonly MadeRequest[];
  readonly make: (atMs: number) => Partial<ServerSampleLine>;
  readonly alerts?: readonly AlertLine[];
}

/** Files of the monitor, read as `how` says. */
function read(server: ServerTimeline, clock: Clock, noted: (us: number) => number): ServerTimeline {
  const onRun = <Line extends { readonly atUs: number }>(line: Line): Line => ({
    ...line,
    atUs: Math.round(onRunClock(clock, noted(line.atUs))),
  });
  return { ...server, clock, samples: [...server.samples].map(onRun), alerts: server.alerts.map(onRun) };
}

function judged(rule: { judge: typeof workerCrashes.judge }, trace: Trace, random: () => number, how: How): Judgement {
  const ledger = ledgerOf(trace.requests);
  const server = machine({ host: 'app-1', make: trace.make, changes: { alerts: trace.alerts ?? [] } });
  // The same draws, whatever is made of them.
  const clocks = { random, lengthMs, uncertaintyMs: [0.1, 300] } as const;
  const [generators, [ofMonitor]] = [skewedGenerators(clocks), skewedGenerators(clocks)];
  const { aheadUs = 0, drift = 0, clock: measured = ownClock } = ofMonitor ?? {};
  if (how === 'one clock') {
    return rule.judge(
      runOf([{ name: 'hft', ledger }], { servers: [{ ...server, clock: { ...measured, uncertaintyUs: 0 } }] }),
    );
  }
  const correction = how;
  const sent: Ledger = asSeveralNoted(ledger, { random, generators, correction, isBySignal: false });
  const clock = how === 'measured' ? measured : { ...measured, readings: [], uncertaintyUs: 0 };
  const noted = (us: number): number => us + aheadUs + drift * (us - startUs);
  const loadClockUs = how === 'measured' ? sent.clockUs : 0;
  return rule.judge(
    runOf([{ name: 'hft', ledger: sent }], { servers: [{ ...read(server, clock, noted), loadClockUs }] }),
  );
}

const steady = (random: () => number): MadeRequest[] =>
  Array.from({ length: lengthMs / 300 }, (_, n) => ({ atMs: n * 300 + 50 * random(), outcome: 'accepted', tookMs: 5 }));

/** Worker 102 ends at some moment, recycled or without a word, and some requests break off at another, or with it. */
function endsOf(
  seed: number,
  { isRecycled, breaksMs }: { isRecycled: boolean; breaksMs: readonly [number, number] },
): Trace {
  const random = seeded(seed * 13);
  const endMs = 10_000 + 40_000 * random();
  const apartMs = breaksMs[0] + (breaksMs[1] - breaksMs[0]) * random();
  const side = random() < 0.5 ? -1 : 1;
  const brokenMs = endMs + (breaksMs[0] === 0 ? apartMs : side * apartMs);
  const broken = Array.from({ length: 3 }, (): MadeRequest => {
    const tookMs = 60 + 100 * random();
    return { atMs: brokenMs - tookMs, tookMs, outcome: 'failed', status: 0, error: 1220 };
  });
  const alert = {
    atUs: startUs + Math.round(endMs * 1000),
    alert: 'process-recycled',
    means: 'graceful',
    reason: 'recycled',
    message: '',
  } as const;
  return {
    requests: [...steady(random), ...broken],
    make: (atMs) => (atMs > endMs ? { processes: [root, processOf({ pid: 101 }), processOf({ pid: 202 })] } : {}),
    alerts: isRecycled ? [{ ...alert, pid: 102, startTicks: 1020 }] : [],
  };
}

/** Longer than sampling, what a connection takes to break, and all clocks together may explain. */
const elsewhere = [stepMs + 150, 1_500] as const;
const withIt = [0, 20] as const;

const ok: ProbeResult = { state: 'ok', latencyMs: 2, numbers: {} };

/** The health check gets no answer for a while; requests get none either, or for a part of it. */
function silenceOf(seed: number, { silentMs, heldMs }: { silentMs: number; heldMs: number }): Trace {
  const random = seeded(seed * 19);
  const fromMs = 10_000 + Math.floor(30 * random()) * 1000;
  const heldFromMs = fromMs + (silentMs - heldMs) * random();
  const requests = steady(random).map((request): MadeRequest => {
    const { atMs } = request;
    const isHeld = atMs >= heldFromMs && atMs < heldFromMs + heldMs;
    return isHeld ? { ...request, tookMs: heldFromMs + heldMs - atMs + 5 } : request;
  });
  return {
    requests,
    make: (atMs) => {
      if (atMs % 1000 !== 0) return { health: null };
      const isIn = atMs > fromMs && atMs <= fromMs + silentMs;
      return { health: isIn ? ((atMs - fromMs) % 2000 === 0 ? silent : null) : ok };
    },
  };
}

const seeds = Array.from({ length: runs }, (_, n) => n + 1);

function statuses(
  rule: { judge: typeof workerCrashes.judge },
  traceOf: (seed: number) => Trace,
  how: How,
): readonly Status[] {
  return seeds.map((seed) => judged(rule, traceOf(seed), seeded(seed * 41), how).status);
}

const counted = (all: readonly Status[]): string =>
  ['pass', 'warn', 'fail', 'inconclusive']
    .flatMap((status) => {
      const count = all.filter((one) => one === status).length;
      return count === 0 ? [] : [`${count} ${status}`];
    })
    .join(', ');

interface Case {
  readonly name: string;
  readonly rule: { judge: typeof workerCrashes.judge };
  readonly trace: (seed: number) => Trace;
  /** By one clock. */
  readonly truth: Status;
  /** What clocks that are measured may make of it. */
  readonly allowed: readonly Status[];
  /** By times as noted, wrong in so many of 40 at least. */
  readonly minWrong: number;
}

const cases: readonly Case[] = [
  {
    name: 'a recycled worker, while requests broke off at another time',
    rule: workerCrashes,
    trace: (seed) => endsOf(seed, { isRecycled: true, breaksMs: elsewhere }),
    truth: 'pass',
    allowed: ['pass', 'inconclusive'],
    minWrong: 2,
  },
  {
    name: 'a worker that ended without a word, and cut requests off',
    rule: workerCrashes,
    trace: (seed) => endsOf(seed, { isRecycled: false, breaksMs: withIt }),
    truth: 'fail',
    allowed: ['fail', 'inconclusive'],
    minWrong: 0,
  },
  {
    name: 'a worker that was recycled, and cut requests off',
    rule: workerCrashes,
    trace: (seed) => endsOf(seed, { isRecycled: true, breaksMs: withIt }),
    truth: 'fail',
    allowed: ['fail', 'inconclusive'],
    minWrong: 2,
  },
  {
    name: 'a server that stood still',
    rule: responsiveness,
    trace: (seed) => silenceOf(seed, { silentMs: 8000, heldMs: 8000 }),
    truth: 'fail',
    allowed: ['fail', 'warn', 'inconclusive'],
    minWrong: 0,
  },
  {
    name: 'a health check behind a queue, while requests were answered but for a part',
    rule: responsiveness,
    trace: (seed) => silenceOf(seed, { silentMs: 6000, heldMs: 4500 }),
    truth: 'warn',
    allowed: ['warn', 'inconclusive'],
    minWrong: 0,
  },
];

for (const { name, rule, trace, truth, allowed, minWrong } of cases) {
  test(`clocks apart, ${runs} times: ${name}`, (t) => {
    const [exact, measured, noted] = (['one clock', 'measured', 'as noted'] as const).map((how) =>
      statuses(rule, trace, how),
    );
    assert.ok(exact && measured && noted, name);
    assert.deepEqual(new Set(exact), new Set([truth]), 'by one clock');
    const wrong = measured.filter((status) => !allowed.includes(status));
    const { high } = wilson(wrong.length, runs);
    t.diagnostic(
      `one clock: ${counted(exact)}; measured: ${counted(measured)} (wrong: at most ${(100 * high).toFixed(1)}%); as noted: ${counted(noted)}`,
    );
    assert.deepEqual(wrong, []);
    assert.ok(
      measured.some((status) => status === truth),
      'clocks that are near enough decide',
    );
    const misled = noted.filter((status) => !allowed.includes(status)).length;
    assert.ok(misled >= Math.floor((minWrong * runs) / 40), `times as noted mislead ${misled} of ${runs}`);
  });
}
