import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const profile = builtInProfiles.embedded;
const count = 30;

interface Server {
  /** The text of what is accepted: one for all, or the signal's. */
  readonly isOfId: boolean;
  /** A repeat within the TTL of 1 s is called a duplicate; else it gets the first answer again. */
  readonly isTold: boolean;
  /** Whether what was accepted past the TTL is processed. */
  readonly isProcessed: (n: number) => boolean;
  /** Whether the second signal of a pair with one id, on another webhook, is processed. */
  readonly hasSecond: (n: number) => boolean;
  /** Copies at one instant that were both accepted, of which one had an effect. */
  readonly races?: number;
}

/** Repeats on both sides of the TTL, and pairs of one id on two webhooks. */
function judged({ isOfId, isTold, isProcessed, hasSecond, races = 0 }: Server) {
  const effects: Record<string, number> = {};
  const { name: pairs } = roles['idempotency.other-webhook'];
  const { name: together } = roles['idempotency.together'];
  const requests = Array.from({ length: count }, (_, n): MadeRequest[] => {
    const answer = { outcome: 'accepted', answerHash: isOfId ? n + 1 : 7 } as const;
    const again = isTold ? ({ outcome: 'duplicate' } as const) : answer;
    const [atMs, pairMs] = [n * 5000, n * 5000 + 4000];
    Object.assign(effects, {
      ...{ [`tag-g${n}`]: 1, [`tag-g${count + n}`]: isProcessed(n) ? 2 : 1 },
      ...{ [`tag-C${n}~@0`]: 1, [`tag-C${n}~@1`]: hasSecond(n) ? 1 : 0 },
      ...(n < races ? { [`tag-t${n}`]: 1 } : {}),
    });
    const copy = { ...answer, phase: together, signal: `tag-t${n}`, atMs: atMs + 3000 };
    return [
      { ...answer, phase: gapPhase(0.5), signal: `tag-g${n}`, atMs },
      { ...again, phase: gapPhase(0.5), signal: `tag-g${n}`, atMs: atMs + 500 },
      { ...answer, phase: gapPhase(1.5), signal: `tag-g${count + n}`, atMs },
      { ...answer, phase: gapPhase(1.5), signal: `tag-g${count + n}`, atMs: atMs + 1500 },
      { ...answer, phase: pairs, signal: `tag-C${n}~@0`, atMs: pairMs },
      { ...answer, phase: pairs, signal: `tag-C${n}~@1`, webhook: 1, atMs: pairMs + 5 },
      ...(n < races ? [copy, copy] : []),
    ];
  }).flat();
  const ledger = resolveReplays(ledgerOf(requests, effects), profile);
  const { status, summary, evidence = [] } = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
  return { status, summary, text: [summary, ...evidence].join('\n') };
}

const otherCause = /suppressed|taken for duplicates|prolongs|longer than declared|treated as duplicates|keys live/;
const always = (): boolean => true;

for (const isOfId of [false, true]) {
  const words = isOfId ? 'a text per id' : 'one text';

  test(`a repeat past the TTL that was lost is lost, where duplicates are told: ${words}`, () => {
    for (const races of [0, 3]) {
      const lossy = judged({
        ...{ isOfId, isTold: true, races },
        isProcessed: (n) => n % 10 !== 3,
        hasSecond: (n) => n % 10 !== 4,
      });
      assert.equal(lossy.status, 'fail');
      assert.match(lossy.summary, /^6 lost of/, lossy.text);
      assert.match(lossy.text, /tag-g33: accepted twice, processed once/);
      assert.doesNotMatch(lossy.text, otherCause);
    }
    const healthy = judged({ isOfId, isTold: true, isProcessed: always, hasSecond: always });
    assert.doesNotMatch(healthy.text, otherCause);
    assert.doesNotMatch(healthy.text, /\d lost/);
  });

  test(`if no repeat past the TTL is processed, and answers are always alike, keys live longer: ${words}`, () => {
    const kept = judged({ isOfId, isTold: false, isProcessed: () => false, hasSecond: always });
    assert.match(kept.text, /TTL longer than declared/);
    assert.doesNotMatch(kept.text, /\d lost/);
  });

  test(`accepted past the TTL and dropped, where duplicates are told: no duplicate, and perhaps not lost: ${words}`, () => {
    for (const isProcessed of [() => false, (n: number) => n % 3 === 0]) {
      const dropped = judged({ isOfId, isTold: true, isProcessed, hasSecond: always });
      const n = Array.from({ length: count }, (_, at) => at).filter((at) => !isProcessed(at)).length;
      assert.equal(dropped.status, 'fail');
      assert.match(dropped.summary, new RegExp(`^${n} accepted again and not processed of 120 signals; `));
      assert.match(
        dropped.summary,
        new RegExp(
          `repeats past the TTL are answered as accepted, and not processed: recognized by a later stage, or lost: ${n} of 30 at 1.5 TTL`,
        ),
      );
      assert.match(dropped.text, /accepted twice, processed once: recognized by a later stage, or lost/);
      assert.doesNotMatch(dropped.text, otherCause);
      assert.doesNotMatch(dropped.text, /\d lost of|TTL kept/);
    }
  });

  test(`a key without webhook, told by the first answer again alone: ${words}`, () => {
    const joined = judged({ isOfId, isTold: false, isProcessed: always, hasSecond: () => false });
    assert.match(joined.text, /signals of distinct webhooks were taken for duplicates/);
  });
}
