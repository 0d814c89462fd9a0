import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

// The built command: what it loads only for --pod is there.

const command = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'webhook-stress.js');
const folder = mkdtempSync(join(tmpdir(), 'pod-'));

function runWith(pod: string): { readonly code: number | null; readonly err: string } {
  const file = join(folder, 'pod.yaml');
  writeFileSync(file, pod);
  const args = ['run', 'burst', '--on', 'kubernetes', '--image', 'localhost/none', '--pod', file];
  const env = { PATH: process.env.PATH ?? '', BASE_URL: 'http://127.0.0.1:9', KUBECONFIG: join(folder, 'none') };
  const { status, stderr } = spawnSync(process.execPath, [command, ...args, '--reports', folder], {
    ...{ env, encoding: 'utf8', timeout: 60_000 },
  });
  return { code: status, err: stderr };
}

test('the file of --pod is read, and one that is no YAML is a problem in one line', () => {
  const wrong = runWith('nodeSelector: {a: b\n');
  assert.equal(wrong.code, 2, wrong.err);
  assert.match(wrong.err, /--pod: .*pod\.yaml is not YAML: /);
  const whole = runWith('apiVersion: v1\nkind: Pod\n');
  assert.equal(whole.code, 2, whole.err);
  assert.match(whole.err, /holds a whole object/);
  const right = runWith('nodeSelector:\n  a: b\n');
  assert.equal(right.code, 2, right.err);
  assert.doesNotMatch(right.err, /--pod/);
});
