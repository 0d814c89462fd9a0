import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { toldOf } from '../fixtures/advice.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const declaredMs = 3000;
const profile: TargetProfile = {
  ...builtInProfiles.embedded,
  limiter: { kind: 'none' },
  idempotency: {
    ...{ kind: 'ttl', ttlMs: declaredMs, fields: ['signal_id'] },
    ...{ order: 'before-limiter', repeatRefreshes: false },
  },
};

interface Server {
  readonly ttlMs: number;
  /** Copies that come sooner than this after a claim do not see it. */
  readonly raceMs?: number;
}

interface Sent {
  readonly signal: string;
  readonly phase: string;
  readonly tookMs: number;
  readonly server: Server;
}

/** Requests of one signal, which the server decides on halfway. */
function sent({ signal, phase, tookMs, server }: Sent, atMs: readonly number[]) {
  const { ttlMs, raceMs = 0 } = server;
  let claimedMs = Number.NEGATIVE_INFINITY;
  return atMs.map((ms): MadeRequest => {
    const decidedMs = ms + tookMs / 2;
    const agoMs = decidedMs - claimedMs;
    const isNew = agoMs >= ttlMs || agoMs < raceMs;
    if (isNew) claimedMs = decidedMs;
    return { signal, phase, atMs: ms, tookMs, outcome: isNew ? 'accepted' : 'duplicate' };
  });
}

/** Copies that a full machine sends one after the other, `apartMs` between each and the next, and repeats after gaps. */
function judged(server: Server, apartMs: number, tookMs = 40) {
  const together = roles['idempotency.together'].name;
  const requests = Array.from({ length: 30 }, (_, n) => [
    ...sent(
      { signal: `tag-h${n}`, phase: together, tookMs, server },
      Array.from({ length: 10 }, (_, copy) => n * 100 + copy * apartMs),
    ),
    ...[0, 0.5, 0.95, 1.05].flatMap((gap) =>
      sent({ signal: `tag-g${gap}-${n}`, phase: gapPhase(gap), tookMs, server }, [
        n * 100,
        n * 100 + gap * declaredMs + tookMs,
      ]),
    ),
  ]);
  const judgement = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger: ledgerOf(requests.flat()) }], { profile }));
  const { status, summary, evidence = [] } = judgement;
  return { status, summary, text: [summary, ...evidence].join('\n'), advice: toldOf(exactlyOnce, judgement) };
}

describe('copies that were to be sent at one instant', () => {
  test('sent late, they are repeats: a TTL that is short is no race', () => {
    const { status, text, advice } = judged({ ttlMs: 1000 }, 150);
    assert.equal(status, 'fail');
    assert.doesNotMatch(text, /copies sent at one instant accepted/);
    assert.match(
      text,
      /TTL shorter than declared .*30 of 270 that were to be copies at one instant and were sent late/,
    );
    assert.match(advice[0] ?? '', /^TTL: is it set with the claim itself/);
    assert.doesNotMatch(advice.join('\n'), /atomic/);
  });

  test('and they narrow the TTL from both sides', () => {
    assert.match(
      judged({ ttlMs: 1000 }, 150).summary,
      /TTL shorter than declared \(about 975 ms, between 860 ms and 1090 ms; declared 3000 ms\)/,
    );
  });

  test('under way together, slow answers leave open whether a short TTL or a race took them', () => {
    const { status, text } = judged({ ttlMs: 300 }, 100, 900);
    assert.equal(status, 'fail');
    assert.doesNotMatch(text, /copies sent at one instant accepted/);
  });

  test('at one instant they race, however long the TTL is', () => {
    for (const ttlMs of [1000, declaredMs]) {
      const { status, text, advice } = judged({ ttlMs, raceMs: 5 }, 1);
      assert.equal(status, 'fail');
      assert.match(text, /copies sent at one instant accepted more than once \(up to \d+ times\): 100\.0% \(30 of 30/);
      assert.match(advice.join('\n'), /atomic/);
    }
  });

  test('a server that keeps its word passes, late or not', () => {
    for (const apartMs of [1, 150])
      assert.doesNotMatch(judged({ ttlMs: declaredMs }, apartMs).text, /accepted more|TTL shorter/);
  });

  test('bounds far apart have no middle, and are not to be declared', () => {
    const { text } = judged({ ttlMs: 1000 }, 1);
    assert.match(text, /TTL shorter than declared \(less than 1580 ms; declared 3000 ms\)/);
    assert.doesNotMatch(text, /about|declare ttlMs/);
    const spread = judged({ ttlMs: 1000 }, 60);
    assert.match(spread.text, /TTL shorter than declared \(between 500 ms and 1580 ms; declared 3000 ms\)/);
    assert.match(spread.text, /keys live between 500 ms and 1580 ms, and this run tells no closer: look up the TTL/);
    assert.doesNotMatch(spread.text, /about|declare ttlMs/);
  });
});

describe('a signal accepted twice in a burst', () => {
  const advice = (laterMs: number): string => {
    const copies = Array.from({ length: 20 }, (_, n) =>
      [0, laterMs].map(
        (ms): MadeRequest => ({ signal: `tag-${n}`, atMs: n * 100 + ms, tookMs: 40, outcome: 'accepted' }),
      ),
    );
    const judgement = exactlyOnce.judge(runOf([{ name: 'burst', ledger: ledgerOf(copies.flat()) }], { profile }));
    assert.equal(judgement.status, 'fail');
    return toldOf(exactlyOnce, judgement).join('\n');
  };

  test('is no race if the second copy was sent after the first was answered', () => {
    assert.match(advice(900), /^lost keys:/);
    assert.doesNotMatch(advice(900), /atomic/);
  });

  test('is one if both were under way together', () =>
    assert.match(advice(10), /^claim the idempotency key .* atomic/));
});
