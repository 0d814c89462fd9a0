import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultNames, faultNeed } from '../../backend/fault-table.ts';
import { backend } from '../../cli/commands/backend.ts';

const problemsOf = async (...args: string[]): Promise<string> => {
  try {
    // A port that is no port keeps the backend from starting.
    await backend(['--port', 'none', ...args]);
  } catch (error) {
    return String(error);
  }
  throw new Error('the backend started');
};

test('backend: a fault that needs an option is refused without it, and says which', async () => {
  const needy = faultNames.filter((name) => faultNeed(name) !== null);
  assert.ok(needy.length >= 8);
  for (const name of faultNames) {
    const said = await problemsOf('--fault', name);
    assert.equal(said.includes(`--fault ${name} needs ${faultNeed(name)}`), needy.includes(name), name);
  }
  const met = [
    '--signature',
    'stripe',
    '--keys-of',
    'client',
    '--penalty-ms',
    '1000',
    '--redis',
    'redis://127.0.0.1:6379',
  ];
  assert.doesNotMatch(await problemsOf(...met, ...needy.flatMap((name) => ['--fault', name])), /--fault/);
  assert.match(
    await problemsOf('--signature', 'github', '--fault', 'accepts-stale'),
    /--fault accepts-stale needs --signature with a tolerance, such as stripe/,
  );
});
