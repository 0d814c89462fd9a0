import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { isOfCheck, newRunTag } from '../../contract/plan/signal-id.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, runOf, startUs } from '../fixtures/run.ts';

const tagged = (beforeMs: number): string => `${(startUs / 1000 - beforeMs).toString(36)}fu3d1v`;

/** One signal with its effect, and effects of these ids beside it. */
function said(ids: readonly string[]): string {
  const effects = Object.fromEntries(['tag-1', ...ids].map((id) => [id, 1]));
  const ledger = ledgerOf([{ atMs: 0, outcome: 'accepted', signal: 'tag-1' }], effects);
  const run = runOf([{ name: 'hft', ledger }], { profile: builtInProfiles.embedded });
  const { status, summary, evidence = [] } = exactlyOnce.judge(run);
  assert.equal(status, 'pass');
  return [summary, ...evidence].join('\n');
}

test("the signal of the tool's own check before the load is nobody else's", () => {
  assert.doesNotMatch(said([`${tagged(20_000)}-0`]), /of other ids/);
  assert.ok(isOfCheck(`${newRunTag()}-0`, Date.now()));
});

test('signals of earlier runs and of other senders are told', () => {
  for (const id of [`${tagged(2 * 86_400_000)}-0`, `${tagged(-5_000)}-0`, `${tagged(20_000)}-g0`, 'order-17', '17']) {
    assert.match(said([`${tagged(20_000)}-0`, id]), /1 signal of other ids read back/, id);
  }
});
