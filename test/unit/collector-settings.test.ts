import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lateCollectorIn, otherThan } from '../../monitor/system/collector-settings.ts';

const found = (commandLine: string, environment = ''): string =>
  lateCollectorIn(commandLine.replaceAll(' ', '\0'), environment.replaceAll(' | ', '\0')).join('; ');

test('collector settings: what makes a collector wait is told in our words', () => {
  assert.equal(
    found('node --max-semi-space-size=128 --min_semi_space_size=64 server.js'),
    'a young generation of 128 MB; a young generation of 64 MB',
  );
  assert.equal(
    found('node server.js', 'A=1 | NODE_OPTIONS=--enable-source-maps --max-semi-space-size=64'),
    'a young generation of 64 MB',
  );
  assert.equal(found('/srv/app', 'GOGC=off'), 'GOGC=off');
  assert.equal(found('/srv/app', 'GOGC=400 | HOME=/root'), 'GOGC=400');
  assert.equal(found('puma', 'RUBY_GC_HEAP_GROWTH_FACTOR=2.0'), 'RUBY_GC_HEAP_GROWTH_FACTOR');
});

test('collector settings: usual ones, and what only looks like one, tell nothing', () => {
  for (const commandLine of [
    'node --max-semi-space-size=16 a.js',
    'node a.js --max-semi-space-size',
    'node --max-semi-space-size=secret',
  ])
    assert.equal(found(commandLine), '', commandLine);
  for (const environment of [
    'GOGC=100',
    'GOGC=50',
    'GOGC=hunter2',
    'XGOGC=off',
    'RUBY_GC_TOKEN=hunter2',
    'NODE_OPTIONS=',
    '',
  ])
    assert.equal(found('node a.js', environment), '', environment);
});

test('a program is told where the label of its process does not begin with it', () => {
  assert.equal(otherThan('app.pl', '/usr/bin/perl'), 'perl');
  assert.equal(otherThan('gunicorn', '/usr/bin/python3.11'), 'python3.11');
  assert.equal(otherThan('starman worker', '/opt/perl5.36.0 (deleted)'), 'perl5.36.0');
  assert.equal(otherThan('python3 gunicorn', '/usr/bin/python3.11'), null);
  assert.equal(otherThan('signals-api', '/srv/signals-api'), null);
  assert.equal(otherThan('node server.js', null), null);
});
