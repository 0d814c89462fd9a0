import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, calm, defaultTraffic, lightTraffic } from '../fixtures/limiter-traffic.ts';
import { healthyKinds } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { simulations } from '../fixtures/simulations.ts';

/** Healthy runs that are judged, in little and in the default size; none may fail or warn. */
const healthyRuns = simulations(1_000);
const defaultRuns = 100;

test('a healthy limiter of each kind passes in the default size, whatever its way takes', () => {
  for (const kind of healthyKinds) {
    for (let seed = 1; seed <= 5; seed += 1) {
      const weather = { ...calm, wayMs: seed };
      const { status, summary } = judged(
        { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed, weather },
        () => healthy(kind, defaultTraffic),
      );
      assert.equal(status, 'pass', `${kind}, seed ${seed}: ${summary}`);
    }
  }
});

test(`no false alarm in ${defaultRuns} healthy runs of the default size; without a clock step none is left open`, () => {
  for (let seed = 1; seed <= defaultRuns; seed += 1) {
    const kind = healthyKinds[seed % healthyKinds.length] ?? 'sliding';
    const random = seeded(seed * 77);
    const weather = anyWeather(random, 14_000, seed % 2 === 0);
    const { status, summary } = judged(
      { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed, weather },
      () => healthy(kind, defaultTraffic),
    );
    const told = `${kind}, seed ${seed}, ${JSON.stringify(weather)}: ${summary}`;
    if (weather.step === null) assert.equal(status, 'pass', told);
    else assert.match(status, /^(pass|inconclusive)$/, told);
  }
});

test('what a frozen server decides on after its sender has given up accuses no healthy limiter', () => {
  let passed = 0;
  for (const kind of healthyKinds) {
    for (let seed = 1; seed <= 8; seed += 1) {
      const freeze = { atMs: 2500 + seed * 300, lastsMs: 1500 + 700 * (seed % 4), timeoutMs: 1000 };
      const { status, summary } = judged(
        { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed, weather: { ...calm, freeze } },
        () => healthy(kind, defaultTraffic),
      );
      assert.match(status, /^(pass|inconclusive)$/, `${kind}, ${JSON.stringify(freeze)}: ${summary}`);
      if (status === 'pass') passed += 1;
    }
  }
  assert.ok(passed >= 4 * healthyKinds.length, `only ${passed} of ${8 * healthyKinds.length} passed`);
});

test('what was counted late may open a window in the quiet before a burst, and end it inside the burst', () => {
  const profile = profileOf('fixed-from-first-hit', { ...defaultTraffic, limit: 10, windowMs: 1000 });
  const phase = roles['limiter.bursts'].name;
  // The server stood still until 3.5 s, and counted then what it had not answered: that window ends at 4.5 s.
  const isAdmitted = (n: number): boolean => n < 9 || (n >= 15 && n < 25);
  const burst = Array.from({ length: 30 }, (_, n) => ({
    ...{ atMs: 4200 + 20 * n, phase },
    outcome: isAdmitted(n) ? ('accepted' as const) : ('limited' as const),
  }));
  const judgedAfter = (tookMs: number, outcome: RecordedOutcome, bursts: readonly MadeRequest[] = burst) => {
    const ledger = ledgerOf([{ atMs: 0, tookMs, outcome, phase }, ...bursts]);
    const run = runOf([{ name: 'rate-limit', ledger }], { profile });
    return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 900 } });
  };
  const late = judgedAfter(1000, 'timeout');
  assert.match(late.status, /^(pass|inconclusive)$/, late.summary);
  const answered = judgedAfter(1000, 'accepted');
  assert.equal(answered.status, 'fail', answered.summary);
  // It opens one window.
  const twice = judgedAfter(1000, 'timeout', [...burst, ...burst.map((one) => ({ ...one, atMs: one.atMs + 5300 }))]);
  assert.equal(twice.status, 'fail', twice.summary);
});

test(`no false alarm in ${healthyRuns} healthy runs: kinds × jitter × stalls × clock steps × lost answers`, (t) => {
  let inconclusive = 0;
  for (let seed = 1; seed <= healthyRuns; seed += 1) {
    const kind = healthyKinds[seed % healthyKinds.length] ?? 'sliding';
    const declared = seed % 7 === 0 && kind !== 'delaying' ? 'unknown' : kind;
    const random = seeded(seed * 31);
    const weather = anyWeather(random, 7000, true);
    const phaseMs = random() * 1000;
    const { status, summary, evidence } = judged(
      { profile: profileOf(declared, lightTraffic), size: lightTraffic, seed, weather },
      () => healthy(kind, lightTraffic, phaseMs),
    );
    if (status === 'inconclusive') inconclusive += 1;
    else
      assert.equal(
        status,
        'pass',
        `${kind}, seed ${seed}, ${JSON.stringify(weather)}: ${summary}\n${evidence?.join('\n')}`,
      );
  }
  t.diagnostic(`${inconclusive} of ${healthyRuns} inconclusive`);
});
