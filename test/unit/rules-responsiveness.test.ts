import assert from 'node:assert/strict';
import { test } from 'node:test';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { AlertLine, ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { answered, noJson, noConnection as refused, noAnswer as silent } from '../fixtures/probe-results.ts';
import {
  ledgerOf,
  type MadeRequest,
  type MadeScenario,
  processOf,
  runOf,
  sampleOf,
  serverOf,
  startUs,
} from '../fixtures/run.ts';

const second = 1000;
const ok = (latencyMs: number): ProbeResult => ({ state: 'ok', latencyMs, numbers: {} });

/** As the monitor asks: a result stands in the sample after it came, and the next question is not asked before. */
function frozen(fromMs: number, ms: number): (atMs: number) => ProbeResult | null {
  const results = new Map<number, ProbeResult>();
  for (let askedMs = 0; askedMs < 60 * second; ) {
    const isIn = askedMs >= fromMs && askedMs < fromMs + ms;
    const leftMs = isIn ? fromMs + ms - askedMs : 2;
    const result = leftMs >= 2000 ? silent : ok(leftMs);
    const endMs = askedMs + Math.min(leftMs, 2000);
    results.set(Math.ceil(endMs / 250) * 250, result);
    askedMs = Math.max(askedMs + second, Math.ceil(endMs / 250) * 250);
  }
  return (atMs) => results.get(atMs) ?? null;
}

interface Made {
  readonly health: (atMs: number) => ProbeResult | null;
  readonly sample?: (atMs: number) => Partial<ServerSampleLine>;
  readonly requests?: readonly MadeRequest[];
  readonly scenario?: Partial<MadeScenario>;
  readonly generators?: readonly string[];
  readonly alerts?: readonly AlertLine[];
}

function judged({ health, sample = () => ({}), requests = [], scenario = {}, generators, alerts }: Made): Judgement {
  const told = alerts === undefined ? {} : { alerts };
  const server = serverOf(60 * second, (atMs) => ({ health: health(atMs), ...sample(atMs) }), told);
  const ledger = ledgerOf([{ atMs: second, outcome: 'accepted' }, ...requests]);
  const several = generators === undefined ? {} : { generators };
  return responsiveness.judge(runOf([{ name: 'sustained', ledger, ...scenario }], { server, ...several }));
}

const steady = (result: ProbeResult | null) => (atMs: number) => (atMs % second === 0 ? result : null);
const during = (result: ProbeResult, fromMs: number, toMs: number) => (atMs: number) =>
  atMs % second === 0 ? (atMs >= fromMs && atMs < toMs ? result : ok(2)) : null;

const cases: readonly (readonly [string, Made['health'], Status])[] = [
  ['always answered', steady(ok(3)), 'pass'],
  ['slow now and then', during(ok(1500), 20 * second, 30 * second), 'pass'],
  ['frozen for 7 s', frozen(20.5 * second, 7 * second), 'fail'],
  ['frozen for 4 s', frozen(20.5 * second, 4 * second), 'warn'],
  ['frozen for a second', frozen(20.5 * second, second), 'pass'],
  [
    'frozen to the end',
    (atMs) => (atMs < 50 * second ? steady(ok(2))(atMs) : atMs % 2000 === 0 ? silent : null),
    'fail',
  ],
  ['refuses connections', during(refused, 20 * second, 30 * second), 'fail'],
  ['answers with errors', during(answered(503), 20 * second, 30 * second), 'warn'],
  ['says its errors in other words', during({ ...answered(503), reason: 'busy' }, 20 * second, 30 * second), 'warn'],
  ['one error', during(answered(503), 20 * second, 21 * second), 'pass'],
  ['answers with a text', steady(noJson), 'pass'],
  ['wants to be authorized', steady(answered(401)), 'pass'],
  ['has no health check, and says so', steady({ state: 'unavailable' }), 'pass'],
  ['never asked', steady(null), 'not-run'],
];

for (const [name, health, expected] of cases) {
  test(`responsiveness: ${name}: ${expected}`, () => {
    const { status, summary } = judged({ health });
    assert.equal(status, expected, summary);
  });
}

const freeze = frozen(20.5 * second, 7 * second);

test('responsiveness: whether it was blocked or busy, and when, is told', () => {
  const using = (cpuPercent: number) => () => ({
    processes: [processOf({ pid: 100, role: 'root', cpuPercent: 0 }), processOf({ pid: 101, cpuPercent })],
  });
  const blocked = judged({ health: freeze, sample: using(0) });
  assert.match(blocked.summary, /did not answer its health check for at least 6\.\d s, blocked: .* 0% of a core/);
  assert.match((blocked.evidence ?? []).join('\n'), /at 2[01]\.\d s/);
  assert.match(
    judged({ health: freeze, sample: using(99) }).summary,
    /busy: its processes used 99% of a core \(worker 101\)/,
  );
});

test('responsiveness: a server that answers other requests meanwhile is not frozen as a whole', () => {
  const steadily = Array.from({ length: 600 }, (_, n): MadeRequest => ({ atMs: n * 100, outcome: 'accepted' }));
  const queued = judged({ health: freeze, requests: steadily });
  assert.equal(queued.status, 'warn');
  assert.match(queued.summary, /while it answered \d+ requests: the check waited behind them, or one worker/);
  const stuck = steadily.map((request) => {
    const { atMs } = request;
    return atMs >= 20.5 * second && atMs < 27.5 * second ? { ...request, tookMs: 27.5 * second - atMs } : request;
  });
  assert.equal(judged({ health: freeze, requests: stuck }).status, 'fail', 'answered together when it goes on');
});

test('responsiveness: a server whose process ended is told by worker crashes, and so is one that exited', () => {
  const [root, first, other] = [
    processOf({ pid: 100, role: 'root' }),
    processOf({ pid: 101 }),
    processOf({ pid: 102 }),
  ];
  const died = judged({
    health: during(refused, 20 * second, 30 * second),
    sample: (atMs) => ({ processes: atMs < 20 * second ? [root, first] : [root, other] }),
  });
  assert.equal(died.status, 'pass');
  assert.match(died.summary, /; none was answered for \d+\.\d s after a process had ended$/);
  assert.match((died.evidence ?? []).join('\n'), /a process of it had ended/);
  const gone = judged({
    health: during(refused, 20 * second, 60 * second),
    sample: (atMs) => (atMs < 20 * second ? {} : { processes: [] }),
  });
  assert.equal(gone.status, 'pass');
  const killedForIt = judged({
    health: freeze,
    sample: (atMs) => ({ processes: atMs < 27 * second ? [root, first] : [root, other] }),
  });
  assert.equal(killedForIt.status, 'fail', 'it was frozen before it was killed');
});

test('responsiveness: whoever stood still here accuses nobody', () => {
  const span = { fromUs: startUs + 20e6, toUs: startUs + 28e6 };
  assert.equal(judged({ health: freeze, scenario: { stalls: [span] } }).status, 'pass');
  const others = Array.from({ length: 2 }, (_, generator) => ({ ...span, generator }));
  const ofTwo = { health: freeze, generators: ['k6-1', 'k6-2'] };
  assert.equal(judged({ ...ofTwo, scenario: { stalls: others } }).status, 'pass', 'both did: so did the machine');
  assert.equal(judged({ ...ofTwo, scenario: { stalls: others.slice(1) } }).status, 'fail', 'the other one went on');
  const server = serverOf(60 * second, (atMs) => ({ health: freeze(atMs) }));
  const samples = [...server.samples].filter(({ atUs }) => atUs <= span.fromUs || atUs >= span.toUs);
  // The monitor was held up: its first sample afterwards has a probe that timed out meanwhile.
  const late = samples.map((sample) =>
    sample.atUs === span.toUs ? { ...sample, health: { ...silent, latencyMs: 7500 } } : sample,
  );
  const run = runOf([{ name: 'sustained', ledger: ledgerOf([{ atMs: second, outcome: 'accepted' }]) }], {
    server: { ...server, samples: late },
  });
  assert.equal(responsiveness.judge(run).status, 'pass');
});

test('responsiveness: on a machine that others fill, nobody knows whose delay it was', () => {
  assert.equal(judged({ health: freeze, sample: () => ({ machineCpuPercent: 99 }) }).status, 'inconclusive');
  const loads = Array.from({ length: 60 }, (_, n) => ({
    fromUs: startUs + n * 1e6,
    toUs: startUs + (n + 1) * 1e6,
    usedCores: 1.95,
    waitedForCpu: false,
    cores: 2,
  }));
  assert.equal(judged({ health: freeze, scenario: { loads } }).status, 'inconclusive');
  const resting = { machineCpuPercent: 99, processes: [processOf({ pid: 100, role: 'root', cpuPercent: 1 })] };
  assert.equal(judged({ health: freeze, sample: () => resting }).status, 'fail', 'it does not want any');
  const own = { machineCpuPercent: 99, processes: [processOf({ pid: 100, role: 'root', cpuPercent: 190 })] };
  assert.equal(judged({ health: freeze, sample: () => own }).status, 'fail', 'the server fills it itself');
});

test('responsiveness: a server whose processes nobody watched may have ended', () => {
  const server = serverOf(60 * second, (atMs) => ({ health: freeze(atMs), processes: [] }));
  const unseen = { ...server, identity: { ...server.identity, rootPid: 0 } };
  const ledger = ledgerOf([{ atMs: second, outcome: 'accepted' }]);
  const { status, summary } = responsiveness.judge(runOf([{ name: 'sustained', ledger }], { server: unseen }));
  assert.equal(status, 'inconclusive');
  assert.match(summary, /nobody watched/);
});

test('responsiveness: when requests succeeded again is told', () => {
  const requests = Array.from({ length: 500 }, (_, n): MadeRequest => {
    const atMs = n * 100;
    return { atMs, outcome: atMs >= 21 * second && atMs < 30 * second ? 'failed' : 'accepted', status: 503 };
  });
  const { evidence = [], measures = [] } = judged({
    health: during(answered(503), 20 * second, 30 * second),
    requests,
  });
  assert.equal(measures.find(({ name }) => name === 'recovery')?.value, 9000);
  assert.match(evidence.join('\n'), /90 requests failed, and they succeeded again 9\.0 s after the first of these/);
});

test('responsiveness: not applicable without a health check, inconclusive without a monitor; what came after the load does not count', () => {
  const { embedded } = builtInProfiles;
  const profile = { ...embedded, monitoring: { ...embedded.monitoring, health: null } };
  const ledger = ledgerOf([{ atMs: second, outcome: 'accepted' }]);
  assert.equal(responsiveness.judge(runOf([{ name: 'hft', ledger }], { profile })).status, 'not-applicable');
  assert.equal(responsiveness.judge(runOf([{ name: 'hft', ledger }])).status, 'inconclusive');
  const server = serverOf(60 * second, (atMs) => ({ health: during(refused, 40 * second, 60 * second)(atMs) }));
  assert.equal(responsiveness.judge(runOf([{ name: 'hft', ledger, toMs: 40 * second }], { server })).status, 'pass');
  assert.equal(sampleOf(0).health?.state, 'ok');
});

test('the advice is about what the server did in the longest silence', () => {
  const errors = judged({ health: during(answered(503), 20 * second, 30 * second) });
  assertAdvice(responsiveness, errors, { first: /^errors of the health check/, never: /CPU|core|queue behind/ });
  const frozenAlone = judged({ health: frozen(20.5 * second, 7 * second) });
  assertAdvice(responsiveness, frozenAlone, { first: /^no CPU used/, never: /queue behind|errors of/ });
  const processes = [processOf({ pid: 100, role: 'root', cpuPercent: 0 }), processOf({ pid: 101, cpuPercent: 99 })];
  const busy = judged({ health: freeze, sample: () => ({ processes }) });
  assertAdvice(responsiveness, busy, {
    first: /^a whole core meanwhile/,
    never: /no CPU used|queue behind|errors/,
  });
  const requests = Array.from({ length: 400 }, (_, n) => ({ atMs: 19_000 + n * 25, outcome: 'accepted' as const }));
  const beside = judged({ health: frozen(20.5 * second, 7 * second), requests });
  assertAdvice(responsiveness, beside, { first: /^a health check should not queue/, never: /whole core|errors of/ });
  assert.deepEqual(toldOf(responsiveness, judged({ health: steady(ok(3)) })), []);
});

const working = { processes: [processOf({ pid: 100, role: 'root', cpuPercent: 3 })] };

test('responsiveness: connections that are refused while processes live say that nobody listened', () => {
  const health = during(refused, 20 * second, 30 * second);
  const none = judged({ health, sample: () => working });
  assert.match(
    none.summary,
    /the server ran and refused the connections of its health check for .* s: nobody listened$/,
  );
  assertAdvice(responsiveness, none, { first: /^nobody listened/, never: /queue behind requests|lock/ });
  assert.match((none.evidence ?? []).join('\n'), /^connections of the health check refused for /);
  const answers = Array.from(
    { length: 100 },
    (_, n): MadeRequest => ({ atMs: (20 + n / 10) * second, outcome: 'accepted' }),
  );
  const some = judged({ health, sample: () => working, requests: answers });
  assert.equal(some.status, 'warn');
  assert.match(some.summary, /, while it answered \d+ requests over connections that it had: nobody listened$/);
  const mixed = judged({ health: (atMs) => (atMs === 24 * second ? silent : health(atMs)), sample: () => working });
  assert.match(mixed.summary, /did not answer its health check/);
});

test('responsiveness: a thread that ended right before may be why, and is told with what the log says', () => {
  const cause = 'had a thread that threw an exception that nobody caught (JVM)';
  const line = 'Exception in thread "HTTP-Dispatcher" java.lang.OutOfMemoryError: Java heap space';
  const endedAt = (atMs: number): AlertLine => ({
    ...{ atUs: startUs + atMs * 1000, alert: 'end-in-log', message: '', means: 'thread-ended', cause, lines: [line] },
  });
  const health = frozen(20.5 * second, 30 * second);
  const dead = judged({ health, sample: () => working, alerts: [endedAt(19.8 * second)] });
  assert.equal(dead.status, 'fail');
  assert.match(
    (dead.evidence ?? []).join('\n'),
    /\nas it fell silent, its log said at 19\.8 s that it had a thread .*\nlog: Exception in/,
  );
  assertAdvice(responsiveness, dead, { first: /^a thread ended by an exception/ });
  const long = judged({ health, sample: () => working, alerts: [endedAt(10 * second)] });
  assert.doesNotMatch([...(long.evidence ?? []), ...toldOf(responsiveness, long)].join('\n'), /thread ended|its log/);
});
