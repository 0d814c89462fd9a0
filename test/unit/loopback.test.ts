import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backend } from '../../cli/commands/backend.ts';
import { isLoopback } from '../../cli/loopback.ts';

const local = ['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', '::1%lo', '::ffff:127.0.0.1', '::FFFF:7f00:1'];
const reachable = [
  '0.0.0.0',
  '::',
  '::ffff:0.0.0.0',
  '10.0.0.1',
  '::ffff:10.0.0.1',
  'fd00::1',
  'fe80::1%eth0',
  '128.0.0.1',
];
/** What the system makes of a name, nobody knows here. */
const names = ['staging.example', 'localhost.example', '127.0.0.1.example', '0', '127.1', '2130706433'];

test('what is loopback, in every way of writing it', () => {
  for (const address of local) assert.equal(isLoopback(address), true, address);
  for (const address of [...reachable, ...names, 'localhost', '']) assert.equal(isLoopback(address), false, address);
});

/** What is wrong with the command; a fault that does not exist keeps it from starting. */
async function problemsOf(host: string, password: string | undefined): Promise<string> {
  const before = process.env.LOGIN_PASSWORD;
  if (password === undefined) delete process.env.LOGIN_PASSWORD;
  else process.env.LOGIN_PASSWORD = password;
  try {
    await backend(['--host', host, '--fault', 'no-such-fault']);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (before === undefined) delete process.env.LOGIN_PASSWORD;
    else process.env.LOGIN_PASSWORD = before;
  }
  throw new Error('it was not refused');
}

test('the embedded backend refuses to listen beyond loopback with the password that everyone knows', async () => {
  const refusal = /is not a loopback address, and the default password is public: set LOGIN_PASSWORD to your own/;
  for (const host of [...reachable, ...names]) {
    for (const known of [undefined, '', 'stress-password']) assert.match(await problemsOf(host, known), refusal, host);
    assert.doesNotMatch(await problemsOf(host, 'one of my own'), refusal, host);
  }
  for (const host of [...local, 'localhost']) assert.doesNotMatch(await problemsOf(host, undefined), refusal, host);
});
