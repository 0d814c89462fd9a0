import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerLog } from '../../monitor/log/server-log.ts';
import { saysWorker } from '../../monitor/log/worker-words.ts';
import { processOf } from '../fixtures/run.ts';

const master = processOf({ pid: 100, role: 'root' });
const worker = processOf({ pid: 101, parentPid: 100 });

function watched() {
  const path = join(mkdtempSync(join(tmpdir(), 'log-')), 'server.log');
  writeFileSync(path, '');
  const log = new ServerLog({ paths: [path], intervalMs: 250, redact: (text) => text });
  log.see([master, worker], 0);
  const after = (text: string) => {
    appendFileSync(path, `${text}\n`);
    return log.alerts(1).map(({ alert, pid, means, saysWorker: says }) => [alert, pid, means, says]);
  };
  const exit = (pid: number, code: number, parent?: number) =>
    log
      .exits([{ pid, code, signal: 0, ...(parent === undefined ? {} : { parent }) }], 1)
      .map(({ alert, pid: told, exitCode, parentPid }) => [alert, told, exitCode, parentPid]);
  return { after, exit };
}

test('the exit of a process that was in no sample is told if its parent is a master, and it exited with another code than 0', () => {
  const { exit } = watched();
  assert.deepEqual(exit(2000, 1, 100), [['unseen-end', 2000, 1, 100]]);
  assert.deepEqual(exit(2001, 0, 100), []);
  assert.deepEqual(exit(2002, 1, 101), [], 'a job of a worker');
  assert.deepEqual(exit(2003, 1, 999), []);
  assert.deepEqual(exit(2004, 1), []);
});

test('a line that calls a process that was in no sample a worker is told; one of a job that a worker started is taken back', () => {
  const { after, exit } = watched();
  const exited = (pid: number): string => `worker ${pid} exited with code 1`;
  assert.deepEqual(after(exited(2000)), [['unseen-end', 2000, 'crash', 'perhaps']]);
  assert.deepEqual(exit(2000, 1, 101), [['unseen-end', 2000, 1, 101]]);
  assert.deepEqual(exit(2001, 1, 101), []);
  assert.deepEqual(after(exited(2001)), []);
  assert.deepEqual(after('child 2002 exited with code 1'), []);
});

test('a worker of gunicorn that told of its start is surely one', () => {
  const { after } = watched();
  assert.deepEqual(
    after('[2000] [INFO] Booting worker with pid: 2000\n[100] [ERROR] Worker (pid:2000) exited with code 1.'),
    [['unseen-end', 2000, 'crash', 'surely']],
  );
  assert.deepEqual(after('[100] [ERROR] Worker (pid:2001) exited with code 1.'), [
    ['unseen-end', 2001, 'crash', 'perhaps'],
  ]);
});

test('of jobs that a master starts and that fail each second, a few are told, and lines that say worker beside them', () => {
  const { after, exit } = watched();
  const told = Array.from({ length: 500 }, (_, n) => exit(3000 + n, 1, 100)).flat();
  assert.equal(told.length, 20);
  assert.equal(after('DAMN ! worker 1 (pid: 2000) died, killed by signal 11 :( trying respawn ...').length, 1);
});

test('which lines name a worker, as each master writes them', () => {
  for (const [line, says] of [
    ['[100] [CRITICAL] WORKER TIMEOUT (pid:53)', 'surely'],
    ['[100] [ERROR] Worker (pid:53) was sent SIGSEGV!', 'perhaps'],
    ['INFO:     Child process [53] died', 'surely'],
    ['WARNING: [pool www] child 53 exited on signal 11 (SIGSEGV) after 2.1 seconds from start', 'surely'],
    ['WARNING: unknown child (53) exited with code 1', null],
    ['DAMN ! worker 1 (pid: 53) died, killed by signal 9 :( trying respawn ...', 'surely'],
    ['! Terminating timed out worker (worker failed to check in within 60 seconds): 53', 'surely'],
    ['I, [2026] reaped #<Process::Status: pid 53 SIGKILL (signal 9)> worker=0', 'surely'],
    ['I, [2026] reaped #<Process::Status: pid 53 exit 1> worker=unknown', null],
    ['worker 53 died (signal SIGKILL)', 'perhaps'],
    ['worker 530 died (signal SIGKILL)', null],
    ['job 53 exited with code 1', null],
  ] as const) {
    assert.equal(saysWorker(['worker 1 is busy', line], 53), says, line);
  }
});
