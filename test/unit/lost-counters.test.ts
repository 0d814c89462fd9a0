import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { checkThenAdd, type HealthyKind, healthyLimiters, losesCounts } from '../fixtures/limiters.ts';
import { startUs } from '../fixtures/run.ts';

const { limit, windowMs } = defaultTraffic;

const traffic = (kind: HealthyKind, seed: number) => ({
  ...{ profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed, weather: calm },
  isEven: true,
});

const fresh = (kind: HealthyKind) => () => healthyLimiters[kind](limit, windowMs, limit, 370);

test('counters that are lost once in mid-run are named, with the second, and the limit stays broken', () => {
  const cases = [
    ['sliding', [4137, 5274, 8685]],
    ['fixed', [4137, 6411]],
    ['weighted', [4137, 8685]],
    ['token-bucket', [4137, 9822]],
  ] as const;
  for (const [kind, instants] of cases) {
    for (const [seed, atMs] of instants.entries()) {
      const { status, summary } = judged(traffic(kind, seed + 1), () => losesCounts(fresh(kind), atMs));
      assert.equal(status, 'fail', `${kind}: ${summary}`);
      assert.doesNotMatch(summary, /race/, kind);
      const said = /the counters were lost at (\S+) UTC: Redis restarted or was flushed/.exec(summary)?.[1] ?? summary;
      const day = new Date(startUs / 1000).toISOString().slice(0, 11);
      const offMs = Date.parse(`${day}${said}Z`) - (startUs / 1000 + atMs);
      assert.ok(Math.abs(offMs) < 1200, `${kind}, lost at ${atMs} ms: ${summary}`);
    }
  }
});

test('a fixed window would explain it as well where little was lost: both are told', () => {
  const { summary } = judged(traffic('sliding', 10), () => losesCounts(fresh('sliding'), 7010));
  assert.match(summary, /as a fixed window .* admits around its edges; or the counters were lost at/);
});

test('a race in every burst, or in a few, is no loss of counters; nor is one more than the limit, or two losses', () => {
  for (const round of [0.01, 0.3]) {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { summary } = judged(traffic('sliding', seed), () => checkThenAdd(limit, windowMs, round));
      assert.doesNotMatch(summary, /counters were lost/, summary);
    }
  }
  const { summary } = judged(traffic('sliding', 3), () => checkThenAdd(limit, windowMs, 0.3));
  assert.match(summary, /the sign of a check-then-add race/);
  const losesTwice = () => {
    const parts = [fresh('sliding')(), fresh('sliding')(), fresh('sliding')()] as const;
    return (wallMs: number) => parts[wallMs < 4137 ? 0 : wallMs < 8685 ? 1 : 2](wallMs);
  };
  const others = [
    () => healthyLimiters.sliding(limit + 1, windowMs, limit + 1, 0),
    losesTwice,
    () => healthyLimiters.fixed(limit, windowMs, limit, 370),
  ];
  for (const make of others) {
    const found = judged(traffic('sliding', 2), make);
    assert.equal(found.status, 'fail', found.summary);
    assert.doesNotMatch(found.summary, /counters were lost/, found.summary);
  }
});

test('where the clock may have stepped it stays open, and says that counters may have been lost', () => {
  const { status, summary } = judged({ ...traffic('sliding', 4), isEven: false }, () =>
    losesCounts(fresh('sliding'), 7548),
  );
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /a step of the server's clock, or counters that were lost then, would explain/);
});

test('a limiter that loses nothing passes', () => {
  assert.equal(judged(traffic('sliding', 1), fresh('sliding')).status, 'pass');
});
