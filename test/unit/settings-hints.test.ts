import assert from 'node:assert/strict';
import { test } from 'node:test';
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
