import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitoringProblems } from '../../cli/metrics-url.ts';
import { restsOf } from '../../cli/run/collect-in-rests.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

const { sizes } = sizesFromSettings({});
const plan = planOf('memory-leak', sizes, builtInProfiles.embedded, 0);

test('collections: one request of the plan tells when each of its rests begins', () => {
  const setup = { phase: 'setup', sendUs: 1, purpose: 'setup' };
  assert.equal(restsOf(plan, [setup, {}, 'damage', null, { phase: 'cycle_0' }]), null);
  const third = plan.phases[3];
  assert.ok(third !== undefined);
  const startUs = 1_764_000_000_000_000;
  const rests = restsOf(plan, [setup, { phase: third.name, sendUs: startUs + third.startMs * 1000 }]);
  assert.deepEqual(
    rests,
    plan.phases.map(({ endMs }) => startUs + endMs * 1000),
  );
  plan.phases.slice(1).forEach(({ startMs }, n) => {
    const restMs = startMs - (plan.phases[n]?.endMs ?? 0);
    assert.ok(restMs >= sizes.LEAK_SETTLE_SECONDS * 1000 - 1, `${restMs} ms after load ${n}`);
  });
});

test('collections: the profile says how, without secrets and at the server alone', () => {
  const withMonitoring = (monitoring: unknown) => readProfile({ ...builtInProfiles.embedded, monitoring });
  const problems = (monitoring: unknown): string => JSON.stringify(withMonitoring(monitoring));
  assert.match(problems({ collect: { by: 'request', url: 'collect' } }), /monitoring\.collect\.url: must begin with/);
  assert.match(
    problems({ collect: { by: 'command', command: [] } }),
    /monitoring\.collect\.command: must name a program/,
  );
  assert.match(problems({ metrics: '/metrics?token=abc' }), /monitoring\.metrics: looks like a secret/);
  assert.match(
    problems({ collect: { by: 'request', url: '/gc?token=abc' } }),
    /monitoring\.collect\.url: looks like a/,
  );
  const { monitoring } = builtInProfiles.embedded;
  const elsewhere = {
    metrics: 'http://a.test/metrics',
    collect: { by: 'request', method: 'POST', url: 'http://b.test/', times: 1 },
  } as const;
  const found = monitoringProblems(
    { ...builtInProfiles.embedded, monitoring: { ...monitoring, ...elsewhere } },
    'http://127.0.0.1:8000',
  );
  assert.equal(found.length, 2, found.join('\n'));
  assert.deepEqual(monitoringProblems(builtInProfiles.embedded, 'http://127.0.0.1:8000'), []);
});
