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

const ofOthers: readonly Entry[] = Array.from({ length: 1200 }, (_, n) => ({
  id: `${n.toString(16).padStart(8, '0')}-5d2c-4bf1-9d3a-0c6e1f7baaa${n % 10}`,
  atUs: startUs - 1e9 + n,
}));

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

/** The same while signals still came at the time limit: no read-back settled. */
function growing(pages: readonly (readonly Entry[])[], webhooks = pages.length): Ledger {
  const ledger = pagesOf(pages, webhooks);
  ledger.readbacks.clear();
  const poll = { fromUs: startUs, toUs: startUs + 1e6, effects: sentTo, missing: 2, state: 'undrained' } as const;
  ledger.effectTimes.addPoll(poll);
  return ledger;
}

test('a list that grew while it was read for each webhook is one list, in whatever order', () => {
  const newestFirst = (n: number): readonly Entry[] => all().slice(0, n).reverse();
  for (const pages of [
    [all().slice(0, 8), all().slice(0, 9), all()],
    [newestFirst(7), newestFirst(7), newestFirst(9)],
    [untimed.slice(0, 8), untimed.slice(0, 9)],
  ]) {
    const { status, words } = judged(growing(pages));
    assert.equal(status, 'inconclusive', words);
    assert.match(words, /hold the same entries, and what came while they were read: readback.path does not/);
    assert.doesNotMatch(words, /more than once of|processed twice within/);
  }
});

test('a worker that finishes a little later what it noted earlier is no other list', () => {
  const early = all().slice(0, 8);
  const late = { id: nameOf(8), atUs: startUs + 700_000 };
  assert.equal(judged(growing([early, [...early, late]])).status, 'inconclusive');
});

test('what stands twice on a page of the list that grew was processed twice, wherever it came in', () => {
  const twice = (n: number): readonly Entry[] =>
    all()
      .slice(0, n)
      .flatMap((entry) => [entry, { ...entry, atUs: entry.atUs + 40 }]);
  for (const [pages, n] of [
    [[twice(8), twice(9), twice(10)], 10],
    [[all().slice(0, 8), [...all().slice(0, 8), ...twice(10).slice(16)]], 2],
    [[all(), all(), [...all(), { id: nameOf(9), atUs: startUs + 1e6 }]], 1],
  ] as const) {
    const { status, words } = judged(growing(pages));
    assert.equal(status, 'fail', words);
    assert.match(words, new RegExp(`${n} processed more than once of 10 signals`));
  }
});

test('pages that differ by more than what came since are the lists of webhooks, and hold doubles', () => {
  const own = (webhook: number): readonly Entry[] => all().filter((_, n) => n % 2 === webhook);
  for (const pages of [
    // What is more is as old as the rest.
    [own(0), all()],
    // The later page lacks something.
    [all().slice(0, 8), all().slice(1)],
    // The earlier page holds more.
    [all(), all().slice(0, 8)],
  ]) {
    const { status, words } = judged(growing(pages));
    assert.equal(status, 'fail', words);
    assert.doesNotMatch(words, /hold the same entries/);
  }
});

test('a list that settled did not grow while it was read: what is more on one page is a double', () => {
  const { status, words } = judged(pagesOf([all().slice(0, 8), all()]));
  assert.equal(status, 'fail', words);
  assert.match(words, /8 processed more than once/);
});

test('a list for each webhook is judged as it was, also while it grows', () => {
  const own = (webhook: number): readonly Entry[] => all().filter((_, n) => n % 2 === webhook);
  const settled = judged(pagesOf([own(0), own(1)]));
  assert.equal(settled.status, 'pass', settled.words);
  for (const pages of [
    [own(0), own(1).slice(0, 4)],
    [[], own(1)],
  ]) {
    const { status, words } = judged(growing(pages));
    assert.equal(status, 'inconclusive', words);
    assert.doesNotMatch(words, /hold the same entries/);
  }
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

test('a list that holds the ids of many others before the run is one list, too', () => {
  const page = [...ofOthers, ...all()];
  const { status, words } = judged(pagesOf([page, page]));
  assert.equal(status, 'pass', words);
  assert.match(words, /10 effects of 10 signals/);
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
  const counts = new EffectCounts([nameOf(0)]);
  for (const webhook of [0, 1]) {
    const page = [...ofOthers, ...all(), { id: nameOf(3), atUs: startUs + 400_000 }];
    for (const { id, atUs } of page) counts.add(id, webhook, atUs);
    counts.readbacks.set(webhook, page.length);
  }
  const piece = pagesOf([], 2);
  counts.moveInto(piece);
  const seen = readAsOneList(piece, embedded);
  const effects = Array.from({ length: sentTo }, (_, n) => seen.effects(piece.signals.indexOf(nameOf(n))));
  assert.deepEqual(effects, [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]);
});

test('a long scenario in pieces counts a list that grew once, and what stands twice on one page twice', () => {
  const counts = new EffectCounts([nameOf(0)]);
  const again = { id: nameOf(9), atUs: startUs + 1e6 };
  for (const [webhook, page] of [all().slice(0, 8), all().slice(0, 9), [...all(), again]].entries()) {
    for (const { id, atUs } of page) counts.add(id, webhook, atUs);
  }
  const piece = pagesOf([], 3);
  piece.readbacks.clear();
  counts.moveInto(piece);
  const seen = readAsOneList(piece, embedded);
  const effects = Array.from({ length: sentTo }, (_, n) => seen.effects(piece.signals.indexOf(nameOf(n))));
  assert.deepEqual(effects, [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
});

test('what was promised of an id of two webhooks is there when the list names it twice', () => {
  const id = makeSignalId({ runTag: 'tag', code: roles['idempotency.other-webhook'].code, n: 1 });
  assert.deepEqual(withNamesOnWebhooks(['tag-1', id], 2), ['tag-1', id]);
  assert.deepEqual(withNamesOnWebhooks([id, id], 2), [id, id, `${id}~@0`, `${id}~@1`]);
});
