import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, openSync, renameSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newClock } from '../../monitor/clock.ts';
import { endLinesIn } from '../../monitor/log/end-lines.ts';
import { LogTail } from '../../monitor/log/log-tail.ts';
import { readToEnd } from '../../monitor/log/read-to-end.ts';

const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'log-')), 'server.log');

/** Whole lines since the last look. */
function linesOf(tail: LogTail): readonly string[] {
  const found: string[] = [];
  tail.readOn((text) => found.push(...text.split('\n').slice(0, -1)));
  return found;
}

test('what is new comes in whole lines; what was there before is history', () => {
  const file = newFile();
  writeFileSync(file, 'history\n');
  const tail = new LogTail(file, 250);
  assert.deepEqual(linesOf(tail), []);
  appendFileSync(file, 'one\ntwo\nthr');
  assert.deepEqual(linesOf(tail), ['one', 'two']);
  appendFileSync(file, 'ee\n');
  assert.deepEqual(linesOf(tail), ['three']);
});

test('a log that does not exist yet is read from its start', () => {
  const file = newFile();
  const tail = new LogTail(file, 250);
  assert.deepEqual(linesOf(tail), []);
  writeFileSync(file, 'first\n');
  assert.deepEqual(linesOf(tail), ['first']);
});

test('rotation by renaming: the old file is read to its end, also what is written to it after that', () => {
  const file = newFile();
  writeFileSync(file, '');
  const tail = new LogTail(file, 250);
  const writer = openSync(file, 'a');
  writeSync(writer, 'before\n');
  renameSync(file, `${file}.1`);
  writeSync(writer, 'in between\n');
  assert.deepEqual(linesOf(tail), ['before', 'in between'], 'there is no new file yet');
  writeFileSync(file, 'new one\n');
  writeSync(writer, 'late\n');
  assert.deepEqual(linesOf(tail), ['late', 'new one']);
  for (let look = 0; look < 100; look += 1) linesOf(tail);
  appendFileSync(file, 'and on\n');
  assert.deepEqual(linesOf(tail), ['and on']);
});

test('rotation by copying and truncating, also where the file is longer again at the next look', () => {
  const file = newFile();
  writeFileSync(file, '');
  const tail = new LogTail(file, 250);
  appendFileSync(file, 'a line of the old log\n'.repeat(10));
  assert.equal(linesOf(tail).length, 10);
  truncateSync(file);
  appendFileSync(file, 'short\n');
  assert.deepEqual(linesOf(tail), ['short']);
  truncateSync(file);
  appendFileSync(file, `${'x'.repeat(40)}\n`.repeat(50));
  assert.equal(linesOf(tail).length, 50);
});

test('a hundred megabytes between two looks: nothing is lost, and the one line that matters is found', () => {
  const file = newFile();
  writeFileSync(file, '');
  const tail = new LogTail(file, 1000);
  const line = '127.0.0.1 - - "POST /hooks/hook-1 HTTP/1.1" 202 57 of a worker process\n';
  const block = line.repeat(Math.ceil((10 << 20) / line.length));
  for (let n = 0; n < 10; n += 1) {
    appendFileSync(file, block);
    if (n === 6) appendFileSync(file, '[28] [CRITICAL] WORKER TIMEOUT (pid:4711)\n');
  }
  let count = 0;
  const pids: (number | null)[] = [];
  tail.readOn((text) => {
    count += text.length;
    pids.push(...endLinesIn(text).map(({ pid }) => pid));
  });
  assert.deepEqual([count, tail.unreadBytes], [10 * block.length + 42, 0], 'a monitor looks once a second');
  assert.deepEqual(pids, [4711]);
});

test('a log that outruns the looks is read on after the end, and what stays unread is told', () => {
  const file = newFile();
  writeFileSync(file, '');
  const tail = new LogTail(file, 0);
  for (let n = 0; n < 7; n += 1) appendFileSync(file, Buffer.alloc(10 << 20, `${'x'.repeat(63)}\n`));
  let count = 0;
  const readOn = (): number => {
    tail.readOn((text) => {
      count += text.length;
    });
    return tail.unreadBytes;
  };
  assert.equal(readOn(), 6 << 20);
  assert.deepEqual(readToEnd(readOn, newClock()), []);
  assert.equal(count, 70 << 20);
  let nowMs = 0;
  let looks = 0;
  const behind = (): number => {
    looks += 1;
    nowMs += 1000;
    return 12e6;
  };
  const told = readToEnd(behind, newClock(), () => nowMs);
  assert.deepEqual(
    told.map(({ alert, message }) => [alert, /its last 12 MB were not read$/.test(message)]),
    [['log-unread', true]],
  );
  assert.equal(looks, 5);
});
