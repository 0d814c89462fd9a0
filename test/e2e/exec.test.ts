import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { isAlive, reportOf, root, startStress, statuses, statusOf, stress, underWay, until } from './stress.ts';

const bin = join(root, '.tools', 'venv', 'bin');
const app = join(root, 'test', 'third-party');

/** A profile that promises as little as possible: what matters is how the server ends. */
function plainProfile(path = '/{token}'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'exec-')), 'plain.json');
  const profile = {
    name: 'plain',
    request: { path },
    secret: { in: 'none' },
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'none' },
    idempotency: { kind: 'none' },
    readback: { kind: 'none' },
    provisioning: { kind: 'given' },
    monitoring: { health: null, redis: null, database: null },
    redis: 'none',
    database: 'none',
  };
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

const tokens = Array.from({ length: 30 }, (_, n) => `canary-${n}`).join(',');
const settingsFor = (port: number, path?: string) => ({
  BASE_URL: `http://127.0.0.1:${port}`,
  STRESS_PROFILE: plainProfile(path),
  WEBHOOK_TOKEN: tokens,
  WEBHOOK_SECRET: tokens,
  PYTHONDONTWRITEBYTECODE: '1',
});

describe('a server that the run starts by --exec', { concurrency: 2 }, () => {
  test('it is ended after the run, and what happened in it is told without its secrets', async () => {
    const port = await freePort();
    // One signal of fifty holds its worker for longer than gunicorn lets it.
    const command = `cd ${app} && exec ${bin}/python ${bin}/gunicorn --no-control-socket -w 2 --timeout 1 -b 127.0.0.1:${port} holding_server:app`;
    const { exitCode, report, output, folder } = await stress(['hft', '--exec', command], settingsFor(port));
    assert.equal(exitCode, 1, output);
    const crash = report.findings.find(({ criterion }) => criterion === 'worker-crashes');
    assert.match(crash?.summary ?? '', /it gave no sign of life within the timeout and was aborted/, statuses(report));
    assert.match((crash?.evidence ?? []).join('\n'), /in flight: \d+ of hft; .*\nlog: .*WORKER TIMEOUT/);
    assert.match(output, /watching python gunicorn \(pid \d+\) and what it starts, as it listens on 127\.0\.0\.1:/);
    const written = readFileSync(join(folder, 'monitors', 'local.ndjson'), 'utf8') + JSON.stringify(report) + output;
    assert.equal(written.includes('canary-'), false, 'a token was written');
    const { exec } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    assert.deepEqual([exec.wasAsked, exec.exitCode], [true, 0]);
    assert.equal(isAlive(exec.pid), false);
  });

  test('a signal that ends it in mid-run is known, and so is who is watched in it', async () => {
    const port = await freePort();
    const command = `${bin}/python ${bin}/uvicorn --app-dir ${app} --port ${port} ending_server:asgi`;
    const run = startStress(['hft', '--exec', command, '--port', String(port)], settingsFor(port));
    await underWay(run.folder, 'hft', 20);
    const { exec } = JSON.parse(readFileSync(join(run.folder, 'run.json'), 'utf8'));
    process.kill(exec.pid, 'SIGKILL');
    await run.ended();
    const report = reportOf(run.folder);
    const crash = report.findings.find(({ criterion }) => criterion === 'worker-crashes');
    assert.match(
      crash?.summary ?? '',
      /^1 crash of the server's processes: it was ended by SIGKILL$/,
      statuses(report),
    );
  });

  test('Ctrl-C ends it, too', async () => {
    const port = await freePort();
    const command = `${bin}/python ${bin}/uvicorn --app-dir ${app} --port ${port} ending_server:asgi`;
    const interrupted = startStress(['hft', '--exec', command], settingsFor(port));
    await underWay(interrupted.folder, 'hft', 5);
    const pid = JSON.parse(readFileSync(join(interrupted.folder, 'run.json'), 'utf8')).exec.pid;
    interrupted.process.kill('SIGINT');
    assert.equal((await interrupted.ended()).exitCode, 130, interrupted.output());
    await until('it ended', () => !isAlive(pid));
    assert.notEqual(statusOf(reportOf(interrupted.folder), 'worker-crashes'), 'fail');
  });

  test('what it started in a session of its own ends with it', async () => {
    const port = await freePort();
    const pidFile = join(mkdtempSync(join(tmpdir(), 'exec-')), 'pid');
    const server = `exec ${bin}/python ${bin}/uvicorn --app-dir ${app} --port ${port} ending_server:asgi`;
    const command = `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 600' & ${server}`;
    const run = startStress(['hft', '--exec', command], settingsFor(port));
    await underWay(run.folder, 'hft', 5);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    assert.equal(isAlive(pid), true);
    run.process.kill('SIGINT');
    assert.equal((await run.ended()).exitCode, 130, run.output());
    assert.equal(isAlive(pid), false, 'it outlived the run');
    assert.doesNotMatch(run.output(), /had to be killed/);
  });

  test('one that does not start is told with what it said, and nothing is sent', async () => {
    const port = await freePort();
    const run = startStress(['hft', '--exec', 'echo no such application; exit 7'], settingsFor(port));
    assert.equal((await run.ended()).exitCode, 2);
    assert.match(
      run.output(),
      /--exec: the command ended with exit code 7 before its server answered\. It said:\n {4}no such application/,
    );
  });

  test('one that becomes a daemon is told, and ended', async () => {
    const port = await freePort();
    const pidFile = join(mkdtempSync(join(tmpdir(), 'exec-')), 'pid');
    const daemon = `(setsid sh -c 'echo $$ > ${pidFile}; exec sleep 600' &) && sleep 0.5`;
    const run = startStress(['hft', '--exec', daemon], settingsFor(port));
    assert.equal((await run.ended()).exitCode, 2);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    assert.match(
      run.output(),
      new RegExp(
        `ended with exit code 0 before its server answered\\. It left [^,;]*\\(pid ${pid}\\) behind; the run ends`,
      ),
    );
    assert.match(run.output(), /leave out options such as --daemon and -D/);
    assert.equal(isAlive(pid), false, 'it outlived the run');
  });

  test('one that listens elsewhere is told with its port', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const server = `${bin}/python -m http.server --bind 127.0.0.1 ${other}`;
    const run = startStress(['hft', '--exec', server, '--start-within', '3'], settingsFor(port));
    assert.equal((await run.ended()).exitCode, 2);
    assert.match(run.output(), new RegExp(`nothing answers at .* what was started listens on port ${other}\\.`));
  });
});
