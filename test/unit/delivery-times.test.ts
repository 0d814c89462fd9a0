import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backlogOf } from '../../analysis/delivery/backlog.ts';
import { deliveryTimes } from '../../analysis/delivery/delivery-times.ts';
import { deliveryMeasures, deliveryWords } from '../../analysis/delivery/delivery-words.ts';
import { drainSeen } from '../../analysis/delivery/drain.ts';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { DrainState } from '../../contract/journal/drain.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, runOf, startUs } from '../fixtures/run.ts';

const profile = { ...builtInProfiles.embedded, idempotency: { kind: 'none' as const } };

/** Signals accepted every `everyMs`, and when each has its effect. */
function accepted(count: number, everyMs: number, isProcessed: (n: number) => boolean = () => true): Ledger {
  const requests = Array.from({ length: count }, (_, n) => ({
    atMs: 100 + n * everyMs,
    tookMs: 2,
    outcome: 'accepted' as const,
    phase: 'sustained',
    signal: `k-s${n}`,
  }));
  const effects = Object.fromEntries(requests.flatMap(({ signal }, n) => (isProcessed(n) ? [] : [[signal, 0]])));
  return ledgerOf(requests, effects);
}

const answeredUs = (n: number, everyMs: number): number => startUs + (102 + n * everyMs) * 1000;

/** Polls a second apart, as a read-back that tells no times. */
function poll(
  ledger: Ledger,
  effectUs: readonly number[],
  [fromUs, untilUs]: readonly [number, number],
  last: DrainState,
): void {
  const seen = new Set<number>();
  for (let atUs = fromUs; atUs <= untilUs; atUs += 1e6) {
    const there = effectUs.flatMap((us, n) => (us <= atUs ? [n] : []));
    ledger.effectTimes.addPoll({
      ...{ fromUs: atUs, toUs: atUs + 20_000, effects: there.length, missing: effectUs.length - there.length },
      state: atUs + 1e6 <= untilUs ? 'reading' : last,
    });
    for (const n of there) if (!seen.has(n)) ledger.effectTimes.saw(ledger.signals.indexOf(`k-s${n}`));
    for (const n of there) seen.add(n);
  }
}

test('times that the target tells are exact', () => {
  const ledger = accepted(100, 50);
  for (let n = 0; n < 100; n += 1) {
    ledger.effectTimes.told(ledger.signals.indexOf(`k-s${n}`), answeredUs(n, 50) + (n + 1) * 1000 + 7);
  }
  const times = deliveryTimes(ledger);
  assert.deepEqual(
    [times?.p50, times?.p95, times?.max],
    [50.007, 95.007, 100.007].map((ms) => ({ low: ms, high: ms })),
  );
  assert.deepEqual(times?.emptyAfter, { low: 100.007, high: 100.007 });
  assert.equal(times?.clockErrorUs, 0);
});

test('times that are told in whole seconds are known to a second', () => {
  const ledger = accepted(100, 50);
  for (let n = 0; n < 100; n += 1) {
    const us = Math.floor((answeredUs(n, 50) + 300_000) / 1e6) * 1e6;
    ledger.effectTimes.told(ledger.signals.indexOf(`k-s${n}`), us);
  }
  const times = deliveryTimes(ledger);
  assert.equal(times?.clockErrorUs, 0);
  const { low, high } = times?.p50 ?? { low: 0, high: 0 };
  assert.ok(low <= 300 && high >= 300 && high <= 1300, `${low}–${high}`);
});

test('effects before the answer took no time, and nothing is said of them', () => {
  const ledger = accepted(10, 50);
  for (let n = 0; n < 10; n += 1) ledger.effectTimes.told(ledger.signals.indexOf(`k-s${n}`), answeredUs(n, 50) - 1007);
  const seen = { times: deliveryTimes(ledger), drain: drainSeen(ledger) };
  assert.deepEqual(seen.times?.max, { low: 0, high: 0 });
  assert.equal(seen.times?.maxBacklog, 0);
  assert.deepEqual(deliveryWords(seen), []);
});

test('a clock that is ahead or behind shows, and is taken out', () => {
  for (const errorUs of [-7e6, 90e6]) {
    const ledger = accepted(10, 50);
    for (let n = 0; n < 10; n += 1) {
      ledger.effectTimes.told(ledger.signals.indexOf(`k-s${n}`), answeredUs(n, 50) - 1007 + errorUs);
    }
    const pollUs = answeredUs(9, 50);
    ledger.effectTimes.addPoll({ fromUs: pollUs, toUs: pollUs, effects: 10, missing: 0, state: 'complete' });
    const times = deliveryTimes(ledger);
    assert.ok(Math.abs((times?.clockErrorUs ?? 0) - errorUs) <= 2000, `${times?.clockErrorUs}`);
    assert.ok((times?.max.high ?? 1e9) <= 460, `${times?.max.high}`);
    assert.match(deliveryWords({ times, drain: null }).join(), errorUs > 0 ? /ahead of/ : /behind/);
  }
});

test('seeded: what polls saw brackets what was', () => {
  const random = seeded(5);
  for (let run = 0; run < 40; run += 1) {
    const pauseUs = 1e6 * (1 + Math.floor(random() * 15));
    const everyMs = 50;
    const count = 400;
    const ledger = accepted(count, everyMs);
    const startedUs = startUs + random() * pauseUs;
    const effectUs = Array.from({ length: count }, (_, n) => {
      const answered = answeredUs(n, everyMs);
      return startedUs + Math.ceil((answered - startedUs) / pauseUs) * pauseUs;
    });
    poll(ledger, effectUs, [startUs, answeredUs(count, everyMs) + pauseUs + 2e6], 'complete');
    const times = deliveryTimes(ledger);
    assert.ok(times !== null);
    const took = effectUs.map((us, n) => (us - answeredUs(n, everyMs)) / 1000).sort((a, b) => a - b);
    const truth = { p50: took[count / 2 - 1] ?? 0, p95: took[count * 0.95 - 1] ?? 0, max: took[count - 1] ?? 0 };
    for (const name of ['p50', 'p95', 'max'] as const) {
      const { low, high } = times[name];
      assert.ok(low <= truth[name] && truth[name] <= high, `${name}: ${low} ≤ ${truth[name]} ≤ ${high}`);
      assert.ok(high - low <= 2100, `${name} is known to ${high - low} ms`);
    }
    const emptyMs = (Math.max(...effectUs) - answeredUs(count - 1, everyMs)) / 1000;
    const { low, high } = times.emptyAfter ?? { low: 0, high: 0 };
    assert.ok(low <= emptyMs && emptyMs <= high, `${low} ≤ ${emptyMs} ≤ ${high}`);
    const backlog = Math.max(...(backlogOf(ledger)?.waiting ?? []));
    assert.equal(times.maxBacklog, backlog);
    assert.ok(backlog <= (20 * pauseUs) / 1e6, `${backlog} wait for ${pauseUs} µs`);
  }
});

const judged = (ledger: Ledger) => exactlyOnce.judge(runOf([{ name: 'sustained', ledger }], { profile }));

test('a queue that drains late: nothing is lost, and how late is said', () => {
  const ledger = accepted(100, 50);
  const effectUs = Array.from({ length: 100 }, () => answeredUs(99, 50) + 4e6);
  poll(ledger, effectUs, [startUs, answeredUs(99, 50) + 6e6], 'complete');
  const { status, summary, measures = [] } = judged(ledger);
  assert.equal(status, 'pass');
  assert.match(summary, /none lost, none processed twice, at most 8\.\d–9\.\d s after the answer/);
  const of = (name: string): number => measures.find((each) => each.name === name)?.value ?? -1;
  assert.ok(of('backlog-max') >= 99);
  assert.ok(of('backlog-empty-after') >= 3000 && of('backlog-empty-after') <= 5000);
});

test('a worker that drops one in fifty after the answer: lost', () => {
  const ledger = accepted(100, 50, (n) => n % 50 !== 49);
  const effectUs = Array.from({ length: 100 }, (_, n) =>
    n % 50 === 49 ? Number.POSITIVE_INFINITY : answeredUs(n, 50) + 2e6,
  );
  poll(ledger, effectUs, [startUs, answeredUs(99, 50) + 25e6], 'settled');
  const { status, summary, evidence = [] } = judged(ledger);
  assert.equal(status, 'fail');
  assert.match(summary, /^2 lost of 100 signals/);
  assert.match(evidence.join('\n'), /2 were missing, and nothing more came/);
});

/** One signal that was accepted so often, in the same words, was called a duplicate once, and was processed once; and others. */
function copiesAccepted(copies: number, others: number): Ledger {
  const profileOfCopies = { ...profile, idempotency: builtInProfiles.embedded.idempotency };
  const copy = (outcome: 'accepted' | 'duplicate') => (_: unknown, n: number) => ({
    ...{ atMs: 100 + n, tookMs: 2, phase: 'burst', signal: 'k-i0', outcome },
    ...(outcome === 'accepted' ? { answerHash: 7 } : {}),
  });
  const requests = [
    ...Array.from({ length: copies }, copy('accepted')),
    ...Array.from({ length: 1 }, copy('duplicate')),
    ...Array.from({ length: others }, (_, n) => ({
      ...{
        atMs: 300 + n,
        tookMs: 2,
        phase: 'burst',
        signal: `k-s${n}`,
        outcome: 'accepted' as const,
        answerHash: 100 + n,
      },
    })),
  ];
  return resolveReplays(ledgerOf(requests, { 'k-i0': 1 }), profileOfCopies);
}

test('copies that were accepted once more are no signals that the backlog lacks, and are told as what they are', () => {
  const ledger = copiesAccepted(39, 10);
  const late = { effects: 11, missing: 38, state: 'settled' } as const;
  ledger.effectTimes.addPoll({ fromUs: startUs + 1e6, toUs: startUs + 1.1e6, ...late, state: 'reading' });
  ledger.effectTimes.addPoll({ fromUs: startUs + 22e6, toUs: startUs + 22.1e6, ...late });
  const run = runOf([{ name: 'burst', ledger }], { profile: builtInProfiles.embedded });
  const { status, summary, evidence = [] } = exactlyOnce.judge(run);
  const text = evidence.join('\n');
  assert.equal(status, 'pass', summary);
  assert.match(summary, /^11 effects of 11 signals read back: none lost/);
  assert.doesNotMatch(text, /38 were missing/);
  assert.match(text, /38 more acceptances of signals that were processed had no effect of their own, and nothing more/);
  assert.match(text, /1 signal answered as accepted more than once within the TTL, but processed once/);
});

test('a replay that the profile declares as a duplicate is none that was told wrongly', () => {
  const { answers } = builtInProfiles.embedded;
  const declared = {
    ...builtInProfiles.embedded,
    answers: [{ outcome: 'duplicate' as const, statuses: [200], body: { is: 'same-as-first' as const } }, ...answers],
  };
  const copies = [0, 10, 20].map((atMs, n) => ({
    ...{ atMs, tookMs: 2, signal: 'k-i0', outcome: n < 2 ? ('accepted' as const) : ('duplicate' as const) },
    ...(n < 2 ? { answerHash: 7 } : {}),
  }));
  const ledger = resolveReplays(ledgerOf(copies, { 'k-i0': 1 }), declared);
  const { evidence = [] } = exactlyOnce.judge(runOf([{ name: 'burst', ledger }], { profile: declared }));
  assert.doesNotMatch(evidence.join('\n'), /answered as accepted more than once/);
});

test('a target that answers every repeat as the first is not told to answer wrongly', () => {
  const requests = [0, 100, 200].map((atMs) => ({
    ...{ atMs, tookMs: 2, signal: 'k-i0', outcome: 'accepted' as const, answerHash: 7 },
  }));
  const ledger = resolveReplays(ledgerOf(requests, { 'k-i0': 1 }), builtInProfiles.embedded);
  const { evidence = [] } = exactlyOnce.judge(
    runOf([{ name: 'burst', ledger }], { profile: builtInProfiles.embedded }),
  );
  assert.doesNotMatch(evidence.join('\n'), /answered as accepted more than once/);
});

test('a backlog that still drains at the time limit: inconclusive, with its rate', () => {
  const ledger = accepted(100, 50, (n) => n < 60);
  ledger.readbacks.clear();
  const effectUs = Array.from({ length: 100 }, (_, n) => startUs + 10e6 + n * 1e6);
  poll(ledger, effectUs, [startUs + 10e6, startUs + 69e6], 'undrained');
  const { status, summary, measures = [] } = judged(ledger);
  assert.equal(status, 'inconclusive');
  assert.match(
    summary,
    /the backlog did not drain in 59 s .*: 40 accepted signals were missing, and 1\.0 a second came/,
  );
  assert.equal(measures.find(({ name }) => name === 'backlog-left')?.value, 40);
  const shown = deliveryMeasures({ times: null, drain: drainSeen(ledger) });
  assert.ok(shown.some(({ name, unit }) => name === 'backlog-drain-rate' && unit === 'count/s'));
});
