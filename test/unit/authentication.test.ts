import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryIn } from '../../analysis/delivery/scenario-delivery.ts';
import { Ledger } from '../../analysis/journal/ledger.ts';
import { authentication } from '../../analysis/rules/authentication.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Flaw } from '../../contract/plan/flaws.ts';
import { forgedSignalsOf, forgedStep } from '../../contract/plan/forged-steps.ts';
import { flawsOf } from '../../contract/plan/forgeries.ts';
import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { PlannedPhase } from '../../contract/plan/plan.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { runOf, startUs } from '../fixtures/run.ts';

const { secret } = builtInProfiles.stripe;
assert.ok(secret.in === 'signature');
const signed: TargetProfile = { ...builtInProfiles.embedded, secret: { ...secret, refusesReplays: true } };

interface Answer {
  readonly outcome: RecordedOutcome;
  readonly status: number;
  readonly effects?: number;
}

const refused: Answer = { outcome: 'rejected', status: 401 };
const accepted: Answer = { outcome: 'accepted', status: 200, effects: 1 };

/** What a server answers: to right signals, to those with each flaw, to the second of a replayed one, and to a right one after a false one. */
type Server = Readonly<Partial<Record<Flaw | 'none' | 'corrected', Answer>>>;

interface Made {
  readonly profile?: TargetProfile;
  readonly sizes?: Readonly<Record<string, string>>;
  readonly isReadBack?: boolean;
  /** A flaw that the plan has not. */
  readonly leftOut?: Flaw;
}

/** The phase as it was planned before a flaw was known. */
function without(phase: PlannedPhase, flaw: Flaw | undefined): PlannedPhase {
  const { schedule } = phase;
  if (flaw === undefined || schedule.kind !== 'forged') return phase;
  const flaws = schedule.flaws.filter((one) => one !== flaw);
  const { corrected: _, ...rest } = schedule;
  const steps = (forgedSignalsOf(schedule) / schedule.flaws.length) * flaws.length;
  return { ...phase, schedule: { ...rest, flaws, steps } };
}

/** The ledger of what the plan sends to such a server. A server that is not asked otherwise refuses what has a flaw. */
function runOfServer(server: Server, { profile = signed, sizes = {}, isReadBack = true, leftOut }: Made = {}) {
  const whole = planOf('idempotency', sizesFromSettings(sizes).sizes, profile, 0);
  const plan = { ...whole, phases: whole.phases.map((phase) => without(phase, leftOut)) };
  const ledger = new Ledger({ phases: new PhaseIndex([plan]) });
  const effects = new Map<number, number>();
  for (const phase of plan.phases) {
    const { schedule, signals, name, purpose } = phase;
    if (schedule.kind !== 'forged') continue;
    for (let step = 0; step < schedule.steps; step += 1) {
      const { n: place, flaw } = forgedStep(schedule, step);
      const webhook = step % schedule.webhooks;
      const signal = makeSignalId({ runTag: 'run', code: signals[0]?.code ?? '', n: (signals[0]?.first ?? 0) + place });
      const isAgain = step >= forgedSignalsOf(schedule);
      const own = server[isAgain ? 'corrected' : flaw] ?? (flaw === 'none' ? accepted : refused);
      const answers = flaw === 'replayed' ? [server.none ?? accepted, own] : [own];
      for (const { outcome, status, effects: count = 0 } of answers) {
        const sendUs = startUs + step * 1e5;
        ledger.addRequest({ sendUs, endUs: sendUs + 2000, phase: name, purpose, outcome, status, webhook, signal });
        for (let n = 0; n < count; n += 1) ledger.addEffect(signal, webhook);
        effects.set(webhook, (effects.get(webhook) ?? 0) + count);
      }
    }
  }
  if (isReadBack) for (const [webhook, count] of effects) ledger.readbacks.set(webhook, count);
  const run = runOf([{ name: 'idempotency', ledger }], { profile });
  return { run, ledger };
}

const judged = (server: Server, made: Made = {}) => authentication.judge(runOfServer(server, made).run);

test('a healthy server passes, whether it calls replays duplicates or refuses them, and however it refuses', () => {
  const { status, summary, measures = [] } = judged({});
  assert.equal(status, 'pass', summary);
  assert.equal(summary, '56 false signals refused, and none had an effect');
  assert.equal(measures.find(({ name }) => name === 'right-accepted')?.value, 16);
  assert.equal(judged({ replayed: { outcome: 'duplicate', status: 200 } }).status, 'pass');
  for (const status of [400, 403, 404, 307]) {
    assert.equal(
      judged({ wrong: { outcome: 'failed', status }, missing: { outcome: 'failed', status } }).status,
      'pass',
    );
  }
});

test('each flaw that is accepted fails, and the summary says which and whether it had an effect', () => {
  const texts: Readonly<Record<Flaw, string>> = {
    wrong: 'with a wrong signature',
    missing: 'with no signature',
    'other-secret': 'with a signature by another secret',
    malformed: 'with a malformed signature',
    'other-body': 'with the signature of another body',
    stale: 'with a stale timestamp',
    replayed: 'with all of an earlier request, byte for byte',
  };
  for (const flaw of flawsOf(signed)) {
    const processed = judged({ [flaw]: accepted });
    assert.equal(processed.status, 'fail');
    assert.equal(processed.summary, `accepted 8 of 8 signals ${texts[flaw]}, 8 of them processed`);
    const ignored = judged({ [flaw]: { outcome: 'accepted', status: 202 } });
    assert.equal(ignored.status, 'fail');
    assert.equal(ignored.summary, `accepted 8 of 8 signals ${texts[flaw]}, though none was processed`);
    const unread = judged({ [flaw]: { outcome: 'accepted', status: 202 } }, { isReadBack: false });
    assert.match(unread.summary, /whether they were processed is not known$/);
  }
});

test('an accepted false signal is what was processed, if the right one of its id failed or got no answer', () => {
  for (const corrected of [
    { outcome: 'failed', status: 500 },
    { outcome: 'timeout', status: 0 },
  ] as const) {
    const { summary } = judged({ wrong: accepted, corrected });
    assert.equal(summary, 'accepted 8 of 8 signals with a wrong signature, 8 of them processed');
    // Of one that was refused it is not: the right one may have been processed before it failed.
    assert.doesNotMatch(judged({ corrected: { ...corrected, effects: 1 } }).summary, /processed/);
  }
  const taken = judged({ wrong: { ...accepted, effects: 0 }, corrected: accepted });
  assert.equal(taken.summary, 'accepted 8 of 8 signals with a wrong signature, though none was processed');
});

test('what is refused and yet processed fails', () => {
  const { status, summary } = judged({ wrong: { ...refused, effects: 1 } });
  assert.equal(status, 'fail');
  assert.equal(summary, 'processed 8 signals with a wrong signature that it did not accept');
});

test('a right signal that is kept out by a false one of its id fails; one that was processed, throttled or refused is not accused', () => {
  const duplicate = { outcome: 'duplicate', status: 200 } as const;
  const { status, summary, measures = [], evidence = [] } = judged({ corrected: duplicate });
  assert.equal(status, 'fail');
  assert.equal(
    summary,
    'took 6 of 6 right signals for duplicates of false ones that it had refused: whoever sends an id first keeps the right signal out',
  );
  assert.equal(measures.find(({ name }) => name === 'kept-out')?.value, 6);
  assert.ok(evidence.includes('right ones under the id of a refused one: 0 of 6 accepted'), evidence.join('\n'));
  assert.equal(judged({ corrected: duplicate }, { isReadBack: false }).status, 'fail');
  for (const corrected of [
    { outcome: 'limited', status: 429 },
    { outcome: 'rejected', status: 401 },
    { outcome: 'timeout', status: 0 },
    { outcome: 'accepted', status: 202 },
  ] as const) {
    assert.equal(judged({ corrected }).status, 'pass', corrected.outcome);
  }
  const coarser = judged({ corrected: duplicate, none: { outcome: 'duplicate', status: 200 } });
  assert.doesNotMatch(
    coarser.summary,
    /keeps the right signal out/,
    'it calls new signals duplicates, too: its key is coarse',
  );
  // What was refused was processed: that is said, and nothing more.
  const processed = judged({ wrong: { ...refused, effects: 1 }, corrected: duplicate });
  assert.match(
    processed.summary,
    /^processed 8 signals with a wrong signature that it did not accept; took 5 of 6 right/,
  );
  const { secret: plain, idempotency: ttl } = builtInProfiles.embedded;
  assert.ok(ttl.kind === 'ttl');
  const coarse: TargetProfile = {
    ...signed,
    secret: plain,
    idempotency: { ...ttl, fields: ['ticker'] },
  };
  assert.equal(judged({ corrected: duplicate }, { profile: coarse }).status, 'pass', 'a key that others have as well');
});

test('a server error instead of a refusal warns', () => {
  const { status, summary } = judged({ wrong: { outcome: 'failed', status: 500 } });
  assert.equal(status, 'warn');
  assert.match(summary, /^8 of 56 false signals answered with a server error/);
  assert.match(summary, /instead of a refusal \(8 with a wrong signature\); none had an effect$/);
});

test('a false signal that a proxy gave up waiting for is no server error, unless it had an effect', () => {
  const gaveUp = { outcome: 'failed', status: 504 } as const;
  const { status, summary } = judged({ wrong: gaveUp });
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /no answer shows what it does with signals with a wrong signature/);
  assert.equal(judged({ wrong: { ...gaveUp, status: 408 } }).status, 'inconclusive', 'nor a refusal');
  assert.equal(judged({ wrong: { ...gaveUp, effects: 1 } }).status, 'fail');
});

test('without evidence it is inconclusive', () => {
  const cases: readonly (readonly [Server, Made, RegExp])[] = [
    [{}, { isReadBack: false }, /read-back is incomplete/],
    [{}, { profile: { ...signed, readback: { kind: 'none' } } }, /declares no read-back/],
    [{ none: refused }, {}, /none of 16 right signals was accepted either/],
    [{ stale: { outcome: 'limited', status: 429 } }, {}, /no answer shows what it does with signals with a stale/],
    [{ wrong: { outcome: 'timeout', status: 0 } }, {}, /no answer shows what it does with signals with a wrong/],
    [{ wrong: { outcome: 'duplicate', status: 200 } }, {}, /no answer shows what it does with signals with a wrong/],
  ];
  for (const [server, made, expected] of cases) {
    const { status, summary } = judged(server, made);
    assert.equal(status, 'inconclusive', summary);
    assert.match(summary, expected);
  }
});

test('a run that plans no false signals, and one of before there were any, does not test it', () => {
  assert.equal(judged({}, { sizes: { AUTHENTICATION_SIGNALS: '0' } }).status, 'not-run');
});

test('a plain secret is tested without what only signatures have; no secret at all is not applicable', () => {
  assert.deepEqual(flawsOf(builtInProfiles.embedded), ['wrong', 'missing', 'other-secret']);
  assert.deepEqual(flawsOf(builtInProfiles.tradingview), ['wrong', 'missing', 'other-secret']);
  assert.deepEqual(flawsOf(builtInProfiles.twilio), ['wrong', 'missing', 'other-secret', 'malformed', 'other-body']);
  const { summary } = judged({ missing: accepted }, { profile: builtInProfiles.embedded });
  assert.equal(summary, 'accepted 8 of 8 signals with no secret, 8 of them processed');
  const open: TargetProfile = { ...builtInProfiles.embedded, secret: { in: 'none' } };
  assert.equal(judged({}, { profile: open }).status, 'not-applicable');
});

test('no other criterion looks at false signals', () => {
  for (const server of [
    {},
    { wrong: { ...refused, effects: 1 } },
    { missing: { outcome: 'failed', status: 500 } },
  ] as const) {
    const { run, ledger } = runOfServer(server);
    for (const rule of [errorRate, successRate]) {
      const { measures = [] } = rule.judge(run);
      const counts = measures.filter(({ unit }) => unit === 'count').map(({ value }) => value);
      assert.deepEqual(counts, [0, 0], rule.id);
    }
    const { reconciled, failures, wrongSignals } = deliveryIn('idempotency', ledger, signed);
    assert.deepEqual([reconciled.signals, failures.sent, wrongSignals], [0, 0, 0]);
  }
});

test('a malformed signature that a server fails on warns, and one that it accepts fails', () => {
  const broken = judged({ malformed: { outcome: 'failed', status: 500 } });
  assert.equal(broken.status, 'warn');
  assert.equal(
    broken.summary,
    '8 of 56 false signals answered with a server error instead of a refusal (8 with a malformed signature); none had an effect',
  );
  assert.equal(judged({ malformed: accepted }).status, 'fail');
  assert.equal(judged({ malformed: refused }).status, 'pass');
});

test('a run of before malformed signatures were sent is judged by what its plan has', () => {
  const { run, ledger } = runOfServer({}, { leftOut: 'malformed' });
  assert.ok(ledger.phases.withRole('authentication.forged').length === 1);
  const { status, summary } = authentication.judge(run);
  assert.equal(status, 'pass', summary);
  assert.equal(summary, '48 false signals refused, and none had an effect');
});
