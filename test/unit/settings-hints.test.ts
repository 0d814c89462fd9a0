import assert from 'node:assert/strict';
import { test } from 'node:test';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { nothingTested, remedyOf, settingsHints } from '../../analysis/settings-hints.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const asked = { baseUrl: 'http://127.0.0.1:8000', profile: builtInProfiles.embedded, redirect: null };

test('what a refusal says of the settings', () => {
  for (const [status, says] of [
    [401, /the secret of these webhooks right \(WEBHOOK_SECRET, if you set it\)/],
    [404, /is the path in the profile right/],
    [405, /is the method/],
    [415, /is the body/],
    [409, /add an answer with the outcome `duplicate` or `pending`/],
    [425, /add an answer with the outcome `duplicate` or `pending`/],
    [403, /the secret of these webhooks right .* If the limiter bans .* limiter\.penaltyMs/],
    [421, /Misdirected Request/],
  ] as const) {
    assert.match(remedyOf(status, asked) ?? '', says);
  }
  assert.equal(remedyOf(500, asked), null);
  const redirected = (redirect: string, path = '/hook/{token}') =>
    remedyOf(307, { ...asked, redirect, profile: { ...asked.profile, request: { ...asked.profile.request, path } } });
  assert.match(redirected('/hook/{token}/') ?? '', /end the path in the profile with \//);
  assert.match(redirected('/hook/{token}', '/hook/{token}/') ?? '', /without \//);
  assert.match(redirected('https://elsewhere/hook') ?? '', /begin BASE_URL with https/);
});

test('a path that was not found is told whole, with what BASE_URL adds; a token only where the path has one', () => {
  const given = (path: string, baseUrl: string) =>
    remedyOf(404, {
      ...{ baseUrl, redirect: null },
      profile: { ...asked.profile, provisioning: { kind: 'given' }, request: { ...asked.profile.request, path } },
    });
  assert.equal(
    given('/webhook', 'http://127.0.0.1:8750/api'),
    'is the path right (/api/webhook: /api of BASE_URL, or of baseUrl in the profile, then request.path)?',
  );
  assert.equal(given('/webhook', 'http://127.0.0.1:8750'), 'is the path in the profile right (/webhook)?');
  assert.match(
    given('/hook/{token}', 'http://127.0.0.1:8750/api') ?? '',
    /\/api\/hook\/\{token\}.*, and WEBHOOK_TOKEN one/,
  );
});

const refused = (n: number, status: number): MadeRequest[] =>
  Array.from({ length: n }, (_, at) => ({ atMs: at * 10, outcome: 'rejected' as const, status }));

test('a run in which every signal was refused alike tested nothing; one accepted signal makes it a remark', () => {
  const hintsOf = (requests: readonly MadeRequest[]) =>
    settingsHints(runOf([{ name: 'burst', ledger: ledgerOf(requests) }]));
  const { every } = hintsOf(refused(5, 401));
  assert.match(
    nothingTested(every ?? ''),
    /nothing was tested: every signal was answered with 401: is the secret of these webhooks right/,
  );
  const mixed = hintsOf([...refused(5, 401), { atMs: 90, outcome: 'accepted' }]);
  assert.equal(mixed.every, null);
  assert.match(mixed.some.join(), /5 of 6 signals answered with 401/);
});

test('a server that throttles in spite of a profile without a limiter is not accused, and the profile is named', () => {
  const unlimited = { ...builtInProfiles.embedded, limiter: { kind: 'none' as const } };
  const judged = (outcomes: readonly (readonly [MadeRequest['outcome'], number])[]) => {
    const each = outcomes.flatMap(([outcome, n]) => Array.from({ length: n }, () => outcome));
    const requests = each.map((outcome, at) => ({
      atMs: at * 500,
      outcome,
      status: outcome === 'limited' ? 429 : 500,
    }));
    return successRate.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { profile: unlimited }));
  };
  const throttled = judged([
    ['accepted', 172],
    ['limited', 140],
  ]);
  const words = /the server answers 429 \(140 of 312 signals\), but the profile declares no limiter: declare it/;
  assert.equal(throttled.status, 'inconclusive', throttled.summary);
  assert.match(throttled.summary, words);
  assert.doesNotMatch(JSON.stringify(throttled), /criterion says what the limiter does/);
  const broken = judged([
    ['accepted', 100],
    ['limited', 140],
    ['failed', 100],
  ]);
  assert.equal(broken.status, 'fail', 'what fails without the throttled is still a fault');
  const few = judged([
    ['accepted', 300],
    ['limited', 3],
  ]);
  assert.equal(few.status, 'pass');
  assert.match(few.evidence?.join() ?? '', /answers 429 \(3 of 303 signals\)/);
});
