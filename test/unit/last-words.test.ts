import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidInWords } from '../../analysis/journal/earlier-causes.ts';
import { causeInWords } from '../../analysis/processes/cause-in-words.ts';
import { EndCauses } from '../../analysis/processes/end-causes.ts';
import { statusesOfReasons } from '../../analysis/processes/last-words.ts';
import { endReasonWords } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { endWords } from '../../monitor/log/end-words.ts';
import { perlWords } from '../../monitor/log/runtime-words.ts';

const us = 1_000_000;

interface Told {
  readonly atMs: number;
  readonly cause: string;
  /** What the kernel says of it; else it is a line of the log that names none. */
  readonly pid?: number;
  readonly means?: AlertLine['means'];
}

function causeOf(pid: number, goneMs: number, told: readonly Told[], parents: Readonly<Record<number, number>> = {}) {
  const alerts = told.map(
    ({ atMs, cause, pid: of, means = 'crash' }): AlertLine => ({
      ...{ atUs: atMs * 1000, alert: 'end-in-log', message: '', means, ...saidInWords(cause) },
      ...(of === undefined ? { lines: [`line of: ${cause}`] } : { pid: of, startTicks: of }),
    }),
  );
  const causes = new EndCauses(alerts, new Map(Object.entries(parents).map(([child, of]) => [Number(child), of])));
  const life = { pid, startTicks: pid, label: 'app', firstSeenUs: 0 };
  const { cause, ...end } = causes.of({ ...life, lastSeenUs: goneMs * 1000 - us / 4, goneUs: goneMs * 1000 });
  return { ...end, cause: cause === null ? null : causeInWords(cause) };
}

const outOfMemory = { atMs: 4800, cause: 'ran out of memory (JVM)' };
const code = (pid: number, number: number, atMs = 5000): Told => ({ atMs, pid, cause: `exited with code ${number}` });
const signal = (pid: number, name: string, atMs = 5000): Told => ({ atMs, pid, cause: `was ended by ${name}` });

test('what a runtime wrote before it died explains its exit code or signal', () => {
  const cases: readonly (readonly [string, Told, string])[] = [
    ['ran out of memory (JVM)', code(1, 3), 'exited with code 3'],
    ['had a thread that threw an exception that nobody caught (JVM)', code(1, 1), 'exited with code 1'],
    ['had a fatal error (Go)', code(1, 2), 'exited with code 2'],
    ['had a segmentation fault', signal(1, 'SIGABRT'), 'was ended by SIGABRT'],
    ['threw an exception that nobody caught (C++)', code(1, 134), 'exited with code 134'],
  ];
  for (const [cause, end, how] of cases) {
    const found = causeOf(1, 5000, [{ atMs: 4800, cause }, end]);
    assert.deepEqual([found.kind, found.cause], ['crash', `${cause} and ${how}`]);
    assert.deepEqual(found.lines, [`line of: ${cause}`]);
  }
});

test('a line that does not fit the exit code, the signal or the moment is of another process', () => {
  const not = (end: Told, word: Partial<Told>): void => {
    assert.equal(causeOf(1, 5000, [{ ...outOfMemory, ...word }, end]).cause, end.cause);
  };
  not(code(1, 1), {});
  not(signal(1, 'SIGKILL'), {});
  not(code(1, 3), { atMs: 1000 });
  not(code(1, 3), { atMs: 8000 });
  not(code(1, 3), { cause: 'exited with code 7' });
  not(code(1, 3), { cause: 'exited unexpectedly' });
  const told = causeOf(1, 5000, [
    { atMs: 4900, cause: 'panicked (Go)' },
    { ...signal(1, 'SIGTERM'), means: 'exiting' },
  ]);
  assert.deepEqual([told.kind, told.cause], ['exited', 'was ended by SIGTERM']);
});

test('a thread that panicked explains an abort right after it, and is no crash by itself', () => {
  const panicked = { atMs: 4900, cause: 'had a thread that panicked (Rust)', means: 'thread-ended' as const };
  assert.equal(
    causeOf(1, 5000, [panicked, signal(1, 'SIGABRT')]).cause,
    'had a thread that panicked (Rust) and was ended by SIGABRT',
  );
  assert.equal(causeOf(1, 5000, [panicked, code(1, 1)]).cause, 'exited with code 1');
  assert.equal(causeOf(1, 5000, [{ ...panicked, atMs: 1500 }, signal(1, 'SIGABRT')]).cause, 'was ended by SIGABRT');
  assert.equal(causeOf(1, 5000, [panicked]).kind, 'unexplained');
  assert.equal(causeOf(1, 5000, [panicked, { ...code(1, 0), means: 'graceful' }]).kind, 'graceful');
});

test('an exit code that names no process is of none that ended otherwise, or was told to end', () => {
  const line = { atMs: 4900, cause: 'exited with code 1' };
  const hup = { atMs: 4000, cause: 'ended after the master got SIGHUP', means: 'asked' as const };
  const sigterm = { ...signal(1, 'SIGTERM'), means: 'exiting' as const };
  assert.equal(causeOf(1, 5000, [line]).kind, 'crash');
  assert.deepEqual(
    [
      [hup, line],
      [line, hup],
      [hup, line, sigterm],
    ].map((told) => causeOf(1, 5000, told).kind),
    ['graceful', 'graceful', 'graceful'],
  );
  assert.deepEqual(causeOf(1, 5000, [line, sigterm]).kind, 'exited');
  assert.equal(causeOf(1, 5000, [hup, line, { atMs: 4800, cause: 'panicked (Go)' }]).kind, 'crash');
  const ended = { atMs: 4900, cause: 'was ended by SIGINT', means: 'ended' as const };
  assert.equal(causeOf(1, 5000, [ended]).kind, 'crash');
  assert.equal(causeOf(1, 5000, [ended, sigterm]).kind, 'exited');
});

test('a reason that is known needs no line of another process', () => {
  const aborted = { atMs: 4500, pid: 1, cause: 'gave no sign of life within the timeout and was aborted' };
  const found = causeOf(1, 5000, [aborted, { atMs: 4900, cause: 'dumped core' }, signal(1, 'SIGABRT')]);
  assert.equal(found.cause, `${aborted.cause}, then was ended by SIGABRT`);
});

test('of two that end alike the line is of the nearer one; at one moment each needs its own', () => {
  const far = [outOfMemory, code(1, 3), code(2, 3, 6500)];
  assert.match(causeOf(1, 5000, far).cause ?? '', /^ran out of memory/);
  assert.equal(causeOf(2, 6500, far).cause, 'exited with code 3');
  const together = [outOfMemory, code(1, 3), code(2, 3, 5250)];
  assert.equal(causeOf(1, 5000, together).cause, 'exited with code 3');
  const each = [...together, { ...outOfMemory, atMs: 4900 }];
  assert.match(causeOf(1, 5000, each).cause ?? '', /^ran out of memory/);
  assert.match(causeOf(2, 5250, each).cause ?? '', /^ran out of memory/);
  const other = [outOfMemory, code(1, 3), code(2, 1, 5000)];
  assert.match(causeOf(1, 5000, other).cause ?? '', /^ran out of memory/, 'code 1 is no other that ran out of memory');
});

test('a wrapper that ends with the code of its child is explained as the child is', () => {
  const told = [outOfMemory, code(1, 3), code(2, 3)];
  for (const pid of [1, 2]) assert.match(causeOf(pid, 5000, told, { 2: 1, 1: 0 }).cause ?? '', /^ran out of memory/);
});

test("gunicorn's halt names the exit code: it says that a worker failed to boot of one that had served, too", () => {
  for (const cause of ['ended because a worker failed to start', endReasonWords.halted]) {
    const halted = [code(2, 3, 5000), { atMs: 6200, cause }, code(1, 3, 6250)];
    const parents = { 2: 1, 1: 0 };
    assert.equal(causeOf(2, 5000, halted, parents).cause, 'exited with code 3');
    assert.equal(causeOf(1, 6250, halted, parents).cause, 'ended because a worker exited with code 3');
  }
});

test('every last word is one that the monitor writes', () => {
  const written = new Set([perlWords, ...endWords.map((word) => word.read({}))].map(({ reason }) => reason));
  for (const reason of statusesOfReasons.keys()) assert.ok(written.has(reason), reason);
});
