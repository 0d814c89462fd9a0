import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import type { ProcessSample, ServerSampleLine } from '../../contract/journal/journal.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { noAnswer as silent } from '../fixtures/probe-results.ts';
import { ledgerOf, type MadeRequest, type MadeScenario, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

/** Requests far apart, so that the limiter must admit each; service times as given. */
function answers(n: number, tookMs: (n: number) => number, outcome: (n: number) => RecordedOutcome = () => 'accepted') {
  return Array.from(
    { length: n },
    (_, at): MadeRequest => ({ atMs: at * 500, tookMs: tookMs(at), outcome: outcome(at) }),
  );
}

function judged(rule: Rule, requests: readonly MadeRequest[], changes: Pick<MadeScenario, 'drops' | 'stalls'> = {}) {
  return rule.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests), ...changes }]));
}

const cases: readonly (readonly [Rule, string, readonly MadeRequest[], Status])[] = [
  [averageResponseTime, 'quick', answers(200, () => 20), 'pass'],
  [averageResponseTime, 'slower', answers(200, () => 200), 'warn'],
  [averageResponseTime, 'slow', answers(200, () => 700), 'fail'],
  [
    averageResponseTime,
    'quick refusals do not flatter',
    [
      ...answers(50, () => 700),
      ...answers(
        500,
        () => 1,
        () => 'limited',
      ),
    ],
    'fail',
  ],
  [p95ResponseTime, 'quick', answers(200, (n) => (n % 25 === 0 ? 900 : 20)), 'pass'],
  [p95ResponseTime, 'a slow tenth', answers(200, (n) => (n % 10 === 0 ? 500 : 20)), 'warn'],
  [p95ResponseTime, 'a very slow tenth', answers(200, (n) => (n % 10 === 0 ? 1200 : 20)), 'fail'],
  [anyResponse, 'all quick', answers(200, () => 20), 'pass'],
  [anyResponse, 'one of 600 ms', answers(200, (n) => (n === 77 ? 600 : 20)), 'warn'],
  [anyResponse, 'one of 1200 ms', answers(200, (n) => (n === 77 ? 1200 : 20)), 'fail'],
  [
    anyResponse,
    'one without an answer',
    answers(
      200,
      (n) => (n === 77 ? 10_000 : 20),
      (n) => (n === 77 ? 'timeout' : 'accepted'),
    ),
    'fail',
  ],
  [errorRate, 'none', answers(200, () => 20), 'pass'],
  [
    errorRate,
    '5%',
    answers(
      200,
      () => 20,
      (n) => (n % 20 === 0 ? 'failed' : 'accepted'),
    ),
    'pass',
  ],
  [
    errorRate,
    '10%',
    answers(
      200,
      () => 20,
      (n) => (n % 10 === 0 ? 'failed' : 'accepted'),
    ),
    'warn',
  ],
  [
    errorRate,
    'refusals are no errors',
    answers(
      200,
      () => 20,
      () => 'limited',
    ),
    'pass',
  ],
  [errorRate, 'too few', answers(50, () => 20), 'inconclusive'],
  [successRate, 'all', answers(200, () => 20), 'pass'],
  [
    successRate,
    '93%',
    answers(
      200,
      () => 20,
      (n) => (n < 14 ? 'failed' : 'accepted'),
    ),
    'warn',
  ],
  [
    successRate,
    '85%',
    answers(
      200,
      () => 20,
      (n) => (n < 30 ? 'rejected' : 'accepted'),
    ),
    'fail',
  ],
  [
    successRate,
    'the legitimate are blocked',
    answers(
      200,
      () => 20,
      (n) => (n % 5 === 0 ? 'limited' : 'accepted'),
    ),
    'fail',
  ],
  [successRate, 'too few', answers(60, () => 20), 'inconclusive'],
  [
    successRate,
    'few, and most of them fail',
    answers(
      30,
      () => 20,
      (n) => (n < 20 ? 'failed' : 'accepted'),
    ),
    'fail',
  ],
  [
    successRate,
    'few, and a tenth of them fails',
    answers(
      60,
      () => 20,
      (n) => (n % 10 === 0 ? 'failed' : 'accepted'),
    ),
    'inconclusive',
  ],
  [
    errorRate,
    'few, and most of them fail',
    answers(
      30,
      () => 20,
      (n) => (n < 20 ? 'failed' : 'accepted'),
    ),
    'warn',
  ],
];

for (const [rule, name, requests, expected] of cases) {
  test(`${rule.id}: ${name}`, () => {
    const judgement = judged(rule, requests);
    assert.equal(judgement.status, expected, judgement.summary);
  });
}

test('success: a burst beyond the limit is not legitimate', () => {
  const burst = Array.from(
    { length: 100 },
    (_, n): MadeRequest => ({ atMs: 200_000 + n, outcome: n < 10 ? 'accepted' : 'limited' }),
  );
  const judgement = judged(successRate, [...answers(200, () => 20), ...burst]);
  assert.equal(judgement.status, 'pass');
  assert.match(judgement.summary, /210 of 210/);
});

test('a changed payload that a target notices and rejects is no error of it', () => {
  const changed = Array.from({ length: 30 }, (_, n): MadeRequest[] => {
    const signal = `changed-${n}`;
    const phase = roles['idempotency.changed-payload'].name;
    return [
      { atMs: 200_000 + n * 1000, outcome: 'accepted', signal, phase },
      { atMs: 200_010 + n * 1000, outcome: 'rejected', signal, phase },
    ];
  }).flat();
  for (const [rule, words] of [
    [successRate, /130 of 130/],
    [errorRate, /0 of 130/],
  ] as const) {
    const { status, summary } = judged(rule, [...answers(100, () => 20), ...changed]);
    assert.equal(status, 'pass', summary);
    assert.match(summary, words);
  }
});

test('timeouts while others take the machine leave errors and success open; others accuse the server', () => {
  const requests = answers(
    200,
    (n) => (n >= 40 && n < 80 ? 1100 : 20),
    (n) => (n >= 40 && n < 80 ? 'timeout' : 'accepted'),
  );
  const judgedBeside = (rule: Rule, cpuPercent: number, machine: Partial<ServerSampleLine>, untilMs = 45_000) => {
    const processes = [100, 101].map((pid) => processOf({ pid, cpuPercent }));
    const busy = (atMs: number) =>
      atMs >= 15_000 && atMs <= untilMs ? { processes, machineCpuPercent: 100, health: silent, ...machine } : {};
    const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { server: serverOf(100_000, busy) });
    return rule.judge(run);
  };
  for (const [rule, accused] of [
    [errorRate, 'warn'],
    [successRate, 'fail'],
    [averageResponseTime, 'warn'],
    [p95ResponseTime, 'fail'],
    [anyResponse, 'fail'],
  ] as const) {
    const open = judgedBeside(rule, 20, {});
    // An average of 220 ms can only be better with CPU: that is a warning at most, and says so.
    const isWarning = rule === averageResponseTime;
    assert.equal(open.status, isWarning ? 'warn' : 'inconclusive', rule.id);
    const says = isWarning ? 'the server itself may be faster' : 'whose delay that was is not known';
    assert.match(open.summary, new RegExp(`no CPU to spare.*: ${says}`));
    assert.equal(judgedBeside(rule, 20, { machineCpuPercent: 60 }).status, accused, 'the machine had CPU to spare');
    assert.equal(judgedBeside(rule, 90, {}).status, accused, 'the server took most of it');
    assert.equal(judgedBeside(rule, 1, {}).status, accused, 'the server did not want any');
    const quick = { state: 'ok', latencyMs: 5, numbers: {} } as const;
    for (const [judged, why] of [
      [judgedBeside(rule, 20, { health: quick }), 'it got what it wanted'],
      [judgedBeside(rule, 20, {}, 22_000), 'most of them timed out later'],
    ] as const) {
      assert.equal(judged.status, accused, why);
      assert.doesNotMatch(judged.summary, /may be faster/, why);
    }
  }
});

test('a server that waited for a CPU longer than it ran is not accused of slow answers, however quick its health check', () => {
  const requests = answers(200, (n) => (n >= 40 && n < 80 ? 3000 : 20));
  const quick = { state: 'ok', latencyMs: 5, numbers: {} } as const;
  const judgedBeside = (machineCpuPercent: number, ...processes: readonly Partial<ProcessSample>[]) => {
    const sample = {
      machineCpuPercent,
      health: quick,
      processes: processes.map((one, n) => processOf({ pid: 100 + n, ...one })),
    };
    const server = serverOf(100_000, (atMs) => (atMs >= 15_000 && atMs <= 45_000 ? sample : {}));
    const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { server });
    return [averageResponseTime, p95ResponseTime, anyResponse].map((rule) => rule.judge(run).status);
  };
  const open = ['inconclusive', 'inconclusive', 'inconclusive'];
  const accused = judgedBeside(60);
  assert.deepEqual(accused, ['fail', 'fail', 'fail']);
  const root = { cpuPercent: 1, cpuWaitPercent: 2, role: 'root' } as const;
  const starved = { cpuPercent: 2, cpuWaitPercent: 40, role: 'worker' } as const;
  assert.deepEqual(judgedBeside(100, root, starved), open);
  assert.deepEqual(judgedBeside(60, root, starved), accused, 'its machine had CPU to spare');
  assert.deepEqual(
    judgedBeside(100, root, { ...starved, cpuPercent: 50 }),
    accused,
    'it ran for longer than it waited',
  );
  assert.deepEqual(
    judgedBeside(100, root, { ...starved, cpuWaitPercent: 20 }),
    accused,
    'it waited for a fifth of the time',
  );
  assert.deepEqual(judgedBeside(100, root, { ...starved, role: 'helper' }), accused, 'who waited serves nobody');
  assert.deepEqual(
    judgedBeside(100, root, starved, { cpuPercent: 99, role: 'worker' }),
    accused,
    'another computes all it can',
  );
});

const lateHealth = { state: 'ok', latencyMs: 900, numbers: {} } as const;

test('a full machine delays its monitor, too: what a late sample tells of covers all the time since the one before', () => {
  const requests = answers(
    200,
    (n) => (n >= 40 && n < 80 ? 3000 : 20),
    (n) => (n >= 40 && n < 80 ? 'timeout' : 'accepted'),
  );
  const judgedBeside = (machineCpuPercent: number) => {
    const processes = [100, 101].map((pid) => processOf({ pid, cpuPercent: 20 }));
    const server = serverOf(100_000, () => ({ processes, machineCpuPercent, health: lateHealth }), { stepMs: 4000 });
    return errorRate.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { server })).status;
  };
  assert.equal(judgedBeside(100), 'inconclusive');
  assert.equal(judgedBeside(60), 'warn');
});

test('what a proxy gave up on a full machine is a timeout that is told; another failure accuses the server', () => {
  const judgedBeside = (status: number, machineCpuPercent: number) => {
    const requests = answers(
      200,
      (n) => (n >= 40 && n < 80 ? 1000 : 20),
      (n) => (n >= 40 && n < 80 ? 'failed' : 'accepted'),
    ).map((request) => (request.outcome === 'failed' ? { ...request, status } : request));
    const processes = [100, 101].map((pid) => processOf({ pid, cpuPercent: 20 }));
    const server = serverOf(100_000, () => ({ processes, machineCpuPercent, health: lateHealth }));
    const run = runOf([{ name: 'burst', ledger: ledgerOf(requests) }], { server });
    return [errorRate, successRate, exactlyOnce].map((rule) => rule.judge(run).status);
  };
  assert.deepEqual(judgedBeside(504, 100), ['inconclusive', 'inconclusive', 'inconclusive']);
  assert.deepEqual(judgedBeside(504, 60), ['warn', 'fail', 'fail']);
  assert.deepEqual(judgedBeside(500, 100), ['warn', 'fail', 'fail']);
});

const dropped = (count: number, atMs = 9000): NonNullable<MadeScenario['drops']> => [
  { second: Math.floor(startUs / 1e6) + atMs / 1000, dropped: count, phase: '' },
];

test('p95: dropped iterations count as infinite', () => {
  assert.equal(
    judged(
      p95ResponseTime,
      answers(200, () => 20),
      { drops: dropped(5) },
    ).status,
    'pass',
  );
  const many = judged(
    p95ResponseTime,
    answers(200, () => 20),
    { drops: dropped(20) },
  );
  assert.equal(many.status, 'fail');
  assert.match(many.summary, /infinite/);
});

test('what overlaps a stall of the generator is left out, and said', () => {
  const requests = answers(200, (n) => (n === 10 ? 3000 : 20));
  const stalls = [{ fromUs: startUs + 5_500_000, toUs: startUs + 7_900_000 }];
  const judgement = judged(anyResponse, requests, { stalls });
  assert.equal(judgement.status, 'pass');
  assert.match((judgement.evidence ?? []).join(), /requests overlapped a stall/);
});

test('iterations dropped in the wake of a stall are the generator’s own, later ones are not', () => {
  const requests = answers(200, () => 20);
  const stalls = [{ fromUs: startUs + 5_000_000, toUs: startUs + 7_000_000 }];
  const own = judged(p95ResponseTime, requests, { stalls, drops: [...dropped(30, 7000), ...dropped(30, 8000)] });
  assert.equal(own.status, 'pass', own.summary);
  assert.match((own.evidence ?? []).join(), /60 iterations were dropped in the wake of a stall/);
  assert.equal(judged(p95ResponseTime, requests, { stalls, drops: dropped(30, 12_000) }).status, 'fail');
});

test('without a ledger nothing is judged', () => {
  for (const rule of [averageResponseTime, p95ResponseTime, anyResponse, errorRate, successRate]) {
    const { status, summary } = rule.judge(runOf([{ name: 'sustained', ledger: null }]));
    assert.equal(status, 'inconclusive', rule.id);
    assert.doesNotMatch(summary, /\b0 of 0\b/, rule.id);
  }
});

test('who looks for the cause of slow answers and errors is sent to workers and connections that are used up, too', () => {
  for (const { title, advice } of [p95ResponseTime, averageResponseTime, anyResponse, errorRate, successRate])
    assert.match(advice.join('\n'), /^workers, threads and connections of the server: are all in use/m, title);
});

test('the advice on legitimate requests follows what most of the misses were', () => {
  const missing = (outcome: 'failed' | 'limited' | 'timeout' | 'accepted') =>
    successRate.judge(
      runOf([
        {
          name: 'sustained',
          ledger: ledgerOf(
            Array.from({ length: 200 }, (_, n) => ({
              ...{ atMs: n * 500, webhook: n, outcome: n % 4 === 0 ? outcome : ('accepted' as const) },
              ...(n % 4 === 0 && outcome === 'failed' ? { status: 500 } : {}),
            })),
          ),
        },
      ]),
    );
  assertAdvice(successRate, missing('failed'), { first: /^error logs/, never: /throttled although|does the profile/ });
  assertAdvice(successRate, missing('limited'), { first: /^throttled although/, never: /error logs|workers, threads/ });
  assertAdvice(successRate, missing('timeout'), {
    first: /^workers, threads/,
    never: /throttled although|does the profile/,
  });
  assert.deepEqual(toldOf(successRate, missing('accepted')), []);
});

test('what most of the errors were decides which advice stands first, and what is not said', () => {
  const failing = (change: Partial<MadeRequest>, n = 100): MadeRequest[] =>
    answers(n, () => 20).map((request, at) => (at % 10 < 3 ? { ...request, outcome: 'failed', ...change } : request));
  const kinds: readonly (readonly [Partial<MadeRequest>, RegExp, RegExp])[] = [
    [{ status: 500 }, /^error logs of the workers/, /proxy|backlog|broke off|in use/],
    [{ status: 502 }, /^the proxy: the server behind it/, /error logs of the workers|backlog/],
    [{ status: 503 }, /^503: who answered it/, /error logs of the workers|backlog|broke off/],
    [{ outcome: 'timeout', status: 0, error: 1050 }, /^workers, threads and connections/, /error logs|backlog|proxy/],
    [{ status: 0, error: 1220 }, /^connections that broke off/, /backlog|proxy|in use/],
    [{ status: 0, error: 1212 }, /^nobody listened/, /error logs|proxy|broke off|in use/],
    [{ outcome: 'rejected', status: 400 }, /^rejected: does the profile/, /error logs|proxy|backlog|in use/],
  ];
  for (const [change, first, never] of kinds) {
    const judgement = judged(errorRate, failing(change));
    assert.equal(judgement.status, 'warn', judgement.summary);
    assertAdvice(errorRate, judgement, { first, never });
  }
  assert.deepEqual(
    toldOf(
      errorRate,
      judged(
        errorRate,
        answers(100, () => 20),
      ),
    ),
    [],
  );
});

test('what response times were like decides which advice stands first, and what is not said', () => {
  const timesOut = (n: number): RecordedOutcome => (n % 5 === 0 ? 'timeout' : 'accepted');
  const never = answers(200, (n) => (n % 5 === 0 ? 30_000 : 20), timesOut);
  const slow = answers(200, () => 1500);
  const one = answers(200, (n) => (n === 77 ? 3000 : 20));
  for (const rule of [averageResponseTime, p95ResponseTime, anyResponse]) {
    assertAdvice(rule, judged(rule, never), { first: /^workers, threads and connections/, never: /quick ones|grows/ });
    assertAdvice(rule, judged(rule, slow), { first: /^queries/, never: /quick ones|grows while|no CPU to spare/ });
    assert.deepEqual(
      toldOf(
        rule,
        judged(
          rule,
          answers(200, () => 20),
        ),
      ),
      [],
    );
  }
  assertAdvice(anyResponse, judged(anyResponse, one), {
    first: /^a few slow answers/,
    never: /task queue|grows while/,
  });
});
