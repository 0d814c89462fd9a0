import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Quota, quotasOf } from '../../analysis/limiter/headers/quotas.ts';
import '../fixtures/seed.ts';

const now = 'Wed, 25 Nov 2026 12:00:00 GMT';
const nowS = Date.parse(now) / 1000;

const bare = ({ said: _, ...quota }: Quota) => quota;
const wait = (ms: number) => ({ ms, isTime: false });

test('each draft, and what came before them, is read', () => {
  const whole = { limit: 10, remaining: 9, reset: wait(1000), windowMs: 1000 };
  for (const [headers, expected] of [
    [
      { 'RateLimit-Limit': '10', 'RateLimit-Remaining': '9', 'RateLimit-Reset': '1' },
      { ...whole, windowMs: null },
    ],
    [{ 'RateLimit-Limit': '10, 10;w=1, 100;w=60', 'RateLimit-Remaining': '9', 'RateLimit-Reset': '1' }, whole],
    [
      { 'RateLimit-Policy': '10;w=1', 'RateLimit-Limit': '10', 'RateLimit-Remaining': '9', 'RateLimit-Reset': '1' },
      whole,
    ],
    [{ 'RateLimit-Policy': '10;w=1, 100;w=60', RateLimit: 'limit=10, remaining=9, reset=1' }, whole],
    [{ 'RateLimit-Policy': '100;w=60, 10;w=1', RateLimit: 'reset=1, remaining=9, limit=10' }, whole],
    [{ 'RateLimit-Policy': '"a";q=10;w=1', RateLimit: '"a";r=9;t=1' }, whole],
    [{ 'RateLimit-Policy': '"10-in-1sec"; q=10; w=1; pk=:Zjk=:', RateLimit: '"10-in-1sec"; r=9; t=1' }, whole],
    [{ 'RateLimit-Policy': 'a;q=10;w=1', RateLimit: 'a;r=9;t=1' }, whole],
    [{ RateLimit: '"a";r=9' }, { limit: null, remaining: 9, reset: null, windowMs: null }],
    [
      { 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '9', 'X-RateLimit-Reset': '0.5' },
      { ...whole, windowMs: null, reset: { ...wait(500), orMs: 0.5 } },
    ],
    ...[
      `${nowS + 1}`,
      `${nowS + 1}000`,
      `${nowS + 1}.0`,
      '2026-11-25T12:00:01Z',
      'Wed, 25 Nov 2026 12:00:01 GMT',
      'Wed Nov 25 2026 12:00:01 GMT+0000 (Coordinated Universal Time)',
      'Wed Nov 25 2026 06:30:01 GMT-0530',
    ].map(
      (reset) =>
        [
          { 'X-Rate-Limit-Limit': '10', 'X-Rate-Limit-Remaining': '9', 'X-Rate-Limit-Reset': reset, Date: now },
          { ...whole, windowMs: null, reset: { ms: 1000, isTime: true } },
        ] as const,
    ),
    [
      { 'X-RateLimit-Reset': `${nowS}` },
      { limit: null, remaining: null, reset: { ms: null, isTime: true }, windowMs: null },
    ],
  ] as const) {
    const { quotas, malformed, families } = quotasOf(headers);
    assert.deepEqual(quotas.map(bare), [expected], JSON.stringify(headers));
    assert.deepEqual(malformed, [], JSON.stringify(headers));
    assert.equal(families.length, 1);
  }
});

test('of several limits each is read, and what does not count requests is left out', () => {
  const { quotas, malformed } = quotasOf({
    'RateLimit-Policy': '"burst";q=10;w=1, "day, all";q=1000;w=86400, "size";q=5;qu="content-bytes"',
    RateLimit: '"day, all";r=900;t=60, "burst";r=3;t=1, "size";r=4',
  });
  assert.deepEqual(malformed, []);
  assert.deepEqual(
    quotas.map(({ limit, remaining, windowMs }) => [limit, remaining, windowMs]),
    [
      [1000, 900, 86_400_000],
      [10, 3, 1000],
    ],
  );
  assert.deepEqual(quotasOf({ 'Retry-After': '1' }), {
    ...{ families: [], quotas: [], malformed: [], isUnassigned: false },
  });
});

test('of several limits only those are read that a policy names: their order means nothing', () => {
  const policies = '"burst";q=10;w=1, "daily";q=1000;w=86400';
  for (const [policy, text, expected] of [
    [undefined, '"burst";r=0;t=1, "daily";r=950;t=50000', []],
    [policies, '"day";r=950;t=50000, "second";r=0;t=1', []],
    ['10;w=1, 1000;w=86400', '"day";r=950;t=50000, "second";r=0;t=1', []],
    [policies, '"default";r=950;t=50000', []],
    [policies, '"day";r=950;t=50000, "burst";r=3;t=1', [[10, 3]]],
    [
      policies,
      '"daily";r=950;t=50000, "burst";r=3;t=1',
      [
        [1000, 950],
        [10, 3],
      ],
    ],
    ['"burst";q=10;w=1', '"default";r=3;t=1', [[10, 3]]],
    ['10;w=1', '"default";r=3;t=1', [[10, 3]]],
    [undefined, '"default";r=3;t=1', [[null, 3]]],
    [undefined, 'limit=10, remaining=3, limit=1000, remaining=950, reset=50000', []],
  ] as const) {
    const { quotas, malformed, isUnassigned } = quotasOf({
      RateLimit: text,
      ...(policy === undefined ? {} : { 'RateLimit-Policy': policy }),
    });
    const read = quotas.map(({ limit, remaining }) => [limit, remaining]);
    assert.deepEqual(read, expected, `${policy}: ${text}`);
    assert.equal(isUnassigned, expected.length < text.split(', ').length, `${policy}: ${text}`);
    assert.deepEqual(malformed, []);
  }
});

test('what is malformed is named', () => {
  for (const [headers, why] of [
    [{ 'RateLimit-Reset': `${nowS}` }, /is a time: the drafts ask for whole seconds/],
    [{ 'RateLimit-Reset': '0.5' }, /is a fraction/],
    [{ 'RateLimit-Reset': '-1' }, /is negative/],
    [{ 'RateLimit-Remaining': '-1' }, /is negative/],
    [{ 'RateLimit-Remaining': 'NaN' }, /is no whole number/],
    [{ 'RateLimit-Limit': 'undefined' }, /is no whole number/],
    [{ RateLimit: 'limit=10, remaining=-1, reset=1' }, /has a remaining that is negative/],
    [{ RateLimit: `limit=10, remaining=1, reset=${nowS}` }, /has a reset that is a time/],
    [{ RateLimit: 'limit=10; remaining=9; reset=1' }, /says no remaining quota/],
    [{ RateLimit: 'limit=10, remaining=9.5, reset=1' }, /has a remaining that is a fraction/],
    [{ RateLimit: '"a";r=9;t=1.5' }, /has a t that is a fraction/],
    [{ RateLimit: `"a";r=9;t=${nowS}` }, /has a t that is a time/],
    [{ RateLimit: '"a";r=x' }, /has a r that is no whole number/],
    [{ RateLimit: '"a;r=9;t=1' }, /is no list of structured fields/],
    [{ RateLimit: '9' }, /says no remaining quota/],
    [{ RateLimit: '{"limit":10,"remaining":9}' }, /says no remaining quota|is no list/],
    [{ RateLimit: '' }, /is no list of structured fields/],
    [{ 'RateLimit-Policy': '10 per second', RateLimit: '"a";r=9' }, /names no quota/],
    [{ 'RateLimit-Policy': '10;w=0.5', RateLimit: '"a";r=9' }, /has a window/],
    [{ 'X-RateLimit-Remaining': '-3' }, /is negative/],
    [{ 'X-RateLimit-Reset': '-3' }, /is negative/],
    [{ 'X-RateLimit-Reset': 'Invalid Date' }, /is neither a wait nor a time/],
    [
      { 'X-RateLimit-Reset': 'Fri Nov 31 2026 22:35:15 GMT+0000 (Coordinated Universal Time)' },
      /is neither a wait nor a time/,
    ],
    [{ 'RateLimit-Reset': 'Wed Nov 25 2026 12:00:01 GMT+0000' }, /is no whole number/],
  ] as const) {
    const { malformed } = quotasOf(headers);
    assert.equal(malformed.length, 1, JSON.stringify([headers, malformed]));
    assert.match(malformed[0]?.why ?? '', why, JSON.stringify(headers));
  }
});

test('a text that was cut is accused of nothing', () => {
  const cut = `${'"a";q=1;w=1, '.repeat(20)}"...`;
  assert.deepEqual(
    quotasOf({ 'RateLimit-Policy': cut, RateLimit: cut, 'X-RateLimit-Limit': cut, 'X-RateLimit-Remaining': cut })
      .malformed,
    [],
  );
});

test('no text throws, and whatever is read are whole numbers that are not negative', () => {
  const mark = fc.constantFrom(
    '"',
    ';',
    ',',
    '=',
    'r',
    't',
    'q',
    'w',
    '1',
    '-',
    '.',
    ' ',
    '\\',
    'limit',
    'remaining',
    'reset',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(mark).map((marks) => marks.join('')),
  );
  fc.assert(
    fc.property(text, text, text, (one, two, three) => {
      const { quotas } = quotasOf({
        ...{ RateLimit: one, 'RateLimit-Policy': two, 'RateLimit-Limit': three, 'RateLimit-Remaining': one },
        ...{
          'RateLimit-Reset': two,
          'X-RateLimit-Limit': one,
          'X-RateLimit-Remaining': two,
          'X-RateLimit-Reset': three,
        },
      });
      for (const { limit, remaining, windowMs, reset } of quotas) {
        for (const number of [limit, remaining, windowMs])
          assert.ok(number === null || (number >= 0 && number % 1 === 0));
        assert.ok(reset === null || reset.isTime || (reset.ms !== null && reset.ms >= 0));
      }
    }),
  );
});
