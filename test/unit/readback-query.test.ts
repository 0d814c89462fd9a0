import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectsOf } from '../../cli/run/readback-query.ts';
import { rowsOf } from '../../cli/run/redis-rows.ts';
import { timeInUs } from '../../contract/journal/time-in-us.ts';
import { queryProblems, runTagProblems } from '../../contract/profile/read-only-query.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

test('a time is read however it is written', () => {
  const us = 1_764_000_000_123_456;
  for (const [value, expected] of [
    [us, us],
    [String(us), us],
    [us * 1000, us],
    [1_764_000_000_123, 1_764_000_000_123_000],
    [1_764_000_000, 1_764_000_000_000_000],
    [1_764_000_000.123456, us],
    ['1764000000.123456', us],
    [new Date(1_764_000_000_123), 1_764_000_000_123_000],
    [new Date(1_764_000_000_123).toISOString(), 1_764_000_000_123_000],
    ['2025-11-24T16:00:00.123456+00:00', us],
    ['2025-11-24 16:00:00.123456+00', us],
  ] as const) {
    assert.equal(timeInUs(value), expected, String(value));
  }
  for (const nothing of [null, undefined, '', 'yesterday', -5, 0, {}, Number.NaN]) assert.equal(timeInUs(nothing), 0);
});

test('answers of Redis as rows', () => {
  assert.deepEqual(rowsOf('LRANGE', ['k-a1', '{"id":"k-a2","at":5}'], ['0', '-1'], 'id'), [
    { id: 'k-a1' },
    { id: 'k-a2', at: 5 },
  ]);
  assert.deepEqual(rowsOf('SMEMBERS', ['k-a1', '{not JSON'], [], 'signal'), [
    { signal: 'k-a1' },
    { signal: '{not JSON' },
  ]);
  assert.deepEqual(rowsOf('HGETALL', ['k-a1', 'done', 'k-a2', '{"at":7}'], [], 'id'), [
    { id: 'k-a1', value: 'done' },
    { id: 'k-a2', at: 7 },
  ]);
  assert.deepEqual(rowsOf('ZRANGE', ['k-a1', '1764000000'], ['0', '-1', 'WITHSCORES'], 'id'), [
    { score: '1764000000', id: 'k-a1' },
  ]);
  assert.deepEqual(rowsOf('ZRANGE', [['k-a1', '1764000000']], ['0', '-1', 'withscores'], 'id'), [
    { score: '1764000000', id: 'k-a1' },
  ]);
  const entry = ['1764000000123-0', ['id', 'k-a1', 'price', '3']];
  assert.deepEqual(rowsOf('XRANGE', [entry], ['-', '+'], 'id'), [{ entry: '1764000000123', id: 'k-a1', price: '3' }]);
});

test('rows as effects: those of this run, with their times', () => {
  const profile = builtInProfiles.embedded;
  const how = { id: 'signal', processedAtUs: 'at' };
  const rows = [{ signal: 'k-a1', at: 1_764_000_000 }, { signal: 'k-a1', at: null }, { signal: 'other-a1' }];
  assert.deepEqual(effectsOf(rows, profile, how, 'k'), {
    effects: [
      { effect: 'k-a1', webhook: 0, processedAtUs: 1_764_000_000_000_000 },
      { effect: 'k-a1', webhook: 0, processedAtUs: 0 },
    ],
  });
  assert.deepEqual(effectsOf([{ id: 'k-a1' }], profile, how, 'k'), {
    failed: 'row 1 has no "signal" that is a text or a number: see readback.id',
  });
});

test('only what reads may be asked', () => {
  for (const query of ['SELECT id FROM signals', ' with x as (select 1) select * from x;', 'TABLE signals']) {
    assert.deepEqual(queryProblems({ store: 'postgresql', query }), [], query);
  }
  for (const query of ['DELETE FROM signals', 'SELECT 1; DROP TABLE signals', 'UPDATE a SET b = 1', '']) {
    assert.equal(queryProblems({ store: 'postgresql', query }).length, 1, query);
  }
  assert.deepEqual(queryProblems({ store: 'redis', query: ['lrange', 'done', '0', '-1'] }), []);
  for (const query of [['DEL', 'done'], ['LPOP', 'done'], ['EVAL', 'x', '0'], ['KEYS', '*'], 'LRANGE done 0 -1']) {
    assert.equal(queryProblems({ store: 'redis', query }).length, 1, String(query));
  }
  assert.equal(queryProblems({ store: 'postgresql', query: ['SELECT', '1'] }).length, 1);
});

test('a query for the run tag needs ids that begin with it', () => {
  const byTag = { store: 'postgresql', query: "SELECT id FROM signals WHERE id LIKE $1 || '-%'" } as const;
  const all = { store: 'postgresql', query: 'SELECT id, price $10 FROM signals' } as const;
  const ofKey = { store: 'redis' as const, query: ['LRANGE', 'processed:{runTag}', '0', '-1'] };
  for (const words of [['uuid'], ['n', 'ticker'], ['uuid', 'n']]) {
    assert.match(
      runTagProblems(byTag, words)[0] ?? '',
      /^readback\.query: holds \$1, .*: leave \$1 out, .*, or write \{id\}$/,
    );
    assert.match(runTagProblems(ofKey, words)[0] ?? '', /^readback\.query: holds \{runTag\}, .*: leave \{runTag\} out/);
    assert.deepEqual(runTagProblems(all, words), []);
  }
  for (const query of [byTag, ofKey, all]) {
    assert.deepEqual(runTagProblems(query, ['id']), []);
    // A UUID may stand in a header beside it.
    assert.deepEqual(runTagProblems(query, ['uuid', 'id']), []);
  }
});

test('a profile with such a query is refused in one line', () => {
  const readback = { kind: 'query', store: 'postgresql', query: "SELECT id FROM s WHERE id LIKE $1 || '-%'" };
  const problemsOf = (id: string): readonly string[] =>
    readProfile({ name: 'mine', request: { path: '/hook', body: { id } }, readback }).problems.filter((text) =>
      /runTag|\$1/.test(text),
    );
  assert.deepEqual(problemsOf('{id}'), []);
  assert.equal(problemsOf('{uuid}').length, 1);
  assert.equal(problemsOf('evt_{n}').length, 1);
});
