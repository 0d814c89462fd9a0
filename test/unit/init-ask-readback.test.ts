import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configText } from '../../cli/init/config-text.ts';
import { workedOut } from '../../cli/init/draft.ts';
import { draftFromQuestions } from '../../cli/init/from-questions.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

/** The profile of someone who answers these questions, and takes what is offered to all others. */
async function answered(answers: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([start, given]) => [start, [...given]]));
  const draft = await draftFromQuestions(async (question, offered) => {
    asked.push(question);
    const key = [...left.keys()].find((start) => question.startsWith(start));
    return (key === undefined ? undefined : left.get(key)?.shift()) ?? offered;
  });
  const { profile, problems } = readProfile(workedOut(draft.target));
  assert.deepEqual(problems, []);
  return { readback: profile?.readback, text: configText(draft), asked };
}

const listQuestion = 'Path whose answer (JSON) lists each signal';

test('what was processed can be read back by a list of one page, with the access of the signals', async () => {
  const { readback, text } = await answered({
    [listQuestion]: ['http://127.0.0.1:8000/hooks/{token}/events'],
    'Field of the answer that holds the list': ['none'],
    'Field of an entry that holds the id': ['event_id'],
    'Field of an entry that holds when': ['done_at'],
  });
  assert.ok(readback?.kind === 'url');
  const { path, headers, items, id, processedAtUs, next, total } = readback;
  assert.deepEqual(
    { path, headers, items, id, processedAtUs, next, total },
    {
      path: '/hooks/{token}/events',
      headers: { 'X-Webhook-Secret': '{secret}' },
      ...{ items: null, id: 'event_id', processedAtUs: 'done_at', next: null, total: null },
    },
  );
  assert.match(text, /twice if it was processed twice/);
  assert.doesNotMatch(text, /Without it exactly-once cannot pass/);
});

test('a list of pages asks for what leads to the next one', async () => {
  const { readback } = await answered({
    [listQuestion]: ['/hooks/{token}/events?after={after}&key={secret}'],
    'Field of the answer that holds what {after}': ['cursor'],
  });
  assert.ok(readback?.kind === 'url');
  assert.deepEqual([readback.next, readback.items, readback.id], ['cursor', 'signals', 'signal_id']);
  assert.equal(readback.headers?.['X-Webhook-Secret'], undefined);
});

test('a list that asks for a token of its own takes it from READBACK_TOKEN, in a header or the path', async () => {
  for (const [name, value] of [
    ['Authorization', 'Bearer {readbackToken}'],
    ['X-Admin-Token', '{readbackToken}'],
  ] as const) {
    const { readback, text } = await answered({
      [listQuestion]: ['/admin/signals'],
      'Header for a token of its own': [name],
    });
    assert.ok(readback?.kind === 'url');
    assert.deepEqual(readback.headers, { [name]: value });
    assert.doesNotMatch(text, /asked with the secret of the signals/);
  }
  const { readback, asked } = await answered({ [listQuestion]: ['/admin/signals?key={readbackToken}'] });
  assert.ok(readback?.kind === 'url');
  assert.deepEqual(readback.headers, {});
  assert.equal(asked.filter((question) => question.startsWith('Header for a token')).length, 0);
});

test('one list of all webhooks needs no {token}', async () => {
  const { readback, text } = await answered({ [listQuestion]: ['/open'] });
  assert.ok(readback?.kind === 'url');
  assert.equal(readback.path, '/open');
  assert.match(text, /one list of all webhooks is read once/);
});

test('skipped, which is offered, it says in the profile what is missing', async () => {
  const { readback, text, asked } = await answered({});
  assert.deepEqual(readback, { kind: 'none' });
  assert.match(text, /Without it exactly-once cannot pass/);
  assert.equal(asked.filter((question) => question.startsWith('Field of an entry')).length, 0);
});

test('a path that could not be read back is asked again, and then left out', async () => {
  const wrong = ['https://other.example/list', 'events', '/hooks/{token}/{nobody}'];
  const { readback, asked } = await answered({ [listQuestion]: wrong });
  assert.equal(asked.filter((question) => question.startsWith(listQuestion)).length, 3);
  assert.deepEqual(readback, { kind: 'none' });
});
