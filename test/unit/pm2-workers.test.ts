import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pm2Workers } from '../../monitor/log/pm2-workers.ts';
import { processOf } from '../fixtures/run.ts';

const daemon = processOf({ pid: 100, role: 'root', label: 'PM2' });
const [first, second, next] = [101, 102, 103].map((pid) => processOf({ pid, parentPid: 100 }));
const logOf = (pid: number): string => `/logs/error-${pid}.log`;

const frames =
  '    at Immediate.<anonymous> (/srv/app.js:7:125)\n    at process.processImmediate (node:internal/timers:483:21)\n';
const stack = `TypeError: Cannot read properties of undefined (reading 'route')\n${frames}`;

interface Look {
  /** By the pid whose error log it is. */
  readonly says?: Readonly<Record<number, string>>;
  readonly pids: readonly number[];
}

/** The pids of those whose exception is told, and the first line of it, look by look. */
function told(looks: readonly Look[], isShared = false): readonly string[] {
  const pathOf = (pid: number): string => (isShared ? '/logs/error.log' : logOf(pid));
  const workers = new Pm2Workers(({ pid }) => (pid === 100 ? null : pathOf(pid)));
  return looks.flatMap(({ says = {}, pids }) => {
    workers.see([daemon, ...[first, second, next].flatMap((each) => (each && pids.includes(each.pid) ? [each] : []))]);
    workers.look();
    for (const [pid, text] of Object.entries(says)) workers.read(pathOf(Number(pid)), text);
    return workers.takeLast().map(({ pid, lines }) => `${pid} ${lines[0]?.slice(0, 9)} ${lines.length}`);
  });
}

const both = { pids: [101, 102] };

test('the exception that a worker of PM2 wrote last before it ended is told of it alone', () => {
  assert.deepEqual(told([both, { pids: [102], says: { 101: stack } }]), ['101 TypeError 3']);
  assert.deepEqual(told([both, { ...both, says: { 101: stack } }, { pids: [102] }]), ['101 TypeError 3']);
  assert.deepEqual(told([both, { pids: [101], says: { 101: stack } }]), [], 'the log of another one');
  const again = [both, { pids: [102, 103], says: { 101: stack } }, { pids: [103], says: { 102: stack } }];
  assert.deepEqual(told(again, true), ['101 TypeError 3', '102 TypeError 3'], 'both crash by it, into one log');
});

test('a message of several lines, and what was printed before it, change nothing', () => {
  const long = `served 1\nError: no route\nfor this order\n${frames}`;
  assert.deepEqual(told([both, { pids: [102], says: { 101: long } }]), ['101 Error: no 4']);
});

test('an error that a worker handled is none, be it of long ago, printed again and again, or followed by more', () => {
  const quiet: Look = { ...both };
  assert.deepEqual(told([both, { ...both, says: { 101: stack } }, quiet, quiet, { pids: [102] }]), []);
  const order = (n: number) => ({ ...both, says: { 101: `Error: order ${n} is late\n${frames}` } });
  assert.deepEqual(told([both, order(1), order(2), order(3), { pids: [102] }]), []);
  assert.deepEqual(told([both, { pids: [102], says: { 101: `${stack}carried on\n` } }]), []);
  const fields = `Error: no route\n${frames.trimEnd()} {\n  code: 'ECONNREFUSED'\n}\n`;
  assert.deepEqual(told([both, { pids: [102], says: { 101: fields } }]), [], 'console.error of an error with fields');
  const rejection = `You have triggered an unhandledRejection, you may have forgotten to catch a Promise rejection:\n${stack}`;
  assert.deepEqual(told([both, { pids: [102], says: { 101: rejection } }]), []);
  assert.deepEqual(told([both, { ...both, says: { 101: stack } }, quiet]), [], 'nobody ended');
});
