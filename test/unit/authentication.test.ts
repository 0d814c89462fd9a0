import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryIn } from '../../analysis/delivery/scenario-delivery.ts';
import { Ledger } from '../../analysis/journal/ledger.ts';
import { authentication } from '../../analysis/rules/authentication.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { type Flaw, isFlaw, type ProbeKind } from '../../contract/plan/flaws.ts';
import { forgedSignalsOf, forgedStep, turnOf } from '../../contract/plan/forged-steps.ts';
import { flawsOf } from '../../contract/plan/forgeries.ts';
import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { PlannedPhase } from '../../contract/plan/plan.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

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
type Server = Readonly<Partial<Record<ProbeKind | 'corrected', Answer>>> | Answers;
/** What it answers to the signal of a kind that comes in this turn; undefined: as a healthy one. */
type Answers = (kind: ProbeKind | 'corrected', turn: number) => Answer | undefined;

interface Made {
  readonly profile?: TargetProfile;
  readonly sizes?: Readonly<Record<string, string>>;
  readonly isReadBack?: boolean;
  /** A flaw that the plan has not. */
  readonly leftOut?: ProbeKind;
  /** How many webhooks are given. */
  readonly given?: number;
  /** Whether each webhook accepted a signal of the phases before. */
  readonly acceptsBefore?: boolean;
  /** A webhook that refuses all. */
  readonly refusing?: number;
}

/** The phase as it was planned before a flaw was known. */
function without(phase: PlannedPhase, flaw: ProbeKind | undefined): PlannedPhase {
  const { schedule } = phase;
  if (flaw === undefined || schedule.kind !== 'forged') return phase;
  const flaws = schedule.flaws.filter((one) => one !== flaw);
  const { corrected: _, ...rest } = schedule;
  const steps = (forgedSignalsOf(schedule) / schedule.flaws.length) * flaws.length;
  return { ...phase, schedule: { ...rest, flaws, steps } };
}

function acceptAtEach(ledger: Ledger, { name, purpose, signals }: PlannedPhase, webhooks: number): void {
  const own = signals[0];
  for (let webhook = 0; webhook < webhooks; webhook += 1) {
    const signal = makeSignalId({ runTag: 'run', code: own?.code ?? '', n: (own?.first ?? 0) + webhook });
    const times = { sendUs: startUs, endUs: startUs + 2000 };
    ledger.addRequest({ ...times, phase: name, purpose, outcome: 'accepted', status: 200, webhook, signal });
  }
}

/** The ledger of what the plan sends to such a server. A server that is not asked otherwise refuses what has a flaw. */
function runOfServer(server: Server, made: Made = {}) {
  const { profile = signed, sizes = {}, isReadBack = true, leftOut, given = 0, acceptsBefore = false } = made;
  const answersAt = (webhook: number, own: Answer): Answer => (webhook === made.refusing ? refused : own);
  const answerOf: Answers = typeof server === 'function' ? server : (kind) => server[kind];
  const whole = planOf('idempotency', sizesFromSettings(sizes).sizes, profile, given);
  const plan = { ...whole, phases: whole.phases.map((phase) => without(phase, leftOut)) };
  const ledger = new Ledger({ phases: new PhaseIndex([plan]) });
  const effects = new Map<number, number>();
  for (const phase of plan.phases) {
    const { schedule, signals, name, purpose } = phase;
    if (schedule.kind !== 'forged') {
      if (acceptsBefore && 'webhooks' in schedule) acceptAtEach(ledger, phase, schedule.webhooks);
      continue;
    }
    for (let step = 0; step < schedule.steps; step += 1) {
      const { n: place, flaw } = forgedStep(schedule, step);
      const webhook = step % schedule.webhooks;
      const signal = makeSignalId({ runTag: 'run', code: signals[0]?.code ?? '', n: (signals[0]?.first ?? 0) + place });
      const isAgain = step >= forgedSignalsOf(schedule);
      const turn = turnOf(schedule, place);
      const own = answerOf(isAgain ? 'corrected' : flaw, turn) ?? (isFlaw(flaw) ? refused : accepted);
      const answers = flaw === 'replayed' ? [answerOf('none', turn) ?? accepted, own] : [own];
      const heard = answers.map((answer) => answersAt(webhook, answer));
      for (const { outcome, status, effects: count = 0 } of heard) {
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

test('the webhook that refuses right signals, and others do not, is named', () => {
  const {
    status,
    summary,
    evidence = [],
  } = judged({ wrong: accepted }, { given: 4, refusing: 1, sizes: { AUTHENTICATION_SIGNALS: '32' } });
  assert.equal(status, 'fail');
  assert.match(summary, /; webhook 1 answered (\d+) of \1 signals with 401$/);
  assert.match(
    evidence[0] ?? '',
    /^webhook 1 \(POST .*\) answered (\d+) of \1 signals with 401, the \d others 0 of \d+: (is|are) its .* right\?$/,
  );
  const healthy = judged({}, { given: 4 });
  assert.doesNotMatch([healthy.summary, ...(healthy.evidence ?? [])].join(), /webhook 1/);
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

const overAnotherText =
  'the signature seems to be computed over a re-serialized body; verify it over the raw bytes of the request';
const measureOf = ({ measures = [] }: ReturnType<typeof judged>, wanted: string): number | null | undefined =>
  measures.find(({ name }) => name === wanted)?.value;

test('a server that refuses right signals for the spaces in their bodies warns, and one that takes them passes', () => {
  for (const status of [401, 403]) {
    for (const outcome of ['rejected', 'failed'] as const) {
      const broken = judged({ respaced: { outcome, status } });
      assert.equal(broken.status, 'warn', broken.summary);
      assert.equal(
        broken.summary,
        `refused 8 of 8 right signals whose body has spaces in it, and none without: ${overAnotherText}`,
      );
      assert.deepEqual([measureOf(broken, 'respaced-signals'), measureOf(broken, 'respaced-refused')], [8, 8]);
      assert.ok(
        broken.evidence?.includes(`right ones with spaces in their bodies: 0 of 8 accepted, 8 with ${status}`),
        broken.evidence?.join('\n'),
      );
    }
  }
  const healthy = judged({});
  assert.equal(healthy.status, 'pass');
  assert.equal(measureOf(healthy, 'respaced-accepted'), 8);
  assert.deepEqual([measureOf(healthy, 'right-signals'), measureOf(healthy, 'false-signals')], [16, 56]);
});

test('what is said of spaces stands beside what else is wrong, and is not taken for an effect', () => {
  const unread = judged({ respaced: refused }, { isReadBack: false });
  assert.equal(unread.status, 'inconclusive');
  assert.match(unread.summary, /^refused 8 of 8 right signals whose body has spaces .*; 56 false signals refused; not/);
  const failing = judged({ respaced: refused, wrong: { outcome: 'failed', status: 500 } });
  assert.equal(failing.status, 'warn');
  assert.match(failing.summary, /^8 of 56 false signals answered with a server error.*; refused 8 of 8 right signals/);
  const taken = judged({ respaced: refused, wrong: accepted });
  assert.equal(taken.status, 'fail');
  assert.equal(taken.summary, 'accepted 8 of 8 signals with a wrong signature, 8 of them processed');
  const late = judged({ respaced: { outcome: 'timeout', status: 0, effects: 1 } });
  assert.equal(late.status, 'pass', 'what was processed is a right signal');
});

test('spaces are not blamed for other answers, nor where right signals without spaces are refused, too', () => {
  const cases: readonly (readonly [Server, string])[] = [
    [{ respaced: { outcome: 'failed', status: 400 } }, '8 with 400'],
    [{ respaced: { outcome: 'rejected', status: 400 } }, '8 with 400'],
    [{ respaced: { outcome: 'failed', status: 422 } }, '8 with 422'],
    [{ respaced: { outcome: 'failed', status: 500 } }, '8 with 500'],
    [{ respaced: { outcome: 'limited', status: 429 } }, '8 with 429'],
    [{ respaced: { outcome: 'limited', status: 403 } }, '8 with 403'],
    [{ respaced: { outcome: 'duplicate', status: 200 } }, '8 with 200'],
    [{ respaced: { outcome: 'timeout', status: 0 } }, '8 without an answer'],
  ];
  for (const [server, told] of cases) {
    const { status, summary, evidence = [] } = judged(server);
    assert.equal(status, 'pass', summary);
    assert.ok(evidence.includes(`right ones with spaces in their bodies: 0 of 8 accepted, ${told}`), told);
  }
  const once = judged({ respaced: refused }, { sizes: { AUTHENTICATION_SIGNALS: '1' } });
  assert.equal(once.status, 'pass', 'one refusal may have another reason');
  const lockedOut = judged({ respaced: refused, replayed: refused, none: refused });
  assert.doesNotMatch(lockedOut.summary, /spaces/);
  const partly = judged((kind, turn) => (kind === 'respaced' && turn < 4 ? refused : undefined));
  assert.equal(partly.status, 'pass', 'it accepted some');
  const some = judged((kind, turn) => (kind === 'respaced' || (kind === 'none' && turn < 2) ? refused : undefined));
  assert.equal(some.status, 'pass', 'it refused right ones without spaces, too');
  const coarse = judged({ respaced: refused, none: { outcome: 'duplicate', status: 200 } });
  assert.doesNotMatch(coarse.summary, /spaces/, 'nobody may have looked at the signature of a duplicate');
});

test('a given webhook with another secret than it was said to have is not blamed on spaces', () => {
  const { secret: own } = builtInProfiles.github;
  const given: TargetProfile = { ...signed, secret: own, provisioning: { kind: 'given' } };
  // Of seven kinds in turn over seven webhooks each has one webhook of its own.
  const made: Made = { profile: given, given: 7 };
  assert.equal(judged({ respaced: refused }, made).status, 'pass');
  const accepting = { ...made, acceptsBefore: true };
  assert.equal(judged({ respaced: refused }, accepting).status, 'warn');
});

test('a server that accepts right signals only with spaces is told why none of the others was accepted', () => {
  const { status, summary } = judged({ none: refused, corrected: refused });
  assert.equal(status, 'inconclusive');
  assert.match(
    summary,
    /none of 16 right signals was accepted either, but 8 of 8 whose body has spaces in it: the signature seems/,
  );
  const throttled = judged({ none: { outcome: 'limited', status: 429 }, corrected: refused });
  assert.match(throttled.summary, /does the profile declare the secret rightly/);
});

test('a run of before bodies with spaces were sent is judged by what its plan has, and says nothing of them', () => {
  const { run } = runOfServer({}, { leftOut: 'respaced' });
  const { status, summary, evidence = [], measures = [] } = authentication.judge(run);
  assert.deepEqual([status, summary], ['pass', '56 false signals refused, and none had an effect']);
  assert.ok(!evidence.some((line) => line.includes('spaces')) && !measures.some(({ name }) => /respaced/.test(name)));
});

test('bodies with spaces are sent only where a signature covers a JSON body', () => {
  const kindsOf = (profile: TargetProfile) =>
    planOf('idempotency', sizesFromSettings({}).sizes, profile, 0).phases.flatMap(({ schedule }) =>
      schedule.kind === 'forged' ? schedule.flaws.filter((kind) => !isFlaw(kind)) : [],
    );
  for (const name of ['stripe', 'github', 'standard-webhooks'] as const) {
    assert.deepEqual(kindsOf({ ...signed, secret: builtInProfiles[name].secret }), ['respaced', 'none'], name);
  }
  assert.deepEqual(kindsOf({ ...signed, secret: builtInProfiles.twilio.secret }), ['none'], 'parameters are signed');
  assert.deepEqual(kindsOf(builtInProfiles.embedded), ['none'], 'nothing is signed');
  const form = { ...signed.request, contentType: 'application/x-www-form-urlencoded' };
  assert.deepEqual(kindsOf({ ...signed, request: form }), ['none'], 'a form');
  assert.deepEqual(kindsOf({ ...signed, request: { ...signed.request, body: '{"id":"{id}"}' } }), ['none'], 'a text');
});

test('the advice is about the flaw that passes, and about no other', () => {
  const wrong = {
    first: /^check the signature before/,
    never: /JSON\.stringify|cannot be decoded|timestamp|webhook in the URL/,
  };
  assertAdvice(authentication, judged({ wrong: accepted }), wrong);
  assertAdvice(authentication, judged({ missing: accepted }), {
    first: /^a request without the header/,
    never: /raw bytes/,
  });
  assertAdvice(authentication, judged({ stale: accepted }), {
    first: /^the timestamp is part/,
    never: /raw bytes|unsigned/,
  });
  const ofAnother = { first: /^the key is that of the webhook/, never: /raw bytes|unsigned|timestamp/ };
  assertAdvice(authentication, judged({ 'other-secret': accepted }), ofAnother);
  assertAdvice(authentication, judged({ 'other-body': accepted }), wrong);
  const replayed = { first: /^the timestamp is part/, never: /raw bytes|unsigned|webhook in the URL/ };
  assertAdvice(authentication, judged({ replayed: accepted }), replayed);
  const thrown = judged({ malformed: { outcome: 'failed', status: 500 } });
  assertAdvice(authentication, thrown, { first: /^a signature that cannot be decoded/, never: /raw bytes|unsigned/ });
  assert.deepEqual(toldOf(authentication, judged({})), []);
});

const duplicateOf: Answer = { outcome: 'duplicate', status: 200 };

test('the advice on what is refused too late, differently, with an error or for its spaces speaks of that', () => {
  const late = { first: /^check the signature first of all/, never: /raw bytes|constant time|processes|timestamp/ };
  assertAdvice(authentication, judged({ corrected: duplicateOf }), late);
  assertAdvice(authentication, judged({ wrong: { ...refused, effects: 1 } }), late);
  const some = judged((kind, turn) => (kind === 'wrong' && turn % 2 === 0 ? accepted : undefined));
  assert.match(some.summary, /^accepted 4 of 8 signals with a wrong signature/);
  assertAdvice(authentication, some, {
    first: /^some are let through and others refused: do all processes/,
    never: /unsigned|timestamp/,
  });
  assertAdvice(authentication, judged({ wrong: accepted }), {
    first: /^check the signature before/,
    never: /processes/,
  });
  // What was known of a replay depends on what came before it.
  const replays = judged((kind, turn) => (kind === 'replayed' && turn % 2 === 0 ? accepted : undefined));
  assertAdvice(authentication, replays, { first: /^the timestamp is part/, never: /processes/ });
  for (const flaw of ['wrong', 'missing', 'stale', 'other-secret'] as const) {
    const failed = judged({ [flaw]: { outcome: 'failed', status: 500 } });
    assertAdvice(authentication, failed, {
      first: /^a false signal is refused with 401 or 403/,
      never: /raw bytes|unsigned|timestamp|webhook in the URL/,
    });
  }
  assertAdvice(authentication, judged({ respaced: refused }), {
    first: /^verify the signature over the raw bytes of the body/,
    never: /constant time|processes|unsigned/,
  });
});

test('where one process serves, no advice is about processes that differ', () => {
  const answers: Answers = (kind, turn) => (kind === 'wrong' && turn % 2 === 0 ? accepted : undefined);
  const { run } = runOfServer(answers);
  const servers = [serverOf(60_000, () => ({ processes: [processOf({ pid: 99, role: 'root' })] }))];
  const judgement = authentication.judge({ ...run, servers });
  assertAdvice(authentication, judgement, { first: /^check the signature before/, never: /processes/ });
});
