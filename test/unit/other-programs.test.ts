import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import type { MadeScenario } from '../fixtures/run.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const seconds = 60;

/** What the generator used of its two cores, second by second. */
const loadsOf = (usedCores: number): NonNullable<MadeScenario['loads']> =>
  Array.from({ length: seconds }, (_, second) => {
    const fromUs = startUs + second * 1e6;
    return { fromUs, toUs: fromUs + 1e6, usedCores, cores: 2, waitedForCpu: false };
  });

/** Slow answers of a server that waits for a CPU on a full machine of two cores. */
function noteOf(serverPercent: number, loads?: MadeScenario['loads']): string {
  const ledger = ledgerOf(
    Array.from({ length: 500 }, (_, n) => ({ atMs: n * 100, tookMs: 1200, outcome: 'accepted' as const })),
  );
  const processes = [processOf({ pid: 100, cpuPercent: serverPercent, cpuWaitPercent: 90 })];
  const server = serverOf(seconds * 1000, () => ({ processes, machineCpuPercent: 100 }));
  const own = { ...server, identity: { ...server.identity, cores: 2 } };
  const scenario = { name: 'sustained' as const, ledger, ...(loads === undefined ? {} : { loads }) };
  return (averageResponseTime.judge(runOf([scenario], { server: own })).evidence ?? []).join('\n');
}

test('where neither server nor generator used the CPU, others are named, and not the generator', () => {
  const note = noteOf(4, loadsOf(0.1));
  assert.match(
    note,
    /^\d+ of 500 requests were waited for while other programs took the CPU of the machine, neither the server nor the generator: end/,
  );
  assert.doesNotMatch(note, /generator on another machine/);
});

test('others are not named where the generator, or both together, took half, or nobody knows what it took', () => {
  for (const note of [noteOf(4, loadsOf(1.95)), noteOf(40, loadsOf(0.7)), noteOf(4)]) {
    assert.match(note, /^\d+ of 500 .* while there was no CPU to spare: run the generator on another machine/);
    assert.doesNotMatch(note, /other programs/);
  }
});
