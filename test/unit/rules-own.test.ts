import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { K6Metric } from '../../analysis/journal/k6-summary.ts';
import { fold, judge } from '../../analysis/verdict.ts';
import type { OwnPhase } from '../../contract/plan/own/phases.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type MadeOwnRun, ownRun } from '../fixtures/own-run.ts';

function judged(made: MadeOwnRun) {
  const findings = judge(ownRun(made), []);
  return {
    findings,
    of: (criterion: string) => {
      const finding = findings.find((one) => one.criterion === criterion);
      assert.ok(finding !== undefined, criterion);
      return finding;
    },
  };
}

const steady: OwnPhase = { kind: 'constant-rate', name: 'steady', perSecond: 40, seconds: 5 };
const bell: OwnPhase = { kind: 'burst', name: 'bell', afterMs: 8000, count: 30 };

describe('an own scenario is judged by what its plan has', () => {
  test('steady load: success, errors, response times and exactly once; what it lacks is not run, in plain words', () => {
    const { of } = judged({ phases: [steady] });
    for (const criterion of [
      'success-rate',
      'error-rate',
      'p95-response-time',
      'average-response-time',
      'exactly-once',
    ]) {
      assert.equal(of(criterion).status, 'pass', `${criterion}: ${of(criterion).summary}`);
    }
    for (const [criterion, why] of [
      ['memory-growth', 'market-open: needs a constant rate for 20 s or more'],
      ['descriptors', 'market-open: needs a constant rate for 20 s or more'],
      ['memory-leak', 'market-open: needs equal cycles of load and rest, which memory-leak and soak have'],
      ['limited-share', 'market-open: is judged from the first signals of rate-limit'],
      ['authentication', 'market-open: needs false signals, which idempotency sends'],
    ] as const) {
      assert.deepEqual([of(criterion).status, of(criterion).summary], ['not-run', why]);
    }
    assert.equal(of('rate-limiter').status, 'not-run');
    assert.match(of('rate-limiter').summary, /no burst on its own went beyond the limit/);
  });

  test('a lost signal is found, and one processed twice', () => {
    const { of } = judged({ phases: [steady], effects: { 'tag-7': 0, 'tag-9': 2 } });
    assert.equal(of('exactly-once').status, 'fail');
    assert.match(of('exactly-once').summary, /1 lost, 1 processed more than once/);
  });

  test('a burst beyond the limit tests the limiter, and what it refuses is nobody’s failure', () => {
    const admitted = 10;
    const { of } = judged({
      phases: [steady, bell],
      outcomeOf: (n) => (n >= 200 + admitted ? { outcome: 'limited', status: 429 } : {}),
    });
    assert.equal(of('rate-limiter').status, 'pass', of('rate-limiter').summary);
    assert.equal(of('success-rate').status, 'pass');
    assert.match(of('success-rate').summary, /^100/);
  });

  test('its twin that admits more than the limit is found', () => {
    const { of } = judged({ phases: [steady, bell] });
    assert.equal(of('rate-limiter').status, 'fail', of('rate-limiter').summary);
  });

  test('few requests: success and errors are not run', () => {
    const { of } = judged({ phases: [{ ...steady, seconds: 2 }] });
    assert.deepEqual(
      [of('success-rate'), of('error-rate')].map(({ status, summary }) => [status, summary]),
      [
        ['not-run', 'market-open: sends 80 requests in phases within the limit, and 100 are needed'],
        ['not-run', 'market-open: sends 80 requests, and 100 are needed'],
      ],
    );
  });

  test('identical signals at one instant: one effect, and its spread is told', () => {
    const identical: OwnPhase = { kind: 'burst', name: 'echo', count: 20, identical: true };
    const { of } = judged({ phases: [identical] });
    assert.equal(of('exactly-once').status, 'pass', of('exactly-once').summary);
    assert.match(of('exactly-once').evidence.join('\n'), /achieved spread/);
    assert.equal(of('p95-response-time').status, 'not-run');
    assert.equal(judged({ phases: [identical], effects: { 'tag-0': 2 } }).of('exactly-once').status, 'fail');
  });

  test('signals of one key, by what the plan says that they hold, are repeats', () => {
    const byTicker: TargetProfile = {
      ...builtInProfiles.embedded,
      idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter', repeatRefreshes: false, fields: ['ticker'] },
    };
    const phases: readonly OwnPhase[] = [{ kind: 'burst', name: 'same', count: 20, content: { tickers: ['AAPL'] } }];
    const run = (outcome: 'accepted' | 'duplicate') =>
      judged({
        phases,
        profile: byTicker,
        outcomeOf: (n) => (n === 0 ? {} : { outcome }),
        effects: Object.fromEntries(
          Array.from({ length: 20 }, (_, n) => [`tag-${n}`, n === 0 || outcome === 'accepted' ? 1 : 0]),
        ),
      }).of('exactly-once');
    assert.equal(run('duplicate').status, 'pass', run('duplicate').summary);
    assert.match(run('accepted').summary, /processed more than once/);
  });
});

describe('thresholds of an own scenario are criteria', () => {
  const checks = { metric: 'checks', expression: 'rate>0.99' };
  const metric = (values: Readonly<Record<string, number>>, isKept: boolean, type = 'rate'): K6Metric => ({
    ...{ type, values, contains: 'default' },
    kept: { [checks.expression]: isKept },
  });
  const threshold = (found: K6Metric | null) => {
    const k6Metrics = found === null ? null : new Map([['checks', found]]);
    return judged({ phases: [steady], thresholds: [checks], k6Metrics });
  };
  const id = 'threshold-market-open-checks-rate-above-0-99';

  test('kept, and missed: with metric, expression and value; they count for the exit code', () => {
    const kept = threshold(metric({ rate: 1, passes: 200, fails: 0 }, true)).of(id);
    assert.deepEqual([kept.status, kept.summary], ['pass', 'checks keeps rate>0.99: 1']);
    const { of, findings } = threshold(metric({ rate: 0.5, passes: 100, fails: 100 }, false));
    assert.deepEqual(
      [of(id).status, of(id).summary, of(id).measures],
      ['fail', 'checks misses rate>0.99: 0.5', [{ name: 'value', value: 0.5, unit: 'share', threshold: 0.99 }]],
    );
    assert.equal(fold(findings, { interrupted: false, strict: false }).exitCode, 1);
    assert.equal(of(id).title, 'checks: rate>0.99 (market-open)');
  });

  test('without samples, or without a summary, nothing is decided', () => {
    const none = threshold(metric({ rate: 0, passes: 0, fails: 0 }, false)).of(id);
    assert.deepEqual(
      [none.status, none.summary],
      ['inconclusive', 'checks has no samples, so that it could not be computed'],
    );
    assert.equal(threshold(null).of(id).status, 'inconclusive');
  });

  test('a counter that nothing was added to is 0', () => {
    assert.equal(threshold(metric({ count: 0, rate: 0 }, true, 'counter')).of(id).status, 'pass');
  });

  test('a run without own thresholds has no such criterion, and does not ask for them', () => {
    const { findings } = judged({ phases: [steady] });
    assert.ok(findings.every(({ question }) => question !== 'Are your own thresholds kept?'));
  });
});
