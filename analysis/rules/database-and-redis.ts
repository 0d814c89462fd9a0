import type { ProbeResult } from '../../contract/journal/journal.ts';
import { poolUse } from '../../contract/journal/pool.ts';
import { type Status, worst } from '../../contract/report/criteria.ts';
import { plainPercent } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import { restartSpan } from '../interpret/restart.ts';
import { type Run, samplesOf } from '../interpret/run.ts';
import { atSecond, counted } from '../words.ts';
import { count, measure } from './measure.ts';
import { monitorFiles, type Rule } from './rule.ts';

/** A probe's result stands in the sample after it came, and it is waited for no longer than this. */
const maxProbeUs = 3_000_000;

interface StoreJudgement {
  readonly status: Status;
  readonly summary: string;
  readonly measures?: readonly Measure[];
  readonly evidence?: readonly string[];
}

interface TimedProbe {
  readonly atUs: number;
  readonly probe: ProbeResult;
}

/** The probes of a store; those that ran while the server itself was down say nothing about the store. */
function probesOf(run: Run, store: 'redis' | 'database'): readonly TimedProbe[] {
  const span = restartSpan(run);
  return samplesOf(run).flatMap((sample) => {
    const probe = sample[store];
    const restarting = span !== null && sample.atUs >= span.fromUs && sample.atUs <= span.toUs + maxProbeUs;
    return probe === null || sample.processes.length === 0 || restarting ? [] : [{ atUs: sample.atUs, probe }];
  });
}

function judgeStore(run: Run, store: 'redis' | 'database', declared: 'present' | 'none' | 'unknown'): StoreJudgement {
  const name = store === 'redis' ? 'Redis' : 'database';
  if (declared === 'none') return { status: 'not-applicable', summary: `${name}: declared absent` };
  const probes = probesOf(run, store);
  const failed = probes.flatMap(({ atUs, probe }) =>
    probe.state === 'failed' ? [{ atUs, reason: probe.reason }] : [],
  );
  const answered = probes.flatMap(({ probe }) => (probe.state === 'ok' ? [probe.numbers] : []));
  const probed = [
    count(`${store}-probes`, probes.length),
    count(`${store}-failed-probes`, failed.length, { threshold: 0 }),
  ];
  const [first] = failed;
  if (first !== undefined) {
    return {
      status: 'fail',
      summary: `${name}: ${failed.length} of ${counted(probes.length, 'probe')} failed`,
      measures: probed,
      evidence: [`${name} ${atSecond(first.atUs, run.manifest.startedAtUs)}: ${first.reason}`],
    };
  }
  if (answered.length === 0) {
    const why = probes.length > 0 ? 'the server has no such statistics' : 'never probed';
    const remedy = `set ${store === 'redis' ? 'REDIS' : 'DATABASE'}=none if it has none`;
    return { status: 'inconclusive', summary: `${name}: ${why} (${remedy})` };
  }
  return byNumbers(run, { store, name, answered, probed });
}

interface Answered {
  readonly store: 'redis' | 'database';
  readonly name: string;
  readonly answered: readonly Readonly<Record<string, number>>[];
  readonly probed: readonly Measure[];
}

/** Judges a store whose probes all answered by the errors and the pool in their numbers. */
function byNumbers(run: Run, { store, name, answered, probed }: Answered): StoreJudgement {
  const errors = answered.flatMap((numbers) => (numbers.errors === undefined ? [] : [numbers.errors]));
  const newErrors = errors.reduce((max, value) => Math.max(max, value), 0) - (errors[0] ?? 0);
  const measures = [...probed, ...(errors.length === 0 ? [] : [count(`${store}-errors`, newErrors, { threshold: 0 })])];
  if (newErrors > 0) {
    return { status: 'fail', summary: `${name}: ${counted(newErrors, 'error')} during the run`, measures };
  }
  const uses = answered.flatMap((numbers) => poolUse(numbers) ?? []);
  const fullest = uses.reduce<(typeof uses)[number] | null>((a, b) => (a === null || b.share > a.share ? b : a), null);
  const { nearExhaustion } = run.manifest.profile.criteria.pool;
  const pool = fullest === null ? '' : `; pool max ${fullest.inUse} of ${fullest.size} in use`;
  return {
    status: fullest !== null && fullest.share >= nearExhaustion ? 'warn' : 'pass',
    summary: `${name}: ${counted(answered.length, 'probe')}, no errors${pool}`,
    measures: [
      ...measures,
      ...(fullest === null
        ? []
        : [measure(`${store}-max-pool-use`, fullest.share, 'share', { threshold: nearExhaustion })]),
    ],
  };
}

export const databaseAndRedis: Rule<'database-and-redis'> = {
  id: 'database-and-redis',
  title: 'Database and Redis',
  question: 'Did the database and Redis stay healthy?',
  evidence: "probes of the server's own statistics while it ran",
  thresholds: ({ pool }) => ({
    pass: 'no error, pool never near exhaustion',
    warn: `≥ ${plainPercent(pool.nearExhaustion)} of the pool in use`,
    fail: 'errors',
  }),
  faults: ['failed probes', 'errors', 'pool near exhaustion'],
  advice: [
    'are server, pool size and max_connections in step for all workers together?',
    'error logs of the database and Redis at the times named',
    'timeouts and reconnection: a lost connection must not stay in the pool',
  ],
  scenarios: null,
  needs: monitorFiles,
  judge(run) {
    const { profile } = run.manifest;
    const stores = [judgeStore(run, 'redis', profile.redis), judgeStore(run, 'database', profile.database)];
    return {
      status: worst(stores.map(({ status }) => status)),
      summary: stores.map(({ summary }) => summary).join('; '),
      measures: stores.flatMap(({ measures = [] }) => measures),
      evidence: stores.flatMap(({ evidence = [] }) => evidence),
    };
  },
};
