import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { draftFromQuestions } from '../../cli/init/from-questions.ts';
import { AskingInterrupted, Terminal } from '../../cli/init/terminal.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';

/** A terminal at which keys are pressed one after the other, and what it has shown. */
function pressed(...keys: readonly string[]) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    // A key is pressed when a question stands open.
    if (shown.endsWith(']: ')) {
      const key = keys[next];
      next += 1;
      if (key !== undefined) setImmediate(() => input.write(key));
    }
  });
  let next = 0;
  return { terminal: new Terminal({ input, output, terminal: true }), input, shown: () => shown };
}

test('Ctrl-C at a question interrupts, and Ctrl-D says what to do', async () => {
  await assert.rejects(pressed('\x03').terminal.ask('URL', 'x'), AskingInterrupted);
  for (const rejected of [
    pressed('\x04').terminal.ask('URL', 'x'),
    pressed('\x04').terminal.choose('Which', ['a', 'b']),
  ]) {
    await assert.rejects(
      rejected,
      (error) => error instanceof ExpectedError && /nothing was written/.test(error.message),
    );
  }
});

test('input that has ended answers no further question, and an answer is one', async () => {
  const { terminal, input } = pressed('typed\r');
  assert.equal(await terminal.ask('URL', 'x'), 'typed');
  const open = terminal.ask('Path', 'x');
  input.end();
  await assert.rejects(open, ExpectedError);
  await assert.rejects(terminal.ask('Path', 'x'), ExpectedError);
});

test('an answer that does not fit is told what is expected, and one that fits is not', async () => {
  const told: string[] = [];
  const wrong = new Map([
    ['URL of the server', 'localhost:31200'],
    ['Path that receives', 'hook/{token}'],
    ['Path whose answer', 'open'],
  ]);
  await draftFromQuestions(async (question, offered, expected) => {
    if (expected !== null) told.push(expected);
    const key = [...wrong.keys()].find((start) => question.startsWith(start)) ?? '';
    const answer = wrong.get(key) ?? offered;
    wrong.delete(key);
    return answer;
  });
  assert.equal(told.length, 3);
  assert.match(told[0] ?? '', /begins with http:\/\//);
  assert.match(told[1] ?? '', /begins with \//);
  assert.match(told[2] ?? '', /a path that begins with \//);
});
