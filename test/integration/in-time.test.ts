import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { inTime, LateReply } from '../../backend/store/in-time.ts';

test('a reply that arrived while this process was not run is in time, one that did not arrive is late', async () => {
  const echo = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    echo.stdin.write('ready');
    await once(echo.stdout, 'data');
    const reply = inTime(
      once(echo.stdout, 'data').then(([data]) => String(data)),
      20,
    );
    echo.stdin.write('pong');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    assert.equal(await reply, 'pong');
    await assert.rejects(inTime(once(echo.stdout, 'data'), 20), LateReply);
    await assert.rejects(inTime(Promise.reject(new RangeError('refused')), 20), RangeError);
  } finally {
    echo.kill();
  }
});
