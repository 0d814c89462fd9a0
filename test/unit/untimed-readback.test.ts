import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesText } from '../../cli/doctor/table.ts';
import { notesOf } from '../../cli/doctor/undecided.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

const { sizes } = sizesFromSettings({});
const { embedded } = builtInProfiles;
const { idempotency, limiter, readback } = embedded;

function notesFor(ttlMs: number, changes: object, scope: 'webhook' | 'client' = 'webhook'): string {
  const { profile, problems } = readProfile({
    ...embedded,
    idempotency: { ...idempotency, ttlMs },
    limiter: { ...limiter, scope },
    readback: { ...readback, ...changes },
  });
  assert.deepEqual(problems, []);
  assert.ok(profile !== null);
  return notesText(notesOf([planOf('redelivery', sizes, profile, 0)]));
}

const untimed = { processedAtUs: null, next: null };

test('a read-back that cannot tell whether two effects lie within one TTL is told before the load, by doctor too', () => {
  const says =
    /What a run says before it sends:\n {2}redelivery: the read-back tells no times, and .*readback\.processedAtUs/;
  assert.match(notesFor(500, untimed), says);
  assert.match(notesFor(1000, { processedAtUs: null, next: 'next' }), /comes in pages/);
  assert.match(notesFor(1000, untimed, 'client'), /is not read beside the load/);
});

test('nothing is said where the times are told, where a poll sees both, or where the TTL outlasts the load', () => {
  assert.equal(notesFor(500, {}), '');
  assert.equal(notesFor(1000, untimed), '');
  assert.equal(notesFor(3_600_000, { processedAtUs: null, next: 'next' }), '');
});
