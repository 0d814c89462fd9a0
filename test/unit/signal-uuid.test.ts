import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOfTag, makeUuid, maxUuidNumber, uuidParts } from '../../contract/plan/signal-uuid.ts';
import '../fixtures/seed.ts';

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** As runs make them, and as somebody may set STRESS_RUN_TAG. */
const anyTag = fc.oneof(
  fc
    .record({ ms: fc.integer({ min: 36 ** 7, max: 36 ** 8 - 1 }), rest: fc.integer({ min: 0, max: 1e9 - 1 }) })
    .map(({ ms, rest }) => ms.toString(36) + rest.toString(36)),
  fc.stringMatching(/^[0-9a-zA-Z-]{1,20}$/),
);
const anySignal = fc.record({
  runTag: anyTag,
  code: fc.stringMatching(/^[A-Za-z]?$/),
  n: fc.oneof(fc.nat(), fc.integer({ min: 0, max: maxUuidNumber - 1 })),
});

/** Ways in which servers keep and show a UUID. */
const writings: readonly ((uuid: string) => string)[] = [
  (uuid) => uuid,
  (uuid) => uuid.toUpperCase(),
  (uuid) => uuid.replaceAll('-', ''),
  (uuid) => `{${uuid}}`,
  (uuid) => `{${uuid.replaceAll('-', '').toUpperCase()}}`,
  (uuid) => `urn:uuid:${uuid}`,
];

test('a UUID is of version 4 by its form, and read back into what it was made of, however it is written', () => {
  fc.assert(
    fc.property(anySignal, anyTag, ({ runTag, code, n }, other) => {
      const uuid = makeUuid(runTag, code, n);
      assert.match(uuid, version4);
      for (const written of writings) {
        const parts = uuidParts(written(uuid));
        assert.ok(parts !== null, written(uuid));
        assert.deepEqual([parts.code, parts.n, isOfTag(parts, runTag)], [code, n, true]);
        assert.equal(isOfTag(parts, other), other === runTag);
      }
    }),
  );
});

test("no UUID of another sender's is taken for one of a run, nor one with any bit changed for the same signal", () => {
  fc.assert(
    fc.property(anySignal, fc.uuid(), fc.nat({ max: 127 }), ({ runTag, code, n }, another, bit) => {
      const parts = uuidParts(another);
      assert.ok(parts === null || !isOfTag(parts, runTag));
      const value = BigInt(`0x${makeUuid(runTag, code, n).replaceAll('-', '')}`) ^ (1n << BigInt(bit));
      const altered = uuidParts(value.toString(16).padStart(32, '0'));
      const isSame = altered !== null && isOfTag(altered, runTag) && altered.code === code && altered.n === n;
      assert.equal(isSame, false);
    }),
  );
  for (const text of ['', 'order-17', '17', '00000000-0000-0000-0000-000000000000', `${makeUuid('k3f9', 'a', 1)}0`]) {
    assert.equal(uuidParts(text), null, text);
  }
});

test('signals that are alike in run, phase and number but for one have UUIDs that differ, also at their beginning', () => {
  const first = 1_764_000_000_000;
  const tags = Array.from({ length: 20 }, (_, n) => `${(first + n).toString(36)}${(700_000_000 + n).toString(36)}`);
  const uuids = tags.flatMap((tag) =>
    ['', 'a', 'b', 'A'].flatMap((code) => Array.from({ length: 50 }, (_, n) => makeUuid(tag, code, n))),
  );
  assert.equal(new Set(uuids).size, uuids.length);
  const begun = new Set(uuids.map((uuid) => uuid.slice(0, 8)));
  assert.ok(begun.size > uuids.length - 5, `${begun.size} of ${uuids.length}`);
});

test('the bits of the UUIDs of a run look random', () => {
  const count = 4096;
  const set = new Array<number>(128).fill(0);
  for (let n = 0; n < count; n += 1) {
    const bits = BigInt(`0x${makeUuid('mwwc5zft6glv08', 's', n).replaceAll('-', '')}`);
    for (let bit = 0; bit < 128; bit += 1) set[bit] = (set[bit] ?? 0) + Number((bits >> BigInt(bit)) & 1n);
  }
  // Version and variant are always the same. Of the others half are set, give or take six standard deviations.
  const fixed = [62, 63, 76, 77, 78, 79];
  const odd = set.flatMap((ones, bit) => (fixed.includes(bit) || Math.abs(ones - count / 2) < 192 ? [] : [bit]));
  assert.deepEqual(odd, []);
  assert.deepEqual(
    fixed.map((bit) => set[bit]),
    [0, count, 0, 0, count, 0],
  );
});

test('numbers that a UUID has no room for make none', () => {
  for (const n of [maxUuidNumber, -1, Number.NaN]) assert.throws(() => makeUuid('k3f9', 'a', n), /has no UUID/);
});
