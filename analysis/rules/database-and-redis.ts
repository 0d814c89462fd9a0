import { journalFiles, type ProbeResult } from '../../contract/journal/journal.ts';
import { poolUse } from '../../contract/journal/pool.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { restartSpan } from '../interpret/restart.ts';
import type { Run } from '../journal/run.ts';
import { atSecond, counted } from '../words.ts';
import { type Rule, worst } from './rule.ts';

/** A probe's result stands in the sample after it came, and it is waited for no longer than this. */
const maxProbeUs = 3_000_000;

interface StoreJudgement {
  readonly status: Status;
  readonly summary: string;
  readonly evidence: readonly string[];
}

/** Judges one store by its probes; those that ran while the server itself was gone say nothing on the store. */
function judgeStore(run: Run, store: 'redis' | 'database', declared: 'present' | 'none' | 'unknown'): StoreJudgement {
  const name = store === 'redis' ? 'Redis' : 'database';
  if (declared === 'none') {
    return { status: 'not-applicable', summary: `${name}: declared absent`, evidence: [] };
  }
  const span = restartSpan(run);
  const probes = (run.server?.samples ?? []).flatMap((sample) => {
    const probe: ProbeResult | null = sample[store];
    const restarting = span !== null && sample.atUs >= span.fromUs && sample.atUs <= span.toUs + maxProbeUs;
    return probe === null || sample.processes.length === 0 || restarting ? [] : [{ atUs: sample.atUs, probe }];
  });
  const failed = probes.flatMap(({ atUs, probe }) =>
    probe.state === 'failed' ? [{ atUs, reason: probe.reason }] : [],
  );
  const answered = probes.flatMap(({ probe }) => (probe.state === 'ok' ? [probe.numbers] : []));
  if (failed.length > 0) {
    const [first] = failed;
    return {
      status: 'fail',
      summary: `${name}: ${failed.length} of ${counted(probes.length, 'probe')} failed`,
      evidence:
        first === undefined ? [] : [`${name} ${atSecond(first.atUs, run.manifest.startedAtUs)}: ${first.reason}`],
    };
  }
  if (answered.length === 0) {
    const why = probes.length > 0 ? 'the server has no such statistics' : 'never probed';
    const remedy = `set ${store === 'redis' ? 'REDIS' : 'DATABASE'}=none if there is none`;
    return { status: 'inconclusive', summary: `${name}: ${why} (${remedy})`, evidence: [] };
  }
  const errors = answered.flatMap((numbers) => (numbers.errors === undefined ? [] : [numbers.errors]));
  const newErrors = errors.length === 0 ? 0 : Math.max(...errors) - (errors[0] ?? 0);
  if (newErrors > 0) {
    return { status: 'fail', summary: `${name}: ${counted(newErrors, 'error')} during the run`, evidence: [] };
  }
  const uses = answered.flatMap((numbers) => {
    const use = poolUse(numbers);
    return use === null ? [] : [use];
  });
  const most = uses.reduce<(typeof uses)[number] | null>((a, b) => (a === null || b.share > a.share ? b : a), null);
  const pool = most === null ? '' : `; pool at most ${most.inUse} of ${most.size} in use`;
  return {
    status: most !== null && most.share >= run.manifest.profile.criteria.pool.nearExhaustion ? 'warn' : 'pass',
    summary: `${name}: ${counted(answered.length, 'probe')}, no error${pool}`,
    evidence: [],
  };
}

export const databaseAndRedis: Rule = {
  criterion: 'database-and-redis',
  scenarios: null,
  needs: () => [journalFiles.server],
  judge(run) {
    const { profile } = run.manifest;
    const stores = [judgeStore(run, 'redis', profile.redis), judgeStore(run, 'database', profile.database)];
    return {
      status: worst(stores.map(({ status }) => status)),
      summary: stores.map(({ summary }) => summary).join('; '),
      evidence: stores.flatMap(({ evidence }) => evidence),
    };
  },
};
