import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { reasonInWords } from '../../contract/journal/end-reasons.ts';
import { kernelReading, readingOf } from '../../monitor/log/end-word.ts';
import { ServerLog } from '../../monitor/log/server-log.ts';
import { ProcessExits } from '../../monitor/system/process-exits.ts';
import { processOf } from '../fixtures/run.ts';

const meansOf = (code: number, signal: number, isRoot = false): string => {
  const reading = kernelReading({ code, signal, isRoot });
  return `${reading.means}: ${reasonInWords(reading)}`;
};

test('an exit code or a signal says how a process ended', () => {
  assert.equal(meansOf(0, 0), 'graceful: exited with code 0');
  assert.equal(meansOf(3, 0), 'crash: exited with code 3');
  assert.equal(meansOf(0, 9), 'crash: was ended by SIGKILL');
  assert.equal(meansOf(0, 11), 'crash: was ended by SIGSEGV');
});

test('a signal of several names is told by its usual one, whether by its number or by an alias', () => {
  const { SIGABRT, SIGCHLD, SIGIO, SIGSYS } = constants.signals;
  for (const [name, number] of Object.entries({ SIGABRT, SIGCHLD, SIGIO, SIGSYS })) {
    assert.equal(kernelReading({ code: 0, signal: number, isRoot: true }).signal, name);
    assert.equal(readingOf({ signal: String(number) }).signal, name);
  }
  for (const [alias, name] of [
    ['SIGIOT', 'SIGABRT'],
    ['CLD', 'SIGCHLD'],
    ['SIGPOLL', 'SIGIO'],
    ['SIGUNUSED', 'SIGSYS'],
  ]) {
    assert.equal(readingOf({ signal: alias }).signal, name);
  }
});

test('who asked a worker to end the kernel does not say; nobody recycles the topmost process', () => {
  assert.equal(meansOf(0, 15), 'exiting: was ended by SIGTERM');
  assert.equal(meansOf(143, 0), 'exiting: exited with code 143');
  assert.equal(meansOf(0, 15, true), 'ended: was ended by SIGTERM');
  assert.equal(meansOf(137, 0), 'crash: exited with code 137');
});

test('each process of the server ends once; a pid that is given to another one tells nothing of it', () => {
  const log = new ServerLog({ paths: [], intervalMs: 250, redact: (text) => text });
  log.see([processOf({ pid: 101, startTicks: 5 })], 0);
  const exits = (...codes: readonly number[]) =>
    log.exits(
      codes.map((code) => ({ pid: 101, code, signal: 0 })),
      1,
    );
  assert.deepEqual(log.exits([{ pid: 999, code: 1, signal: 0 }], 1), []);
  assert.deepEqual(
    exits(0, 1).map(({ alert, means, startTicks }) => [alert, means, startTicks]),
    [['process-recycled', 'graceful', 5]],
  );
  assert.deepEqual(exits(1), []);
  log.see([processOf({ pid: 101, startTicks: 70 })], 0);
  assert.deepEqual(
    exits(1).map(({ alert, reason, exitCode, startTicks }) => [alert, reason, exitCode, startTicks]),
    [['end-in-log', 'exited', 1, 70]],
  );
});

test('of threads that panic with each request a few are told', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'server.log');
  const log = new ServerLog({ paths: [file], intervalMs: 250, redact: (text) => text });
  const told = Array.from({ length: 40 }, (_, n) => {
    appendFileSync(file, "thread 'tokio-rt-worker' panicked at src/main.rs:10:5:\nboom\n".repeat(3));
    return log.alerts(n * 250_000);
  }).flat();
  assert.deepEqual([told.length, told[0]?.means, told[0]?.alert], [10, 'thread-ended', 'end-in-log']);
});

/** A program in the place of our k6. */
function programOf(script: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'exits-')), 'k6');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('nothing is watched before the kernel tells of exits, however late its program starts', async () => {
  const exits = new ProcessExits(
    programOf(`/bin/sleep 0.3; echo '{"pid":7,"code":0,"signal":9}'; echo '{"listening":true}'; read -r _`),
  );
  await exits.listening(new AbortController().signal);
  assert.deepEqual(exits.take(), [{ pid: 7, code: 0, signal: 9 }]);
  exits.stop();
});

test('a program that may not listen, does not exist, or is told to stop keeps nobody waiting', async () => {
  const stop = new AbortController();
  const silent = new ProcessExits(programOf('read -r _'));
  setTimeout(() => stop.abort(), 50);
  await silent.listening(stop.signal);
  silent.stop();
  const { signal } = new AbortController();
  await new ProcessExits(programOf('exit 1')).listening(signal);
  await new ProcessExits('/does/not/exist').listening(signal);
  await new ProcessExits(null).listening(signal);
});
