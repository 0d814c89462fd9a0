import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAsOneList } from '../../analysis/interpret/one-list.ts';
import { EffectCounts } from '../../analysis/journal/effect-counts.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { roles } from '../../contract/plan/roles.ts';
import { makeSignalId, onWebhook } from '../../contract/plan/signal-id.ts';
import { withNamesOnWebhooks } from '../../contract/plan/told-at-once.ts';
import { isReadAtOnce } from '../../contract/profile/read-at-once.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, runOf, startUs } from '../fixtures/run.ts';

interface Entry {
  readonly id: string;
  readonly atUs: number;
}

const { embedded } = builtInProfiles;
const readback = { kind: 'url', items: 'a', id: 'id', processedAtUs: null, next: null, total: null } as const;
const atOnce = {
  ...embedded,
  readback: { ...readback, path: '/open', headers: {}, settleMs: null, limitMs: 60_000 },
};

const nameOf = (n: number): string => `tag-${n}`;
const sentTo = 10;

/** Signals to two webhooks in turn, each accepted once, and the pages that were read back. */
function pagesOf(pages: readonly (readonly Entry[])[], webhooks = 2): Ledger {
  const requests = Array.from({ length: sentTo }, (_, n) => ({
    ...({ atMs: n * 100, outcome: 'accepted', webhook: n % webhooks, signal: nameOf(n) } as const),
  }));
  const ledger = ledgerOf(requests, Object.fromEntries(requests.map(({ signal }) => [signal, 0])));
  pages.forEach((page, webhook) => {
    for (const { id, atUs } of page) ledger.addEffect(id, webhook, atUs);
    ledger.readbacks.set(webhook, page.length);
  });
  return ledger;
}

const all = (delayUs = 0): readonly Entry[] =>
  Array.from({ length: sentTo }, (_, n) => ({ id: nameOf(n), atUs: startUs + n * 100_000 + 500 + delayUs }));
const untimed = all().map(({ id }) => ({ id, atUs: 0 }));

function judged(ledger: Ledger, profile = embedded) {
  const {
    status,
    summary,
    evidence = [],
  } = exactlyOnce.judge(runOf([{ name: 'burst', ledger: readAsOneList(ledger, profile) }], { profile }));
  return { status, words: [summary, ...evidence].join('\n') };
}

test('pages that hold the same entries are one list, of which each entry is counted once', () => {
  const { status, words } = judged(pagesOf([all(), all()]));
  assert.equal(status, 'pass', words);
  assert.match(words, /10 effects of 10 signals/);
  assert.match(words, /pages of 2 webhooks hold the same entries: readback.path does not separate webhooks/);
});

test('the entries of others that came between two pages change nothing', () => {
  const other = { id: 'older-1', atUs: startUs };
  assert.equal(judged(pagesOf([all(), [...all(), other]])).status, 'pass');
});

test('what stands twice in the one list was processed twice', () => {
  const twice = [...all(), { id: nameOf(3), atUs: startUs + 400_000 }];
  const { status, words } = judged(pagesOf([twice, twice]));
  assert.equal(status, 'fail');
  assert.match(words, /1 processed more than once of 10 signals/);
});

test('a server that processes each signal on both webhooks is found by the times', () => {
  const { status, words } = judged(pagesOf([all(), all(40)]));
  assert.equal(status, 'fail');
  assert.match(words, /10 processed more than once/);
});

test('a server that processes some signals on both webhooks is found', () => {
  const own = (webhook: number): readonly Entry[] => all().filter((_, n) => n % 2 === webhook);
  const { status, words } = judged(pagesOf([own(0), [...own(1), ...own(0).slice(0, 2)]]));
  assert.equal(status, 'fail');
  assert.match(words, /2 processed more than once/);
});

test('of ids without times neither is known: it accuses nobody, passes nobody, and says what would tell', () => {
  const { status, words } = judged(pagesOf([untimed, untimed]));
  assert.equal(status, 'inconclusive', words);
  assert.match(words, /take \{token\} and \{secret\} out of readback.path/);
});

test('an id that two webhooks got is told twice by each page, once for each of them', () => {
  const { code } = roles['idempotency.other-webhook'];
  const name = (webhook: number): string => makeSignalId({ runTag: 'tag', code, n: 1, variant: onWebhook(webhook) });
  const requests = [0, 1].map((webhook) => ({
    ...({ atMs: webhook * 10, outcome: 'accepted', webhook, signal: name(webhook) } as const),
  }));
  const ledger = ledgerOf(requests, { [name(0)]: 0, [name(1)]: 0 });
  for (const webhook of [0, 1, 2]) {
    for (const n of [0, 1]) ledger.addEffect(name(webhook), webhook, startUs + n);
    ledger.readbacks.set(webhook, 2);
  }
  const seen = readAsOneList(ledger, embedded);
  const effects = [0, 1, 2].map((webhook) => seen.effects(ledger.signals.indexOf(name(webhook))));
  assert.deepEqual(effects, [1, 1, 0]);
});

test('a list without {token} and {secret} is read once, and lacks what was lost', () => {
  assert.ok(isReadAtOnce(atOnce));
  assert.ok(!isReadAtOnce(embedded));
  assert.equal(judged(pagesOf([untimed, []]), atOnce).status, 'pass');
  const { status, words } = judged(pagesOf([untimed.slice(0, 9), []]), atOnce);
  assert.equal(status, 'fail');
  assert.match(words, /1 lost of 10 signals/);
  assert.equal(judged(pagesOf([[...untimed, { id: nameOf(2), atUs: 0 }], []]), atOnce).status, 'fail');
});

test('one list that ends at a round number of entries is cut off for all webhooks', () => {
  const many = Array.from({ length: 130 }, (_, n) => ({
    ...({ atMs: n * 100, outcome: 'accepted', webhook: n % 2, signal: nameOf(n) } as const),
  }));
  const ledger = ledgerOf(many, Object.fromEntries(many.map(({ signal }) => [signal, 0])));
  for (let n = 30; n < 130; n += 1) ledger.addEffect(nameOf(n), 0);
  ledger.readbacks.set(0, 100);
  ledger.readbacks.set(1, 0);
  const { status, words } = judged(ledger, atOnce);
  assert.equal(status, 'inconclusive', words);
  assert.match(words, /looks cut off at 100 entries/);
});

test('a long scenario in pieces counts the one list once, too', () => {
  const counts = new EffectCounts();
  for (const webhook of [0, 1]) {
    for (const { id, atUs } of [...all(), { id: nameOf(3), atUs: startUs + 400_000 }]) counts.add(id, webhook, atUs);
    counts.readbacks.set(webhook, 11);
  }
  const piece = pagesOf([], 2);
  counts.moveInto(piece);
  const seen = readAsOneList(piece, embedded);
  const effects = Array.from({ length: sentTo }, (_, n) => seen.effects(piece.signals.indexOf(nameOf(n))));
  assert.deepEqual(effects, [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]);
});

test('what was promised of an id of two webhooks is there when the list names it twice', () => {
  const id = makeSignalId({ runTag: 'tag', code: roles['idempotency.other-webhook'].code, n: 1 });
  assert.deepEqual(withNamesOnWebhooks(['tag-1', id], 2), ['tag-1', id]);
  assert.deepEqual(withNamesOnWebhooks([id, id], 2), [id, id, `${id}~@0`, `${id}~@1`]);
});
