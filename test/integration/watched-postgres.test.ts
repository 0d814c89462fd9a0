import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StoreLine } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import type { MadeRequest } from '../fixtures/run.ts';
import { startPostgres, type TestServer } from '../fixtures/servers.ts';
import { judged, toldBy, watch } from '../fixtures/watched-stores.ts';

let server: TestServer;
let urlOf: (user: string) => string;
const clients: pg.Client[] = [];

/** A connection of the server under test. */
async function connected(user = 'app'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOf(user) });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

before(async () => {
  server = await startPostgres();
  urlOf = (user) => server.url.replace('postgres:not-checked', `${user}:canary-password`);
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE ROLE app LOGIN; CREATE ROLE narrow LOGIN; CREATE ROLE watcher LOGIN;
    GRANT pg_monitor TO watcher; CREATE TABLE signals (id int PRIMARY KEY, n int);
    INSERT INTO signals VALUES (1, 0), (2, 0); GRANT ALL ON signals TO app`);
  await admin.end();
});
after(async () => {
  for (const client of clients) await client.end().catch(() => {});
  await server.stop();
});

/** The thresholds of the embedded profile. */
const judgedBy = builtInProfiles.embedded.criteria;

const answered = (line: StoreLine): boolean => !('failure' in line);

test('a healthy PostgreSQL passes, with its figures; long transactions and advisory locks accuse nobody', async () => {
  const [one, two] = await Promise.all([connected(), connected()]);
  const seen = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    await one.query('BEGIN; SELECT pg_advisory_xact_lock(7); UPDATE signals SET n = 1 WHERE id = 1');
    const waiting = two.query('SELECT pg_advisory_lock(7)');
    await again(
      'the waiting',
      (line) =>
        line.store === 'postgres' && answered(line) && 'waitForAdvisoryLock' in line && line.waitForAdvisoryLock === 1,
    );
    await again('another look', answered);
    await one.query('COMMIT');
    await waiting;
  });
  const judgement = judged(seen, { profile: { criteria: { ...judgedBy, lockWait: { warnMs: 300, failMs: 600 } } } });
  assert.match(toldBy(judgement), /^pass: .*database: asked \d+ times by the monitor, no errors/);
  const figure = (name: string) => judgement.measures?.find((each) => each.name === name)?.value;
  assert.deepEqual([figure('database-max-waiting-for-advisory-locks'), figure('database-failed-looks')], [1, 0]);
  assert.ok((figure('database-oldest-transaction') ?? 0) > 200, toldBy(judgement));
  await two.query('SELECT pg_advisory_unlock_all()');
});

test('a lock that is waited for: warned and failed by how long', async () => {
  const [one, two] = await Promise.all([connected(), connected()]);
  const seen = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    await one.query('BEGIN; LOCK TABLE signals IN ACCESS EXCLUSIVE MODE');
    const waiting = two.query('SELECT * FROM signals');
    await again('a long wait', (line) => 'longestLockWaitMs' in line && (line.longestLockWaitMs ?? 0) > 1000);
    await one.query('COMMIT');
    await waiting;
    await again('its end', (line) => 'longestLockWaitMs' in line && line.longestLockWaitMs === 0);
  });
  const told = (failMs: number): string =>
    toldBy(judged(seen, { profile: { criteria: { ...judgedBy, lockWait: { warnMs: 900, failMs } } } }));
  assert.match(told(5000), /^warn: .*it kept a statement waiting for a lock for \d{4} ms/);
  assert.match(told(950), /^fail: /);
  assert.match(told(5000), /database at \d+\.\d s.*: kept a statement waiting for a lock/);
});

test('deadlocks are counted from the first look on', async () => {
  const [one, two] = await Promise.all([connected(), connected()]);
  const seen = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    for (const client of [one, two]) await client.query("SET deadlock_timeout = '100ms'").catch(() => {});
    await one.query('BEGIN; UPDATE signals SET n = 1 WHERE id = 1');
    await two.query('BEGIN; UPDATE signals SET n = 1 WHERE id = 2');
    const ended = await Promise.allSettled([
      one.query('UPDATE signals SET n = 1 WHERE id = 2'),
      two.query('UPDATE signals SET n = 1 WHERE id = 1'),
    ]);
    assert.equal(ended.filter(({ status }) => status === 'rejected').length, 1);
    for (const client of [one, two]) await client.query('ROLLBACK');
    await again('the deadlock', answered);
    await again('another look', answered);
  });
  assert.match(toldBy(judged(seen)), /^fail: .*ended 1 transaction because of a deadlock/);
  assert.match(toldBy(judged({ ...seen, lines: seen.lines.slice(-1) })), /^(?!fail)/, 'one of before is history');
});

test('no connection left: a warning by itself, a failure if requests failed with it', async () => {
  const admin = await connected('postgres');
  await Promise.all([connected(), connected()]);
  const full = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    const { rows } = await admin.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = 'postgres' AND backend_type = 'client backend'",
    );
    await admin.query(`ALTER DATABASE postgres CONNECTION LIMIT ${rows[0]?.n ?? 0}`);
    await again('it is full', (line) => 'maxOfDatabase' in line && line.maxOfDatabase !== null);
    await again('another look', answered);
    await admin.query('ALTER DATABASE postgres CONNECTION LIMIT -1');
    await again('it is not', (line) => 'maxOfDatabase' in line && line.maxOfDatabase === null);
  });
  const requests = (failed: (atMs: number) => boolean): MadeRequest[] =>
    Array.from({ length: 200 }, (_, n) => {
      const atMs = (n * full.elapsedMs) / 200;
      return { atMs, outcome: failed(atMs) ? ('failed' as const) : ('accepted' as const) };
    });
  const fullLines = full.lines.filter((line) => 'maxOfDatabase' in line && line.maxOfDatabase !== null);
  const [fromMs, toMs] = [fullLines[0], fullLines.at(-1)].map(
    (line) => ((line?.atUs ?? 0) - (full.lines[0]?.atUs ?? 0)) / 1000,
  );
  assert.ok(fromMs !== undefined && toMs !== undefined && toMs > fromMs);
  assert.match(
    toldBy(judged(full, { requests: requests(() => false) })),
    /^warn: .*as many connections as it lets in[\s\S]*whether it refused any is not known/,
  );
  assert.match(
    toldBy(judged(full, { requests: requests((atMs) => atMs > fromMs + 20 && atMs < toMs) })),
    /^fail: .*as many connections as it lets in[\s\S]*requests failed meanwhile/,
  );
});

test('without pg_monitor the rest is judged, and what would show more is said', async () => {
  await connected();
  const seen = await watch({ postgres: urlOf('narrow') }, ({ seen: again }) => again('another look', answered));
  assert.match(toldBy(judged(seen)), /^pass[\s\S]*could not see what connections of other users do: GRANT pg_monitor/);
  const denied = await watch({ postgres: server.url.replace(/postgres$/, 'no-such-database') }, () => sleep(10));
  assert.match(
    toldBy(judged(denied)),
    /^inconclusive: .*never answered: it did not let the monitor in \(3D000\).*MONITOR_POSTGRES_URL/,
  );
  assert.equal(JSON.stringify([seen, denied]).includes('canary'), false);
});

test('the monitor writes nothing, and a database that nobody uses is hardly the right one', async () => {
  const admin = await connected('postgres');
  await admin.query('CREATE DATABASE unused');
  const seen = await watch({ postgres: urlOf('watcher').replace(/postgres$/, 'unused') }, async ({ seen: again }) => {
    await again('another look', answered);
    await again('another look', answered);
    const { rows } = await admin.query<{ setting: string }>(
      "SELECT application_name AS setting FROM pg_stat_activity WHERE datname = 'unused'",
    );
    assert.deepEqual(rows, [{ setting: 'webhook-stress monitor' }], 'one connection');
  });
  assert.match(toldBy(judged(seen)), /^inconclusive: .*nobody but the monitor used it/);
});

test('a crash of one of its processes, then an end and a start: the moment, and the monitor goes on', async () => {
  const client = await connected();
  const seen = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await again('the crash', (line) => !answered(line));
    await again('an answer', answered);
    await server.crash();
    await again('a look that fails', (line) => !answered(line));
    await server.restart();
    await again('an answer', answered);
  });
  const told = toldBy(judged(seen));
  assert.match(told, /^fail: /);
  assert.match(
    told,
    /ended all connections: one of its processes crashed \(57P02\)|starting, loading or recovering \(57P03\)/,
  );
  assert.match(told, /refused the connection: nobody listens[\s\S]*was restarted once/);
});

test('frozen: its answer is missing, and comes again', async () => {
  const seen = await watch({ postgres: urlOf('watcher') }, async ({ seen: again }) => {
    const processes = [server.pid, ...childrenOf(server.pid)];
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    await again('a look that fails', (line) => !answered(line));
    for (const pid of processes) process.kill(pid, 'SIGCONT');
    await again('an answer', answered);
  });
  assert.match(toldBy(judged(seen)), /^fail: .*PostgreSQL did not answer within 3\.\d s[\s\S]*answered again/);
});

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}
