import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresOptions, smallDisk, startPostgres, type TestServer } from '../fixtures/servers.ts';
import {
  assertToldInTime,
  assertWentOn,
  type Episode,
  episode,
  type Happening,
  happens,
  lasts,
} from './store-episode.ts';
import { assertJudged } from './stress.ts';

const maxConnections = 40;

interface Database {
  readonly server: TestServer;
  /** Its superuser, for whom connections are kept free. */
  readonly admin: pg.Client;
  /** Another connection of the user that the backend has. */
  connect(): Promise<pg.Client>;
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'another program' });
  // It ends with the server, or by an administrator's command.
  client.on('error', () => {});
  await client.connect();
  return client;
}

interface Case extends PostgresOptions {
  readonly prepare?: (database: Database) => Promise<unknown>;
  readonly act: (database: Database) => Promise<readonly Happening[]>;
}

/** The embedded backend on a database of its own, to which something happens under load. */
async function withPostgres({ act, prepare, ...options }: Case): Promise<Episode> {
  const server = await startPostgres({ maxConnections, ...options });
  let admin: pg.Client | null = null;
  try {
    admin = await connected(server.url);
    await admin.query('CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE postgres TO app');
    const url = server.url.replace('//postgres:', '//app:');
    const database = { server, admin, connect: () => connected(url) };
    await prepare?.(database);
    return await episode({
      env: { BACKEND_POSTGRES_URL: url, MONITOR_POSTGRES_URL: server.url },
      act: () => act(database),
    });
  } finally {
    await admin?.end().catch(() => {});
    await server.stop();
  }
}

/** A migration, say, holds the table, and somebody who has patience waits for it. */
async function locked({ admin, connect }: Database, ms: number): Promise<Happening> {
  const patient = await connect();
  const happened = await happens(async () => {
    await admin.query('BEGIN; LOCK TABLE webhook_stress.signals IN ACCESS EXCLUSIVE MODE');
    const waiting = patient.query('SELECT count(*) FROM webhook_stress.signals');
    await sleep(ms);
    await admin.query('COMMIT');
    await waiting;
  });
  await patient.end();
  return happened;
}

/** Each insert takes so much longer. */
const slowed = ({ admin }: Database, ms: number, eachSeconds: number): Promise<Happening> =>
  lasts(
    ms,
    () =>
      admin.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(${eachSeconds}); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON webhook_stress.signals FOR EACH ROW EXECUTE FUNCTION slow()`),
    () => admin.query('DROP TRIGGER slow ON webhook_stress.signals; DROP FUNCTION slow'),
  );

/** Another program takes so many connections, or all that there are. */
async function taken({ connect }: Database, held: pg.Client[], count: number): Promise<void> {
  while (held.length < count) {
    try {
      held.push(await connect());
    } catch {
      return;
    }
  }
}

/** All connections are taken, and those of the backend break again and again, for so long: a round takes long on a full machine. */
async function exhausted(database: Database, ms: number): Promise<Happening> {
  const held: pg.Client[] = [];
  const happened = await happens(async () => {
    for (const startMs = Date.now(); Date.now() - startMs < ms; ) {
      await database.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'app' AND application_name <> 'another program'`);
      await taken(database, held, maxConnections);
      await sleep(100);
    }
  });
  await Promise.all(held.map((client) => client.end()));
  return happened;
}

/** The backend's tables will lie on the small disk, and another one beside them. */
async function onSmallDisk({ admin }: Database): Promise<void> {
  const { rows } = await admin.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder");
  await admin.query(`CREATE TABLESPACE small LOCATION '${rows[0]?.folder}/${smallDisk}'`);
  await admin.query('GRANT CREATE ON TABLESPACE small TO app');
  await admin.query('ALTER DATABASE postgres SET default_tablespace = small');
  await admin.query('CREATE TABLE others (words text) TABLESPACE small');
}

const fill = ({ admin }: Database, rows: number) =>
  admin.query(`INSERT INTO others SELECT md5(n::text) FROM generate_series(1, ${rows}) n`);

describe('a real PostgreSQL in trouble under load: which one, when, and the monitor goes on', {
  concurrency: 2,
}, () => {
  test('stopped and started again', async () => {
    const run = await withPostgres({
      act: async ({ server }) => [
        await lasts(
          1200,
          () => server.crash(),
          () => server.restart(),
        ),
      ],
    });
    const [away] = run.happenings;
    assert.ok(away !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'postgres', /refused the connection: nobody listens .*it answered again at/, away);
    assertToldInTime(run, 'postgres', /was restarted once/, away);
    assertWentOn(run, 'postgres');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('slowed by a lock: how long it was waited for', async () => {
    const run = await withPostgres({ act: async (database) => [await locked(database, 3000)] });
    const [lock] = run.happenings;
    assert.ok(lock !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'postgres', /kept a statement waiting for a lock for \d{4} ms/, lock);
    assertToldInTime(run, 'postgres', /a statement was canceled after its time limit/, lock);
    assertWentOn(run, 'postgres');
    assertJudged(run, 'any-response', 'fail');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('slowed by a trigger: answers take long, and the pool runs out of connections', async () => {
    const run = await withPostgres({ act: async (database) => [await slowed(database, 2500, 0.6)] });
    const [slow] = run.happenings;
    assert.ok(slow !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'postgres', /the pool of connections to the database was exhausted/, slow);
    assertWentOn(run, 'postgres');
    assertJudged(run, 'any-response', 'fail');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('without a connection left: whom it refused', async () => {
    const run = await withPostgres({ act: async (database) => [await exhausted(database, 2500)] });
    const [full] = run.happenings;
    assert.ok(full !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'postgres', /had as many connections as it lets in/, full);
    assertToldInTime(run, 'postgres', /the database refused a connection: too many/, full);
    assertWentOn(run, 'postgres');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('with its disk full: the lines that say so', async () => {
    const run = await withPostgres({
      smallDiskKib: 2000,
      prepare: onSmallDisk,
      act: async (database) => [
        await lasts(
          2500,
          () => assert.rejects(fill(database, 1_000_000), /No space left on device/),
          () => database.admin.query('DROP TABLE others'),
        ),
      ],
    });
    const [full] = run.happenings;
    assert.ok(full !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'postgres', /the disk of the database was full/, full);
    assertWentOn(run, 'postgres');
    assertJudged(run, 'success-rate', 'fail');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('the same in a measure that harms nobody: it passes', async () => {
    const run = await withPostgres({
      smallDiskKib: 20_000,
      prepare: onSmallDisk,
      act: async (database) => {
        const held: pg.Client[] = [];
        const happenings = [
          await locked(database, 200),
          await slowed(database, 1000, 0.003),
          await happens(() => taken(database, held, maxConnections / 4)),
          await happens(() => fill(database, 30_000)),
        ];
        await Promise.all(held.map((client) => client.end()));
        return happenings;
      },
    });
    for (const criterion of ['database-and-redis', 'exactly-once', 'success-rate', 'worker-crashes'] as const) {
      assertJudged(run, criterion, 'pass');
    }
    assertWentOn(run, 'postgres');
  });
});
