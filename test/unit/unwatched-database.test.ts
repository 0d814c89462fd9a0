import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { settingsAgainstProfile } from '../../cli/settings-against-profile.ts';
import type { LogTroubleLine } from '../../contract/journal/journal.ts';
import { databaseWords, unwatchedDatabase } from '../../contract/profile/databases.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { startUs } from '../fixtures/run.ts';
import { judged, toldBy } from '../fixtures/watched-stores.ts';

const watched = { lines: [], elapsedMs: 40_000 };
const sqlite = { redis: 'none', database: 'sqlite' } as const;

test('a database that cannot be watched is not applicable, and what was not judged is told', () => {
  const told = toldBy(judged(watched, { profile: sqlite }));
  assert.match(
    told,
    /^not-applicable: .*database: the server keeps its data in SQLite, which webhook-stress cannot watch\n/,
  );
  assert.match(
    told,
    /\ndatabase: not judged of SQLite: outages, restarts, slow answers, locks and pools, unless a line/,
  );
  assert.match(toldBy(judged(watched, { profile: { redis: 'none', database: 'present' } })), /^inconclusive: /);
});

test('it covers up nothing of Redis', () => {
  assert.match(
    toldBy(judged(watched, { profile: { redis: 'present', database: 'mysql' } })),
    /^inconclusive: Redis: not monitored .*; database: the server keeps its data in MySQL, which/,
  );
});

test('what the log of the server tells of it fails, and its own statistics count', () => {
  const log: LogTroubleLine[] = [{ atUs: startUs + 12_000_000, trouble: 'database-locked', lines: 7 }];
  const broken = toldBy(judged(watched, { profile: sqlite, log }));
  assert.match(broken, /^fail: .*database: 7 lines of the server's log: the database was locked/);
  assert.match(broken, /\ndatabase: not judged of SQLite: /);
});

test('it is foretold, and no longer that it is not monitored', () => {
  const seen = { ...{ scenarios: [], plans: [], hasLedger: true, isWatched: true }, seesDescriptors: true };
  const foretold = (database: 'sqlite' | 'present') =>
    databaseAndRedis.foretold?.({
      ...{ ...seen, seesRedis: true, seesDatabase: false },
      ...{ asksRedis: false, asksDatabase: false },
      profile: { ...builtInProfiles.embedded, redis: 'none', database },
    });
  assert.deepEqual(foretold('sqlite'), {
    status: 'not applicable',
    why: 'the server keeps its data in SQLite, which webhook-stress cannot watch',
  });
  assert.equal(foretold('present')?.status, 'inconclusive');
});

test('every word of the profile has its meaning', () => {
  assert.deepEqual(
    databaseWords.filter((word) => unwatchedDatabase(word) === null),
    ['present', 'none', 'unknown'],
  );
  for (const database of databaseWords)
    assert.deepEqual(readProfile({ ...builtInProfiles.embedded, database }).problems, [], database);
  assert.notDeepEqual(readProfile({ ...builtInProfiles.embedded, database: 'sqlite3' }).problems, []);
});

test('a PostgreSQL that is asked beside it is told to contradict the profile', () => {
  const environment = {
    monitor: { token: null, serviceToken: null, stores: { redis: null, postgres: 'postgres://u@h/d' } },
    webhooks: { tokens: [], secrets: [] },
    ...{ readbackToken: '', secondReadbackToken: '' },
  };
  const problems = (database: 'sqlite' | 'present') =>
    settingsAgainstProfile({ ...builtInProfiles.embedded, database }, environment).map(({ problem }) => problem);
  assert.match(
    problems('sqlite').join(),
    /the profile says that the server keeps its data in SQLite: the one behind it/,
  );
  assert.deepEqual(problems('present'), []);
});
