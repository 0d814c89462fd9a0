import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestartUnderLoad } from '../../cli/run/restart-under-load.ts';
import { newClock } from '../../monitor/clock.ts';

test('what goes wrong in a restart is thrown where it is waited for, and is no unhandled rejection before', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  try {
    const backend = { drain: () => Promise.resolve(0), startAgain: () => Promise.resolve() };
    const restart = new RestartUnderLoad(backend, 0, newClock(), () => {
      throw new Error('no space left');
    });
    await sleep(50);
    await assert.rejects(restart.settled(), /no space left/);
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
});
