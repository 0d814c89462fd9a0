import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asTyped, typedCommand } from '../../cli/typed-command.ts';

test('the command is told as the user can type it', () => {
  const own = '/home/me/app/node_modules/.bin/webhook-stress';
  assert.equal(typedCommand(own, { npm_command: 'exec' }, '/home/me/app'), 'npx webhook-stress');
  assert.equal(typedCommand('/usr/local/bin/webhook-stress', {}, '/home/me/app'), 'webhook-stress');
  const built = '/home/me/app/dist/cli/webhook-stress.js';
  assert.equal(typedCommand(built, {}, '/home/me/app'), 'node dist/cli/webhook-stress.js');
  assert.equal(typedCommand(built, { npm_command: 'run-script' }, '/home/me/app'), 'node dist/cli/webhook-stress.js');
});

test('what is to be copied is one line that a shell takes as it is meant', () => {
  assert.match(asTyped('report', "/my reports/it's"), / report '\/my reports\/it'\\''s'$/);
  assert.match(asTyped('report', '/reports/2026-11-27T16-00-00'), / report \/reports\/2026-11-27T16-00-00$/);
  assert.equal(typedCommand('/a b/x.js', {}, '/a b/c'), 'node ../x.js');
  assert.equal(typedCommand('/c/a b/x.js', {}, '/c'), "node 'a b/x.js'");
});
