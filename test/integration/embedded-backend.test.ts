import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EmbeddedBackend } from '../../cli/run/embedded-backend.ts';
import { Interrupt } from '../../cli/run/interrupt.ts';
import { eventually } from '../fixtures/backend.ts';

// The backend is started as the runner does it: from the built command.
process.argv[1] = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'webhook-stress.js');
const interrupt = new Interrupt(() => {});
const folder = mkdtempSync(join(tmpdir(), 'embedded-backend-'));

/** Starts it with one worker, its log in this file. */
async function start(logFile: string) {
  const refusals: string[] = [];
  const onLogRefused = (refusal: string): void => void refusals.push(refusal);
  const launch = { env: process.env, logFile, interrupt, onLogRefused };
  return { backend: await EmbeddedBackend.start(['--workers', '1'], launch), refusals };
}

/** What this process has open, by name. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // That of the listing itself.
      return [];
    }
  });
}

test("nothing of the backend's log stays open in the runner, also after a restart", async () => {
  const logFile = join(folder, 'backend.log');
  const before = openFiles().length;
  const { backend, refusals } = await start(logFile);
  assert.ok(!openFiles().includes(logFile));
  await backend.drain();
  await backend.startAgain();
  assert.ok(!openFiles().includes(logFile));
  await backend.stop();
  // The loader of the test may have had a file open before.
  await eventually('all that was opened is closed', () => openFiles().length <= before);
  assert.equal(readFileSync(logFile, 'utf8').match(/listening on/g)?.length, 2);
  assert.deepEqual(refusals, []);
});

test('a full disk where its log should be: it serves and ends as ever, and says once that the log was refused', async () => {
  const { backend, refusals } = await start('/dev/full');
  assert.equal((await fetch(`${backend.baseUrl}/api/v1/monitoring/health`)).status, 200);
  assert.equal(await backend.drain(), 0);
  assert.deepEqual(refusals, ['ENOSPC: no space left on device']);
});

test('a log that cannot be opened: the backend is not started, and one line names the file', async () => {
  const logFile = join(folder, 'in-the-way');
  mkdirSync(logFile);
  await assert.rejects(start(logFile), {
    name: 'ExpectedError',
    message: `the embedded backend did not start: ${logFile} could not be written (EISDIR: illegal operation on a directory)`,
  });
});
