import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { jitter, redeliveryTimes, ttlToRepeatFor } from '../../contract/plan/redelivery-times.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { BuiltInScenario } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf, startUs } from '../fixtures/run.ts';

const { embedded } = builtInProfiles;
const dayLong: TargetProfile = {
  ...embedded,
  limiter: { kind: 'none' },
  answers: [
    { outcome: 'pending', statuses: [409] },
    { outcome: 'changed', statuses: [422] },
    ...embedded.answers.slice(0, -1),
    { outcome: 'rejected', statuses: [401] },
  ],
  idempotency: {
    kind: 'ttl',
    ttlMs: 86_400_000,
    fields: ['signal_id'],
    order: 'before-limiter',
    repeatRefreshes: false,
  },
};
/** All attempts of a signal lie within 1.6 s. */
const shortLived: TargetProfile = {
  ...dayLong,
  idempotency: { kind: 'ttl', ttlMs: 2000, fields: ['signal_id'], order: 'before-limiter', repeatRefreshes: false },
};
/** A queue behind a 202: what is worked on is in progress for seconds. */
const queued: TargetProfile = {
  ...dayLong,
  idempotency: { kind: 'ttl', ttlMs: 10_000, fields: ['signal_id'], order: 'before-limiter', repeatRefreshes: false },
};

const cut = roles['redelivery.cut'].name;
const at = (atMs: number, outcome: MadeRequest['outcome'], changes: Partial<MadeRequest> = {}): MadeRequest => ({
  atMs,
  outcome,
  signal: 'tag-1',
  ...(outcome === 'abandoned' ? { status: 0 } : {}),
  ...changes,
});
const inPhase = (phase: string, requests: readonly MadeRequest[]) => requests.map((one) => ({ ...one, phase }));
/** As senders do, after a cut. */
const pendingAt = (...times: readonly number[]) =>
  inPhase(cut, [at(0, 'abandoned'), ...times.map((ms) => at(ms, 'pending'))]);

interface Case {
  readonly name: string;
  readonly scenario?: BuiltInScenario;
  readonly profile?: TargetProfile;
  readonly requests: readonly MadeRequest[];
  readonly effects?: Readonly<Record<string, number>>;
  /** When the server says that it processed a signal. */
  readonly processedMs?: Readonly<Record<string, number>>;
  /** When a read-back saw each of these for the first time; nothing had been there half a second before. */
  readonly seenMs?: Readonly<Record<string, number>>;
  readonly expected: Status;
  readonly says: RegExp;
}

/** Of no signal it is said. */
const notInProgress = /^(?![\s\S]*in progress)/;

const changedPhase = roles['idempotency.changed-payload'].name;
const undeclared: TargetProfile = {
  ...dayLong,
  answers: dayLong.answers.filter(({ outcome }) => outcome !== 'changed'),
};
/** What the other probes of the scenario need, to pass. */
const recognized = inPhase(gapPhase(0), [
  at(0, 'accepted', { signal: 'tag-g' }),
  at(5, 'duplicate', { signal: 'tag-g' }),
]);

const cases: readonly Case[] = [
  {
    name: 'in progress until the first is done, then a duplicate',
    scenario: 'redelivery',
    requests: [
      ...pendingAt(120, 320),
      ...inPhase(cut, [at(800, 'duplicate'), at(900, 'accepted', { signal: 'tag-2' })]),
    ],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /none lost/,
  },
  {
    name: 'in progress until the handler gave up, then accepted',
    scenario: 'redelivery',
    requests: [...pendingAt(120, 2900), ...inPhase(cut, [at(4000, 'accepted')])],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /none lost/,
  },
  {
    name: 'in progress for as long as anybody asks, and never processed',
    scenario: 'redelivery',
    requests: [...pendingAt(120, 320, 800, 1800, 3800), at(0, 'accepted', { signal: 'tag-2', tookMs: 30, phase: cut })],
    effects: { 'tag-1': 0, 'tag-2': 1 },
    expected: 'fail',
    says: /stuck in progress: tag-1: still in progress 3798 ms after its connection had ended, processed 0 times/,
  },
  {
    name: 'the same, where acceptances take nearly as long',
    scenario: 'redelivery',
    requests: [...pendingAt(120, 3800), at(0, 'accepted', { signal: 'tag-2', tookMs: 800, phase: cut })],
    effects: { 'tag-1': 0, 'tag-2': 1 },
    expected: 'inconclusive',
    says: /stuck is only what is so for 4000 ms \(five times the slowest acceptance\), later than any attempt/,
  },
  {
    name: 'in progress for as long as a short TTL lets anybody ask, and never processed',
    scenario: 'redelivery',
    profile: shortLived,
    requests: [...pendingAt(120, 320, 800, 1500), at(0, 'accepted', { signal: 'tag-2', tookMs: 30, phase: cut })],
    effects: { 'tag-1': 0, 'tag-2': 1 },
    expected: 'inconclusive',
    says: /1 signal still in progress at the last attempt, known to be so for up to 1378 ms: stuck is only what is so for 2000 ms, and all attempts must lie within the TTL of 2000 ms: let the test server keep its keys for 5000 ms or longer/,
  },
  {
    name: 'the same, until the handler gave up',
    scenario: 'redelivery',
    profile: shortLived,
    requests: [...pendingAt(120, 320, 800), at(1500, 'accepted', { phase: cut })],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /^(?![\s\S]*still in progress)/,
  },
  {
    name: 'in progress when a server that stood still gets to what its sender gave up',
    scenario: 'redelivery',
    requests: inPhase(cut, [
      at(0, 'abandoned'),
      at(120, 'timeout', { tookMs: 10_000 }),
      at(12_300, 'pending'),
      at(0, 'accepted', { signal: 'tag-2', tookMs: 30 }),
    ]),
    effects: { 'tag-1': 1, 'tag-2': 1 },
    expected: 'inconclusive',
    says: /no signal was cut off and then answered/,
  },
  {
    name: 'the same, and in progress ever after',
    scenario: 'redelivery',
    requests: inPhase(cut, [
      at(0, 'abandoned'),
      at(120, 'timeout', { tookMs: 10_000 }),
      at(12_300, 'pending'),
      at(14_700, 'pending'),
      at(0, 'accepted', { signal: 'tag-2', tookMs: 30 }),
    ]),
    effects: { 'tag-1': 0, 'tag-2': 1 },
    expected: 'fail',
    says: /stuck in progress: tag-1/,
  },
  {
    name: 'in progress after a proxy gave up waiting for the one who works on it',
    scenario: 'redelivery',
    requests: inPhase(cut, [at(0, 'failed', { status: 504, tookMs: 500 }), at(1300, 'pending')]),
    effects: { 'tag-1': 1 },
    expected: 'inconclusive',
    says: /not proven/,
  },
  {
    name: 'in progress after the server itself said that it had failed',
    scenario: 'redelivery',
    requests: inPhase(cut, [at(0, 'failed', { status: 500, tookMs: 500 }), at(1300, 'pending')]),
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /stuck in progress: tag-1/,
  },
  {
    name: 'in progress long after the first was answered, processed at once',
    requests: [...recognized, ...inPhase(gapPhase(0.95), [at(0, 'accepted'), at(3800, 'pending')])],
    processedMs: { 'tag-1': 1 },
    expected: 'fail',
    says: /stuck in progress: tag-1: still in progress 3798 ms after it was answered, processed once/,
  },
  {
    name: 'the same, as a read-back saw beside the load',
    requests: [...recognized, ...inPhase(gapPhase(0.95), [at(0, 'accepted'), at(3800, 'pending')])],
    seenMs: { 'tag-1': 1000 },
    expected: 'fail',
    says: /stuck in progress: tag-1/,
  },
  {
    name: 'the same, and nothing tells when it was processed',
    requests: [...recognized, ...inPhase(gapPhase(0.95), [at(0, 'accepted'), at(3800, 'pending')])],
    expected: 'inconclusive',
    says: /1 signal still in progress when last asked about, .* such as tag-1: still in progress 3798 ms after it was answered, processed once: only a read-back that tells when/,
  },
  {
    name: 'acknowledged at once, in progress until a worker processed it',
    profile: queued,
    requests: [...recognized, ...inPhase(gapPhase(0.5), [at(0, 'accepted', { tookMs: 10 }), at(5000, 'pending')])],
    processedMs: { 'tag-1': 6000 },
    expected: 'pass',
    says: notInProgress,
  },
  {
    name: 'the same, as a read-back saw beside the load',
    profile: queued,
    requests: [...recognized, ...inPhase(gapPhase(0.5), [at(0, 'accepted', { tookMs: 10 }), at(5000, 'pending')])],
    seenMs: { 'tag-1': 5200 },
    expected: 'pass',
    says: notInProgress,
  },
  {
    name: 'the same, as another signal shows that was asked about later',
    profile: queued,
    requests: [
      ...inPhase(gapPhase(0.5), [at(0, 'accepted', { tookMs: 10 }), at(5000, 'pending')]),
      ...inPhase(gapPhase(0.95), [
        at(100, 'accepted', { tookMs: 10, signal: 'tag-2' }),
        at(9600, 'duplicate', { signal: 'tag-2' }),
      ]),
    ],
    expected: 'pass',
    says: notInProgress,
  },
  {
    name: 'another signal that was let go sooner shows nothing',
    profile: queued,
    requests: [
      ...inPhase(gapPhase(0.5), [at(0, 'accepted', { tookMs: 10 }), at(5000, 'pending')]),
      ...inPhase(gapPhase(0.95), [
        ...[at(100, 'accepted', { signal: 'tag-2' }), at(9600, 'duplicate', { signal: 'tag-2' })],
        ...[at(200, 'accepted', { signal: 'tag-3' }), at(1000, 'duplicate', { signal: 'tag-3' })],
      ]),
    ],
    expected: 'inconclusive',
    says: /1 signal still in progress when last asked about/,
  },
  {
    name: 'cut off, and in progress until a worker processed it',
    scenario: 'redelivery',
    requests: [...pendingAt(120, 320, 800, 1800, 3800), at(0, 'accepted', { signal: 'tag-2', tookMs: 30, phase: cut })],
    effects: { 'tag-2': 1 },
    processedMs: { 'tag-1': 6000 },
    expected: 'inconclusive',
    says: /^(?![\s\S]*in progress)[\s\S]*no signal was cut off and then answered/,
  },
  {
    name: 'in progress just after the first was answered: the answer is being stored',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(gapPhase(0), [at(0, 'accepted'), at(4, 'pending')])],
    expected: 'pass',
    says: /expiry not judged/,
  },
  {
    name: 'of copies at one instant one is accepted, the others are in progress',
    scenario: 'idempotency',
    requests: [
      ...recognized,
      ...inPhase(roles['idempotency.together'].name, [
        at(0, 'accepted', { tookMs: 40 }),
        ...[1, 2, 3].map((ms) => at(ms, 'pending')),
        at(3, 'duplicate', { tookMs: 60 }),
      ]),
    ],
    expected: 'pass',
    says: /copies sent at one instant: exactly one accepted for 100/,
  },
  {
    name: 'the same payload, called changed',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(gapPhase(0.5), [at(0, 'accepted'), at(2000, 'changed')])],
    expected: 'fail',
    says: /wrongly called changed: tag-1: told once that its payload had changed/,
  },
  {
    name: 'another payload, called changed',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(9, 'changed')])],
    expected: 'pass',
    says: /another price under the same key: noticed and told in 1 of 1 case/,
  },
  {
    name: 'the same id on another webhook, called changed: the key holds no webhook',
    scenario: 'idempotency',
    requests: [
      ...recognized,
      ...inPhase(roles['idempotency.other-webhook'].name, [
        at(0, 'accepted', { signal: 'tag-7~0' }),
        at(9, 'changed', { signal: 'tag-7~1', webhook: 1 }),
      ]),
    ],
    expected: 'fail',
    says: /signals of distinct webhooks were taken for duplicates, in 100/,
  },
  {
    name: 'another payload processed, where telling is promised',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(9, 'accepted')])],
    expected: 'fail',
    says: /a changed payload under the same key is taken as a new signal, declared is that it is told: 100/,
  },
  {
    name: 'another payload processed, perhaps past the TTL, where telling is promised',
    scenario: 'idempotency',
    profile: shortLived,
    requests: [
      ...recognized,
      ...inPhase(changedPhase, [
        ...[at(0, 'accepted'), at(1700, 'accepted', { tookMs: 400 })],
        ...[at(0, 'accepted', { signal: 'tag-2' }), at(9, 'changed', { signal: 'tag-2' })],
      ]),
    ],
    expected: 'pass',
    says: /told in 1 of 1 case\n.*another price under the same key: 1 case not judged, for answers took too long/,
  },
  {
    name: 'another payload that never surely came within the TTL, where telling is promised',
    scenario: 'idempotency',
    profile: shortLived,
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(1700, 'accepted', { tookMs: 400 })])],
    expected: 'inconclusive',
    says: /1 case not judged, for answers took too long: the key may have expired/,
  },
  {
    name: 'another payload answered as a duplicate, where telling is promised',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(9, 'duplicate')])],
    expected: 'fail',
    says: /a changed payload under the same key is answered as a duplicate, declared is that it is told/,
  },
  {
    name: 'another payload called changed, and processed',
    scenario: 'idempotency',
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(9, 'changed')])],
    effects: { 'tag-1': 2 },
    expected: 'fail',
    says: /processed more than once: tag-1/,
  },
  {
    name: 'another payload answered as a duplicate, where nothing is promised',
    scenario: 'idempotency',
    profile: undeclared,
    requests: [...recognized, ...inPhase(changedPhase, [at(0, 'accepted'), at(9, 'duplicate')])],
    expected: 'pass',
    says: /ignored, the first price stands, in 1 of 1 case/,
  },
];

/** The requests, and what was read back of them. */
function read({ requests, effects, processedMs = {}, seenMs = {} }: Case): Ledger {
  const timed = Object.fromEntries(Object.keys(processedMs).map((signal) => [signal, 0]));
  const ledger = ledgerOf(requests, { ...effects, ...timed });
  for (const [signal, ms] of Object.entries(processedMs)) ledger.addEffect(signal, 0, startUs + ms * 1000);
  if (Object.keys(processedMs).length > 0) ledger.readbacks.set(0, ledger.effectCount);
  for (const [signal, ms] of Object.entries(seenMs)) {
    for (const atMs of [ms - 500, ms]) {
      const atUs = startUs + atMs * 1000;
      ledger.effectTimes.addPoll({ fromUs: atUs, toUs: atUs, effects: 1, missing: null, state: 'reading' });
    }
    ledger.effectTimes.saw(ledger.signals.indexOf(signal));
  }
  return ledger;
}

describe('answers that refuse a repeat', () => {
  for (const one of cases) {
    const { name, scenario = 'idempotency', profile = dayLong, expected, says } = one;
    test(name, () => {
      const ledger = read(one);
      const { status, summary, evidence = [] } = exactlyOnce.judge(runOf([{ name: scenario, ledger }], { profile }));
      const text = [summary, ...evidence].join('\n');
      assert.equal(status, expected, text);
      assert.match(text, says);
    });
  }

  test('the TTL that is advised lets attempts go on for so long, and no shorter one does', () => {
    const lastMs = (ttlMs: number): number => {
      const { idempotency } = shortLived;
      assert.equal(idempotency.kind, 'ttl');
      const { pausesMs } = redeliveryTimes({ ...shortLived, idempotency: { ...idempotency, ttlMs } });
      return pausesMs.slice(1).reduce((sum, ms) => sum + ms, 0) * (1 - jitter);
    };
    for (const heldMs of [600, 2000, 2500, 2800]) {
      const ttlMs = ttlToRepeatFor(shortLived, heldMs);
      assert.ok(ttlMs !== null);
      assert.ok(lastMs(ttlMs) >= heldMs);
      assert.ok(ttlMs === 1000 || lastMs(ttlMs - 1000) < heldMs);
    }
    assert.equal(ttlToRepeatFor(shortLived, 10_000), null, 'no sender of the plan asks for so long');
    assert.equal(ttlToRepeatFor({ ...shortLived, idempotency: { kind: 'none' } }, 2000), null);
  });

  test('a repeat in progress is no error and no miss; a signal that nobody sent before is', () => {
    const many = Array.from({ length: 200 }, (_, n) => at(n * 10, 'accepted', { signal: `tag-${n}`, tookMs: 8 }));
    const repeats = many.map(({ atMs, signal = '' }) => at(atMs + 1, 'pending', { signal }));
    const firsts = Array.from({ length: 100 }, (_, n) => at(5000 + n * 10, 'pending', { signal: `tag-f${n}` }));
    const judged = (requests: readonly MadeRequest[]) => {
      const run = runOf([{ name: 'burst', ledger: ledgerOf(requests) }], { profile: dayLong });
      return [errorRate.judge(run).status, successRate.judge(run).status];
    };
    assert.deepEqual(judged([...many, ...repeats]), ['pass', 'pass']);
    assert.deepEqual(judged([...many, ...firsts]), ['pass', 'fail']);
  });
});
