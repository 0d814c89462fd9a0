import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { runAction } from '../fixtures/github-action.ts';
import { reportOf } from './stress.ts';

const webhooks = Array.from({ length: 20 }, (_, n) => `hook-${n}`).join(',');

/** A repository of somebody else: nothing of ours is in it. */
function repository(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  return folder;
}

const configOf = (port: number): string => `import { defineTarget } from 'webhook-stress';

export default defineTarget({
  name: 'shop',
  baseUrl: 'http://127.0.0.1:${port}',
  request: { path: '/hooks/{token}' },
  secret: { in: 'none' },
  answers: [
    { outcome: 'duplicate', statuses: [200], body: { is: 'same-as-first' } },
    { outcome: 'accepted', statuses: [200] },
  ],
  limiter: { kind: 'none' },
  idempotency: { kind: 'ttl', ttlMs: 1000 },
  readback: { kind: 'url', path: '/hooks/{token}/signals', next: null, total: null },
  provisioning: { kind: 'given' },
  monitoring: { health: '/health', redis: null, database: null },
  redis: 'none',
  database: 'none',
});
`;

test('action: a server of another repository, started by quoted arguments, is green', async () => {
  const port = await freePort();
  const checkout = repository({ 'stress.config.ts': configOf(port) });
  const server = join(import.meta.dirname, '..', 'fixtures', 'keyed-server.mjs');
  copyFileSync(server, join(checkout, 'my server.mjs'));
  const { status, outputs, summary, log, uses } = await runAction({
    checkout,
    inputs: {
      scenarios: 'burst',
      args: `--exec "node 'my server.mjs' ${port} webhook,signal_id"\n--run-id p1`,
      reports: 'my reports',
    },
    env: { WEBHOOK_TOKEN: webhooks, WEBHOOK_SECRET: webhooks },
  });
  assert.equal(status, 0, log);
  const folder = join(checkout, 'my reports', 'p1');
  const { artifact = '', ...told } = outputs;
  assert.match(artifact, /^webhook-stress-load-2-[0-9a-f]{4}$/);
  const report = reportOf(folder);
  assert.deepEqual(told, {
    verdict: report.verdict,
    'exit-code': '0',
    report: join(folder, 'report.html'),
    folder,
  });
  assert.equal(report.run?.profile.name, 'shop');
  assert.ok(existsSync(told.report ?? ''));
  assert.equal(summary, readFileSync(join(folder, 'report.md'), 'utf8'));
  assert.doesNotMatch(log, /^::error/m);
  assert.deepEqual(uses.at(-1), {
    action: 'actions/upload-artifact@v4',
    with: { name: artifact, path: folder },
  });
});

test('action: a broken server is red, with an annotation, and the report is kept all the same', async () => {
  const { status, outputs, summary, log, uses } = await runAction({
    checkout: repository(),
    inputs: { scenarios: 'burst', args: '--fault duplicate-twice', artifact: 'mine' },
  });
  assert.equal(status, 1, log);
  assert.deepEqual([outputs.verdict, outputs['exit-code'], outputs.artifact], ['fail', '1', 'mine']);
  assert.match(log, /^::error title=Exactly once%3A fail::[^\n]+$/m);
  assert.match(summary, /Failed: /);
  assert.deepEqual(uses.at(-1)?.with, { name: 'mine', path: outputs.folder });
});

test('action: bad input is red, no word of it is carried out, and the summary says that there is no report', async () => {
  const checkout = repository();
  const { status, outputs, summary, log, uses } = await runAction({
    checkout,
    inputs: { scenarios: '$(touch hit) `touch hit`; touch hit' },
  });
  assert.equal(status, 2);
  assert.equal(existsSync(join(checkout, 'hit')), false);
  assert.deepEqual([outputs.verdict, outputs['exit-code'], outputs.folder], ['', '2', '']);
  assert.match(log, /^::error title=webhook-stress::run: Unknown scenario “\$\(touch”/m);
  assert.match(summary, /^# webhook-stress wrote no report\n/);
  assert.ok(!uses.some(({ action }) => action.startsWith('actions/upload-artifact')));
});

test('action: a quote that is not closed is told by the name of its variable', async () => {
  const { status, log } = await runAction({ checkout: repository(), inputs: { args: "--exec 'node" } });
  assert.equal(status, 2);
  assert.match(log, /^::error title=webhook-stress::run: STRESS_ARGS has a quote \('\) that is not closed$/m);
});
