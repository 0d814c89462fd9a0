import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typedCommand } from '../../cli/init/typed-command.ts';

test('the command is told as the user can type it', () => {
  const own = '/home/me/app/node_modules/.bin/webhook-stress';
  assert.equal(typedCommand(own, { npm_command: 'exec' }, '/home/me/app'), 'npx webhook-stress');
  assert.equal(typedCommand('/usr/local/bin/webhook-stress', {}, '/home/me/app'), 'webhook-stress');
  const built = '/home/me/app/dist/cli/webhook-stress.js';
  assert.equal(typedCommand(built, {}, '/home/me/app'), 'node dist/cli/webhook-stress.js');
  assert.equal(typedCommand(built, { npm_command: 'run-script' }, '/home/me/app'), 'node dist/cli/webhook-stress.js');
});
