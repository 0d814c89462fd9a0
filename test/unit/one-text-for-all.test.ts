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

/** Repeats without an effect, and pairs of one id; all answers of an id, or all answers, have one text. */
function judged(isOfId: boolean, second: (n: number) => string, effectsOfSecond: number) {
  const effects: Record<string, number> = {};
  const isTicker = !second(0).includes('@');
  const { name: phase } = roles[isTicker ? 'idempotency.distinct-ticker' : 'idempotency.other-webhook'];
  const requests = Array.from({ length: count }, (_, n): MadeRequest[] => {
    const answer = { outcome: 'accepted', answerHash: isOfId ? n + 1 : 7 } as const;
    const repeated = { ...answer, phase: gapPhase(0.5), signal: `tag-g${n}` };
    const paired = { ...answer, phase, atMs: 90_000 + n * 100 };
    const first = isTicker ? `tag-u${n}~AAPL` : `tag-C${n}~@0`;
    Object.assign(effects, { [`tag-g${n}`]: 1, [first]: 1, [second(n)]: effectsOfSecond });
    return [
      { ...repeated, atMs: n * 2000 },
      { ...repeated, atMs: n * 2000 + 500 },
      { ...paired, signal: first },
      { ...paired, signal: second(n), webhook: isTicker ? 0 : 1, atMs: 90_000 + n * 100 + 5 },
    ];
  }).flat();
  const ledger = resolveReplays(ledgerOf(requests, effects), profile);
  const { summary, evidence = [] } = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
  return [summary, ...evidence].join('\n');
}

for (const [name, second, accusation] of [
  ['webhooks', (n: number) => `tag-C${n}~@1`, /signals of distinct webhooks were taken for duplicates/],
  ['tickers', (n: number) => `tag-u${n}~MSFT`, /distinct signals treated as duplicates/],
] as const) {
  for (const isOfId of [false, true]) {
    test(`of equal answers to two ${name}, effects say whether they were one; ${isOfId ? 'a text per id' : 'one text'}`, () => {
      assert.doesNotMatch(judged(isOfId, second, 1), accusation);
      const lost = judged(isOfId, second, 0);
      assert.match(lost, accusation);
      assert.match(lost, /30 lost/);
    });
  }
}
