import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replacements } from '../../analysis/processes/crash-loops.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 40_000;

interface Life {
  readonly process: ProcessSample;
  readonly fromMs: number;
  readonly endMs: number;
}

const live = ({ fromMs, endMs }: Life, ms: number): boolean => ms >= fromMs && ms < endMs;

const ended = (
  { process: { pid, startTicks }, endMs }: Life,
  means: AlertLine['means'] & string,
  cause: string,
): AlertLine => ({
  ...{ atUs: startUs + endMs * 1000, alert: 'end-in-log', message: '', pid, startTicks, means, ...saying(cause) },
});

function judged(lives: readonly Life[], alerts: readonly AlertLine[], more: readonly MadeRequest[] = []) {
  const server = serverOf(
    toMs,
    (ms) => ({ processes: lives.filter((each) => live(each, ms)).map(({ process }) => process) }),
    { alerts },
  );
  const requests = Array.from({ length: toMs / 100 }, (_, n): MadeRequest => ({ atMs: n * 100, outcome: 'accepted' }));
  const ledger = ledgerOf([...requests, ...more]);
  return workerCrashes.judge(runOf([{ name: 'hft', ledger, toMs }], { server }));
}

const root: Life = { process: processOf({ pid: 100, role: 'root' }), fromMs: 0, endMs: toMs + 1 };
const steady: Life = { process: processOf({ pid: 101, parentPid: 100 }), fromMs: 0, endMs: toMs + 1 };

/** Workers one after the other, each `everyMs` after the one before, that live for `livedMs`; what lives to the end does not end. */
const inTurn = (livedMs: number, everyMs: number): readonly Life[] =>
  Array.from({ length: Math.floor(30_000 / everyMs) }, (_, n) => ({
    process: processOf({ pid: 200 + n, parentPid: 100 }),
    fromMs: 5000 + n * everyMs,
    endMs: 5000 + n * everyMs + livedMs,
  }));

const saidOf = (judgement: Judgement): string =>
  [judgement.summary, ...(judgement.evidence ?? []), ...toldOf(workerCrashes, judgement)].join('\n');

const saysLoop = /die again and again/;

test('workers that die as they start, beside one that serves, die again and again', () => {
  const workers = inTurn(1500, 2000);
  const loop = judged(
    [root, steady, ...workers],
    workers.map((each) => ended(each, 'crash', 'exited with code 1')),
  );
  const { status, summary, measures } = loop;
  assert.equal(status, 'fail');
  assert.match(
    summary,
    /15 crashes .*; 14 of them had just taken the place of one that had crashed, and lived for 1\.5 s at most/,
  );
  assertAdvice(workerCrashes, loop, { first: saysLoop, never: /SIGKILL|OOM/ });
  assert.equal(measures?.find(({ name }) => name === 'crashed-replacements')?.value, 14);
});

test('workers that all crash once are no loop, nor those that serve for long between their crashes', () => {
  const once = Array.from({ length: 5 }, (_, n) => ({
    process: processOf({ pid: 200 + n, parentPid: 100 }),
    ...{ fromMs: 0, endMs: 5000 },
  }));
  const seldom = inTurn(14_500, 15_000);
  for (const workers of [once, seldom]) {
    const judgement = judged(
      [root, steady, ...workers],
      workers.map((each) => ended(each, 'crash', 'exited with code 1')),
    );
    assert.equal(judgement.status, 'fail');
    assert.doesNotMatch(saidOf(judgement), /taken the place|again and again/);
  }
});

test('a worker that is killed now and then among many that are recycled is no loop', () => {
  const workers = inTurn(450, 500);
  const told = workers.map((each, n) =>
    n % 25 === 5
      ? ended(each, 'crash', 'was ended by SIGKILL')
      : ended(each, 'graceful', 'had served its number of requests'),
  );
  const judgement = judged([root, steady, ...workers], told);
  assert.equal(judgement.status, 'fail');
  assert.doesNotMatch(saidOf(judgement), /taken the place|again and again/);
});

test('a worker that is killed every few seconds among many more that are recycled as soon is no loop', () => {
  const workers = inTurn(1900, 2000);
  const told = workers.map((each, n) =>
    n % 3 === 1 ? ended(each, 'crash', 'was ended by SIGSEGV') : ended(each, 'graceful', 'exited with code 0'),
  );
  const judgement = judged([root, steady, ...workers], told);
  assert.equal(judgement.measures?.find(({ name }) => name === 'crashes')?.value, 5);
  assert.doesNotMatch(saidOf(judgement), /taken the place|again and again/);
});

const brokenBy = (workers: readonly Life[]): readonly MadeRequest[] =>
  workers.map(({ endMs }) => ({ atMs: endMs - 5, tookMs: 4, outcome: 'failed', status: 0, error: 1220 }));

test('workers that a request in many crashes, each after seconds of service, do not die as they start', () => {
  const workers = inTurn(4500, 5000);
  const crashes = workers.map((each) => ended(each, 'crash', 'was ended by SIGABRT'));
  const connected = workers.map((each) => ({ ...each, process: { ...each.process, connections: 3 } }));
  for (const judgement of [
    judged([root, steady, ...workers], crashes, brokenBy(workers)),
    judged([root, steady, ...connected], crashes),
  ]) {
    assert.match(judgement.summary, /^6 crashes .*: it was ended by SIGABRT$/);
    assertAdvice(workerCrashes, judgement, { first: /^native code/, never: saysLoop });
  }
});

test('workers that the first request crashes die again and again', () => {
  const workers = inTurn(700, 1000).map((each) => ({ ...each, process: { ...each.process, connections: 1 } }));
  const crashes = workers.map((each) => ended(each, 'crash', 'was ended by SIGABRT'));
  const judgement = judged([root, steady, ...workers], crashes, brokenBy(workers));
  assert.match(judgement.summary, /29 of them had just taken the place of one that had crashed/);
  assertAdvice(workerCrashes, judgement, { first: saysLoop });
});

for (const [name, cause] of [
  ['max_requests', 'had served its number of requests'],
  ['a rolling restart', 'was told to end'],
] as const) {
  test(`${name} is no loop, whether or not it cuts requests off`, () => {
    const workers = inTurn(1900, 2000);
    const told = workers.map((each) => ended(each, 'graceful', cause));
    assert.equal(judged([root, steady, ...workers], told).status, 'pass');
    const cutOff = workers.map(
      ({ endMs }): MadeRequest => ({
        ...{ atMs: endMs - 500, tookMs: 450, outcome: 'failed' },
        status: 0,
        error: 1220,
      }),
    );
    const judgement = judged([root, steady, ...workers], told, cutOff);
    assert.equal(judgement.status, 'fail');
    assertAdvice(workerCrashes, judgement, { first: /^graceful shutdown/, never: /SIGKILL|OOM|exception/ });
    assert.doesNotMatch(saidOf(judgement), /taken the place|again and again/);
  });
}

const killed = ['crash', 'was ended by SIGKILL'] as const;
const told = ['graceful', 'exited with code 0'] as const;

/** A server that ends, and is started again and again in vain until one listens; @param attempts how many the log tells of. */
function supervised(attempts: number, how: readonly [AlertLine['means'] & string, string] = killed) {
  const cause = 'exited with code 1';
  const serverAs = (pid: number) => processOf({ pid, parentPid: 50, role: 'root' });
  const first: Life = { process: serverAs(100), fromMs: 0, endMs: 10_000 };
  const next: Life = { process: serverAs(300), fromMs: 20_000, endMs: toMs + 1 };
  const said = Array.from(
    { length: attempts },
    (_, n): AlertLine => ({
      ...{
        atUs: startUs + (11_000 + n * 1000) * 1000,
        alert: 'end-in-log',
        message: '',
        means: 'crash',
        ...saying(cause),
      },
    }),
  );
  return judged([first, next], [ended(first, ...how), ...said]);
}

test('a server that its supervisor starts again and again is told by the log, for nobody listens meanwhile', () => {
  const vain = supervised(7);
  const { status, summary, measures, evidence } = vain;
  assert.equal(status, 'fail');
  assert.match(
    summary,
    /^1 crash .*SIGKILL; it dies as it starts: started again at least 7 times in vain \(it exited with code 1\)$/,
  );
  assert.equal(measures?.find(({ name }) => name === 'vain-starts')?.value, 7);
  assertAdvice(workerCrashes, vain, { first: saysLoop });
  assert.match(
    (evidence ?? []).join('\n'),
    /as the log says, at least 7 processes started in its place ended before one listened: it exited with code 1/,
  );
});

test('a server that comes back at the first or second try is no loop', () => {
  for (const attempts of [0, 1]) {
    const { summary, evidence } = supervised(attempts);
    assert.doesNotMatch([summary, ...(evidence ?? [])].join('\n'), /in vain|in its place/);
  }
});

test('a line of a start in vain is not taken for the end of the server, whose exit code begins alike', () => {
  const vainAfter = (code: number): number | undefined =>
    supervised(2, ['crash', `exited with code ${code}`]).measures?.find(({ name }) => name === 'vain-starts')?.value;
  assert.deepEqual([vainAfter(137), vainAfter(1)], [2, undefined]);
});

test('a server that was told to end, and dies as it starts again, fails; one that comes back does not', () => {
  const { status, summary, measures, evidence } = supervised(7, told);
  assert.equal(status, 'fail');
  assert.match(summary, /^7 crashes .*; it dies as it starts: started again at least 7 times in vain/);
  assert.equal(measures?.find(({ name }) => name === 'crashes')?.value, 7);
  assert.match(
    (evidence ?? []).join('\n'),
    /root 100 .* exited with code 0\nas the log says, at least 7 processes started/,
  );
  for (const attempts of [0, 1]) {
    const back = supervised(attempts, told);
    assert.equal(back.status, 'pass');
    assert.doesNotMatch([back.summary, ...(back.evidence ?? [])].join('\n'), /in vain|in its place/);
  }
});

test('what took the place of a crashed one: as each compared with all others', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seeded(seed);
    const seconds = (most: number): number => Math.floor(random() * most) * 1e6;
    const crashes = Array.from({ length: 12 }, () => {
      const firstSeenUs = seconds(60);
      const lastSeenUs = firstSeenUs + seconds(4);
      return { firstSeenUs, lastSeenUs, atUs: lastSeenUs + seconds(3) };
    });
    const expected = crashes.filter((end) =>
      crashes.some(
        (other) => other !== end && end.firstSeenUs >= other.lastSeenUs && end.firstSeenUs <= other.atUs + 10_000_000,
      ),
    );
    assert.deepEqual(new Set(replacements(crashes)), new Set(expected), `seed ${seed}`);
  }
});
