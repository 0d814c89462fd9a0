import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeatAnswer } from '../../cli/doctor/repeat-answer.ts';

const redact = (text: string): string => text.replaceAll('canary', '‹secret›');

function told(first: unknown, again: unknown, statuses: readonly [number, number] = [200, 200]) {
  const [one, other] = [first, again].map((body) => (typeof body === 'string' ? body : JSON.stringify(body)));
  return repeatAnswer({ status: statuses[0], body: one ?? '' }, { status: statuses[1], body: other ?? '' }, redact);
}

const ruleFor = (first: unknown, again: unknown): string | null => told(first, again)?.rule ?? null;

test('a field that says that it is a repeat is quoted first, and becomes a rule', () => {
  const field = (path: string, equals: string): string =>
    `{ outcome: 'duplicate', statuses: [200], body: { field: '${path}', equals: ${equals} } }`;
  const found = told({ id: 7, status: 'accepted' }, { id: 8, status: 'duplicate' });
  assert.equal(
    found?.words,
    ', with status: "duplicate" where the first had "accepted", with id: 8 where the first had 7',
  );
  assert.equal(found?.rule, field('status', "'duplicate'"));
  assert.equal(
    ruleFor({ data: { status: 'ok' } }, { data: { status: 'already processed' } }),
    field('data.status', "'already processed'"),
  );
  assert.equal(ruleFor({}, { duplicate: true }), field('duplicate', 'true'));
  assert.equal(ruleFor({ created: true }, { created: false }), field('created', 'false'));
});

test('what differs by chance is quoted, and is no rule', () => {
  for (const [first, again] of [
    [{ id: 'a-1' }, { id: 'b-2' }],
    [{ worker: 'alpha' }, { worker: 'beta' }],
    [{ at: 1 }, { at: 2 }],
    [{ duplicate: true }, { duplicate: false }],
  ]) {
    const found = told(first, again);
    assert.match(found?.words ?? '', / where the first had /);
    assert.equal(found?.rule, null);
  }
  assert.equal(told({ id: 1 }, { id: 1 }), null);
});

test('another status is a rule by itself, unless the server failed', () => {
  const found = told('', '', [202, 200]);
  assert.deepEqual(found, {
    words: ', where the first had 202',
    rule: "{ outcome: 'duplicate', statuses: [200] }",
  });
  assert.equal(told('', 'oops', [202, 500])?.rule, null);
});

test('what the server answers is hostile: secrets are hidden, and what is no plain word goes into no rule', () => {
  const found = told({ api_key: 'first' }, { api_key: 'hidden-1', note: 'canary \u001b[31m\n', text: 'x'.repeat(500) });
  assert.doesNotMatch(found?.words ?? '', /hidden-1|canary|\p{Cc}|x{50}/u);
  assert.equal(ruleFor({}, { "du'p": true, status: "duplicate' }, {" }), null);
  assert.equal(told('ok', 'ok again')?.words, ', with the body "ok again" where the first had "ok"');
});
