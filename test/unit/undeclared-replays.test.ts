import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { type SignalFaults, SignalServer, type Surroundings } from '../fixtures/signal-server.ts';

const profile = builtInProfiles.embedded;

interface Answer {
  readonly atMs: number;
  readonly outcome: 'accepted' | 'duplicate';
  /** The body of the answer; absent: it was not hashed. */
  readonly body?: number;
}

/** The same answers to 20 signals, each with so many effects. The TTL is 1 s. */
function judged(answers: readonly Answer[], effects: number): { status: Status; text: string } {
  const signals = Array.from({ length: 20 }, (_, n) => n);
  const requests = signals.flatMap((n) =>
    answers.map(
      ({ atMs, outcome, body }): MadeRequest => ({
        ...{ atMs: n * 5000 + atMs, signal: `tag-${n}`, outcome },
        ...(body === undefined ? {} : { answerHash: n * 100 + body }),
      }),
    ),
  );
  const ledger = ledgerOf(requests, Object.fromEntries(signals.map((n) => [`tag-${n}`, effects])));
  const run = runOf([{ name: 'hft', ledger: resolveReplays(ledger, profile) }], { profile });
  const { status, summary, evidence = [] } = exactlyOnce.judge(run);
  return { status, text: [summary, ...evidence].join('\n') };
}

const accepted = (atMs: number, body?: number): Answer => ({
  ...{ atMs, outcome: 'accepted' },
  ...(body === undefined ? {} : { body }),
});

test('the first answer again, and no effect of its own, is a duplicate, whatever the profile says', () => {
  for (const [answers, effects] of [
    [[accepted(0, 1), accepted(300, 1)], 1],
    [[accepted(0, 1), accepted(300, 1), accepted(600, 1)], 1],
    // Repeated within the TTL, and accepted anew past it.
    [[accepted(0, 1), accepted(700, 1), accepted(1500, 2)], 2],
  ] as const) {
    const { status, text } = judged(answers, effects);
    assert.equal(status, 'pass', text);
    assert.doesNotMatch(text, /twice within the TTL/);
  }
});

test('the same answer twice, and processed twice', () => {
  const { status, text } = judged([accepted(0, 1), accepted(300, 1)], 2);
  assert.equal(status, 'fail', text);
  assert.match(text, /^20 processed more than once of 20 signals/);
});

test('processed twice by itself, long before it came again: the repeat is a duplicate', () => {
  /** Of forty signals a few have a second effect, so long after the first request. */
  const judgedWith = (secondMs: number) => {
    const keys = Array.from({ length: 40 }, (_, n) => n);
    const requests = keys.flatMap((n) =>
      [0, 4000].map(
        (afterMs): MadeRequest => ({
          ...{ atMs: n * 20 + afterMs, signal: `tag-${n}`, outcome: 'accepted', answerHash: 100 + n },
        }),
      ),
    );
    const ledger = ledgerOf(requests, Object.fromEntries(keys.map((n) => [`tag-${n}`, 0])));
    const startedUs = ledger.sendUs(0);
    for (const n of keys) {
      ledger.addEffect(`tag-${n}`, 0, startedUs + 1000 * (n * 20 + 1));
      if (n % 10 === 3) ledger.addEffect(`tag-${n}`, 0, startedUs + 1000 * (n * 20 + secondMs));
    }
    ledger.readbacks.set(0, ledger.effectCount);
    const read = resolveReplays(ledger, profile);
    return Array.from({ length: read.length }, (_, at) => read.outcomeOf(at)).filter((how) => how === 'duplicate')
      .length;
  };
  assert.equal(judgedWith(2), 40);
  assert.equal(judgedWith(4002), 36);
});

test('accepted three times, two of them within one TTL: two effects are none too many, three are', () => {
  const answers = [accepted(0), accepted(700), accepted(1500)];
  const two = judged(answers, 2);
  assert.equal(two.status, 'pass', two.text);
  const three = judged(answers, 3);
  assert.equal(three.status, 'fail', three.text);
  assert.match(three.text, /processed more than once/);
});

test('repeats in other words, processed anew past the TTL in the words of the first', () => {
  const two = judged([accepted(0, 1), accepted(700, 2), accepted(1500, 1)], 2);
  assert.equal(two.status, 'pass', two.text);
  const three = judged([accepted(0, 1), accepted(700, 2), accepted(1500, 1)], 3);
  assert.equal(three.status, 'fail', three.text);
  // Taken anew at 700 ms: the third repeats the second, well within its TTL.
  const early = judged([accepted(0, 1), accepted(700, 2), accepted(1500, 2)], 2);
  assert.equal(early.status, 'fail', early.text);
  assert.match(early.text, /^20 processed more than once of 20 signals/);
});

test('the probes tell repeats that are answered as accepted from those that are processed anew', () => {
  const probed = (answers: Surroundings['answers'] & string, seed: number, faults: SignalFaults = {}) => {
    const server = new SignalServer(seeded(seed), { answers });
    server.gaps(20);
    server.together(20, 2);
    server.refresh(20);
    const ledger = resolveReplays(server.ledger(faults), profile);
    const { status, summary, evidence = [] } = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
    return { status, text: [summary, ...evidence].join('\n') };
  };
  for (let seed = 1; seed <= 10; seed += 1) {
    for (const answers of ['other-words', 'other-words-for-all'] as const) {
      const once = probed(answers, seed);
      assert.equal(once.status, 'pass', once.text);
      assert.match(
        once.text,
        /^idempotency: repeats within the TTL are answered as accepted, but processed once: 20 of 20 at 0 TTL, 20 of 20 at 0\.5 TTL/m,
      );
      assert.match(once.text, /but processed once: if something in an answer tells a repeat, declare it \(answers\)$/m);
      for (const faults of [{ twiceRate: 0.1 }, { raceMs: 2 }])
        assert.equal(probed(answers, seed, faults).status, 'fail', JSON.stringify(faults));
      assert.match(
        once.text,
        /answered as accepted more than once \(up to 2 times\), but processed once: 100\.0% \(20 of/,
      );
      assert.doesNotMatch(once.text, /\d processed more than once|is recognized:|TTL shorter|taken as new:/);
      const anew = probed(answers, seed, { ttlFactor: 0 });
      assert.match(
        anew.text,
        /\d processed more than once of \d+ signals; no repeat within the TTL is recognized: 20 of 20 at 0 TTL/,
      );
      assert.match(anew.text, /copies sent at one instant accepted more than once/);
      assert.doesNotMatch(anew.text, /but processed once:/);
    }
  }
});

test('without a read-back, repeats that are answered as accepted are not said to be processed once', () => {
  const server = new SignalServer(seeded(1), { answers: 'other-words' });
  server.gaps(20);
  const ledger = resolveReplays(server.ledger({}, false), profile);
  const { status, summary } = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
  assert.equal(status, 'fail', summary);
  assert.match(summary, /no repeat within the TTL is recognized/);
});

test('new signals that are called duplicates and not processed: the key is coarser than declared', () => {
  const called = Array.from(
    { length: 20 },
    (_, n): MadeRequest => ({
      ...{ atMs: n * 400, signal: `tag-${n}` },
      outcome: n % 2 === 0 ? 'accepted' : 'duplicate',
    }),
  );
  const effects = Object.fromEntries(
    called.map(({ signal = '', outcome }) => [signal, outcome === 'accepted' ? 1 : 0]),
  );
  const { status, summary } = exactlyOnce.judge(
    runOf([{ name: 'hft', ledger: ledgerOf(called, effects) }], { profile }),
  );
  assert.equal(status, 'fail');
  assert.match(summary, /^distinct signals were taken for duplicates: .*\(10 of 20 signals\); is the key coarser/);
  assert.doesNotMatch(summary, /lost|suppressed/);
});

test('new signals that are called changed: distinct ones are taken for one another, and the report names two', () => {
  /** Of ids that differ in their last character alone the first is taken, within one TTL. */
  const sent = (called: 'changed' | 'duplicate', others: number) =>
    Array.from({ length: 8 }, (_, group) =>
      ['0', '1', '2', '3'].slice(0, group === 0 ? others + 1 : others > 2 ? 4 : 1).map(
        (last, n): MadeRequest => ({
          ...{ atMs: group * 3000 + n * 50, signal: `tag-a${group}${last}`, status: n === 0 ? 200 : 409 },
          outcome: n === 0 ? 'accepted' : called,
        }),
      ),
    ).flat();
  const judgedOf = (requests: readonly MadeRequest[]) => {
    const {
      status,
      summary,
      evidence = [],
    } = exactlyOnce.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests) }], { profile }));
    return { status, summary, text: [summary, ...evidence].join('\n') };
  };
  const changed = judgedOf(sent('changed', 3));
  assert.equal(changed.status, 'fail');
  assert.equal(
    changed.summary,
    'distinct signals were taken for one another: called changed when they were new, and not processed (24 of 32 signals); is the key coarser than idempotency.fields says? For example, tag-a01 was called changed when tag-a00 had been accepted',
  );
  assert.doesNotMatch(changed.text, /the same each time/);
  assert.match(
    judgedOf(sent('duplicate', 3)).summary,
    /\(24 of 32 signals\).* For example, tag-a01 was called a duplicate when tag-a00 had/,
  );
  const single = judgedOf(sent('changed', 1));
  assert.match(single.text, /tag-a01: told once that its payload had changed, and nobody had sent it before/);
  // A repeat of what was processed is no new signal.
  const repeated = judgedOf([
    ...sent('changed', 0),
    ...Array.from(
      { length: 8 },
      (_, n): MadeRequest => ({ atMs: n * 3000 + 300, signal: `tag-a${n}0`, outcome: 'changed' }),
    ),
  ]);
  assert.match(repeated.text, /^8 wrongly called changed of 8 signals/);
  assert.match(repeated.text, /told once that its payload had changed, and it was the same each time/);
});
