import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsOf } from '../../cli/duration.ts';
import { runSettings } from '../../cli/run/settings.ts';

test('a duration is a number with its unit', () => {
  assert.deepEqual(['90s', '1.5h', '30m', '8h', '8', 'h', '-1h', '1h30m', '1d', ''].map(secondsOf), [
    90,
    5400,
    1800,
    28_800,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

const problemsOf = async (...args: readonly string[]): Promise<string> => {
  try {
    await runSettings(args, {});
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

test('--duration sets the length of soak, and says what is wrong with it', async () => {
  const settings = await runSettings(['soak', '--duration', '8h'], {});
  assert.equal(settings?.sizes.SOAK_SECONDS, 28_800);
  assert.equal(settings?.plans[0]?.phases.length, 48);
  assert.match(await problemsOf('soak', '--duration', '8'), /--duration is "8"; it must be a number with its unit/);
  assert.match(await problemsOf('soak', '--duration', '5s'), /--duration 5s is 5 s; it must be a whole number from 10/);
  assert.match(
    await problemsOf('sustained', '--duration', '1h'),
    /--duration is the length of soak: add this scenario/,
  );
  assert.match(await problemsOf('soak', '--duration', '20s'), /soak needs 60 s here/);
  // Five a minute need longer rests and cycles than a minute has.
  await assert.rejects(
    runSettings(['soak', '--duration', '1m'], { LIMIT: '5', LIMIT_WINDOW_MS: '60000' }),
    /soak needs \d+ s here/,
  );
});

test('a soak is as short as its rests let it be', async () => {
  const settings = await runSettings(['soak', '--duration', '10s'], { LIMITER_KIND: 'none', SOAK_REST_MS: '500' });
  assert.equal(settings?.plans[0]?.phases.length, 10);
});

test('a run that names no scenario has no soak in it', async () => {
  const settings = await runSettings([], {});
  assert.ok(settings !== null && settings.scenarios.length > 0 && !settings.scenarios.includes('soak'));
});
