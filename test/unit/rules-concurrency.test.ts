import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderOf } from '../../analysis/delivery/concurrency.ts';
import { signalsByPhase } from '../../analysis/interpret/attempts.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { type SignalFaults, SignalServer } from '../fixtures/signal-server.ts';

function judged(ledger: ReturnType<typeof ledgerOf>, profile: TargetProfile = builtInProfiles.embedded) {
  const { status, summary, evidence = [] } = exactlyOnce.judge(runOf([{ name: 'concurrency', ledger }], { profile }));
  return { status, text: [summary, ...evidence].join('\n') };
}

function concurrency(seed: number, faults: SignalFaults = {}) {
  const server = new SignalServer(seeded(seed));
  server.concurrency(30, 8);
  return server.ledger(faults);
}

test('webhooks whose counters are equal are not summed over scenarios, which may share them', () => {
  const scenarios = (['concurrency', 'hft'] as const).map((name) => ({ name, ledger: concurrency(1) }));
  const { evidence = [] } = exactlyOnce.judge(runOf(scenarios, { profile: builtInProfiles.embedded }));
  const text = evidence.join('\n');
  assert.match(text, /counter equals its list on 3 webhooks in concurrency, 3 webhooks in hft$/m);
});

test('concurrency: faults are found and named, and the healthy twin passes', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const healthy = judged(concurrency(seed));
    assert.equal(healthy.status, 'pass', `seed ${seed}: ${healthy.text}`);
    assert.match(healthy.text, /the target's counter equals its list on 3 webhooks/);
    const table: readonly (readonly [SignalFaults, RegExp])[] = [
      [{ lostRate: 0.02 }, /lost: tag-c\d+: accepted once, processed 0 times/],
      [{ twiceRate: 0.02 }, /processed more than once: tag-c\d+: processed twice within the TTL, accepted once/],
      [
        { uncountedRate: 0.02 },
        /lost counter updates: \d+ fewer counted than processed \(webhook \d: the counter says \d+, the list holds \d+\)/,
      ],
      [{ failureRate: 0.03 }, /\d+ of 720 failed: answered with a failure/],
    ];
    for (const [faults, says] of table) {
      const { status, text } = judged(concurrency(seed, faults));
      assert.equal(status, 'fail', `seed ${seed}: ${text}`);
      assert.match(text, says, `seed ${seed}`);
    }
  }
});

test('concurrency: the counter is judged on new webhooks, and said on those with a history', () => {
  const withTotal = (total: number, profile?: TargetProfile, effects?: Record<string, number>) => {
    const ledger = ledgerOf([{ atMs: 0, outcome: 'accepted', signal: 'tag-1' }], effects);
    ledger.totals.set(0, total);
    return judged(ledger, profile);
  };
  const given: TargetProfile = { ...builtInProfiles.embedded, provisioning: { kind: 'given' } };
  assert.equal(withTotal(1).status, 'pass');
  assert.match(withTotal(0).text, /lost counter updates: 1 fewer counted/);
  assert.equal(withTotal(0).status, 'fail');
  assert.match(withTotal(3).text, /the target counts 2 more than it lists as processed/);
  assert.equal(withTotal(3).status, 'fail');
  assert.equal(withTotal(3, given).status, 'pass');
  assert.match(withTotal(3, given).text, /given webhooks may have a history: not judged/);
  // A profile that creates webhooks, but WEBHOOK_TOKEN named some: their lists hold the signals of others.
  assert.equal(withTotal(9, builtInProfiles.embedded, { 'other-1': 1 }).status, 'pass');
});

test('concurrency: order of processing, of pairs that were surely sent one after the other', () => {
  const phase = roles['concurrency.shared'].name;
  const sent = (n: number, tookMs: number): MadeRequest[] =>
    Array.from({ length: n }, (_, at) => ({
      atMs: at * 10,
      tookMs,
      outcome: 'accepted' as const,
      signal: `tag-c${at}`,
      phase,
    }));
  const order = (requests: readonly MadeRequest[], places: readonly number[]): string | null => {
    const ledger = ledgerOf(requests, Object.fromEntries(requests.map(({ signal = '' }) => [signal, 0])));
    for (const n of places) ledger.addEffect(`tag-c${n}`, 0);
    return orderOf(ledger, signalsByPhase(ledger).get(phase) ?? []);
  };
  assert.match(order(sent(4, 2), [0, 1, 2, 3]) ?? '', /: 0\.0% \(0 of 6; 95% interval/);
  assert.match(order(sent(4, 2), [0, 2, 1, 3]) ?? '', /: 16\.7% \(1 of 6; 95% interval/);
  assert.match(order(sent(4, 2), [3, 2, 1, 0]) ?? '', /0 of 6/, 'a list told newest first is not disorder');
  assert.equal(order(sent(4, 100), [0, 2, 1, 3]), null, 'all at once have no order');
  assert.equal(order(sent(4, 2), []), null);
});
