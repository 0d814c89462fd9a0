import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEffects } from '../../analysis/journal/read-effects.ts';
import { journalVersion } from '../../contract/journal/journal.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import { makeSignalId, onWebhook } from '../../contract/plan/signal-id.ts';
import { ledgerOf, startUs } from '../fixtures/run.ts';

const { code } = roles['idempotency.other-webhook'];
const nameOn = (webhook: number): string => makeSignalId({ runTag: 'tag', code, n: 3, variant: onWebhook(webhook) });
const sharedName = makeSignalId({ runTag: 'tag', code, n: 3 });

/** What is told of one id that two webhooks got, by a read-back that names no webhook: effects of each. */
function effectsOf(outcomes: readonly [RecordedOutcome, RecordedOutcome], told: number): readonly number[] {
  const ledger = ledgerOf(
    outcomes.map((outcome, webhook) => ({ atMs: webhook * 10, outcome, webhook, signal: nameOn(webhook) })),
    { [nameOn(0)]: 0, [nameOn(1)]: 0 },
  );
  const path = join(mkdtempSync(join(tmpdir(), 'effects-')), 'idempotency.ndjson');
  const lines = [
    { format: 'effects', version: journalVersion, runId: 'run' },
    ...Array.from({ length: told }, (_, n) => ({ effect: sharedName, processedAtUs: startUs + n })),
    { end: true, lines: told },
  ];
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  readEffects(path, { runId: 'run', startedAtUs: startUs }, ledger);
  return [0, 1].map((webhook) => ledger.effectsByWebhook.get(webhook) ?? 0);
}

// Found on a real server: SERIALIZABLE without a retry answers 500 at one webhook. Its effect was of the other, which was "lost".
test('an effect of a shared id is of the webhook that accepted it, whichever came first', () => {
  assert.deepEqual(effectsOf(['failed', 'accepted'], 1), [0, 1]);
  assert.deepEqual(effectsOf(['accepted', 'failed'], 1), [1, 0]);
  assert.deepEqual(effectsOf(['accepted', 'accepted'], 2), [1, 1]);
  assert.deepEqual(effectsOf(['failed', 'accepted'], 2), [1, 1], 'the one that failed was processed, too');
});
