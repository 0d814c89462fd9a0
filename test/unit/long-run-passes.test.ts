import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { saturationsOf } from '../../analysis/interpret/saturation.ts';
import { Column } from '../../analysis/journal/column.ts';
import type { Samples, ServerSample } from '../../analysis/journal/server-samples.ts';
import { growthWithin } from '../../analysis/memory/changed-processes.ts';
import { healthTimeline } from '../../analysis/processes/silences.ts';
import { ledgerOf, processOf, runOf, sampleOf, serverOf, startUs } from '../fixtures/run.ts';

// What a report does for a run of a day grows with the run, and no faster.

const seconds = 600;

test('on a machine that is full for long each load is compared with the few samples of its own time', () => {
  const loads = Array.from({ length: seconds }, (_, second) => {
    const fromUs = startUs + second * 1e6;
    return { fromUs, toUs: fromUs + 1e6, usedCores: 1.2, cores: 2, waitedForCpu: false };
  });
  const processes = [processOf({ pid: 101, cpuPercent: 70 })];
  const server = serverOf(seconds * 1000, () => ({ machineCpuPercent: 99, processes }));
  const run = runOf([{ name: 'sustained', ledger: ledgerOf([]), loads }], { server });
  const [scenario] = run.scenarios;
  assert.ok(scenario !== undefined);
  const samples = server.samples.length;
  const get = mock.method(Column.prototype, 'get');
  const spans = saturationsOf(run, scenario).ofAny();
  const looks = get.mock.callCount();
  get.mock.restore();
  assert.equal(spans.length, 1);
  const most = 40 * (loads.length + samples);
  assert.ok(looks >= loads.length && looks < most, `${looks} looks, ${most} at most`);
});

/** Samples that count the passes over them. */
class Counted implements Samples {
  passes = 0;
  constructor(private readonly all: readonly ServerSample[]) {}
  get length(): number {
    return this.all.length;
  }
  at(index: number): ServerSample | undefined {
    return this.all.at(index);
  }
  map<T>(of: (sample: ServerSample, n: number) => T): T[] {
    this.passes += 1;
    return this.all.map(of);
  }
  flatMap<T>(of: (sample: ServerSample, n: number) => T | readonly T[]): T[] {
    this.passes += 1;
    return this.all.flatMap(of);
  }
  [Symbol.iterator](): Iterator<ServerSample> {
    this.passes += 1;
    return this.all[Symbol.iterator]();
  }
}

test('a server with as many processes at the end as before is asked for their number alone', () => {
  const processes = [processOf({ pid: 100, role: 'root' }), processOf({ pid: 101, role: 'worker' })];
  const samples = new Counted(Array.from({ length: 100 }, (_, n) => sampleOf(n * 250, { processes })));
  const edges = {
    first: { fromUs: startUs, toUs: startUs + 1e6 },
    last: { fromUs: startUs + 20e6, toUs: startUs + 24e6 },
  };
  const { changed } = growthWithin(samples, 'pss', edges, { grownBytes: 3, warnBytes: 1 });
  assert.deepEqual([changed, samples.passes], [null, 2]);
});

test('however often a health check is answered late, as many passes over the samples are made', () => {
  const passesWith = (late: ReadonlySet<number>) => {
    const processes = [processOf({ pid: 101, role: 'worker', cpuPercent: 90 })];
    const all = Array.from({ length: 400 }, (_, n) => {
      const health = { state: 'ok' as const, latencyMs: late.has(n) ? 3000 : 2, numbers: {} };
      return sampleOf(n * 250, { processes, health: n % 4 === 0 ? health : null });
    });
    const samples = new Counted(all);
    const server = { ...serverOf(100_000, () => ({ processes })), samples };
    const run = runOf([{ name: 'sustained', ledger: ledgerOf([]) }], { server });
    const { silences } = healthTimeline(run, server, 2000);
    return { silences: silences.map(({ cause, cpuPercent }) => `${cause} ${cpuPercent}`), passes: samples.passes };
  };
  const one = passesWith(new Set([40]));
  const four = passesWith(new Set([40, 80, 120, 160]));
  assert.deepEqual([one.silences.length, four.silences], [1, Array.from({ length: 4 }, () => 'server 90')]);
  assert.equal(four.passes, one.passes);
});
