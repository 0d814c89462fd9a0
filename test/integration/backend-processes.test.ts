import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../backend/free-port.ts';
import {
  type Backend,
  countBy,
  createWebhook,
  eventually,
  health,
  processedIds,
  readPage,
  runTarget,
  send,
  sendAtOnce,
  signal,
  startBackend,
  verdictOf,
  workersReady,
} from '../fixtures/backend.ts';

const backend = await startBackend(['--limit', '100000', '--window-ms', '60000', '--ttl-ms', '60000']);
after(() => backend.stop());

test('a killed worker is logged and replaced, and nothing that it stored is lost', async () => {
  const webhook = await createWebhook(backend);
  await sendAtOnce(backend, webhook, [signal('a'), signal('b')]);
  const [pid] = backend.workers;
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await backend.logged(new RegExp(`Z error worker ${pid} died \\(signal SIGKILL\\)`));
  await workersReady(backend, 2);
  assert.deepEqual(await sendAtOnce(backend, webhook, [signal('a'), signal('b')]), { duplicate: 2 });
  assert.equal((await processedIds(backend, webhook)).length, 2);
});

test('SIGHUP replaces every worker under load without a failed request', async () => {
  const webhook = await createWebhook(backend);
  const before = started(backend);
  let recycling = true;
  let sent = 0;
  const verdicts: string[] = [];
  async function sendSteadily(): Promise<void> {
    while (recycling) {
      sent += 1;
      verdicts.push(verdictOf(await send(backend, webhook, signal(`r${sent}`))));
      await sleep(10);
    }
  }
  const load = Promise.all(Array.from({ length: 4 }, sendSteadily));
  backend.kill('SIGHUP');
  await eventually('two recycled workers', () => backend.log().match(/worker \d+ recycled/g)?.length === 2);
  recycling = false;
  await load;

  assert.deepEqual(countBy(verdicts), { accepted: sent });
  assert.equal((await readPage(backend, webhook)).total, sent);
  assert.equal(started(backend).length, before.length + 2);
  assert.equal((await health(backend)).workers, 2);
  assert.equal(backend.log().match(/died/g)?.length, 1, 'only the killed worker of the test above');
});

describe('each with a backend of its own', { concurrency: 4 }, () => {
  test('SIGTERM lets a request in flight end and exits 0', async () => {
    const slow = await startBackend(['--fault', 'slow=600']);
    const webhook = await createWebhook(slow);
    const answer = send(slow, webhook, signal('in flight'));
    await eventually('the signal to be processed', async () => (await processedIds(slow, webhook)).length === 1);
    slow.kill('SIGTERM');
    assert.equal(verdictOf(await answer), 'accepted');
    assert.equal(await slow.exited, 0);
    assert.doesNotMatch(slow.log(), /died/);
    for (const pid of [slow.pid, ...slow.workers]) assert.ok(!isRunning(pid));
  });

  test('a connection that never asks anything does not make a stopping worker a dead one', async () => {
    const stopping = await startBackend();
    const silent = connect(Number(new URL(stopping.baseUrl).port), '127.0.0.1');
    await once(silent, 'connect');
    // The worker has the connection once it has served another one that came later.
    await health(stopping);
    silent.resume();
    await Promise.all([once(silent, 'close'), stopping.stop()]);
    assert.equal(await stopping.exited, 0);
    assert.doesNotMatch(stopping.log(), /died/);
  });

  test('with --stop-with-stdin it ends gracefully when stdin closes, without it it does not', async () => {
    const [bound, free] = await Promise.all([startBackend(['--stop-with-stdin']), startBackend()]);
    bound.closeStdin();
    free.closeStdin();
    assert.equal(await bound.exited, 0);
    assert.match(bound.log(), /stopping after the end of stdin/);
    assert.equal((await health(free)).status, 'healthy');
    await free.stop();
  });

  test('workers end when their supervisor is killed', async () => {
    const doomed = await startBackend(['--workers', '3']);
    assert.equal(doomed.workers.length, 3);
    doomed.kill('SIGKILL');
    await doomed.exited;
    await eventually('the end of the workers', () => !doomed.workers.some(isRunning));
  });

  test('the only worker is replaced on the same port', async () => {
    const single = await startBackend(['--workers', '1']);
    const [pid] = single.workers;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await single.logged(/worker \d+ died/);
    await workersReady(single, 1);
    await single.stop();
  });

  test('secrets reach neither log nor argument lists', async () => {
    const canary = 'canary-7d1f';
    const [redisPort, secrets] = [await freePort(), [canary, 'canary-9c2e']];
    const withSecrets = await startBackend([], { LOGIN_PASSWORD: canary });
    const webhook = await createWebhook(withSecrets, { password: canary });
    await send(withSecrets, { ...webhook, secret: 'canary-9c2e' }, signal('s'));
    await send(withSecrets, webhook, '{"broken');
    const shown = [withSecrets.pid, ...withSecrets.workers].map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    await withSecrets.stop();
    const refused = await runTarget(['--port', '0'], {
      BACKEND_REDIS_URL: `redis://:${canary}@127.0.0.1:${redisPort}`,
    });
    assert.equal(refused.code, 2);
    assert.match(refused.err, /^webhook-stress: Redis cannot be used \(.*ECONNREFUSED/);
    for (const text of [...shown, withSecrets.log(), refused.err, refused.out]) {
      for (const secret of [...secrets, webhook.secret, webhook.token]) assert.ok(!text.includes(secret));
    }
  });

  test('a port in use is told in one line', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    const { code, out, err } = await runTarget(['--port', `${port}`, '--workers', '2']);
    other.close();
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(
      err,
      new RegExp(`^webhook-stress: port ${port} of 127.0.0.1 is in use: choose another with --port$`, 'm'),
    );
  });

  test('all problems of the arguments are told at once', async () => {
    const { code, err } = await runTarget([
      ...['--port', '70000', '--workers', '0', '--limit', 'many', '--ttl-ms', '', '--redis', 'http://:canary@host'],
      ...['--limiter', 'strange', '--burst', '0', '--idempotency-order', 'sideways'],
      ...['--fault', 'nonsense', '--fault', 'slow=-1', '--fault', 'limiter-absent=1'],
    ]);
    assert.equal(code, 2);
    for (const name of [
      '--port',
      '--workers',
      '--limit',
      '--ttl-ms',
      '--redis',
      '--limiter',
      '--burst',
      '--idempotency-order',
      'nonsense',
      'slow',
      'limiter-absent',
    ]) {
      assert.ok(err.includes(name), `${name} in ${err}`);
    }
    assert.match(err, /known faults are limiter-absent, limiter-race, /);
    assert.doesNotMatch(err, /canary/);
    assert.equal(err.trimEnd().split('\n').length, 1);
  });

  test('an unknown option is told, --help lists options and faults', async () => {
    const unknown = await runTarget(['--nonsense']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /^webhook-stress: backend: Unknown option --nonsense/);
    const help = await runTarget(['--help']);
    assert.equal(help.code, 0);
    for (const text of ['--port', '--stop-with-stdin', 'worker-sigkill[=SECONDS]', 'limiter-absent ', 'token-bucket']) {
      assert.ok(help.out.includes(text), text);
    }
  });
});

function started(backend: Backend): string[] {
  return backend.log().match(/worker \d+ started/g) ?? [];
}

/** A zombie has ended, too: only its parent has not looked yet. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
