import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ownEnvironment, readEnvironment, withholdSecrets } from '../../cli/environment.ts';
import { secretNames } from '../../cli/environment-variables.ts';

test('a program that a library starts inherits no secret, and this process still knows them', () => {
  for (const name of secretNames) process.env[name] = `redis://:canary-${name}@here`;
  process.env.OF_THE_USER = 'kept';
  const inherited = (): string => execFileSync('env', { encoding: 'utf8' });
  assert.match(inherited(), /canary/);
  const { secrets } = readEnvironment();
  withholdSecrets();
  assert.doesNotMatch(inherited(), /canary/);
  assert.match(inherited(), /^OF_THE_USER=kept$/m);
  assert.deepEqual(readEnvironment().secrets, secrets);
  assert.equal(ownEnvironment.MONITORING_TOKEN, 'redis://:canary-MONITORING_TOKEN@here');
});
