import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storesAgainstProfile } from '../../cli/store-urls.ts';

const urls = { redis: 'redis://:hidden-word@127.0.0.1:6379', postgres: 'postgres://user:hidden-word@127.0.0.1/db' };

test('stores: a URL of one that the profile says is not there is told, without a word of it', () => {
  const told = storesAgainstProfile({ redis: 'none', database: 'none' }, urls);
  assert.deepEqual(told[1], {
    name: 'database',
    problem:
      'MONITOR_POSTGRES_URL is set, and the profile says that the server has no database: what is behind it is asked and judged',
    remedy: 'set database of the profile (or DATABASE) to present, or unset MONITOR_POSTGRES_URL',
  });
  assert.match(told[0]?.problem ?? '', /^MONITOR_REDIS_URL is set, and the profile says that the server has no Redis/);
  assert.doesNotMatch(JSON.stringify(told), /hidden-word/);
});

test('stores: a URL of one that is there or may be, and none at all, say nothing', () => {
  assert.deepEqual(storesAgainstProfile({ redis: 'present', database: 'unknown' }, urls), []);
  assert.deepEqual(storesAgainstProfile({ redis: 'none', database: 'none' }, { redis: null, postgres: null }), []);
  assert.equal(storesAgainstProfile({ redis: 'none', database: 'present' }, urls).length, 1);
});
