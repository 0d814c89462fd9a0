import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { maxBars, type Picture, picture } from '../../contract/report/pictures.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { blocksSome, healthyLimiters, perWorker, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { judgeMemory } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

/** The pictures of one kind, each as report.json may hold it. */
function picturesIn<K extends Picture['kind']>(
  { pictures = [] }: Judgement,
  kind: K,
): readonly Extract<Picture, { kind: K }>[] {
  for (const one of pictures) assert.deepEqual(picture.parse(one), one);
  return pictures.filter((one): one is Extract<Picture, { kind: K }> => one.kind === kind);
}

const { limit, windowMs } = defaultTraffic;
const sliding = (n: number): SimulatedLimiter => healthyLimiters.sliding(n, windowMs, n, 0);
const traffic = { profile: profileOf('sliding', defaultTraffic), size: defaultTraffic, seed: 5, weather: calm };

test('a limiter that admits too many shows the window, and the first answer that is one too many', () => {
  const judgement = judged(traffic, () => sliding(limit + 1));
  assert.equal(judgement.status, 'fail');
  const [shown] = picturesIn(judgement, 'window');
  assert.ok(shown !== undefined);
  const { window, requests, allowed, counted } = shown;
  assert.deepEqual([allowed, window.toMs - window.fromMs], [limit, windowMs]);
  const inside = requests.filter(
    ({ outcome, fromMs, toMs }) => outcome === 'accepted' && fromMs >= window.fromMs && toMs <= window.toMs,
  );
  assert.equal(inside.length, counted);
  assert.ok(counted > limit);
  const marked = requests.filter(({ mark }) => mark !== null);
  assert.equal(marked.length, 1);
  // Of the admitted, exactly as many as are allowed were answered before it.
  assert.equal(inside.filter(({ toMs }) => toMs < (marked[0]?.toMs ?? 0)).length, limit);
});

test('a limiter that refuses with room shows the window before, with that refusal at its end', () => {
  const judgement = judged(traffic, (random) => blocksSome(sliding(limit), 0.2, random));
  assert.equal(judgement.status, 'fail');
  const [shown] = picturesIn(judgement, 'window');
  const marked = shown?.requests.filter(({ mark }) => mark !== null) ?? [];
  assert.deepEqual(
    marked.map(({ outcome, fromMs }) => [outcome, fromMs]),
    [['limited', 0]],
  );
  assert.ok(shown !== undefined && shown.counted < limit && shown.window.fromMs === -windowMs);
});

test('a limiter that keeps its word has no picture of a fault', () => {
  const judgement = judged(traffic, () => sliding(limit));
  assert.equal(judgement.status, 'pass');
  assert.deepEqual(judgement.pictures ?? [], []);
});

test('of a window with more requests than a picture holds those around the fault are drawn, and the rest is counted', () => {
  const size = { ...defaultTraffic, limit: 100 };
  const profile = profileOf('sliding', size);
  const make = (random: () => number) => perWorker(() => healthyLimiters.sliding(100, windowMs, 100, 0), 2, random);
  const [shown] = picturesIn(judged({ profile, size, seed: 5, weather: calm }, make), 'window');
  assert.ok(shown !== undefined);
  assert.equal(shown.requests.length, maxBars);
  assert.ok(shown.leftOut > 0);
  assert.equal(shown.requests.filter(({ mark }) => mark !== null).length, 1);
});

const memory = (bytesPerRequest: number): Judgement =>
  judgeMemory({
    memory: (requests) => ({ rss: 60e6 + (requests > 0 ? 5e6 : 0) + requests * bytesPerRequest }),
    random: seeded(3),
  });

test('a leak shows the settled memory of each process, and the line that was fitted', () => {
  const judgement = memory(40_000);
  assert.equal(judgement.status, 'fail');
  const shown = picturesIn(judgement, 'growth');
  assert.deepEqual(shown.map(({ process, isLeak }) => [process, isLeak]).sort(), [
    ['worker 101', true],
    ['worker 102', true],
  ]);
  for (const { points, line, perCycle } of shown) {
    assert.deepEqual(
      points.map(({ cycle }) => cycle),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.deepEqual(
      points.filter(({ isWarmUp }) => isWarmUp).map(({ cycle }) => cycle),
      [1, 2],
    );
    assert.ok(Math.abs(perCycle.bytes - 40_000 * 50) < 100_000, String(perCycle.bytes));
    for (const { cycle, bytes } of points.slice(2)) {
      const share = (cycle - line.fromCycle) / (line.toCycle - line.fromCycle);
      assert.ok(Math.abs(line.fromBytes + share * (line.toBytes - line.fromBytes) - bytes) < 1e6);
    }
  }
});

test('memory that settles shows the one process that grows most, and no leak', () => {
  const judgement = memory(0);
  assert.equal(judgement.status, 'pass');
  const shown = picturesIn(judgement, 'growth');
  assert.deepEqual(
    shown.map(({ isLeak }) => isLeak),
    [false],
  );
});

const at = (atMs: number, outcome: MadeRequest['outcome']): MadeRequest => ({ atMs, outcome, signal: 'tag-1' });
const onceOf = (requests: readonly MadeRequest[], effects: number): Judgement =>
  exactlyOnce.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests, { 'tag-1': effects }) }]));

test('a signal that was processed twice shows its requests, its TTL, and the acceptance that was one too many', () => {
  const judgement = onceOf([at(1000, 'accepted'), at(1100, 'duplicate'), at(1300, 'accepted')], 2);
  assert.equal(judgement.status, 'fail');
  const [shown, ...others] = picturesIn(judgement, 'signal');
  assert.deepEqual(others, []);
  assert.deepEqual([shown?.processed, shown?.atSeconds, shown?.signal], [2, 1, 'tag-1']);
  assert.deepEqual(
    shown?.requests.map(({ fromMs, outcome, mark }) => [fromMs, outcome, mark]),
    [
      [0, 'accepted', null],
      [100, 'duplicate', null],
      [300, 'accepted', 'accepted again'],
    ],
  );
  assert.deepEqual(shown?.ttl, { fromMs: 0, toMs: 1000 });
});

test('a signal that was lost shows what was accepted and never processed; one that was not has no picture', () => {
  const [shown] = picturesIn(onceOf([at(0, 'accepted')], 0), 'signal');
  assert.deepEqual([shown?.processed, shown?.requests[0]?.mark], [0, 'accepted, but lost']);
  const healthy = onceOf([at(0, 'accepted'), at(500, 'duplicate')], 1);
  assert.equal(healthy.status, 'pass');
  assert.deepEqual(healthy.pictures ?? [], []);
});

/** A worker that grows and ends at 90 s, with a request under way. */
function crash(isGone: boolean): Judgement {
  const root = processOf({ pid: 100, role: 'root' });
  const server = serverOf(
    120_000,
    (atMs) => ({
      processes: [
        root,
        processOf({ pid: 101 }),
        ...(isGone && atMs >= 90_000 ? [] : [processOf({ pid: 102, rssBytes: 50e6 + atMs * 1000, cpuPercent: 70 })]),
      ],
    }),
    {
      alerts: isGone
        ? [
            {
              atUs: startUs + 90_000_000,
              alert: 'end-in-log' as const,
              message: 'worker 102 was killed',
              ...{ pid: 102, startTicks: 1020 },
              ...{
                means: 'crash' as const,
                ...saying('was ended by SIGKILL'),
                lines: ['Worker (pid:102) was sent SIGKILL!'],
              },
            },
          ]
        : [],
    },
  );
  const requests: MadeRequest[] = [
    { atMs: 80_000, outcome: 'accepted' },
    { atMs: 89_000, tookMs: 900, outcome: 'failed', status: 0 },
  ];
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs: 120_000 }], { server }));
}

test("a crash shows the process's last minute, what was under way, and the log at its end", () => {
  const judgement = crash(true);
  assert.equal(judgement.status, 'fail');
  const [shown] = picturesIn(judgement, 'end');
  assert.ok(shown !== undefined);
  assert.deepEqual([shown.process, shown.atSeconds, shown.lastSeenMs], ['worker 102', 90, -250]);
  assert.ok(shown.fromMs >= -60_000 && shown.fromMs < -59_000);
  assert.equal(shown.memoryBytes.values.at(-1), 50e6 + 89_750 * 1000);
  assert.ok(shown.cpuPercent.values.every((value) => value === 70));
  assert.equal(shown.inFlight.values.at(-2), 1);
  assert.equal(shown.inFlight.values.at(0), 0);
  assert.deepEqual(shown.log, ['Worker (pid:102) was sent SIGKILL!']);
  assert.deepEqual(crash(false).pictures ?? [], []);
});

const slow = (slowMs: number): Judgement => {
  const requests = Array.from(
    { length: 40 },
    (_, n): MadeRequest => ({ atMs: n * 100, tookMs: n === 17 ? slowMs : 20 + n, outcome: 'accepted' }),
  );
  return anyResponse.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests) }]));
};

test('a slow answer shows the slowest requests in order against the thresholds; quick ones show nothing', () => {
  const judgement = slow(1200);
  assert.equal(judgement.status, 'fail');
  const [shown] = picturesIn(judgement, 'slowest');
  assert.deepEqual([shown?.warnMs, shown?.failMs, shown?.atSeconds], [500, 1000, 1.7]);
  const times = shown?.requests.map(({ ms }) => ms) ?? [];
  assert.deepEqual(times.slice(0, 3), [1200, 59, 58]);
  assert.equal(times.length, 12);
  assert.deepEqual(slow(30).pictures ?? [], []);
});
