import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../../backend/free-port.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { createWebhook, startBackend } from '../fixtures/backend.ts';
import { command, k6, reportOf, root, startStress, statusOf, underWay, until } from './stress.ts';

const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly output: string;
}

async function outcome(file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(file, [...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('stdout' in error) || !('stderr' in error)) throw error;
    return { code: Number(error.code), output: String(error.stdout) + String(error.stderr) };
  }
}

const k6Run = (scenario: string, env: Record<string, string>, options: readonly string[] = []): Promise<Ended> =>
  outcome(k6, ['run', '--quiet', '--no-color', ...options, join(root, 'dist', `${scenario}.js`)], env);

test('a bundle is a plain k6 script: it prints the usual summary, with counts by outcome', async () => {
  const backend = await startBackend();
  try {
    const { code, output } = await k6Run('sustained', {
      BASE_URL: backend.baseUrl,
      STRESS_PROFILE: 'embedded',
      SUSTAINED_SECONDS: '2',
    });
    assert.equal(code, 0, output);
    assert.match(output, /webhook_load_accepted\.+: count=16\d/);
    assert.match(output, /THRESHOLDS/);
  } finally {
    await backend.stop();
  }
});

test('without a reachable server each scenario says so in one line', async () => {
  const port = await freePort();
  for (const name of scenarioNames) {
    const { code, output } = await k6Run(name, { BASE_URL: `http://127.0.0.1:${port}` });
    assert.notEqual(code, 0);
    const errors = output.split('\n').filter((line) => line.includes('level=error'));
    assert.equal(errors.length, 1, output);
    assert.match(errors[0] ?? '', /no server answers at .*set BASE_URL/);
    assert.equal(errors[0]?.includes('stacktrace'), false, errors[0]);
  }
});

test('bad settings are told all at once, before anything is sent', async () => {
  const env = { LIMIT: '0', SUSTAINED_SECONDS: 'x', WEBHOOK_TOKEN: 'a,b', WEBHOOK_SECRET: 'c', LIMITER_KIND: 'magic' };
  const alone = await k6Run('sustained', env);
  const inRun = await outcome(
    process.execPath,
    [command, 'run', 'nonsense', '--cooldown', 'soon', '--pid', '1', '--port', '2'],
    env,
  );
  for (const name of ['LIMIT', 'SUSTAINED_SECONDS', 'WEBHOOK_TOKEN', 'LIMITER_KIND']) {
    assert.match(alone.output, new RegExp(`${name} (is|holds)`));
    assert.match(inRun.output, new RegExp(`${name} (is|holds)`));
  }
  for (const text of ['Unknown scenario “nonsense”. Available: hft, burst', '--cooldown is "soon"', 'give one'])
    assert.ok(inRun.output.includes(text), text);
  assert.equal(inRun.code, 2);
  assert.equal(inRun.output.trim().split('\n').length, 1);
});

test('a host outside loopback is refused, by the runner on its resolved address and by k6 when it connects', async () => {
  const refused = await outcome(process.execPath, [command, 'run', 'hft'], { BASE_URL: 'http://192.0.2.1:8000' });
  assert.equal(refused.code, 2);
  assert.match(refused.output, /192\.0\.2\.1, which is not loopback: add --allow-host 192\.0\.2\.1/);
  const alone = await k6Run('hft', { BASE_URL: 'http://192.0.2.1:8000' });
  assert.match(alone.output, /the address is not loopback, and k6 refuses it: .*ALLOW_HOST/);
});

test('a redirect off the host is not followed', async () => {
  let reached = 0;
  const elsewhere = createServer((_, response) => {
    reached += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const redirecting = createServer((_, response) => {
    response.writeHead(307, { Location: `http://127.0.0.1:${portOf(elsewhere)}/` }).end();
  }).listen(0, '127.0.0.1');
  await once(redirecting, 'listening');
  await k6Run('burst', {
    BASE_URL: `http://127.0.0.1:${portOf(redirecting)}`,
    WEBHOOK_TOKEN: 't',
    WEBHOOK_SECRET: 's',
    BURST_SIGNALS: '5',
    MIN_LEGITIMATE: '0',
  });
  assert.equal(reached, 0);
  redirecting.close();
  elsewhere.close();
});

test('a signal whose connection breaks after it was read is sent once, never again by itself', async () => {
  let posts = 0;
  const server = createTcpServer((socket) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (text.startsWith('GET')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
        text = '';
      } else if (text.includes('\r\n\r\n') && text.includes('signal_id')) {
        posts += 1;
        socket.destroy();
      }
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await k6Run('burst', {
    BASE_URL: `http://127.0.0.1:${port}`,
    WEBHOOK_TOKEN: 't',
    WEBHOOK_SECRET: 's',
    BURST_SIGNALS: '7',
    MIN_LEGITIMATE: '0',
    READBACK: 'none',
  });
  assert.equal(posts, 7);
  server.close();
});

test('pieces recorded apart are merged by report', async () => {
  const backend = await startBackend();
  const folder = mkdtempSync(join(tmpdir(), 'apart-'));
  try {
    const env = { BASE_URL: backend.baseUrl, STRESS_PROFILE: 'embedded' };
    const samples = join(folder, 'server', journalFiles.monitor(localMonitor));
    const watched = ['--pid', String(backend.pid), '--interval', '0.25', '--dir', join(folder, 'server')];
    const monitor = spawn(process.execPath, [command, 'monitor', ...watched], { stdio: 'ignore' });
    const ended = once(monitor, 'exit');
    await until(
      'the monitor samples',
      () => existsSync(samples) && readFileSync(samples, 'utf8').split('\n').length > 2,
      20_000,
    );
    const { code, output } = await k6Run('hft', env, ['--out', `timeline=${join(folder, 'k6')}`]);
    assert.equal(code, 0, output);
    monitor.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    const pieces = ['--k6', join(folder, 'k6'), '--server-journal', samples];
    const merged = await outcome(process.execPath, [command, 'report', ...pieces, '--out', join(folder, 'out')], {
      STRESS_PROFILE: 'embedded',
    });
    assert.equal(merged.code, 0, merged.output);
    const { scenarios, counts } = reportOf(join(folder, 'out'));
    const accepted = scenarios[0]?.requests.load?.accepted ?? 0;
    // 10 of the rapid ones in one window, a few more on a slow machine, and all of the paced ones.
    assert.ok(accepted >= 110 && accepted < 200, `${accepted} accepted`);
    const row = counts.find(({ purpose, outcome: named }) => purpose === 'load' && named === 'accepted');
    assert.deepEqual([row?.timeline, row?.ledger], [accepted, accepted]);
    const unwatched = await outcome(
      process.execPath,
      [command, 'report', '--k6', join(folder, 'k6'), '--out', join(folder, 'unwatched')],
      { STRESS_PROFILE: 'embedded' },
    );
    assert.equal(unwatched.code, 3, unwatched.output);
    const unwatchedReport = reportOf(join(folder, 'unwatched'));
    assert.equal(statusOf(unwatchedReport, 'worker-crashes'), 'inconclusive', unwatched.output);
    assert.equal(statusOf(unwatchedReport, 'success-rate'), 'pass', unwatched.output);
    const alone = await outcome(process.execPath, [command, 'report', ...pieces.slice(2)], {});
    assert.equal(alone.code, 2);
    assert.match(alone.output, /--server-journal is for merged pieces: give --k6 too/);
  } finally {
    await backend.stop();
  }
});

test('token, secret and password are in no artifact, no output and no argument list', async () => {
  const password = 'canary-password-7f3a';
  const backend = await startBackend([], { LOGIN_PASSWORD: password });
  const canary = await createWebhook(backend, { password });
  const secrets = [password, canary.token, canary.secret, encodeURIComponent(canary.secret)];
  const commandLines = new Set<string>();
  const watch = setInterval(() => {
    for (const name of readdirSync('/proc')) {
      if (/^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`)) {
        try {
          commandLines.add(readFileSync(`/proc/${name}/cmdline`, 'latin1'));
        } catch {
          // It ended meanwhile.
        }
      }
    }
  }, 100);
  try {
    const stressRun = startStress(['sustained', '--pid', String(backend.pid)], {
      BASE_URL: backend.baseUrl,
      STRESS_PROFILE: 'embedded',
      LOGIN_PASSWORD: password,
      WEBHOOK_TOKEN: canary.token,
      WEBHOOK_SECRET: canary.secret,
      SUSTAINED_SECONDS: '5',
      MIN_LEGITIMATE: '0',
    });
    await underWay(stressRun.folder, 'sustained', 10);
    // Broken connections are what makes k6 and Node name URLs in their errors.
    backend.kill('SIGKILL');
    const { exitCode } = await stressRun.ended();
    assert.equal(exitCode, 1, stressRun.output());
    const artifacts = readdirSync(stressRun.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    assert.ok(artifacts.length >= 10);
    for (const secret of secrets) {
      for (const { parentPath, name } of artifacts) {
        assert.equal(readFileSync(join(parentPath, name)).includes(secret), false, `${name} holds a secret`);
      }
      assert.equal(stressRun.output().includes(secret), false, 'the terminal shows a secret');
      assert.equal(
        [...commandLines].some((line) => line.includes(secret)),
        false,
        'an argument list holds a secret',
      );
    }
  } finally {
    clearInterval(watch);
    await backend.stop();
  }
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
