import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { monitorEnvironment } from '../../cli/processes/child-environment.ts';
import { ownK6 } from '../../cli/run/k6-binary.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-own-k6-'));
after(() => rmSync(folder, { recursive: true }));

function programSaying(name: string, version: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the k6 that K6_BIN names is our build if its version says so, wherever it lies', async () => {
  const env = { PATH: '/usr/bin:/bin' };
  const ours = programSaying('ours', 'k6 v2.2.0\nExtensions:\n  webhook-stress/k6/timeline , timeline [output]');
  const stock = programSaying('stock', 'k6 v2.2.0');
  assert.equal(await ownK6(ours, env), ours);
  const without = await ownK6(null, env);
  for (const given of [stock, join(folder, 'none')]) assert.equal(await ownK6(given, env), without);
});

test('the monitor of a run is told which k6 it is', () => {
  assert.equal(monitorEnvironment({ K6_BIN: '/opt/k6' }).K6_BIN, '/opt/k6');
});
