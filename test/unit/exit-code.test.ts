import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf, toldOfUncaught } from '../../cli/exit-code.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';

const secret = 'canary-secret-0b7e';

async function ended(command: () => Promise<number>) {
  let text = '';
  const code = await exitCodeOf(
    command,
    () => [secret],
    (told) => {
      text += told;
    },
  );
  return { code, text };
}

function throwing(error: unknown): () => Promise<number> {
  return async () => {
    throw error;
  };
}

test('the exit code of a command is its own, and nothing is told', async () => {
  for (const code of [0, 1, 2, 3, 130]) assert.deepEqual(await ended(async () => code), { code, text: '' });
});

test('a bug ends with 70 and its stack, whatever was thrown, and tells no secret', async () => {
  const bug = await ended(throwing(new TypeError(`cannot read ${secret} of undefined`)));
  assert.equal(bug.code, 70);
  assert.match(
    bug.text,
    /^webhook-stress: this is a bug of webhook-stress: TypeError: cannot read \S+ of undefined\n {4}at /,
  );
  assert.equal(bug.text.includes(secret), false);
  for (const odd of ['a word', undefined, null, { code: 'ENOENT' }]) {
    const { code, text } = await ended(throwing(odd));
    assert.equal(code, 70);
    assert.match(text, /this is a bug/);
  }
});

test('a full disk in a file of ours is no bug and no verdict: one line that names the file, exit code 3', async () => {
  const noSpace = new Error("ENOSPC: no space left on device, open '/r/report.json.new'");
  assert.deepEqual(await ended(throwing(new UnwritableFileError('/r/report.json', noSpace))), {
    code: 3,
    text: 'webhook-stress: /r/report.json could not be written (ENOSPC: no space left on device)\n',
  });
});

test('what people can mend is one line and exit code 2; but not if it is thrown past every command', async () => {
  const expected = new ExpectedError('run: --cooldown is "soon"; give seconds');
  assert.deepEqual(await ended(throwing(expected)), {
    code: 2,
    text: 'webhook-stress: run: --cooldown is "soon"; give seconds\n',
  });
  const quoting = new ExpectedError('run: LIMIT is "redis://:hunter2@h/0"; it must be a whole number');
  assert.equal(quoting.message, 'run: LIMIT is "redis://‹secret›@h/0"; it must be a whole number');
  assert.equal(toldOfUncaught(expected, []).code, 70);
  assert.equal(toldOfUncaught(new Error('a bug'), []).code, 70);
});
