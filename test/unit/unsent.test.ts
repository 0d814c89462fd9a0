import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDifferences, plannedAndSent, sentByPhase } from '../../analysis/interpret/planned-and-sent.ts';
import { buildReport } from '../../analysis/report.ts';
import { judge } from '../../analysis/verdict.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { Finding } from '../../contract/report/report.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { profile, sizesWith } from './plan-cases.ts';

const unsent = (atMs: number, more: Partial<MadeRequest> = {}): MadeRequest => ({
  ...{ atMs, outcome: 'unsent', tookMs: 0, error: 2001 },
  ...more,
});

const statusesOf = (findings: readonly Finding[]): Readonly<Record<string, string>> =>
  Object.fromEntries(findings.map(({ criterion, status }) => [criterion, status]));

test('what never left the generator changes no criterion, wherever it lies among what did', () => {
  const next = seeded(20_261_125);
  for (let round = 0; round < 40; round += 1) {
    const sent = Array.from({ length: 120 }, (_, n): MadeRequest => {
      const outcome = next() < 0.9 ? 'accepted' : next() < 0.5 ? 'failed' : 'limited';
      return {
        ...{ atMs: n * 400, outcome, signal: `tag-${n}`, status: outcome === 'failed' ? 503 : 200 },
        tookMs: 5 + 900 * next() ** 6,
      };
    });
    // Some are repeats of signals that were sent, some are the only sending of theirs.
    const added = Array.from({ length: 60 }, (_, n) =>
      unsent(next() * 48_000, { signal: next() < 0.5 ? `tag-${n}` : `tag-u${n}`, error: next() < 0.5 ? 2001 : 1101 }),
    );
    const whole = [...sent, ...added].toSorted((a, b) => a.atMs - b.atMs);
    for (const name of ['sustained', 'idempotency', 'rate-limit'] as const) {
      const [without, withThem] = [sent, whole].map((requests) => runOf([{ name, ledger: ledgerOf(requests) }]));
      assert.ok(without !== undefined && withThem !== undefined);
      const withoutText = (findings: readonly Finding[]) => findings.map(({ evidence: _, ...finding }) => finding);
      assert.deepEqual(withoutText(judge(withThem, [])), withoutText(judge(without, [])), `round ${round}, ${name}`);
    }
  }
});

test('if nothing left the generator, nothing fails', () => {
  const ledger = ledgerOf(Array.from({ length: 100 }, (_, n) => unsent(n, { phase: roles['burst.identical'].name })));
  const failed = Object.entries(statusesOf(judge(runOf([{ name: 'burst', ledger }]), []))).filter(
    ([, status]) => status === 'fail' || status === 'warn',
  );
  assert.deepEqual(failed, []);
});

test('a few unsent requests of a steady rate are said with cause and remedy, many are a gap', () => {
  const plan = planOf('sustained', sizesWith(), profile, 0);
  const differences = (sent: number, missing: number) => {
    const phase = 'sustained';
    const ledger = ledgerOf([
      ...Array.from({ length: sent }, (_, n) => ({ atMs: n * 12.5, outcome: 'accepted' as const, phase })),
      ...Array.from({ length: missing }, (_, n) => unsent(n * 12.5, { phase })),
    ]);
    return planDifferences(plannedAndSent(plan, sentByPhase(ledger), null));
  };
  const text =
    'phase sustained: 2380 of 2400 planned requests were sent, 20 never left the generator (no file descriptor: raise `ulimit -n` where webhook-stress runs)';
  assert.deepEqual(differences(2380, 20), { gaps: [], notes: [text] });
  assert.equal(differences(1700, 700).gaps.length, 1);
  assert.match(differences(1700, 700).gaps.join(), /700 never left the generator \(no file descriptor: raise/);
});

test('the report names causes and remedies under the generator, most frequent first', () => {
  const ledger = ledgerOf([
    unsent(0, { error: 1310, purpose: 'setup' }),
    ...Array.from({ length: 5 }, (_, n) => unsent(n + 1)),
    { atMs: 10, outcome: 'accepted' },
  ]);
  const { generator } = buildReport(runOf([{ name: 'burst', ledger }]), { strict: false, now: new Date(0) });
  assert.deepEqual(
    generator.unsent.map(({ cause, requests }) => `${requests} ${cause}`),
    ['5 no file descriptor', '1 certificate signed by unknown authority'],
  );
  assert.match(generator.unsent[1]?.remedy ?? '', /TLS_CA_FILE/);
});
