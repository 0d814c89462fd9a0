import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../contract/plan/plan-of.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { limitedBy, phaseOf, scheduleOf, sizesWith } from './plan-cases.ts';

// Plans under limits per minute, per hour and per day, in the default sizes.

const sizes = sizesWith();
const minuteMs = 60_000;
const hourMs = 3_600_000;
const scopes = ['webhook', 'client'] as const;

test('no scenario waits for a window of an hour or a day, and what is not judged is said', () => {
  for (const windowMs of [hourMs, 24 * hourMs]) {
    for (const limit of [20, 1000]) {
      for (const scope of scopes) {
        for (const given of [1, 30]) {
          const target = limitedBy({ kind: 'fixed', limit, windowMs, scope });
          for (const scenario of defaultScenarios) {
            const { phases, notes } = planOf(scenario, sizes, target, given);
            const [first] = phases;
            const where = `${scenario}, ${limit} per ${windowMs} ms, scope ${scope}, ${given} given`;
            assert.ok(first !== undefined && first.startMs < 10_000, `${where}: begins at ${first?.startMs} ms`);
            assert.match(
              notes.join('\n'),
              /too long to wait: what the limiter refuses until then is not judged/,
              where,
            );
          }
        }
      }
    }
  }
});

test('what takes longer than MAX_SCENARIO_SECONDS under a limit per minute or hour is cut, and said', () => {
  for (const [limit, windowMs] of [
    [60, minuteMs],
    [100, minuteMs],
    [1000, hourMs],
  ] as const) {
    for (const given of [0, 1, 30]) {
      const target = limitedBy({ kind: 'sliding', limit, windowMs });
      for (const scenario of defaultScenarios) {
        const { estimatedMs, notes } = planOf(scenario, sizes, target, given);
        const where = `${scenario}, ${limit} per ${windowMs} ms, ${given} given: ${Math.ceil(estimatedMs / 1000)} s`;
        assert.ok(estimatedMs <= sizes.MAX_SCENARIO_SECONDS * 1000, where);
        const unlimited = planOf(scenario, sizes, { ...target, limiter: { kind: 'none' } }, given);
        const cut = planOf(scenario, { ...sizes, MAX_SCENARIO_SECONDS: 2_592_000 }, target, given).estimatedMs;
        if (cut > estimatedMs && cut > unlimited.estimatedMs)
          assert.match(notes.join('\n'), /would stretch this scenario to/, where);
      }
    }
  }
});

test('waits of a few minutes are kept: given webhooks have forgotten what came before', () => {
  const target = limitedBy({ kind: 'sliding', limit: 100, windowMs: minuteMs });
  const [first] = planOf('hft', sizes, target, 1).phases;
  assert.ok(first !== undefined && first.startMs > minuteMs);
});

test('of an undeclared limiter so much is asked that a second limit of ten times the first shows', () => {
  const declared = planOf('rate-limit', sizes, limitedBy({ kind: 'sliding' }), 0);
  const undeclared = planOf('rate-limit', sizes, limitedBy({ kind: 'unknown' }), 0);
  assert.ok(scheduleOf(undeclared, 'limiter.legitimate', 'rate').count > 110);
  assert.ok(phaseOf(undeclared, 'limiter.legitimate').endMs > phaseOf(declared, 'limiter.legitimate').endMs);
  assert.ok(undeclared.estimatedMs <= 1.2 * declared.estimatedMs);
});
