import assert from 'node:assert/strict';
import { test } from 'node:test';
import { borrowedAnswers } from '../../analysis/interpret/borrowed-answers.ts';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf, startUs } from '../fixtures/run.ts';

const profile = builtInProfiles.embedded;
const unread: TargetProfile = { ...profile, readback: { kind: 'none' } };

interface Sent {
  readonly n: number;
  readonly webhook: number;
  readonly atMs: number;
  readonly action: 'BUY' | 'SELL';
}

/** What a server makes of a signal: the text of its answer, and whether it is processed. */
type Server = (sent: Sent) => { readonly body: string; readonly isProcessed: boolean };

/** Distinct signals, eight a second on each of so many webhooks. */
function ledgerFrom(server: Server, webhooks: number, random: () => number, isRead = true): Ledger {
  const requests: MadeRequest[] = [];
  const effects: Record<string, number> = {};
  const hashes = new Map<string, number>();
  for (let n = 0; n < 64 * webhooks; n += 1) {
    const sent: Sent = {
      ...{ n, webhook: n % webhooks, action: Math.floor(n / webhooks) % 2 === 0 ? 'BUY' : 'SELL' },
      atMs: Math.round((n * 125) / webhooks + random() * 20),
    };
    const { body, isProcessed } = server(sent);
    const signal = `k-c${n}`;
    effects[signal] = isProcessed ? 1 : 0;
    const answerHash = hashes.get(body) ?? 1 + hashes.size;
    hashes.set(body, answerHash);
    const { atMs, webhook } = sent;
    requests.push({ ...{ atMs, webhook, signal, answerHash }, outcome: 'accepted', phase: 'concurrency' });
  }
  const ledger = ledgerOf(requests, effects);
  if (!isRead) ledger.readbacks.clear();
  return ledger;
}

/** Idempotency by (webhook, action) for a second, which answers a duplicate with the first answer again. */
function coarse(keyOf: (sent: Sent) => string, ttlMs = 1000): Server {
  const kept = new Map<string, Sent>();
  return (sent) => {
    const first = kept.get(keyOf(sent));
    if (first !== undefined && sent.atMs - first.atMs < ttlMs) return { body: `id ${first.n}`, isProcessed: false };
    kept.set(keyOf(sent), sent);
    return { body: `id ${sent.n}`, isProcessed: true };
  };
}

const processed =
  (body: (sent: Sent) => string): Server =>
  (sent) => ({ body: body(sent), isProcessed: true });

const judged = (ledger: Ledger, of: TargetProfile) =>
  exactlyOnce.judge(runOf([{ name: 'concurrency', ledger: resolveReplays(ledger, of) }], { profile: of }));

test('a key of webhook and action: what was answered with another answer is said, and nothing is called lost', () => {
  for (const webhooks of [1, 2, 20]) {
    for (const of of [profile, unread]) {
      const server = coarse(({ webhook, action }) => `${webhook} ${action}`);
      const { status, summary } = judged(ledgerFrom(server, webhooks, seeded(webhooks), of === profile), of);
      assert.equal(status, 'fail', `${webhooks} webhooks: ${summary}`);
      assert.match(summary, /^distinct signals were answered with another signal's answer: taken for duplicates/);
      assert.doesNotMatch(summary, /lost|twice/);
    }
  }
});

const healthy: Readonly<Record<string, Server>> = {
  'an id of its own': processed(({ n }) => `id ${n}`),
  'a constant': processed(() => 'ok'),
  'the action': processed(({ action }) => action),
  'webhook and action': processed(({ webhook, action }) => `${webhook} ${action}`),
  'what the limit leaves': processed(({ n, webhook }) => `${webhook} ${n % 10}`),
  'the time in whole seconds': processed(({ atMs }) => `${Math.floor((startUs / 1000 + atMs + 300) / 1000)}`),
  'webhook, action and whole seconds': processed(
    ({ webhook, action, atMs }) => `${webhook} ${action} ${Math.floor((startUs / 1000 + atMs + 300) / 1000)}`,
  ),
};

for (const [name, server] of Object.entries(healthy)) {
  test(`answers with ${name} accuse nobody`, () => {
    for (const webhooks of [1, 2, 20]) {
      for (let seed = 1; seed <= 10; seed += 1) {
        for (const of of [profile, unread]) {
          const found = borrowedAnswers(ledgerFrom(server, webhooks, seeded(seed), of === profile), of);
          assert.ok(found === null || found.size === 0, `${webhooks} webhooks, seed ${seed}`);
        }
      }
    }
  });
}

test('answers that are unlike on their own webhook alone tell, too, where read-back does', () => {
  const counts = new Map<number, number>();
  const ids = new Map<string, string>();
  const server = coarse(({ webhook, action }) => `${webhook} ${action}`);
  const numbered: Server = (sent) => {
    const { body, isProcessed } = server(sent);
    const count = (counts.get(sent.webhook) ?? 0) + (isProcessed ? 1 : 0);
    counts.set(sent.webhook, count);
    if (isProcessed) ids.set(body, `number ${count}`);
    return { body: ids.get(body) ?? body, isProcessed };
  };
  const { status, summary } = judged(ledgerFrom(numbered, 20, seeded(3)), profile);
  assert.equal(status, 'fail');
  assert.match(summary, /^distinct signals were answered with another signal's answer/);
});

test('without a read-back: two acceptances with unlike answers are wrong, two with the same are likely replays', () => {
  const requests = (second: number): MadeRequest[] =>
    [0, 100].map((atMs, n) => ({
      ...{ atMs, signal: 'k-i0', answerHash: n === 0 ? 7 : second },
      outcome: 'accepted' as const,
    }));
  const of = (second: number) => {
    const ledger = ledgerOf(requests(second), { 'k-i0': 0 });
    ledger.readbacks.clear();
    return exactlyOnce.judge(runOf([{ name: 'burst', ledger }], { profile: unread }));
  };
  assert.equal(of(8).status, 'fail');
  assert.match(
    of(8).summary,
    /^1 accepted more than once of 1 signal by the answers; what was processed was not read back/,
  );
  assert.equal(of(7).status, 'inconclusive');
  assert.match((of(7).evidence ?? []).join('\n'), /likely replays/);
});
