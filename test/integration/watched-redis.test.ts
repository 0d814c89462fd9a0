import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { command } from '../e2e/stress.ts';
import { startRedis, type TestServer } from '../fixtures/servers.ts';
import { judged, toldBy, watch } from '../fixtures/watched-stores.ts';

let server: TestServer;
/** The server under test, as Redis sees it. */
let app: Redis;
before(async () => {
  server = await startRedis();
  app = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  app.on('error', () => {});
});
after(async () => {
  app.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await app.config('SET', 'maxmemory', '0');
  await app.config('SET', 'maxclients', '1000');
  await app.config('SET', 'maxmemory-policy', 'noeviction');
  await app.flushall();
});

const answered = (line: { readonly store: string } | { readonly failure: string }): boolean => !('failure' in line);

test('a healthy Redis passes, with what was asked and its figures', async () => {
  const seen = await watch({ redis: server.url }, async ({ seen: again }) => {
    // Errors that say nothing of the store: an unknown script, a wrong type.
    await app.evalsha('0'.repeat(40), 0).catch(() => {});
    await app.set('text', 'x');
    await app.lpush('text', 'y').catch(() => {});
    await again('another look', answered);
  });
  const judgement = judged(seen);
  assert.equal(judgement.status, 'pass', toldBy(judgement));
  assert.match(judgement.summary, /^Redis: asked \d+ times by the monitor, no errors/);
  const figure = (name: string) => judgement.measures?.find((one) => one.name === name)?.value;
  assert.ok((figure('redis-max-clients') ?? 0) >= 2 && (figure('redis-looks') ?? 0) >= 3, toldBy(judgement));
  assert.equal(figure('redis-failed-looks'), 0);
  assert.deepEqual(seen.alerts, []);
});

test('killed and started again: the moment, and the monitor goes on', async () => {
  const seen = await watch({ redis: server.url }, async ({ seen: again }) => {
    await server.crash();
    await again('a look that fails', (line) => !answered(line));
    await server.restart();
    await again('an answer', answered);
  });
  const judgement = judged(seen);
  assert.equal(judgement.status, 'fail');
  assert.match(
    toldBy(judgement),
    /Redis at \d+\.\d s: it refused the connection: nobody listens \(ECONNREFUSED\); it answered again/,
  );
  assert.match(toldBy(judgement), /was restarted once/);
  assert.deepEqual(
    seen.alerts.map(({ alert }) => alert),
    ['redis-failed', 'redis-trouble'],
  );
});

test('frozen: the looks time out, and what runs beside them does not wait', async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 50);
  const seen = await watch({ redis: server.url }, async ({ seen: again }) => {
    process.kill(server.pid, 'SIGSTOP');
    await again('a look that fails', (line) => !answered(line));
    process.kill(server.pid, 'SIGCONT');
    await again('an answer', answered);
  });
  clearInterval(timer);
  const judgement = judged(seen);
  assert.equal(judgement.status, 'fail');
  assert.match(toldBy(judgement), /it did not answer within 3\.\d s; it answered again/);
  assert.ok(ticks > 5, `${ticks}`);
});

test('a script holds it for longer than a second: SLOWLOG says which command, never its arguments', async () => {
  const script = `local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
    local start = now() while now() - start < 1200 do end return ARGV[1]`;
  const seen = await watch({ redis: server.url }, async ({ seen: again }) => {
    await app.eval(script, 0, 'canary-argument');
    await again('another look', answered);
  });
  const judgement = judged(seen);
  assert.equal(judgement.status, 'fail');
  assert.match(toldBy(judgement), /it was held by one command for \d{4} ms \(SLOWLOG\)[\s\S]*\(EVAL\)/);
  assert.equal(JSON.stringify(seen).includes('canary'), false);
});

test('full and without eviction: refused writes fail; with eviction it depends on what it holds', async () => {
  const value = 'x'.repeat(100_000);
  const fill = async (): Promise<void> => {
    const used = Number(/used_memory:(\d+)/.exec(await app.info('memory'))?.[1]);
    await app.config('SET', 'maxmemory', String(used + 500_000));
    for (let n = 0; n < 20; n += 1) await app.set(`key-${n}`, value).catch(() => {});
  };
  const refused = await watch({ redis: server.url }, async ({ seen: again }) => {
    await fill();
    await again('another look', answered);
  });
  assert.match(toldBy(judged(refused)), /^fail: Redis: it refused \d+ writes because its memory is full/);
  await app.flushall();
  const evicting = await watch({ redis: server.url }, async ({ seen: again }) => {
    await app.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await fill();
    await again('another look', answered);
  });
  const told = (redisUse: 'state' | 'cache' | 'unknown'): string => toldBy(judged(evicting, { profile: { redisUse } }));
  assert.match(told('unknown'), /^warn: Redis: it evicted \d+ keys;[\s\S]*which keys is not known/);
  assert.match(told('state'), /^fail: Redis: it evicted/);
  assert.match(told('cache'), /^pass: .*\n.*evicted \d+ keys \(the profile says that it is a cache\)/);
});

test('a connection beyond maxclients is refused: fails; many connections without a refusal pass', async () => {
  const clients = Array.from(
    { length: 12 },
    () => new Redis(server.url, { lazyConnect: true, retryStrategy: () => null }),
  );
  for (const client of clients) client.on('error', () => {});
  try {
    await app.config('SET', 'maxclients', '15');
    const many = await watch({ redis: server.url }, async ({ seen: again }) => {
      await Promise.all(clients.map((client) => client.connect()));
      await again('another look', answered);
    });
    assert.match(toldBy(judged(many)), /^pass/, '14 of 15');
    const refused = await watch({ redis: server.url }, async ({ seen: again }) => {
      const more = [1, 2, 3].map(() => new Redis(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 }));
      for (const client of more) client.on('error', () => {});
      await Promise.allSettled(more.map((client) => client.ping()));
      await again('another look', answered);
      for (const client of more) client.disconnect();
    });
    assert.match(toldBy(judged(refused)), /^fail: Redis: it refused \d connections? because maxclients was reached/);
  } finally {
    for (const client of clients) client.disconnect();
  }
});

test('with PING alone the answer time is judged, and what could not be seen is said; a wrong password accuses nobody', async () => {
  await app.call('ACL', 'SETUSER', 'narrow', 'on', '>canary-narrow', '+ping');
  const url = server.url.replace('//', '//narrow:canary-narrow@');
  const narrow = await watch({ redis: url }, ({ seen: again }) => again('another look', answered));
  assert.match(toldBy(judged(narrow)), /^pass.*\n.*could not see INFO.*\+info.*\n.*could not see SLOWLOG/);
  const denied = await watch({ redis: url.replace('narrow@', 'wrong@') }, () => sleep(10));
  assert.match(
    toldBy(judged(denied)),
    /^inconclusive: Redis: .*never answered: it did not let the monitor in \(WRONGPASS\).*MONITOR_REDIS_URL/,
  );
  const unknown = await watch({ redis: 'redis://:canary-pass@127.0.0.1:1' }, () => sleep(10));
  assert.match(toldBy(judged(unknown)), /^inconclusive: Redis: .*nobody listens/);
  for (const seen of [narrow, denied, unknown]) assert.equal(JSON.stringify(seen).includes('canary'), false);
});

test('the command asks the stores of a server whose processes it cannot see', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stores-only-'));
  const url = server.url.replace('//', '//default:canary-url@');
  const started = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, [command, 'monitor', '--stores-only', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  const file = join(folder, 'url');
  writeFileSync(file, `${url}\n`);
  const ran = started(['--duration', '1.5', '--dir', folder], { MONITOR_REDIS_URL_FILE: file });
  assert.deepEqual([ran.status, /asking Redis itself/.test(ran.stderr)], [0, true], ran.stderr);
  const { server: seen, end } = readServer(join(folder, journalFiles.monitor(localMonitor)), placeOfOwn(null));
  assert.deepEqual([end.complete, seen?.samples.length, seen?.stores.postgres.length], [true, 0, 0]);
  assert.ok((seen?.stores.redis.length ?? 0) >= 2 && seen?.stores.redis.every(answered));
  rmSync(file);
  for (const name of [journalFiles.monitor(localMonitor), journalFiles.monitorLog]) {
    assert.equal(/canary|:\/\//.test(readFileSync(join(folder, name), 'utf8') + ran.stderr), false, name);
  }
  assert.match(started([], {}).stderr, /--stores-only needs something to ask: set MONITOR_REDIS_URL/);
  assert.match(started(['--pid', '1'], { MONITOR_REDIS_URL: url }).stderr, /leave out --pid/);
});
