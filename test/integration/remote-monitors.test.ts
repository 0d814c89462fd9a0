import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Interrupt } from '../../cli/run/interrupt.ts';
import { ManifestFile } from '../../cli/run/manifest-file.ts';
import { RemoteMonitors } from '../../cli/run/remote-monitors.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { newClock } from '../../monitor/clock.ts';
import { serveMonitor } from '../../monitor/serve/monitor-service.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { manifestOf, sampleOf } from '../fixtures/run.ts';

const token = 'a-secret-of-the-monitors';
const access = { allowHosts: [], token, trust: null };

/** All clocks here are this one, but for what they are ahead of it. */
const base = newClock();

/** A monitor on a machine of that name, by its own clock. */
async function machine(t: TestContext, host: string, aheadMs: number, at: { runId: string; port?: number }) {
  const journal = join(mkdtempSync(join(tmpdir(), 'machine-')), 'local.ndjson');
  const lines = [
    { format: 'server', version: 3, runId: at.runId, startedAtUs: 1, clock: { wallUs: 1, monotonicUs: 1 } },
    { bootId: host, host, rootPid: 1, cores: 1, intervalMs: 1000, memorySource: 'rss' },
  ];
  writeFileSync(journal, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const clock = { pair: base.pair, nowUs: () => base.nowUs() + aheadMs * 1000 };
  const served = { journal, runId: at.runId, host, clock, token };
  const service = await serveMonitor(served, '127.0.0.1', at.port ?? 0);
  t.after(() => service.close());
  return { ...service, journal };
}

function session() {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  return {
    folder,
    clock: base,
    manifest: new ManifestFile(folder, manifestOf(['hft'], builtInProfiles.embedded)),
    line: { say: () => {}, warn: () => {} },
    interrupt: new Interrupt(() => {}),
  };
}

test('each clock is measured before and after, and each file fetched under the name of its machine', async (t) => {
  const machines = [
    await machine(t, 'app-1', 700, { runId: 'one' }),
    await machine(t, 'app-1', -400, { runId: 'two' }),
    await machine(t, 'local', 0, { runId: 'three' }),
  ];
  const run = session();
  const remotes = await RemoteMonitors.find(
    machines.map(({ url }) => url),
    access,
  );
  await remotes.begin(run);
  assert.deepEqual(run.manifest.manifest.monitors, ['local', 'app-1', 'app-1-2', 'local-2']);
  for (const { journal } of machines) appendFileSync(journal, `${JSON.stringify(sampleOf(0))}\n`);
  await remotes.end(run);
  const noted = run.manifest.manifest.remoteMonitors ?? [];
  assert.deepEqual(
    noted.map(({ id, runId, problem, clock }) => [id, runId, problem, clock.length]),
    [
      ['app-1', 'one', null, 2],
      ['app-1-2', 'two', null, 2],
      ['local-2', 'three', null, 2],
    ],
  );
  for (const [n, ahead] of [700, -400, 0].entries()) {
    for (const { aheadUs, uncertaintyUs } of noted[n]?.clock ?? []) {
      assert.ok(Math.abs(aheadUs - ahead * 1000) <= uncertaintyUs + 1);
    }
  }
  for (const id of remotes.ids) assert.ok(existsSync(join(run.folder, journalFiles.monitor(id))));
  remotes.standAlone(run);
  assert.deepEqual(run.manifest.manifest.monitors, ['app-1', 'app-1-2', 'local-2']);
});

test('a monitor that is started anew in mid-run is told, and its clock is not taken for that of the first', async (t) => {
  const first = await machine(t, 'app-1', 0, { runId: 'one' });
  const run = session();
  const remotes = await RemoteMonitors.find([first.url], access);
  await remotes.begin(run);
  first.close();
  await machine(t, 'app-1', 9000, { runId: 'two', port: Number(new URL(first.url).port) });
  await remotes.end(run);
  const [noted] = run.manifest.manifest.remoteMonitors ?? [];
  assert.equal(noted?.problem, 'the monitor was started anew during the run');
  assert.equal(noted?.clock.length, 1);
});

test('nothing is asked that is not there, refuses the token, or lies outside loopback without leave', async (t) => {
  const { url } = await machine(t, 'app-1', 0, { runId: 'one' });
  await assert.rejects(
    RemoteMonitors.find(['http://127.0.0.1:1'], access),
    /--monitor-url: .* does not answer.*--listen/,
  );
  await assert.rejects(RemoteMonitors.find([url], { ...access, token: 'another' }), /refuses MONITOR_TOKEN/);
  await assert.rejects(
    RemoteMonitors.find(['http://192.0.2.1:9464'], access),
    /not loopback: add --allow-host 192\.0\.2\.1/,
  );
});

test('a run without such monitors notes none', async () => {
  const run = session();
  const remotes = await RemoteMonitors.find([], access);
  await remotes.begin(run);
  remotes.standAlone(run);
  await remotes.end(run);
  assert.equal(run.manifest.manifest.remoteMonitors, undefined);
  assert.deepEqual(run.manifest.manifest.monitors, ['local']);
});
