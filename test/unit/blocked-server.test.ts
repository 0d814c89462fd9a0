import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import type { Judgement, Rule } from '../../analysis/rules/rule.ts';
import type { ProbeResult } from '../../contract/journal/journal.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

/** The server stands still from here on. */
const fromMs = 20_000;
const silentMs = 4000;

interface Made {
  readonly cpuPercent: number;
  /** Whether the health check waited as long. */
  readonly isSilent: boolean;
  /** The slow requests come in `hft`, which ends before the silence. */
  readonly isBefore?: boolean;
}

/** Ten a second, of which 200 are slow and answered as the server goes on. */
function judged(rule: Rule, { cpuPercent, isSilent, isBefore = false }: Made): Judgement {
  const health = (atMs: number): ProbeResult | null => {
    if (atMs % 1000 !== 0 || (isSilent && atMs > fromMs && atMs < fromMs + silentMs)) return null;
    return { state: 'ok', latencyMs: isSilent && atMs === fromMs + silentMs ? silentMs : 2, numbers: {} };
  };
  const processes = [processOf({ pid: 100, role: 'root', cpuPercent })];
  const server = serverOf(60_000, (atMs) => ({ health: health(atMs), processes }));
  const slow = Array.from({ length: 200 }, (_, n): MadeRequest => {
    const atMs = (isBefore ? 5000 : fromMs) + n;
    return { atMs, tookMs: 4000, outcome: 'accepted' };
  });
  const quick = Array.from(
    { length: 100 },
    (_, n): MadeRequest => ({
      atMs: 100 + n * 10 + (n < 50 ? 0 : 30_000),
      tookMs: 20,
      outcome: 'accepted',
    }),
  );
  const scenarios = isBefore
    ? [
        { name: 'hft' as const, ledger: ledgerOf(slow), toMs: 15_000 },
        { name: 'sustained' as const, ledger: ledgerOf(quick), fromMs: 15_000 },
      ]
    : [{ name: 'sustained' as const, ledger: ledgerOf([...quick, ...slow]) }];
  return rule.judge(runOf(scenarios, { server }));
}

const criteria: readonly Rule[] = [averageResponseTime, p95ResponseTime, anyResponse];

test('a server that stands still at low CPU is told so first where its answers are slow', () => {
  const blocked = { cpuPercent: 1, isSilent: true };
  assert.match(judged(responsiveness, blocked).summary, /blocked: its processes used 1% of a core/);
  for (const rule of criteria) {
    const judgement = judged(rule, blocked);
    assert.equal(judgement.status, 'fail', judgement.summary);
    assertAdvice(rule, judgement, { first: /^no CPU used while it stood still: .*synchronous calls/ });
  }
});

test('a server that computes, or answers its health check, or stands still in another scenario, is not', () => {
  const others: readonly Made[] = [
    { cpuPercent: 98, isSilent: true },
    { cpuPercent: 1, isSilent: false },
    { cpuPercent: 1, isSilent: true, isBefore: true },
  ];
  for (const made of others) {
    for (const rule of [averageResponseTime, anyResponse]) {
      const judgement = judged(rule, made);
      assert.equal(judgement.status, 'fail', judgement.summary);
      assertAdvice(rule, judgement, { first: /^queries/, never: /^no CPU used/ });
    }
  }
});
